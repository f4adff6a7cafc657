// Traps of time: a variant that only converts sooner, and users folded in the wrong order.
#pragma once

#include <algorithm>
#include <vector>

#include "core/experiment/betting.h"
#include "peeking.h"

namespace simulation {

// 28 days, 100 users a day, 20 % convert in both arms: within a week, or within a day in arm b. A reading
// every day.
inline void run_sooner(const Options& options, Report* report) {
    const int runs = options.runs(4000, 200), days = 28, daily = 100, window = 7;
    Random random(options.seed + 11);
    int pending_as_zero = 0, windows = 0, folded_early = 0, folded_at_close = 0;
    for (int run = 0; run < runs; ++run) {
        struct User {
            int arm;
            double exposed, converted;  // infinite: never
        };
        std::vector<User> users;
        for (int i = 0; i < days * daily; ++i) {
            const int arm = random.chance(0.5);
            const double exposed = static_cast<double>(i) / daily;
            const double delay = random.uniform() * (arm ? 1 : window);
            users.push_back({arm, exposed, random.chance(0.2) ? exposed + delay : INFINITY});
        }
        const double rho2 = planned(days * daily, 0.5);
        bool early = false, late = false, bets_early = false, bets_late = false;
        pgprompt::BettingState at_conversion, at_close;
        std::vector<bool> folded(users.size(), false);
        size_t closed = 0;
        for (int day = 1; day <= days; ++day) {
            double n[2][2] = {}, x[2][2] = {};  // [window][arm]
            std::vector<pgprompt::BettingUser> batch, closing;
            for (size_t i = 0; i < users.size() && users[i].exposed < day; ++i) {
                const User& user = users[i];
                const bool done = user.exposed + window <= day;
                n[0][user.arm] += 1;
                x[0][user.arm] += user.converted <= day;
                n[1][user.arm] += done;
                x[1][user.arm] += done && std::isfinite(user.converted);
                if (!folded[i] && (user.converted <= day || done)) {
                    folded[i] = true;
                    batch.push_back({user.arm == 1, user.converted <= day ? 1.0 : 0.0, 0.5});
                }
            }
            for (; closed < users.size() && users[closed].exposed + window <= day; ++closed) {
                closing.push_back(
                    {users[closed].arm == 1, std::isfinite(users[closed].converted) ? 1.0 : 0.0, 0.5});
            }
            const auto rejects = [&](int w) {
                const StratumPair pair{pgprompt::moments_of_successes(x[w][0], n[w][0]),
                                       pgprompt::moments_of_successes(x[w][1], n[w][1])};
                return always_valid_p(pair, MetricKind::per_row, rho2) <= 0.05;
            };
            early = early || rejects(0);
            late = late || rejects(1);
            betting_fold(&at_conversion, batch.data(), batch.size()).take();
            betting_fold(&at_close, closing.data(), closing.size()).take();
            bets_early = bets_early || betting_log_e(at_conversion) >= std::log(20);
            bets_late = bets_late || betting_log_e(at_close) >= std::log(20);
        }
        pending_as_zero += early;
        windows += late;
        folded_early += bets_early;
        folded_at_close += bets_late;
    }
    report->at_most("only sooner: always valid, counted when the window closes", windows, runs, 0.05);
    report->shown("only sooner: always valid, pending counted as 0", pending_as_zero, runs);
    report->at_most("only sooner: e-process, folded when the window closes", folded_at_close, runs, 0.05);
    report->shown("only sooner: e-process, folded at conversion", folded_early, runs);
}

}  // namespace simulation
