// Percentiles (p95 latency) from rows, on demand, and winsorising.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/experiment/comparison.h"
#include "core/status.h"

namespace pgprompt {

// The ranks (from 1) of the order statistics that enclose the q-quantile of n independent rows with at least
// 1 - alpha: P(X_(l) <= Q < X_(u)) = F(u-1) - F(l-1), F binomial(n, q). lower_rank 0 or upper_rank n + 1:
// that end is unbounded.
struct QuantileRanks {
    int64_t lower_rank = 0;
    int64_t upper_rank = 0;
    double coverage = 0;  // of independent rows
};
// `cluster_factor` >= 1 widens the distance of both ranks from n q by that factor, for rows that come in
// users.
Result<QuantileRanks> quantile_ranks(int64_t n, double q, double alpha, double cluster_factor = 1) noexcept;

struct QuantileRow {
    int64_t user = 0;
    double value = 0;
};

// Rows of values and of the users they belong to, equally long. Errors: invalid_parameter.
Result<std::vector<QuantileRow>> quantile_rows(const std::vector<double>& values,
                                               const std::vector<std::string_view>& users) noexcept;

// One arm's q-quantile with its order-statistic interval, corrected for users by the factor of S. Deng, U.
// Knoblich and J. Lu (KDD 2018): the user-level delta-method error of the share of rows at or below the
// quantile, over the error that independent rows would have.
struct QuantileEstimate {
    int64_t rows = 0;
    int64_t users = 0;
    std::optional<double> value, low, high;  // an end beyond the data is absent
    double cluster_factor = 1;
    const char* note = "";
};
// Sorts `rows` in place. Errors: invalid_parameter for q or alpha outside (0, 1), values not finite;
// cancelled.
Result<QuantileEstimate> quantile_estimate(std::vector<QuantileRow>* rows, double q, double alpha,
                                           Poll poll = nullptr) noexcept;

// The difference of two independent quantile estimates, standard errors from the intervals' widths: se =
// (high - low) / (2 z). For a fixed look.
Result<Comparison> quantile_test(const QuantileEstimate& a, const QuantileEstimate& b, double alpha) noexcept;

// The value at which a metric is capped, from a sample taken before the start: its q-quantile (the ceil(n
// q)-th value). Frozen from then on; estimated again during the test it would follow the outcome.
Result<double> winsorising_cap(std::vector<double> sample, double q) noexcept;

}  // namespace pgprompt
