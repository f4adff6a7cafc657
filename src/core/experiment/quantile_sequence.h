// Are the quantiles of two arms equal, read at any time? For independent units: one outcome per user.
#pragma once

#include <optional>
#include <vector>

#include "core/status.h"

namespace pgprompt {

struct QuantileSequence {
    std::optional<double> difference;  // of the sample quantiles, b - a
    double log_e = 0;
    double p_value = 1;  // min(1, 1/E): always valid
    const char* note = "";
};

// S. R. Howard and A. Ramdas, "Sequential estimation of quantiles with applications to A/B testing and
// best-arm identification" (Bernoulli 28 (2022) 1704-1728): for a value x to be both arms' q-quantile,
// neither arm's count of outcomes up to x may be far from n q. Evidence against x is the product of the arms'
// beta-binomial mixtures of these counts; evidence against equality its minimum over x. The mixtures are
// tightest at `planned` outcomes an arm and level `alpha`. An arm without outcomes: no evidence, with a note.
// Errors: invalid_parameter for q or alpha outside (0, 1), planned not above 0, outcomes not finite.
Result<QuantileSequence> quantile_sequence_test(std::vector<double> a, std::vector<double> b, double q,
                                                double planned, double alpha, Poll poll = nullptr) noexcept;

}  // namespace pgprompt
