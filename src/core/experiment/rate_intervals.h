// Simple intervals: of one rate, and closed forms for two rates and for the ratio of two means. The results
// use Wilson for a variant's own rate; the two-sample ones are offered for comparison with other tools.
#pragma once

#include <cstdint>

#include "core/experiment/proportions.h"
#include "core/status.h"

namespace pgprompt {

// Of x successes in n > 0 units. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212; Clopper and Pearson,
// Biometrika 26 (1934) 404-413.
Result<Bounds> wilson_interval(int64_t x, int64_t n, double alpha) noexcept;
Result<Bounds> clopper_pearson_interval(int64_t x, int64_t n, double alpha) noexcept;

// Of p_b - p_a: R. G. Newcombe, Stat. Med. 17 (1998) 873-890, method 10; Wald with the unpooled error.
Result<Bounds> newcombe_interval(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) noexcept;
Result<Bounds> wald_interval(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) noexcept;

// Of p_b / p_a: D. Katz et al., Biometrics 34 (1978) 469-474; x_a, x_b > 0.
Result<Bounds> katz_interval(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) noexcept;

// z with the unpooled error.
Result<double> unpooled_z(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b) noexcept;

}  // namespace pgprompt
