// How many users, how long, how small an effect: before and during an experiment. All powers are two-sided
// and unconditional: they count rejections in the wrong direction too, as R's strict = TRUE does, unless said
// otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/status.h"

namespace pgprompt {

// Two rates p1, p2 (0 to 1), n per arm, the pooled z test, by the formula of R's power.prop.test (right
// direction only). The sample size is not rounded up.
Result<double> power_two_proportions(double p1, double p2, double n_per_arm, double alpha) noexcept;
Result<double> sample_size_two_proportions(double p1, double p2, double alpha, double power) noexcept;
// For a control of share `share_a` of all users instead of one half: units in all.
Result<double> total_size_two_proportions(double p1, double p2, double share_a, double alpha,
                                          double power) noexcept;

// Two means, Student's t with 2(n-1) degrees of freedom (R's power.t.test, right direction only).
Result<double> power_two_means(double delta, double sd, double n_per_arm, double alpha) noexcept;
Result<double> sample_size_two_means(double delta, double sd, double alpha, double power) noexcept;

// A relative lift on a mean with a user's variance `variance` in both arms; variance of the lift by the delta
// method: variance (1 + (1+lift)^2) / (n mean^2).
Result<double> power_relative_lift(double mean, double variance, double lift, double n_per_arm,
                                   double alpha) noexcept;
Result<double> detectable_relative_lift(double mean, double variance, double n_per_arm, double alpha,
                                        double power) noexcept;  // right direction only

// The power of one reading against a critical value: the fixed-horizon z or a sequential boundary.
Result<double> power_against(double effect, double se, double critical) noexcept;

// The power of the always-valid test at h = n_a n_b / (n_a + n_b), from one reading at the end: a lower bound
// on what looking at every row reaches.
Result<double> power_always_valid(double effect, double sigma, double users_a, double users_b, double rho2,
                                  double alpha) noexcept;

// Users in all (in the given shares) until the always-valid test has the power at one reading; infinite where
// never.
Result<double> size_always_valid(double effect, double sigma, double share_b, double rho2, double alpha,
                                 double power) noexcept;

// By how much the present number of users must be multiplied until a reading with the present standard error
// `se` (shrinking with the root of the number) has the power for `effect`; 1 where it has it already.
Result<double> growth_fixed(double effect, double se, double alpha, double power) noexcept;
// The same against an asymptotic confidence sequence tuned at n_star of now `n` users.
Result<double> growth_sequential(double effect, double se, double n, double n_star, double alpha,
                                 double power) noexcept;

// The rate that a relative effect makes of a baseline rate. Errors name `baseline` and `relative_mde`.
Result<double> rate_after(double baseline, double relative_mde) noexcept;

// The least relative lift that one look at n per arm finds with the power; downward: the least drop, as a
// negative number. Infinite where none does. Of rates by power_two_proportions, of means by power_two_means
// (absolute, above 0), of the always-valid test by power_always_valid (absolute, above 0).
Result<double> detectable_two_proportions(double baseline, double n_per_arm, double alpha, double power,
                                          bool downward = false) noexcept;
Result<double> detectable_two_means(double sd, double n_per_arm, double alpha, double power) noexcept;
Result<double> detectable_always_valid(double sigma, double users_a, double users_b, double rho2,
                                       double alpha, double power) noexcept;

// (needed - now) / per day, 0 where there are enough; infinite where none arrive.
Result<double> days_to_reach(double users_needed, double users_now, double users_per_day) noexcept;

// What a plan needs, from a baseline rate or mean.
struct PlanInput {
    double baseline = 0;             // control's rate, or mean
    std::optional<double> variance;  // a user's variance; absent: a rate's, baseline (1 - baseline)
    double relative_mde = 0;         // smallest lift worth finding, not 0
    double daily_users = 0;          // entering the experiment, all variants together
    int variants = 2;
    double alpha = 0.05;  // family-wise: split over variants - 1 comparisons
    double power = 0.8;
    int weeks = 8;  // rows of the table, 1 to 520
};
// What one look after so many weeks finds. Effects are relative to the baseline, in the direction of the
// planned one; infinite where none is found.
struct PlanWeek {
    double users_per_variant = 0;
    double detectable = 0, power = 0;                        // one planned look
    double detectable_sequential = 0, power_sequential = 0;  // the always-valid test at one of its looks
};
struct Plan {
    double users_per_variant = 0;             // fixed horizon, one look at the end
    double users_per_variant_sequential = 0;  // always valid, power at one reading; infinite: never
    double days = 0, days_sequential = 0;
    double rho2 = 0;  // to freeze for the always-valid test
    std::vector<PlanWeek> weeks;
};
Result<Plan> plan_experiment(const PlanInput& input) noexcept;

}  // namespace pgprompt
