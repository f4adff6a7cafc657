// Other mixture martingales, for planning and for comparison with other tools. The results use
// core/experiment/ always_valid.h (users) and betting.h (exact).
#pragma once

#include <cstdint>

#include "core/experiment/proportions.h"
#include "core/status.h"

namespace pgprompt {

// Asymptotic confidence sequences (I. Waudby-Smith et al., Ann. Stat. 52 (2024) 2613-2640) of an estimate
// with standard error se from n units, tuned to be tightest at n_star: rho^2 = (-2 ln alpha + ln(1 - 2 ln
// alpha)) / n_star.
Result<double> asymptotic_rho2(double n_star, double alpha) noexcept;
Result<double> asymptotic_rho2_exact(double n_star, double alpha) noexcept;  // by Lambert's W
double asymptotic_critical(double n, double rho2, double alpha) noexcept;    // half width over se
// One-sided at alpha; tune rho2 with 2 alpha.
double asymptotic_critical_one_sided(double n, double rho2, double alpha) noexcept;
double asymptotic_log_e(double z, double n, double rho2) noexcept;

// The normal mixture of H. Robbins (Ann. Math. Stat. 41 (1970) 1397-1409) for a sum s of variance v,
// sub-Gaussian.
Result<double> normal_mixture_rho(double v_opt,
                                  double alpha) noexcept;  // tightest at v_opt; one-sided: pass 2 alpha
double normal_mixture_log(double s, double v, double rho) noexcept;
double normal_mixture_bound(double v, double rho, double alpha) noexcept;
double normal_mixture_log_one_sided(double s, double v, double rho) noexcept;
double normal_mixture_bound_one_sided(double v, double rho, double alpha) noexcept;

// The beta-binomial mixture for sums of variables bounded by -g and h (S. R. Howard et al., Ann. Stat. 49
// (2021) 1055-1080, two-sided), and the confidence sequence of one rate it gives: x successes of n, tightest
// at t_opt.
double beta_binomial_mixture_log(double s, double v, double r, double g, double h) noexcept;
Result<double> beta_binomial_mixture_r(double v_opt, double alpha, double g, double h) noexcept;
Result<double> beta_binomial_mixture_bound(double v, double r, double g, double h, double alpha) noexcept;
Result<Bounds> rate_confidence_sequence(int64_t x, int64_t n, double alpha, double t_opt) noexcept;

// The always-valid F test of several coefficients at once (M. Lindon et al., "Anytime-valid linear models",
// 2022): d numerator degrees of freedom, nu denominator's, r = g / (g + n).
double f_mixture_log_e(double f, double d, double nu, double r) noexcept;

}  // namespace pgprompt
