// Bayesian readings. A chance to win is no error rate: read after every row, a flat prior's chance of .95 is
// wrong far more often than one time in twenty, so the verdict never rests on it.
#pragma once

#include <cstdint>
#include <limits>

#include "core/status.h"

namespace pgprompt {

struct BetaBinomial {
    double prob_b_beats_a = 0.5;
    double expected_loss_choose_a = 0;                    // E[max(p_b - p_a, 0)]
    double expected_loss_choose_b = 0;                    // E[max(p_a - p_b, 0)]
    double mean_a = 0, mean_b = 0;                        // posterior means
    double low_a = 0, high_a = 1, low_b = 0, high_b = 1;  // equal-tailed credible intervals at 1 - alpha
};

// One outcome per user: x successes of n, prior Beta(prior_successes, prior_failures) in both arms. Exact up
// to rounding, by quadrature. With no data: the prior. Errors: invalid_parameter for negative counts, x > n,
// priors outside .01 to 1e9; limit_exceeded where the arms' sizes differ too much for the quadrature;
// cancelled.
Result<BetaBinomial> beta_binomial_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                        double prior_successes = 1, double prior_failures = 1,
                                        double alpha = 0.05, Poll poll = nullptr) noexcept;

struct NormalPosterior {
    double mean = 0;
    double sd = 0;
    double chance_to_win = 0.5;         // P(effect > 0)
    double low = 0, high = 0;           // credible interval at 1 - alpha
    double expected_loss_choose_a = 0;  // E[max(effect, 0)]
    double expected_loss_choose_b = 0;  // E[max(-effect, 0)]
};

inline constexpr double kLiftPriorSd = 0.3;

// A normal prior (sd may be infinite: flat) and an estimate with its standard error; the default prior suits
// a lift. se may be 0 or infinite, but not when the prior is its equal. Errors: invalid_parameter.
Result<NormalPosterior> normal_posterior(double estimate, double se, double prior_mean = 0,
                                         double prior_sd = kLiftPriorSd, double alpha = 0.05) noexcept;

// E[max(X, 0)] for X normal.
double expected_positive_part(double mean, double sd) noexcept;

}  // namespace pgprompt
