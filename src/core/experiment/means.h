// Two means of independent units: Welch's t with Fieller's interval for the lift.
#pragma once

#include <cstdint>

#include "core/experiment/comparison.h"
#include "core/status.h"

namespace pgprompt {

enum class Alternative : unsigned char { two_sided, greater, less };  // greater: b above a

// Welch's t (B. L. Welch, Biometrika 34 (1947) 28-35) with Satterthwaite's degrees of freedom, on units'
// numbers, means and variances (n - 1). The lift's interval is Fieller's with the same critical value, so it
// contains 0 exactly where the difference's interval does. One-sided alternatives leave one end infinite and
// have no lift interval. An arm with fewer than two units, or no variance in either: difference and lift
// only, with a note. Errors: invalid_parameter for negative counts or variances, numbers that are not finite,
// alpha outside (0, 1).
Result<Comparison> welch_test(int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                              double var_b, double alpha = 0.05,
                              Alternative alternative = Alternative::two_sided) noexcept;

// The same on estimates of any kind: value and variance of the estimate (not of a unit) and units behind it.
// What the ratio metric and others reduce to. `covariance` is that of the two estimates.
struct Estimate {
    double value = 0;
    double variance = 0;
    double units = 0;
};
Comparison welch_contrast(const Estimate& a, const Estimate& b, double alpha,
                          Alternative alternative = Alternative::two_sided) noexcept;

// Satterthwaite's degrees of freedom of the difference of two estimates.
double satterthwaite(const Estimate& a, const Estimate& b) noexcept;

}  // namespace pgprompt
