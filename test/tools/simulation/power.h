// M3, M4: power.
#pragma once

#include "core/experiment/betting.h"
#include "core/experiment/planning.h"
#include "core/experiment/spending.h"
#include "peeking.h"

namespace simulation {

inline void run_m3(const Options&, Report* report) {
    report->section(
        "M3: power of Lan-DeMets spending at a planned N, 14 looks, against one fixed test of power 80 %");
    const double drift = pgprompt::normal_upper_quantile(0.025) + pgprompt::normal_upper_quantile(0.2);
    std::vector<double> information;
    for (int i = 1; i <= 14; ++i) information.push_back(i / 14.0);
    const auto power = [&](pgprompt::Spending spending) {
        std::vector<pgprompt::Look> looks;
        for (const auto& next : spending_boundaries(information, 0.05, spending).take())
            looks.push_back(next.look);
        return crossing_probabilities(looks, drift).take().back();
    };
    const double fixed = pgprompt::power_against(drift, 1, pgprompt::normal_upper_quantile(0.025)).take();
    report->at_least("O'Brien-Fleming, share of the fixed test's power",
                     power(pgprompt::Spending::obrien_fleming) / fixed, 0, 0.97);
    report->share("Pocock, share of the fixed test's power", power(pgprompt::Spending::pocock) / fixed, 0);
}

inline void run_m4(const Options& options, Report* report) {
    report->section("M4: power of the betting e-process that knows no N, against the t-mixture tuned to N");
    const int runs = options.runs(4000, 150);
    for (int n : {2000, 5000, 20000}) {
        for (double p : {0.1, 0.3, 0.5}) {
            if (options.quick && n == 20000) continue;
            // An effect that a fixed test would find with power 90 %.
            double effect = 0.001;
            while (pgprompt::power_two_proportions(p, p + effect, n / 2.0, 0.05).take() < 0.9)
                effect += 0.0005;
            Random random(options.seed + static_cast<uint64_t>(n + 1000 * p));
            const double rho2 = planned(n, 0.5);
            int by_bets = 0, by_mixture = 0;
            std::vector<pgprompt::BettingUser> batch;
            for (int run = 0; run < runs; ++run) {
                pgprompt::BettingState state;
                double units[2] = {0, 0}, hits[2] = {0, 0};
                bool bets = false, mixture = false;
                batch.clear();
                for (int i = 0; i < n && !(bets && mixture); ++i) {
                    const bool treated = random.chance(0.5);
                    const bool outcome = random.chance(p + (treated ? effect : 0));
                    units[treated] += 1;
                    hits[treated] += outcome;
                    batch.push_back({treated, outcome ? 1.0 : 0.0, 0.5});
                    if (batch.size() < 200 && i + 1 < n) continue;
                    betting_fold(&state, batch.data(), batch.size()).take();
                    batch.clear();
                    bets = bets || betting_log_e(state) >= std::log(20);
                    const StratumPair pair{pgprompt::moments_of_successes(hits[0], units[0]),
                                           pgprompt::moments_of_successes(hits[1], units[1])};
                    mixture = mixture || always_valid_p(pair, MetricKind::per_row, rho2) <= 0.05;
                }
                by_bets += bets;
                by_mixture += mixture;
            }
            const double share = static_cast<double>(by_bets) / by_mixture;
            const double a = static_cast<double>(by_bets) / runs, b = static_cast<double>(by_mixture) / runs;
            const double se = share * std::sqrt((1 - a) / (a * runs) + (1 - b) / (b * runs));
            char what[100];
            std::snprintf(what, sizeof what, "N %d, rate %.1f, effect %.4f: %.1f %% against %.1f %%, share",
                          n, p, effect, 100 * a, 100 * b);
            report->at_least(what, share, se, 0.8);
        }
    }
}

}  // namespace simulation
