// The always-valid test of the default verdict: a mixture over effect sizes of the t likelihood ratio. It may
// be read after every row. Exact for independent Gaussian users of equal variances, else asymptotic from 30
// users an arm.
#pragma once

#include "core/experiment/comparison.h"
#include "core/experiment/stratified.h"
#include "core/status.h"

namespace pgprompt {

inline constexpr double kAlwaysValidMinimumUsers = 30;  // an arm

// The precision of the mixture, frozen when the experiment starts (estimated on the way it would give no
// e-value). From the effect that matters: rho^2 = (minimum detectable effect / planned standard deviation of
// a user)^2.
Result<double> mixture_rho2(double minimum_detectable_effect, double sigma) noexcept;
// From the planned sizes: rho^2 = (-2 ln alpha + ln(1 - 2 ln alpha)) / h*, h* = n_a n_b / (n_a + n_b).
Result<double> mixture_rho2_planned(double users_a, double users_b, double alpha) noexcept;

// ln E = (ln r)/2 + (nu+1)/2 [ln(1 + t^2/nu) - ln(1 + r t^2/nu)]; r in (0, 1), nu > 0.
double mixture_log_e(double t, double nu, double r) noexcept;

// min(1, 1/E).
double p_value_of(double log_e) noexcept;

// The |t| at which E reaches 1/alpha: c^2 = nu (1-k)/(k-r), k = (r alpha^2)^(1/(nu+1)); infinite where k <=
// r.
double mixture_boundary(double nu, double r, double alpha) noexcept;

struct AlwaysValid {
    Comparison
        comparison;  // statistic t, p_value min(1, 1/E), the confidence sequence, Fieller's set for the lift
    double log_e = 0;
};

// The reading of a contrast: se = max(pooled, Welch), r = 1/(1 + rho2 h). p <= alpha exactly where 0 is
// outside both intervals. Below `minimum_users` in an arm, or without variance: difference and lift only,
// log_e 0, with a note. Errors: invalid_parameter for rho2 <= 0, alpha outside (0, 1).
Result<AlwaysValid> always_valid_test(const Contrast& contrast, double rho2, double alpha,
                                      double minimum_users = kAlwaysValidMinimumUsers) noexcept;

}  // namespace pgprompt
