#include "core/experiment/means.h"

#include <cmath>
#include <limits>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/fieller.h"

namespace pgprompt {

double satterthwaite(const Estimate& a, const Estimate& b) noexcept {
    const double total = a.variance + b.variance;
    const double share_a = a.variance / total, share_b = b.variance / total;
    return 1 / (share_a * share_a / (a.units - 1) + share_b * share_b / (b.units - 1));
}

Comparison welch_contrast(const Estimate& a, const Estimate& b, double alpha,
                          Alternative alternative) noexcept {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Comparison out;
    if (a.units < 1 || b.units < 1) {
        out.note = a.units < 1 ? "a has no units" : "b has no units";
        return out;
    }
    out.difference = b.value - a.value;
    if (a.value != 0) out.lift = b.value / a.value - 1;
    settle(&out);
    if (a.units < 2 || b.units < 2) {
        out.note = a.units < 2 ? "a has fewer than two units" : "b has fewer than two units";
        return out;
    }
    const double se = std::sqrt(a.variance + b.variance);
    if (!(se > 0) || !std::isfinite(se) || !out.difference) {
        out.note = se == 0 ? "no variance in either arm" : "the numbers are too large";
        return out;
    }
    const double df = satterthwaite(a, b), t = (b.value - a.value) / se;
    out.se = se;
    out.df = df;
    out.statistic = t;
    if (alternative == Alternative::two_sided) {
        const double c = student_upper_quantile(alpha / 2, df);
        out.p_value = student_two_sided(t, df);
        out.ci_low = *out.difference - c * se;
        out.ci_high = *out.difference + c * se;
        set_lift(&out, a.value, b.value, fieller(a.value, a.variance, b.value, b.variance, 0, c));
    } else {
        const bool greater = alternative == Alternative::greater;
        const double c = student_upper_quantile(alpha, df);
        out.p_value = student_sf(greater ? t : -t, df);
        out.ci_low = greater ? *out.difference - c * se : -kInfinity;
        out.ci_high = greater ? kInfinity : *out.difference + c * se;
    }
    settle(&out);
    return out;
}

Result<Comparison> welch_test(int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                              double var_b, double alpha, Alternative alternative) noexcept {
    return protect([&] {
        arguments::count("n_a", n_a);
        arguments::count("n_b", n_b);
        arguments::finite("mean_a", mean_a);
        arguments::finite("mean_b", mean_b);
        arguments::not_negative("var_a", var_a);
        arguments::not_negative("var_b", var_b);
        arguments::alpha(alpha);
        const double na = static_cast<double>(n_a), nb = static_cast<double>(n_b);
        return welch_contrast({mean_a, n_a > 0 ? var_a / na : 0, na}, {mean_b, n_b > 0 ? var_b / nb : 0, nb},
                              alpha, alternative);
    });
}

}  // namespace pgprompt
