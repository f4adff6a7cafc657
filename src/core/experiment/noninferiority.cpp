#include "core/experiment/noninferiority.h"

#include <cmath>
#include <string>

#include "core/experiment/always_valid.h"
#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/means.h"
#include "core/experiment/proportions.h"

namespace pgprompt {
namespace {

// a's value times what the margin leaves of it: a share of its size, also where it is negative.
double margin_scale(Better better, double delta, double value_a) {
    const double signed_delta = value_a < 0 ? -delta : delta;
    return better == Better::higher ? 1 - signed_delta : 1 + signed_delta;
}

MarginTest weaker(MarginTest above, MarginTest below) {
    if (!above.p_value) return above;
    return !below.p_value || *below.p_value > *above.p_value ? below : above;
}

}  // namespace

Result<Better> better_named(std::string_view name) noexcept {
    return protect([&] {
        if (name == "higher") return Better::higher;
        if (name == "lower") return Better::lower;
        throw Failure(
            Code::invalid_parameter, "better must be higher or lower",
            "It is \"" + std::string(name.substr(0, 60)) + "\".",
            "Say which direction of the metric is good: latency, cost and errors are better lower.");
    });
}

const char* margin_state_name(MarginState state) noexcept {
    switch (state) {
        case MarginState::non_inferior:
            return "non-inferior";
        case MarginState::inferior:
            return "inferior";
        case MarginState::open:
            return "open";
        case MarginState::absent:
            break;
    }
    return "";
}

Result<MarginTest> farrington_manning_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double margin,
                                           Better better, bool unbiased) noexcept {
    return protect([&] {
        arguments::count("n_a", n_a);
        arguments::count("n_b", n_b);
        arguments::successes("x_a", x_a, n_a);
        arguments::successes("x_b", x_b, n_b);
        if (!(margin > -1 && margin < 1))
            arguments::refuse("margin", "lie strictly between -1 and 1", margin);
        MarginTest out;
        if (n_a == 0 || n_b == 0) {
            out.note = n_a == 0 ? "a has no units" : "b has no units";
            return out;
        }
        const ConstrainedScore score =
            score_difference(static_cast<double>(x_a), static_cast<double>(n_a), static_cast<double>(x_b),
                             static_cast<double>(n_b), margin, unbiased);
        out.p_a = score.p_a;
        out.p_b = score.p_b;
        out.statistic = score.z;
        out.p_value = normal_sf(better == Better::higher ? score.z : -score.z);
        return out;
    });
}

Result<MarginTest> welch_margin_test(int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                                     double var_b, double delta, Better better) noexcept {
    return protect([&] {
        arguments::positive("delta", delta);
        if (better == Better::higher && delta >= 1) arguments::refuse("delta", "lie between 0 and 1", delta);
        const double scale = margin_scale(better, delta, mean_a);
        const Comparison test =
            welch_test(n_a, scale * mean_a, scale * scale * var_a, n_b, mean_b, var_b, 0.05,
                       better == Better::higher ? Alternative::greater : Alternative::less)
                .take();
        MarginTest out;
        out.statistic = test.statistic;
        out.p_value = test.p_value;
        out.df = test.df;
        out.note = test.note;
        return out;
    });
}

Result<MarginTest> farrington_manning_equivalence_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                                       double margin) noexcept {
    return protect([&] {
        if (!(margin > 0 && margin < 1)) arguments::refuse("margin", "lie strictly between 0 and 1", margin);
        return weaker(farrington_manning_test(x_a, n_a, x_b, n_b, -margin, Better::higher).take(),
                      farrington_manning_test(x_a, n_a, x_b, n_b, margin, Better::lower).take());
    });
}

Result<MarginTest> welch_equivalence_test(int64_t n_a, double mean_a, double var_a, int64_t n_b,
                                          double mean_b, double var_b, double delta) noexcept {
    return protect([&] {
        return weaker(welch_margin_test(n_a, mean_a, var_a, n_b, mean_b, var_b, delta, Better::higher).take(),
                      welch_margin_test(n_a, mean_a, var_a, n_b, mean_b, var_b, delta, Better::lower).take());
    });
}

Result<MarginReading> margin_sequence(const Contrast& contrast, const Margin& margin, double rho2,
                                      double alpha) noexcept {
    return protect([&] {
        arguments::positive("the margin", margin.value);
        arguments::alpha(alpha);
        if (alpha >= 0.5) arguments::refuse("alpha", "be below .5", alpha);
        const bool higher = margin.better == Better::higher;
        if (margin.relative && higher && margin.value >= 1) {
            arguments::refuse("a relative margin", "be below 1 where higher is better", margin.value);
        }
        const double scale =
            margin.relative ? margin_scale(margin.better, margin.value, contrast.value_a) : 1;
        const double limit = margin.relative ? 0 : higher ? -margin.value : margin.value;
        // b against a scaled by the margin, errors and all.
        Contrast c = contrast;
        const double between = c.variance_a * (scale * scale - 1) - 2 * c.covariance * (scale - 1);
        c.value_a *= scale;
        c.variance_a *= scale * scale;
        c.covariance *= scale;
        c.variance = std::fmax(0, c.variance + between);
        c.variance_pooled = std::fmax(0, c.variance_pooled + between);
        const Comparison sequence = always_valid_test(c, rho2, 2 * alpha).take().comparison;
        MarginReading out;
        out.note = sequence.note;
        if (!sequence.ci_low) return out;
        out.low = sequence.ci_low;
        out.high = sequence.ci_high;
        const bool above = *out.low > limit, below = *out.high < limit;
        out.state = above   ? (higher ? MarginState::non_inferior : MarginState::inferior)
                    : below ? (higher ? MarginState::inferior : MarginState::non_inferior)
                            : MarginState::open;
        return out;
    });
}

Result<MarginReading> unchanged_sequence(const Contrast& contrast, double relative_margin, double rho2,
                                         double alpha) noexcept {
    return protect([&] {
        const MarginReading down =
            margin_sequence(contrast, {relative_margin, true, Better::higher}, rho2, alpha).take();
        const MarginReading up =
            margin_sequence(contrast, {relative_margin, true, Better::lower}, rho2, alpha).take();
        MarginReading out;
        out.note = *down.note ? down.note : up.note;
        if (down.state == MarginState::absent || up.state == MarginState::absent) return out;
        const auto either = [&](MarginState state) { return down.state == state || up.state == state; };
        out.state = either(MarginState::inferior) ? MarginState::inferior
                    : either(MarginState::open)   ? MarginState::open
                                                  : MarginState::non_inferior;
        const Comparison sequence = always_valid_test(contrast, rho2, 2 * alpha).take().comparison;
        if (sequence.lift_set == LiftSet::interval) {
            out.low = sequence.lift_low;
            out.high = sequence.lift_high;
        }
        return out;
    });
}

}  // namespace pgprompt
