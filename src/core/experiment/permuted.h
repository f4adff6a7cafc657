// An A/A test on the installation's own users: labels are dealt at random again and again, and the
// always-valid test watched from look to look. Its share of alarms must not exceed alpha; a larger one says
// that the users of this metric are not what the method assumes.
#pragma once

#include <vector>

#include "core/experiment/stratified.h"
#include "core/status.h"

namespace pgprompt {

struct UserTotals {  // in order of first exposure
    double s = 0;
    double m = 1;
};

Result<std::vector<UserTotals>> user_totals(const std::vector<double>& sums,
                                            const std::vector<double>& rows) noexcept;

struct PermutedInput {
    MetricKind kind = MetricKind::per_row;
    double share_b = 0.5;
    double alpha = 0.05;
    int runs = 1000;  // 1 to 100,000
    int looks = 100;  // evenly spaced over the users, 1 to 10,000
    uint64_t seed = 1;
};

struct PermutedResult {
    int runs = 0;
    int alarms = 0;    // runs with p <= alpha at any look
    double share = 0;  // alarms / runs
    double standard_error = 0;
    double fixed_share = 0;  // of runs in which the fixed-horizon test rejects at the last look
};

// rho^2 is planned for the whole number of users. Errors: invalid_parameter, cancelled.
Result<PermutedResult> permuted_aa(const std::vector<UserTotals>& users, const PermutedInput& input,
                                   Poll poll = nullptr) noexcept;

}  // namespace pgprompt
