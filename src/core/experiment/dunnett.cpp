#include "core/experiment/dunnett.h"

#include <cmath>
#include <string>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/quadrature.h"

namespace pgprompt {
namespace {

constexpr size_t kMaxTreatments = 1000;

class Dunnett {
 public:
    Dunnett(const std::vector<double>& loadings, double df, Poll poll) : df_(df), poll_(poll) {
        if (loadings.empty())
            throw Failure(Code::invalid_parameter, "loadings must name at least one treatment",
                          "It has none.", "Give one for each treatment.");
        if (loadings.size() > kMaxTreatments)
            throw Failure(Code::limit_exceeded, "more than 1000 treatments",
                          std::to_string(loadings.size()) + " are given.",
                          "Use Holm's procedure on the single p-values: adjust_p_values.");
        if (!(df > 0)) arguments::refuse("df", "be above 0", df);
        for (double l : loadings) arguments::open_unit("every loading", l);
        for (double l : loadings) {  // equal neighbours share one factor
            loading_ = std::fmax(loading_, l);
            if (!groups_.empty() && groups_.back().loading == l) {
                ++groups_.back().size;
            } else {
                groups_.push_back({l, std::sqrt(1 - l * l), 1});
            }
        }
    }

    double sf(double t) const {
        if (std::isinf(df_) || df_ > 1e7) return given_scale(t);
        // Over s = chi / sqrt(df) on the scale of its logarithm, about its peak at 0.
        const double reach = 12 / std::sqrt(df_) + 12 / df_;
        double sum = 0, mass = 0;
        for (const quadrature::Node& node : quadrature::nodes(-reach, std::min(reach, 4.0), 20)) {
            const double weight = node.weight * std::exp(df_ * (node.at + 0.5 - 0.5 * std::exp(2 * node.at)));
            mass += weight;
            if (weight > 0) sum += weight * given_scale(t * std::exp(node.at));
        }
        return std::fmin(1, sum / mass);
    }

 private:
    struct Group {
        double loading, rest;
        int size;
    };

    // P(max |Z_i| >= edge), given the common part of the Z_i; the complement of a product, so that tails keep
    // digits.
    double given_scale(double edge) const {
        if (poll_ && poll_()) throw Failure(Code::cancelled, "cancelled");
        // Symmetric in the common part. Far out, the tail's mass lies about loading * edge.
        const double reach = std::fmin(38, 9 + loading_ * edge);
        double sum = 0;
        for (const quadrature::Node& node :
             quadrature::nodes(0, reach, static_cast<int>(std::ceil(reach / 1.5)))) {
            double log_inside = 0;
            for (const Group& group : groups_) {
                const double mean = group.loading * node.at;
                const double outside =
                    normal_sf((edge - mean) / group.rest) + normal_sf((edge + mean) / group.rest);
                log_inside += group.size * std::log1p(-std::fmin(1, outside));
            }
            sum += 2 * node.weight * normal_density(node.at) * -std::expm1(log_inside);
        }
        return std::fmin(1, sum);
    }

    double df_;
    Poll poll_;
    double loading_ = 0;  // the largest
    std::vector<Group> groups_;
};

}  // namespace

Result<double> dunnett_sf(double t, const std::vector<double>& loadings, double df, Poll poll) noexcept {
    return protect([&] {
        if (std::isnan(t)) arguments::refuse("t", "be a number", t);
        return t <= 0 ? 1.0 : Dunnett(loadings, df, poll).sf(t);
    });
}

Result<double> dunnett_critical(const std::vector<double>& loadings, double df, double alpha,
                                Poll poll) noexcept {
    return protect([&] {
        arguments::alpha(alpha);
        const Dunnett dunnett(loadings, df, poll);
        // The Illinois variant of regula falsi on ln(p / alpha), which is nearly a parabola.
        const auto excess = [&](double t) { return std::log(dunnett.sf(t) / alpha); };
        double low = student_upper_quantile(alpha / 2, df), at_low = excess(low);
        double high = student_upper_quantile(alpha / 2 / static_cast<double>(loadings.size()), df);
        double at_high = excess(high);
        if (at_low <= 0 || at_high >= 0) return at_low <= 0 ? low : high;
        for (int i = 0, side = 0; i < 100 && high - low > 1e-13 * high; ++i) {
            const double middle = low + (high - low) * (at_low / (at_low - at_high)), value = excess(middle);
            if (std::fabs(value) < 1e-14) return middle;
            if (value > 0) {
                low = middle, at_low = value;
                if (side == 1) at_high /= 2;
                side = 1;
            } else {
                high = middle, at_high = value;
                if (side == -1) at_low /= 2;
                side = -1;
            }
        }
        return (low + high) / 2;
    });
}

Result<DunnettTest> dunnett_test(const std::vector<int64_t>& n, const std::vector<double>& means,
                                 const std::vector<double>& variances, int64_t control, Poll poll) noexcept {
    return protect([&] {
        const size_t arms = n.size();
        if (means.size() != arms || variances.size() != arms || arms < 2) {
            throw Failure(Code::invalid_parameter,
                          "n, means and variances must have the same length, at least two",
                          std::to_string(n.size()) + ", " + std::to_string(means.size()) + " and " +
                              std::to_string(variances.size()) + ".",
                          "Give one element for each arm, in the same order.");
        }
        if (control < 0 || control >= static_cast<int64_t>(arms)) {
            arguments::refuse("control", "be the position of one of the arms",
                              static_cast<double>(control + 1), "Positions count from 1.");
        }
        const auto own = static_cast<size_t>(control);
        double units = 0, within = 0;
        for (size_t i = 0; i < arms; ++i) {
            arguments::count("every n", n[i]);
            arguments::finite("every mean", means[i]);
            arguments::not_negative("every variance", variances[i]);
            units += static_cast<double>(n[i]);
            within += n[i] > 1 ? static_cast<double>(n[i] - 1) * variances[i] : 0;
        }
        DunnettTest out;
        for (int64_t count : n) {
            if (count < 1) out.note = "an arm has no units";
        }
        out.df = units - static_cast<double>(arms);
        if (!(out.df > 0)) out.note = "too few units";
        if (!(within > 0)) out.note = "no variance in any arm";
        if (*out.note) return out;
        const double n0 = static_cast<double>(n[own]);
        std::vector<double> loadings;
        for (size_t i = 0; i < arms; ++i) {
            if (i == own) continue;
            const double ni = static_cast<double>(n[i]);
            loadings.push_back(std::sqrt(ni / (ni + n0)));
            out.statistic.push_back((means[i] - means[own]) / std::sqrt(within / out.df * (1 / ni + 1 / n0)));
        }
        const Dunnett dunnett(loadings, out.df, poll);
        for (double t : out.statistic) out.p_value.push_back(t == 0 ? 1 : dunnett.sf(std::fabs(t)));
        return out;
    });
}

}  // namespace pgprompt
