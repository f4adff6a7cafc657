// Group-sequential tests for a planned number of users: alpha is spent over looks that are written down.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace pgprompt {

// How much of alpha may be spent by information fraction t (K. K. G. Lan and D. L. DeMets, Biometrika 70
// (1983) 659-663), two-sided, each side alpha/2:
enum class Spending : unsigned char {
    obrien_fleming,  // 4 (1 - Phi(z_{alpha/4} / sqrt t)): little early, nearly all at the end
    pocock,          // alpha ln(1 + (e-1) t): evenly
    power,           // alpha t^rho (Kim and DeMets, 1987)
};
Result<Spending> spending_named(std::string_view name) noexcept;  // "obrien_fleming", "pocock", "power"

Result<double> spent_alpha(Spending spending, double information, double alpha, double rho = 2) noexcept;

struct Look {
    double information = 0;  // fraction of the planned information, ascending, at most 1
    double boundary = 0;     // |z| at or above which the look rejects; infinite: cannot reject
};

Result<std::vector<Look>> looks_of(const std::vector<double>& information,
                                   const std::vector<double>& boundaries) noexcept;

// The next look of a log: its boundary, given the looks taken before with their stored boundaries.
// `information` above 1 counts as 1, which spends all that is left and closes the log. Errors:
// invalid_parameter when the log is closed, when information does not exceed the last look's, for a broken
// log; limit_exceeded beyond 500 looks; cancelled.
struct NextLook {
    Look look;
    double cumulated_alpha = 0;
};
Result<NextLook> next_look(const std::vector<Look>& before, double information, double alpha,
                           Spending spending, double rho = 2, Poll poll = nullptr) noexcept;

// All boundaries of a plan.
Result<std::vector<NextLook>> spending_boundaries(const std::vector<double>& information, double alpha,
                                                  Spending spending, double rho = 2,
                                                  Poll poll = nullptr) noexcept;

// The classical constants for k equally spaced looks: Pocock's |z| >= c at every look (Biometrika 64 (1977)
// 191-199); O'Brien and Fleming's |z_i| >= c sqrt(k/i) (Biometrics 35 (1979) 549-556).
Result<double> pocock_constant(int looks, double alpha, Poll poll = nullptr) noexcept;
Result<double> obrien_fleming_constant(int looks, double alpha, Poll poll = nullptr) noexcept;

// The chance that |z| has crossed its boundary at or before each look, where z at information t has mean
// drift sqrt t. Drift 0: the false positives; the power of a plan is the last value at drift = effect / se at
// the end. By the recursion of P. Armitage, C. K. McPherson and B. C. Rowe (J. R. Stat. Soc. A 132 (1969)
// 235-244).
Result<std::vector<double>> crossing_probabilities(const std::vector<Look>& looks, double drift,
                                                   Poll poll = nullptr) noexcept;

}  // namespace pgprompt
