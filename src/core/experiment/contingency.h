// Success counts of two or more arms as a table: chi-square, G, Fisher's exact test.
#pragma once

#include <cstdint>
#include <vector>

#include "core/experiment/sample_ratio.h"
#include "core/status.h"

namespace pgprompt {

// Pearson's chi-square and the likelihood-ratio G test of equal success rates. Arms without units are left
// out; with fewer than two arms left, or no success or no failure anywhere: statistic 0, p 1. Errors:
// invalid_parameter for arrays of different lengths, fewer than two arms, negative counts, x > n.
Result<ChiSquare> chi_square_test(const std::vector<int64_t>& successes,
                                  const std::vector<int64_t>& totals) noexcept;
Result<ChiSquare> g_test(const std::vector<int64_t>& successes, const std::vector<int64_t>& totals) noexcept;
// Two arms with the continuity correction of F. Yates (J. R. Stat. Soc. Suppl. 1 (1934) 217-235).
Result<ChiSquare> yates_chi_square_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b) noexcept;

struct FisherExact {
    double p_less = 1;       // of a count in the first cell as small as `a`, margins given
    double p_greater = 1;    // as large as `a`
    double p_two_sided = 1;  // of all tables no likelier than this one
    double p_mid = 1;  // twice the smaller one-sided mid-p (half of this table's own probability), at most 1
};

// Fisher's exact test of the table ((a, b), (c, d)). Errors: invalid_parameter for a negative count,
// limit_exceeded where the smallest margin exceeds 10 million.
Result<FisherExact> fisher_exact_test(int64_t a, int64_t b, int64_t c, int64_t d,
                                      Poll poll = nullptr) noexcept;

}  // namespace pgprompt
