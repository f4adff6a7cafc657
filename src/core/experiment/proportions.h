// Two success rates, one outcome per unit.
#pragma once

#include <cstdint>

#include "core/experiment/comparison.h"
#include "core/status.h"

namespace pgprompt {

// The pooled z test (its square is Pearson's chi-square without correction) with the score intervals of
// O. Miettinen and M. Nurminen, Stat. Med. 4 (1985) 213-226, for difference and lift (rate ratio - 1),
// variance factor N/(N-1). That factor makes the intervals wider than the test by about 1/(2N); where only it
// would make the two disagree about 0, the end in question is 0, so that 0 lies strictly inside the interval
// exactly where p > alpha. n = 0 in an arm: rates, test and intervals absent. No success or no failure
// anywhere: statistic 0, p 1. lift_high is infinite where x_a = 0; lift_low is -1 where x_b = 0. Errors:
// invalid_parameter for negative counts, x > n, alpha outside (0, 1).
Result<Comparison> two_proportion_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                       double alpha = 0.05) noexcept;

// What the results use: the same, but where the least expected count of the table is below 5 the p-value is
// Fisher's mid-p (core/experiment/contingency.h), and an interval that would leave out 0 against it is
// widened until 0 lies inside. `note` then says so; the statistic stays z. Errors: as above.
Result<Comparison> two_rate_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                 double alpha = 0.05) noexcept;

// An interval of a rate or of a contrast.
struct Bounds {
    double low = 0;
    double high = 0;
};

// The Miettinen-Nurminen intervals themselves, without the rule about 0. n_a, n_b > 0. The ratio's high is
// infinite where x_a = 0.
Result<Bounds> score_interval_difference(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                         double alpha) noexcept;
Result<Bounds> score_interval_ratio(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                    double alpha) noexcept;

// The rates under the constraint p_b - p_a = difference that maximise the likelihood (Farrington and Manning,
// Stat. Med. 9 (1990) 1447-1454, solve the same cubic), and the score statistic; `unbiased` applies the
// factor N/(N-1).
struct ConstrainedScore {
    double p_a = 0;
    double p_b = 0;
    double z =
        0;  // ((x_b/n_b - x_a/n_a) - difference) / se; infinite where se is 0 and the rates say otherwise
};
ConstrainedScore score_difference(double x_a, double n_a, double x_b, double n_b, double difference,
                                  bool unbiased) noexcept;
ConstrainedScore score_ratio(double x_a, double n_a, double x_b, double n_b, double ratio,
                             bool unbiased) noexcept;

}  // namespace pgprompt
