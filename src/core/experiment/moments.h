// Per-user moments of one arm, from exact sums. Everything that can cancel is computed in exact arithmetic;
// what comes out is small and well conditioned, so that plain doubles do from there on.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/status.h"

namespace pgprompt {

// Sums over the users of one (experiment, variant, metric, stratum), as decimal texts ("12", "-3.50", "1e-6":
// what the server's numeric prints). s is a user's total of the metric, m the number of his rows, x a
// covariate frozen at first exposure. Without m (empty m, mm, sm) every user has one row. Without x (empty)
// there is no covariate.
struct UserSums {
    int64_t users = 0;
    std::string_view s, ss;
    std::string_view m, mm, sm;
    std::string_view x, xx, xs, xm;
};

// The same, digested. Variances and covariances are over users, with n - 1; they are 0 where users < 2.
struct UserMoments {
    double users = 0;
    double mean_s = 0, mean_m = 1, mean_x = 0;
    double ratio = 0;  // sum of s over sum of m
    double var_s = 0, var_m = 0, cov_sm = 0;
    double var_e = 0, cov_em = 0;  // e = s - ratio * m, a user's residual
    double var_x = 0, cov_xs = 0, cov_xm = 0, cov_xe = 0;
    bool has_covariate = false;
};

// Errors: invalid_parameter for a text that is no decimal number or beyond 200 digits or 100 decimal places,
// negative counts, and sums no data could have (ss * K < s^2 and the like), naming the sum.
Result<UserMoments> moments_of(const UserSums& sums) noexcept;

// For users with one row each and values of mean `mean` and variance `var` (n - 1).
UserMoments moments_of_mean(double users, double mean, double var) noexcept;

// For x successes among n users with one row each.
UserMoments moments_of_successes(double x, double n) noexcept;

}  // namespace pgprompt
