// Adaptive allocation: weights by the chance of being best, with a floor.
#pragma once

#include <vector>

#include "core/experiment/moments.h"
#include "core/status.h"

namespace pgprompt {

struct BetaShape {
    double successes = 1;  // prior included, above 0
    double failures = 1;
};

// P(arm i has the largest rate), exact up to rounding (quadrature); sums to 1. `lower_is_better` asks for the
// smallest. 2 to 200 arms. Errors: invalid_parameter, limit_exceeded, cancelled.
Result<std::vector<double>> probability_best(const std::vector<BetaShape>& arms, bool lower_is_better = false,
                                             Poll poll = nullptr) noexcept;

struct NormalShape {
    double mean = 0;
    double sd = 1;  // above 0
};
Result<std::vector<double>> probability_best(const std::vector<NormalShape>& arms,
                                             bool lower_is_better = false, Poll poll = nullptr) noexcept;

// Posteriors of rates under a uniform prior, one outcome per user; of means by their standard errors, flat
// prior. Errors: invalid_parameter for other lengths, bad counts, numbers not finite, errors not above 0.
Result<std::vector<BetaShape>> beta_posteriors(const std::vector<int64_t>& successes,
                                               const std::vector<int64_t>& totals) noexcept;
Result<std::vector<NormalShape>> normal_posteriors(const std::vector<double>& means,
                                                   const std::vector<double>& standard_errors) noexcept;

inline constexpr double kThompsonFloor = 0.05;

// Weights f + (1 - k f) P(best): every arm keeps at least the floor, so that its data go on. They sum to 1.
// Errors: invalid_parameter for a floor outside [0, 1/k] or chances that are not such.
Result<std::vector<double>> thompson_weights(const std::vector<double>& probability_best,
                                             double floor = kThompsonFloor) noexcept;

// The posterior of a rate on repeated rows: as many independent rows as would give the user-level variance,
// at most the rows there are, with a uniform prior added. No variance: the number of users.
Result<BetaShape> deflated_posterior(const UserMoments& moments) noexcept;

}  // namespace pgprompt
