// The contrast of two arms on per-user moments, over strata: what results and the always-valid test are
// computed from.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/experiment/comparison.h"
#include "core/experiment/moments.h"

namespace pgprompt {

// What a user contributes to a metric.
enum class MetricKind : unsigned char {
    per_row,   // ratio of sums: mean over rows, r = sum s / sum m
    per_user,  // mean of the users' totals
};

struct StratumPair {
    UserMoments a;
    UserMoments b;
};

// With strata g (epoch of first exposure, epoch in which the user's bucket entered) and h_g = K_a K_b / (K_a
// + K_b): d = sum h_g d_g / sum h_g, V = sum h_g^2 V_g / (sum h_g)^2; the arms' values average with the same
// h_g. A stratum with fewer than two users in an arm is dropped. The variance of a ratio is the delta
// method's on users: var(s - r m) / (K mean_m^2) with n - 1 moments. The pooled variance takes the residuals
// around the ratio of both arms together, pools them over the arms and divides by the pooled mean of m.
struct Contrast {
    double users_a = 0, users_b = 0;  // of the strata that entered
    double value_a = 0, value_b = 0;
    double variance_a = 0, variance_b = 0;  // of the values
    double covariance = 0;                  // of the values: 0 without CUPED
    double variance = 0;                    // of the difference, arm by arm (Welch)
    double variance_pooled = 0;             // of the difference, residuals pooled over the arms
    double plain_b = 0;                     // b's value without CUPED
    double theta = 0;                       // CUPED's coefficient, averaged with h_g; 0 without
    double h = 0;                           // sum of h_g
    double nu = 0;                          // sum of (K_a + K_b - 2)
    double df = 0;                          // Satterthwaite's, over all arms and strata
    int strata = 0;                         // that entered
    double difference() const { return value_b - value_a; }
};

// `adjust` applies CUPED (A. Deng et al., WSDM 2013) where both arms carry a covariate: theta = pooled cov /
// pooled var(x) within the stratum. The control's value stays the unadjusted one and value_b is that plus the
// adjusted difference, whence the covariance that the lift's interval must keep.
Contrast contrast_of(const StratumPair* strata, size_t count, MetricKind kind, bool adjust = false) noexcept;

// One stratum, from the sums of both arms. Errors: as moments_of, the sum named with its arm: "ss_a".
Result<Contrast> contrast_of_sums(const UserSums& a, const UserSums& b, MetricKind kind,
                                  bool adjust = false) noexcept;

// Several strata: the same sums as columns, an element for each stratum, ratios of sums. Errors: columns of
// different lengths, too.
struct SumColumns {
    std::vector<int64_t> users;
    std::vector<std::string_view> s, ss, m, mm, sm;
};
Result<Contrast> contrast_of_strata(const SumColumns& a, const SumColumns& b) noexcept;

// One stratum, from means and variances (n - 1) of units with one row each, or from successes. Errors:
// invalid_parameter as of the tests on the same arguments.
Result<Contrast> contrast_of_means(int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                                   double var_b) noexcept;
Result<Contrast> contrast_of_successes(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b) noexcept;

// Two estimates of any kind with their variances (of the estimates, not of units) and covariance, read
// against Student's t on df degrees of freedom (infinity: normal). Errors: invalid_parameter for numbers that
// are not finite, negative variances, a covariance that the variances do not allow, df not above 0, alpha.
Result<Comparison> fieller_test(double estimate_a, double variance_a, double estimate_b, double variance_b,
                                double covariance, double df, double alpha) noexcept;

// The fixed-horizon reading of a contrast: t on Satterthwaite's df, Fieller for the lift. With no stratum
// left: absent.
Comparison fixed_test(const Contrast& contrast, double alpha) noexcept;

}  // namespace pgprompt
