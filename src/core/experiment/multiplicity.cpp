#include "core/experiment/multiplicity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/experiment/arguments.h"

namespace pgprompt {
namespace {

constexpr size_t kMaxHypotheses = 10000;

std::vector<size_t> ascending(const std::vector<double>& values) {
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return values[i] < values[j]; });
    return order;
}

// Steps up from the largest p: adjusted = running minimum of p times factor(rank), rank from 1.
template <class Factor>
std::vector<double> step_up(const std::vector<double>& p, Factor factor) {
    const std::vector<size_t> order = ascending(p);
    std::vector<double> out(p.size());
    double least = 1;
    for (size_t i = p.size(); i-- > 0;) {
        least = std::min(least, factor(i + 1) * p[order[i]]);
        out[order[i]] = least;
    }
    return out;
}

std::vector<double> holm(const std::vector<double>& p) {
    const std::vector<size_t> order = ascending(p);
    const double n = static_cast<double>(p.size());
    std::vector<double> out(p.size());
    double most = 0;
    for (size_t i = 0; i < p.size(); ++i) {
        most = std::max(most, std::min(1.0, (n - static_cast<double>(i)) * p[order[i]]));
        out[order[i]] = most;
    }
    return out;
}

// G. Hommel, Biometrika 75 (1988) 383-386, by the algorithm of S. P. Wright, Biometrics 48 (1992) 1005-1013.
std::vector<double> hommel(const std::vector<double>& p) {
    const std::vector<size_t> order = ascending(p);
    const size_t n = p.size();
    std::vector<double> sorted(n);
    for (size_t i = 0; i < n; ++i) sorted[i] = p[order[i]];
    double first = 1;
    for (size_t i = 0; i < n; ++i) first = std::min(first, n * sorted[i] / (i + 1));
    std::vector<double> adjusted(n, first), q(n, first);
    for (size_t m = n - 1; m >= 2 && m < n; --m) {
        const size_t kept = n - m + 1;  // the smallest `kept` are judged against the largest m - 1
        double least = 1;
        for (size_t j = kept; j < n; ++j) least = std::min(least, m * sorted[j] / (j - kept + 2));
        for (size_t j = 0; j < kept; ++j) q[j] = std::min(m * sorted[j], least);
        for (size_t j = kept; j < n; ++j) q[j] = q[kept - 1];
        for (size_t j = 0; j < n; ++j) adjusted[j] = std::max(adjusted[j], q[j]);
    }
    std::vector<double> out(n);
    for (size_t i = 0; i < n; ++i) out[order[i]] = std::max(adjusted[i], sorted[i]);
    return out;
}

}  // namespace

Result<Adjustment> adjustment_named(std::string_view name) noexcept {
    return protect([&] {
        if (name == "none") return Adjustment::none;
        if (name == "bonferroni") return Adjustment::bonferroni;
        if (name == "holm") return Adjustment::holm;
        if (name == "hochberg") return Adjustment::hochberg;
        if (name == "hommel") return Adjustment::hommel;
        if (name == "bh" || name == "fdr") return Adjustment::benjamini_hochberg;
        if (name == "by") return Adjustment::benjamini_yekutieli;
        throw Failure(Code::invalid_parameter, "method must be a known adjustment",
                      "It is \"" + std::string(name.substr(0, 60)) + "\".",
                      "Known are none, bonferroni, holm, hochberg, hommel, bh (or fdr) and by.");
    });
}

Result<std::vector<double>> adjust_p_values(const std::vector<double>& p, Adjustment method) noexcept {
    return protect([&] {
        if (p.size() > kMaxHypotheses)
            throw Failure(Code::limit_exceeded, "more than 10000 p-values",
                          std::to_string(p.size()) + " are given.", "Adjust within families of questions.");
        for (double value : p) arguments::probability("every p-value", value);
        const double n = static_cast<double>(p.size());
        if (p.empty()) return p;
        switch (method) {
            case Adjustment::none:
                return p;
            case Adjustment::bonferroni: {
                std::vector<double> out(p);
                for (double& value : out) value = std::min(1.0, n * value);
                return out;
            }
            case Adjustment::holm:
                return holm(p);
            case Adjustment::hochberg:
                return step_up(p, [n](size_t rank) { return n - static_cast<double>(rank) + 1; });
            case Adjustment::hommel:
                return hommel(p);
            case Adjustment::benjamini_hochberg:
                return step_up(p, [n](size_t rank) { return n / static_cast<double>(rank); });
            case Adjustment::benjamini_yekutieli: {
                double harmonic = 0;
                for (size_t i = p.size(); i > 0; --i) harmonic += 1 / static_cast<double>(i);
                return step_up(p, [=](size_t rank) { return harmonic * n / static_cast<double>(rank); });
            }
        }
        throw Failure(Code::invalid_parameter, "unknown adjustment");
    });
}

Result<std::vector<bool>> e_bh(const std::vector<double>& e, double alpha) noexcept {
    return protect([&] {
        arguments::alpha(alpha);
        if (e.size() > kMaxHypotheses)
            throw Failure(Code::limit_exceeded, "more than 10000 e-values",
                          std::to_string(e.size()) + " are given.", "Judge within families of questions.");
        for (double value : e) {
            if (!(value >= 0))
                arguments::refuse("every e-value", "be a number from 0 on", value,
                                  "An e-value is a likelihood ratio: exp(log_e).");
        }
        const std::vector<size_t> order = ascending(e);
        const size_t m = e.size();
        size_t rejected = 0;
        for (size_t k = 1; k <= m; ++k) {
            if (e[order[m - k]] >= static_cast<double>(m) / (alpha * static_cast<double>(k))) rejected = k;
        }
        std::vector<bool> out(m, false);
        for (size_t k = 1; k <= rejected; ++k) out[order[m - k]] = true;
        return out;
    });
}

}  // namespace pgprompt
