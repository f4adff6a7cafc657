#include "core/experiment/relative_delta.h"

#include <cmath>
#include <limits>

#include "core/experiment/distributions.h"

namespace pgprompt {

RelativeDelta relative_delta_test(const Contrast& c, double alpha, Alternative alternative) noexcept {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    RelativeDelta out;
    if (c.strata == 0 || c.value_a == 0) {
        out.note = c.strata == 0 ? "an arm has fewer than two users" : "no lift: a is 0";
        return out;
    }
    const double ratio = c.plain_b / c.value_a;
    const double variance = c.variance_b + ratio * (ratio * c.variance_a - 2 * c.covariance);
    const double se = std::sqrt(std::fmax(0, variance)) / std::fabs(c.value_a);
    out.lift = c.value_b / c.value_a - 1;
    if (!(se > 0) || !std::isfinite(se) || !(c.df > 0)) {
        out.note = "no variance in either arm";
        return out;
    }
    const double t = *out.lift / se;
    out.se = se;
    out.df = c.df;
    out.statistic = t;
    const bool two_sided = alternative == Alternative::two_sided;
    const double critical = student_upper_quantile(two_sided ? alpha / 2 : alpha, c.df);
    out.p_value = two_sided ? student_two_sided(t, c.df)
                            : student_sf(alternative == Alternative::greater ? t : -t, c.df);
    out.ci_low = alternative == Alternative::less ? -kInfinity : *out.lift - critical * se;
    out.ci_high = alternative == Alternative::greater ? kInfinity : *out.lift + critical * se;
    return out;
}

}  // namespace pgprompt
