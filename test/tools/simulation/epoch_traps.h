// Traps of changing traffic and weights.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/assignment.h"
#include "core/experiment/sample_ratio.h"
#include "peeking.h"

namespace simulation {

// Days 0 to 9: 10 % of the traffic at 90/10. Days 10 to 19: all of it at 50/50. Busy users come early and
// convert more, and the base rate drifts from .20 to .25. No effect. Assigned by the core: layer and
// experiment have a salt each.
inline void run_ramp(const Options& options, Report* report) {
    const int runs = options.runs(4000, 60), people = 24000;
    Random random(options.seed + 21);
    const std::vector<pgprompt::Buckets> first = pgprompt::initial_layout({90, 10}).take();
    const std::vector<int> then = bucket_owners(first).take();
    const std::vector<pgprompt::Buckets> second = relayout(first, {50, 50}).take();
    const std::vector<int> now = bucket_owners(second).take();
    int pooled = 0, by_exposure = 0, by_both = 0, alarms = 0, restarted = 0;
    for (int run = 0; run < runs; ++run) {
        const std::string layer = "layer" + std::to_string(run), salt = "salt" + std::to_string(run);
        RunningMoments strata[3][2];  // (exposed, entered): (1,1), (2,1), (2,2)
        int64_t counts[3][2] = {};
        std::vector<std::vector<int>> arrivals(20);  // by day: stratum * 2 + arm
        for (int i = 0; i < people; ++i) {
            const std::string id = std::to_string(i);
            const bool early = pgprompt::bucket(layer, id) < 1000, busy = random.chance(0.3);
            const double daily = busy ? 0.7 : 0.06;
            const int day =
                (early ? 0 : 10) + static_cast<int>(exponential(&random, -1 / std::log(1 - daily)));
            if (day >= 20) continue;
            const int stratum = day < 10 ? 0 : early ? 1 : 2;
            const int arm = (day < 10 ? then : now)[pgprompt::bucket(salt, id)];
            const double rate = (day < 10 ? 0.15 : 0.20) + (busy ? 0.1 : 0);
            strata[stratum][arm].add(random.chance(rate), 1);
            arrivals[day].push_back(stratum * 2 + arm);
        }
        const auto rejects = [](const std::vector<StratumPair>& pairs) {
            return fixed_test(contrast_of(pairs.data(), pairs.size(), MetricKind::per_row), 0.05)
                       .p_value.value_or(1) <= 0.05;
        };
        const auto merged = [](const pgprompt::UserMoments& a, const pgprompt::UserMoments& b) {
            const double n = a.users + b.users;
            return pgprompt::moments_of_successes(a.mean_s * a.users + b.mean_s * b.users, n);
        };
        pgprompt::UserMoments m[3][2];
        for (int g = 0; g < 3; ++g) {
            for (int arm = 0; arm < 2; ++arm) m[g][arm] = strata[g][arm].moments();
        }
        const StratumPair late{merged(m[1][0], m[2][0]), merged(m[1][1], m[2][1])};
        pooled += rejects({{merged(m[0][0], late.a), merged(m[0][1], late.b)}});
        by_exposure += rejects({{m[0][0], m[0][1]}, late});
        by_both += rejects({{m[0][0], m[0][1]}, {m[1][0], m[1][1]}, {m[2][0], m[2][1]}});
        bool alarm = false, restart = false;
        for (int day = 0; day < 20; ++day) {
            for (int cell : arrivals[day]) ++counts[cell / 2][cell % 2];
            const std::vector<pgprompt::SampleRatioStratum> strata_now = {
                {{counts[0][0], counts[0][1]}, {0.9, 0.1}},
                {{counts[1][0], counts[1][1]}, {0.5, 0.5}},
                {{counts[2][0], counts[2][1]}, {0.5, 0.5}}};
            alarm = alarm || pgprompt::sample_ratio_sequential(strata_now, {0.9, 0.1}).take().p_value < 0.01;
            const std::vector<int64_t> all = {counts[0][0] + counts[1][0] + counts[2][0],
                                              counts[0][1] + counts[1][1] + counts[2][1]};
            restart =
                restart || pgprompt::sample_ratio_chi_square(all, {day < 10 ? .9 : .5, day < 10 ? .1 : .5})
                                   .take()
                                   .p_value < 0.01;
        }
        alarms += alarm;
        restarted += restart;
    }
    const auto share = [&](int hits) { return static_cast<double>(hits) / runs; };
    report->between("ramp of traffic and weights: strata by exposure and entry", share(by_both),
                    Report::error(0.05, runs), 0.04, 0.06);
    report->shown("ramp of traffic and weights: strata by first exposure alone", by_exposure, runs);
    report->shown("ramp of traffic and weights: pooled", pooled, runs);
    report->at_most("ramp of traffic and weights: false alarms of the sample ratio", alarms, runs, 0.01);
    report->shown("ramp of traffic and weights: chi-square against the present weights", restarted, runs);
}

// Twelve epochs of 2,000 users with changing weights, looked at after every 200 users.
inline void run_mismatch(const Options& options, Report* report, double lost, const char* what) {
    const int runs = options.runs(2000, 150), epochs = 12, each = 2000;
    Random random(options.seed + 31 + static_cast<uint64_t>(1000 * lost));
    int carried = 0, restarted = 0, peeked = 0;
    for (int run = 0; run < runs; ++run) {
        std::vector<pgprompt::SampleRatioStratum> strata;
        bool alarm = false, restart = false, chi = false;
        for (int epoch = 0; epoch < epochs; ++epoch) {
            const double share = epoch % 2 ? 0.4 : 0.5;
            strata.push_back({{0, 0}, {1 - share, share}});
            for (int i = 0; i < each;) {
                const bool treated = random.chance(share);
                if (treated && random.chance(lost)) continue;
                ++strata.back().observed[treated];
                if (++i % 200 != 0) continue;
                alarm = alarm || pgprompt::sample_ratio_sequential(strata, {0.5, 0.5}).take().p_value < 0.01;
                const pgprompt::SampleRatioStratum& own = strata.back();
                restart =
                    restart ||
                    pgprompt::sample_ratio_sequential(own.observed, own.shares, 1000.0).take().p_value < 0.01;
                chi =
                    chi || pgprompt::sample_ratio_chi_square(own.observed, own.shares).take().p_value < 0.01;
            }
        }
        carried += alarm;
        restarted += restart;
        peeked += chi;
    }
    if (lost == 0) {
        report->at_most(std::string(what) + ": carried through the epochs", carried, runs, 0.01);
        report->shown(std::string(what) + ": chi-square within the epoch, peeking", peeked, runs);
    } else {
        const double share = static_cast<double>(carried) / runs;
        report->at_least(std::string(what) + ": carried through the epochs", share,
                         Report::error(share, runs), 0.9);
        report->shown(std::string(what) + ": started anew in every epoch", restarted, runs);
    }
}

inline void run_epoch_traps(const Options& options, Report* report) {
    run_ramp(options, report);
    run_mismatch(options, report, 0, "sample ratio, none lost");
    run_mismatch(options, report, 0.08, "sample ratio, 8 % of b's users lost");
}

}  // namespace simulation
