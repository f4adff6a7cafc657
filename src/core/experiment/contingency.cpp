#include "core/experiment/contingency.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"

namespace pgprompt {
namespace {

constexpr int64_t kMaxMargin = 10'000'000;

struct Totals {
    double successes = 0, units = 0;
    int arms = 0;
};

Totals checked(const std::vector<int64_t>& x, const std::vector<int64_t>& n) {
    if (x.size() != n.size()) {
        throw Failure(Code::invalid_parameter, "successes and totals must have the same length",
                      std::to_string(x.size()) + " and " + std::to_string(n.size()) + ".",
                      "Give one element for each arm, in the same order.");
    }
    if (x.size() < 2) {
        arguments::refuse("successes", "name at least two arms", static_cast<double>(x.size()),
                          "Give one element for each arm.");
    }
    Totals totals;
    for (size_t i = 0; i < x.size(); ++i) {
        arguments::count("every total", n[i]);
        arguments::successes("every count of successes", x[i], n[i]);
        totals.successes += static_cast<double>(x[i]);
        totals.units += static_cast<double>(n[i]);
        totals.arms += n[i] > 0;
    }
    return totals;
}

// Sums `term(observed, expected)` over both cells of every arm.
template <class Term>
ChiSquare table_test(const std::vector<int64_t>& x, const std::vector<int64_t>& n, Term term) {
    const Totals totals = checked(x, n);
    ChiSquare out;
    out.df = std::max(0, totals.arms - 1);
    const double failures = totals.units - totals.successes;
    if (totals.arms < 2 || totals.successes == 0 || failures == 0) return out;
    for (size_t i = 0; i < x.size(); ++i) {
        if (n[i] == 0) continue;
        const double units = static_cast<double>(n[i]), hits = static_cast<double>(x[i]);
        out.statistic += term(hits, units * (totals.successes / totals.units));
        out.statistic += term(units - hits, units * (failures / totals.units));
    }
    out.statistic = std::max(0.0, out.statistic);
    out.p_value = chi_square_sf(out.statistic, out.df);
    return out;
}

}  // namespace

Result<ChiSquare> chi_square_test(const std::vector<int64_t>& successes,
                                  const std::vector<int64_t>& totals) noexcept {
    return protect([&] {
        return table_test(successes, totals, [](double observed, double expected) {
            return (observed - expected) * (observed - expected) / expected;
        });
    });
}

Result<ChiSquare> g_test(const std::vector<int64_t>& successes, const std::vector<int64_t>& totals) noexcept {
    return protect([&] {
        // The linear part sums to 0 over the table and keeps every term positive.
        return table_test(successes, totals, [](double observed, double expected) {
            const double excess = (observed - expected) / expected;
            return observed == 0 ? 2 * expected : 2 * (observed * std::log1p(excess) - (observed - expected));
        });
    });
}

Result<ChiSquare> yates_chi_square_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b) noexcept {
    return protect([&] {
        return table_test({x_a, x_b}, {n_a, n_b}, [](double observed, double expected) {
            const double distance = std::fabs(observed - expected),
                         excess = distance - std::min(0.5, distance);
            return excess * excess / expected;
        });
    });
}

Result<FisherExact> fisher_exact_test(int64_t a, int64_t b, int64_t c, int64_t d, Poll poll) noexcept {
    return protect([&] {
        arguments::count("a", a);
        arguments::count("b", b);
        arguments::count("c", c);
        arguments::count("d", d);
        const int64_t row = a + b, column = a + c, total = a + b + c + d;
        const int64_t low = std::max<int64_t>(0, row + column - total), high = std::min(row, column);
        if (high - low > kMaxMargin) {
            throw Failure(Code::limit_exceeded, "the table is too large for an exact test",
                          "Its smallest margin exceeds 10 million.", "Use the chi-square test.");
        }
        // Weights relative to the likeliest table, by the ratio of neighbours, in long double for the far
        // tails.
        using Real = long double;
        const auto up = [&](int64_t k) {  // weight(k + 1) / weight(k)
            return static_cast<Real>(row - k) * (column - k) /
                   (static_cast<Real>(k + 1) * (total - row - column + k + 1));
        };
        const int64_t mode = std::clamp(
            static_cast<int64_t>(static_cast<Real>(row + 1) * (column + 1) / (total + 2)), low, high);
        Real own = 1;
        for (int64_t k = mode; k < a; ++k) own *= up(k);
        for (int64_t k = mode; k > a; --k) own /= up(k - 1);
        std::vector<Real> upward, downward;  // from the mode, and from below it
        int steps = 0;
        const auto keep = [&](std::vector<Real>* weights, Real weight) {
            weights->push_back(weight);
            if (poll && (++steps & 4095) == 0 && poll()) throw Failure(Code::cancelled, "cancelled");
        };
        Real weight = 1;
        for (int64_t k = mode; k <= high && weight > 0; weight *= up(k), ++k) keep(&upward, weight);
        weight = 1;
        for (int64_t k = mode - 1; k >= low && weight > 0; --k) keep(&downward, weight /= up(k));

        Real below = 0, above = 0, unlikelier = 0, all = 0;
        const auto add = [&](int64_t k, Real w) {
            all += w;
            if (k < a) below += w;
            if (k > a) above += w;
            if (w <= own * (1 + 1e-7L)) unlikelier += w;
        };
        // From the small ends, so that a far tail keeps its digits.
        for (size_t i = upward.size(); i-- > 0;) add(mode + static_cast<int64_t>(i), upward[i]);
        for (size_t i = downward.size(); i-- > 0;) add(mode - 1 - static_cast<int64_t>(i), downward[i]);
        FisherExact out;
        out.p_less = static_cast<double>(std::min<Real>(1, (below + own) / all));
        out.p_greater = static_cast<double>(std::min<Real>(1, (above + own) / all));
        out.p_two_sided = static_cast<double>(std::min<Real>(1, unlikelier / all));
        out.p_mid = static_cast<double>(std::min<Real>(1, 2 * (std::min(below, above) + own / 2) / all));
        return out;
    });
}

}  // namespace pgprompt
