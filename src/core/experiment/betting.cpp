#include "core/experiment/betting.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/always_valid.h"
#include "core/experiment/arguments.h"

namespace pgprompt {
namespace {

void check(const BettingUser& user) {
    arguments::probability("every outcome", user.outcome);
    arguments::open_unit("every rho", user.rho);
}

void remember(BettingState* state, double outcome) {
    state->users += 1;
    state->sum += outcome;
    state->sum_squares += outcome * outcome;
}

}  // namespace

Result<bool> betting_fold(BettingState* state, const BettingUser* users, size_t count,
                          double delta) noexcept {
    return protect([&] {
        if (!(delta >= -1 && delta <= 1)) arguments::refuse("delta", "lie between -1 and 1", delta);
        for (size_t i = 0; i < count; ++i) check(users[i]);
        const double g = (state->sum + 0.5) / (state->users + 1);
        const double sigma =
            std::sqrt(std::max((state->sum_squares + 0.5) / (state->users + 1) - g * g, 1e-4));
        const double far = std::max(g, 1 - g);
        std::array<double, kBets> product;
        product.fill(1);
        const auto bank = [&] {
            for (size_t j = 0; j < kBets; ++j) state->log_wealth[j] += std::log(product[j]);
            product.fill(1);
        };
        for (size_t i = 0; i < count; ++i) {
            const BettingUser& user = users[i];
            const double both = user.rho * (1 - user.rho);
            const double most = 0.9 / (std::max(user.rho, 1 - user.rho) * far + both * std::fabs(delta));
            const double gain = ((user.treated ? 1 : 0) - user.rho) * (user.outcome - g) - both * delta;
            for (size_t j = 0; j < kBets; ++j) {
                product[j] *= 1 + std::clamp(kBetSizes[j] / sigma, -most, most) * gain;
            }
            // A factor lies between .1 and 1.9 + rounding: 64 of them fit a double many times over.
            if (i % 64 == 63) bank();
        }
        bank();
        for (size_t i = 0; i < count; ++i) remember(state, users[i].outcome);
        return true;
    });
}

double betting_log_e(const BettingState& state) noexcept {
    const double most = *std::max_element(state.log_wealth.begin(), state.log_wealth.end());
    double sum = 0;
    for (double wealth : state.log_wealth) sum += std::exp(wealth - most);
    return most + std::log(sum / kBets);
}

Result<BettingInterval> betting_interval(const BettingState* states, const double* deltas, size_t count,
                                         double alpha) noexcept {
    return protect([&] {
        arguments::alpha(alpha);
        if (count < 2) arguments::refuse("deltas", "hold at least two values", static_cast<double>(count));
        size_t first = count, last = 0;
        for (size_t i = 0; i < count; ++i) {
            if (i > 0 && !(deltas[i] > deltas[i - 1])) arguments::refuse("deltas", "ascend", deltas[i]);
            if (betting_log_e(states[i]) >= -std::log(alpha)) continue;
            first = std::min(first, i);
            last = i;
        }
        BettingInterval out;
        if (first == count) return out;
        out.low = first == 0 ? -1 : deltas[first - 1];
        out.high = last == count - 1 ? 1 : deltas[last + 1];
        return out;
    });
}

std::vector<double> betting_numbers(const BettingState& state) {
    std::vector<double> out(state.log_wealth.begin(), state.log_wealth.end());
    for (double sum : {state.users, state.sum, state.sum_squares}) out.push_back(sum);
    return out;
}

Result<BettingState> betting_state(const std::vector<double>& numbers) noexcept {
    return protect([&] {
        BettingState out;
        if (numbers.empty()) return out;
        if (numbers.size() != kBets + 3) {
            arguments::refuse("state", "hold 13 numbers, or none", static_cast<double>(numbers.size()),
                              "Start with an empty array; go on with what the last fold returned.");
        }
        for (double value : numbers) arguments::finite("every number of state", value);
        std::copy_n(numbers.begin(), kBets, out.log_wealth.begin());
        out.users = numbers[kBets];
        out.sum = numbers[kBets + 1];
        out.sum_squares = numbers[kBets + 2];
        const double rounding = 1e-9 * (1 + out.users);
        if (!(out.users >= 0 && out.sum >= 0 && out.sum <= out.users + rounding && out.sum_squares >= 0 &&
              out.sum_squares <= out.sum + rounding)) {
            arguments::refuse("state", "be what a fold returned", out.users,
                              "Its last three numbers are users, sum and sum of squares.");
        }
        return out;
    });
}

Result<std::vector<BettingUser>> betting_users(const std::vector<bool>& treated,
                                               const std::vector<double>& outcomes,
                                               const std::vector<double>& rho) noexcept {
    return protect([&] {
        if (treated.size() != outcomes.size()) {
            arguments::refuse("outcomes", "have as many elements as treated",
                              static_cast<double>(outcomes.size()));
        }
        if (rho.size() != 1 && rho.size() != treated.size()) {
            arguments::refuse("rho", "have one element, or one a user", static_cast<double>(rho.size()));
        }
        std::vector<BettingUser> users;
        users.reserve(treated.size());
        for (double value : rho) arguments::open_unit("every rho", value);
        for (size_t i = 0; i < treated.size(); ++i) {
            users.push_back({treated[i], outcomes[i], rho.size() == 1 ? rho[0] : rho[i]});
            check(users.back());
        }
        return users;
    });
}

Result<BettingReading> betting_test(const std::vector<BettingUser>& users, int64_t batch_size, double alpha,
                                    Poll poll) noexcept {
    return protect([&] {
        arguments::alpha(alpha);
        if (batch_size < 1) {
            arguments::refuse("batch_size", "be at least 1", static_cast<double>(batch_size),
                              "Batches of 50 to 200 users lose little power.");
        }
        constexpr int kDeltas = 201;
        std::vector<double> deltas;
        for (int i = 0; i < kDeltas; ++i) deltas.push_back((i - 100) / 100.0);
        std::vector<BettingState> states(kDeltas);
        const size_t step = static_cast<size_t>(std::min<int64_t>(batch_size, 10000));
        for (size_t from = 0; from < users.size(); from += step) {
            const size_t count = std::min(step, users.size() - from);
            for (size_t i = 0; i < kDeltas; ++i) {
                if (poll && poll()) throw Failure(Code::cancelled, "cancelled");
                betting_fold(&states[i], &users[from], count, deltas[i]).take();
            }
        }
        BettingReading out;
        out.users = static_cast<int64_t>(users.size());
        out.log_e = betting_log_e(states[100]);
        out.p_value = p_value_of(out.log_e);
        out.interval = betting_interval(states.data(), deltas.data(), kDeltas, alpha).take();
        return out;
    });
}

Result<bool> bernoulli_bet_fold(BettingState* state, const BettingUser& user) noexcept {
    return protect([&] {
        check(user);
        if (user.outcome != 0 && user.outcome != 1) arguments::refuse("outcome", "be 0 or 1", user.outcome);
        const double g = (state->sum + 0.5) / (state->users + 1), logit = std::log(g / (1 - g));
        const auto expit = [](double x) { return 1 / (1 + std::exp(-x)); };
        for (size_t j = 0; j < kBets; ++j) {
            const double in_a = expit(logit - user.rho * kLogOddsBets[j]);
            const double in_b = expit(logit + (1 - user.rho) * kLogOddsBets[j]);
            const double under_null = (1 - user.rho) * in_a + user.rho * in_b,
                         own = user.treated ? in_b : in_a;
            state->log_wealth[j] +=
                user.outcome == 1 ? std::log(own / under_null) : std::log((1 - own) / (1 - under_null));
        }
        remember(state, user.outcome);
        return true;
    });
}

}  // namespace pgprompt
