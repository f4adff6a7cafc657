// The exact always-valid test: bets on outcomes in [0, 1], one per user. Valid at any number of users, under
// any stopping, adaptive allocation and drift common to both arms, as long as users are folded once each,
// when their outcome is final, in an order fixed by first exposure, and the chance of treatment was known
// before the outcome.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/status.h"

namespace pgprompt {

inline constexpr size_t kBets = 10;
inline constexpr std::array<double, kBets> kBetSizes = {.03, .06, .12, .25, .5, -.03, -.06, -.12, -.25, -.5};

// What is kept for one pair of arms: ten logarithms of wealth and three sums over the users folded so far.
struct BettingState {
    std::array<double, kBets> log_wealth{};
    double users = 0, sum = 0, sum_squares = 0;
};

struct BettingUser {
    bool treated = false;  // in arm b
    double outcome = 0;    // in [0, 1]
    double rho = 0.5;  // the chance of arm b among the pair's two arms, within the user's stratum, in (0, 1)
};

// Folds one batch. A user's factor is 1 + lambda_j [(A - rho)(Y - g) - rho(1-rho) delta], lambda_j = d_j /
// sigma clipped so that no factor falls below .1; g and sigma are the mean and deviation of the users of
// earlier batches, g = (S + .5)/(N + 1), sigma^2 = max((Q + .5)/(N + 1) - g^2, 1e-4). Under E[Y|b] - E[Y|a] =
// delta the wealth is a martingale; the test has delta = 0, the interval keeps a state for each delta of a
// grid. Batches of 50 to 200 lose little power; the order within a batch does not matter. Errors:
// invalid_parameter for an outcome outside [0, 1], rho outside (0, 1), delta outside [-1, 1]; then nothing
// has been folded.
Result<bool> betting_fold(BettingState* state, const BettingUser* users, size_t count,
                          double delta = 0) noexcept;

// ln E, E the mean of the ten wealths; p = min(1, 1/E).
double betting_log_e(const BettingState& state) noexcept;

// The deltas that a grid of states (ascending deltas, at least two) does not reject at alpha: from the last
// rejected delta below to the first rejected one above what is kept; an end without a rejected one beyond it
// is -1 or 1. Absent when every delta of the grid is rejected.
struct BettingInterval {
    std::optional<double> low, high;
};
Result<BettingInterval> betting_interval(const BettingState* states, const double* deltas, size_t count,
                                         double alpha) noexcept;

// The state as thirteen numbers, log wealths first, for keeping it outside; empty: the start. Errors:
// invalid_parameter for another length, numbers not finite, sums no outcomes in [0, 1] could have.
std::vector<double> betting_numbers(const BettingState& state);
Result<BettingState> betting_state(const std::vector<double>& numbers) noexcept;

// Users in order of first exposure: who was in arm b, what came out, and the chance of arm b (one for all, or
// one a user). Errors: invalid_parameter, lengths that differ too.
Result<std::vector<BettingUser>> betting_users(const std::vector<bool>& treated,
                                               const std::vector<double>& outcomes,
                                               const std::vector<double>& rho) noexcept;

// The whole test at once: folded in batches, with the interval over the deltas -1, -.99, ..., 1.
struct BettingReading {
    int64_t users = 0;
    double log_e = 0, p_value = 1;
    BettingInterval interval;
};
Result<BettingReading> betting_test(const std::vector<BettingUser>& users, int64_t batch_size, double alpha,
                                    Poll poll = nullptr) noexcept;

// The same kind of bet for binary outcomes on a grid of log odds ratios (the randomised form of the 2x2
// e-variable of Turner, Ly and Grunwald, 2024): for a user, the ratio of the likelihoods under (theta_a,
// theta_b) and under their common mean; the nuisance is logit((S + .5)/(N + 1)) of all earlier rows. Folds
// one row.
Result<bool> bernoulli_bet_fold(BettingState* state, const BettingUser& user) noexcept;
inline constexpr std::array<double, kBets> kLogOddsBets = {.05, .1, .2, .4, .8, -.05, -.1, -.2, -.4, -.8};

}  // namespace pgprompt
