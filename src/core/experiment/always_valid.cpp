#include "core/experiment/always_valid.h"

#include <cmath>
#include <limits>

#include "core/experiment/arguments.h"
#include "core/experiment/fieller.h"

namespace pgprompt {

Result<double> mixture_rho2(double minimum_detectable_effect, double sigma) noexcept {
    return protect([&] {
        arguments::finite("minimum_detectable_effect", minimum_detectable_effect);
        if (minimum_detectable_effect == 0) {
            arguments::refuse("minimum_detectable_effect", "not be 0", minimum_detectable_effect);
        }
        arguments::positive("sigma", sigma);
        const double rho = minimum_detectable_effect / sigma;
        if (!(rho * rho > 0 && std::isfinite(rho * rho))) arguments::beyond_precision();
        return rho * rho;
    });
}

Result<double> mixture_rho2_planned(double users_a, double users_b, double alpha) noexcept {
    return protect([&] {
        arguments::units("users_a", users_a);
        arguments::units("users_b", users_b);
        arguments::alpha(alpha);
        const double twice = -2 * std::log(alpha);
        return (twice + std::log1p(twice)) * (1 / users_a + 1 / users_b);
    });
}

double mixture_log_e(double t, double nu, double r) noexcept {
    const double square = t * t / nu;
    if (!std::isfinite(square)) return 0.5 * std::log(r) - 0.5 * (nu + 1) * std::log(r);
    // ln(1+u) - ln(1+ru) in one logarithm, for large nu.
    return 0.5 * std::log(r) + 0.5 * (nu + 1) * std::log1p((1 - r) * square / (1 + r * square));
}

double p_value_of(double log_e) noexcept {
    return log_e > 0 ? std::exp(-log_e) : 1;
}

double mixture_boundary(double nu, double r, double alpha) noexcept {
    const double log_k = (std::log(r) + 2 * std::log(alpha)) / (nu + 1);
    const double above = std::exp(log_k) - r;
    if (!(above > 0)) return std::numeric_limits<double>::infinity();
    return std::sqrt(nu * -std::expm1(log_k) / above);
}

Result<AlwaysValid> always_valid_test(const Contrast& c, double rho2, double alpha,
                                      double minimum_users) noexcept {
    return protect([&] {
        arguments::positive("rho2", rho2);
        arguments::alpha(alpha);
        AlwaysValid out;
        Comparison& to = out.comparison;
        if (c.strata == 0) {
            to.note = "an arm has fewer than two users";
            return out;
        }
        to.difference = c.difference();
        if (c.value_a != 0) to.lift = c.value_b / c.value_a - 1;
        settle(&to);
        if (c.users_a < minimum_users || c.users_b < minimum_users) {
            to.note = "an arm has too few users for the always-valid test";
            return out;
        }
        const double variance = std::fmax(c.variance, c.variance_pooled), se = std::sqrt(variance);
        if (!(se > 0) || !std::isfinite(se)) {
            to.note = se == 0 ? "no variance in either arm" : "the numbers are too large";
            return out;
        }
        const double r = 1 / (1 + rho2 * c.h), t = c.difference() / se;
        const double boundary = mixture_boundary(c.nu, r, alpha);
        out.log_e = mixture_log_e(t, c.nu, r);
        to.se = se;
        to.df = c.nu;
        to.statistic = t;
        to.p_value = p_value_of(out.log_e);
        to.ci_low = c.difference() - boundary * se;
        to.ci_high = c.difference() + boundary * se;
        const double widened = c.variance > 0 ? boundary * std::sqrt(variance / c.variance)
                                              : std::numeric_limits<double>::infinity();
        set_lift(&to, c.value_a, c.value_b,
                 fieller(c.value_a, c.variance_a, c.value_b, c.variance_b, c.covariance, widened));
        settle(&to);
        if (std::isnan(out.log_e)) out.log_e = 0;
        return out;
    });
}

}  // namespace pgprompt
