// M5: false positives of the betting e-process under Thompson allocation with a drift common to both arms.
#pragma once

#include "core/experiment/betting.h"
#include "core/experiment/thompson.h"
#include "peeking.h"

namespace simulation {

inline void run_m5(const Options& options, Report* report) {
    report->section(
        "M5: Thompson allocation, one outcome per user, the same rate in both arms, drifting .2 to .4");
    const int runs = options.runs(4000, 60), users = 10000, batch_size = 200;
    struct Kind {
        const char* name;
        bool graded;
    };
    for (const Kind& kind : {Kind{"success or failure", false}, Kind{"graded outcomes in [0, 1]", true}}) {
        for (bool sudden : {false, true}) {
            Random random(options.seed + 77 + kind.graded * 2 + sudden);
            int by_bets = 0, by_z = 0;
            for (int run = 0; run < runs; ++run) {
                pgprompt::BettingState state;
                double n[2] = {0, 0}, s[2] = {0, 0}, rho = 0.5;
                bool alarm = false, naive = false;
                for (int i = 0; i < users; i += batch_size) {
                    std::vector<pgprompt::BettingUser> batch;
                    for (int j = 0; j < batch_size; ++j) {
                        const double at = static_cast<double>(i + j) / users;
                        const double rate = sudden ? (at < 0.5 ? 0.2 : 0.4) : 0.2 + 0.2 * at;
                        const bool treated = random.chance(rho);
                        const double outcome = kind.graded           ? beta(&random, 2 * rate, 2 - 2 * rate)
                                               : random.chance(rate) ? 1.0
                                                                     : 0.0;
                        n[treated] += 1;
                        s[treated] += outcome;
                        batch.push_back({treated, outcome, rho});
                    }
                    betting_fold(&state, batch.data(), batch.size()).take();
                    alarm = alarm || betting_log_e(state) >= std::log(20);
                    const double pooled = (s[0] + s[1]) / (n[0] + n[1]);
                    const double z = (s[1] / n[1] - s[0] / n[0]) /
                                     std::sqrt(pooled * (1 - pooled) * (1 / n[0] + 1 / n[1]));
                    naive = naive || std::fabs(z) >= 1.96;
                    const std::vector<double> best =
                        probability_best(std::vector<pgprompt::BetaShape>{{1 + s[0], 1 + n[0] - s[0]},
                                                                          {1 + s[1], 1 + n[1] - s[1]}})
                            .take();
                    rho = pgprompt::thompson_weights(best).take()[1];
                }
                by_bets += alarm;
                by_z += naive;
            }
            const std::string what = std::string(kind.name) + (sudden ? ", a jump" : ", a slow drift");
            report->at_most(what + ": e-process", by_bets, runs, 0.05);
            report->shown(what + ": z, peeking", by_z, runs);
        }
    }
}

}  // namespace simulation
