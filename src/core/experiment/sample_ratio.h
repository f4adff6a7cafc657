// Is the traffic split as it was meant to be? On users at first exposure, forced users left out.
#pragma once

#include <cstdint>
#include <vector>

#include "core/status.h"

namespace pgprompt {

struct ChiSquare {
    double statistic = 0;
    double df = 0;
    double p_value = 1;
};

// Pearson's chi-square of counts against weights (any positive scale): for one look at a time fixed
// beforehand. No unit yet: statistic 0, p 1. A count above 0 under weight 0: statistic infinite, p 0. Errors:
// invalid_parameter for other lengths, fewer than two variants, negative counts, bad weights.
Result<ChiSquare> sample_ratio_chi_square(const std::vector<int64_t>& observed,
                                          const std::vector<double>& weights) noexcept;

inline constexpr double kSampleRatioConcentration = 1000;  // k
inline constexpr double kSampleRatioAlarm = 0.01;          // alarm at a p-value below

struct SequentialSampleRatio {
    double log_e = 0;    // log Bayes factor against the intended split
    double p_value = 1;  // min(1, 1/E): always valid
};

// The sequential test of M. Lindon and A. Malek, "Anytime-valid inference for multinomial count data" (2022),
// a Dirichlet-multinomial Bayes factor with concentration alpha0 = k p0.
Result<SequentialSampleRatio> sample_ratio_sequential(const std::vector<int64_t>& observed,
                                                      const std::vector<double>& weights,
                                                      double k = kSampleRatioConcentration) noexcept;
// The same with any positive concentration, a parameter per variant.
Result<SequentialSampleRatio> sample_ratio_sequential(const std::vector<int64_t>& observed,
                                                      const std::vector<double>& weights,
                                                      const std::vector<double>& concentration) noexcept;

// One stratum (epoch of first exposure, epoch of the bucket's entry): users by variant, and the variants'
// bucket shares within it (any scale; 0 where a variant owns none of its buckets).
struct SampleRatioStratum {
    std::vector<int64_t> observed;
    std::vector<double> shares;
};

// Carried through strata in the given order, which must stay the same from look to look: a mismatch learnt in
// one stratum is expected in the next. `planned` are the shares at the start of the experiment. A user of a
// variant whose share in the stratum is 0: log_e infinite, p 0.
Result<SequentialSampleRatio> sample_ratio_sequential(const std::vector<SampleRatioStratum>& strata,
                                                      const std::vector<double>& planned,
                                                      double k = kSampleRatioConcentration) noexcept;

}  // namespace pgprompt
