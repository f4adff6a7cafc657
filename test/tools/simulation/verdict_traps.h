// Traps that the verdict as a whole must not walk into.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/experiment/metric.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/verdict.h"
#include "peeking.h"

namespace simulation {

using pgprompt::Better;
using pgprompt::VerdictCode;

// The verdict on two arms, success rate on rows, with rows per user as the guardrail metric.
inline pgprompt::Verdict verdict_of(const RunningMoments arms[2], const RunningMoments rows[2], double rho2,
                                    double mde, bool guarded) {
    const StratumPair pair{arms[0].moments(), arms[1].moments()}, busy{rows[0].moments(), rows[1].moments()};
    pgprompt::VerdictInput input;
    input.metric = "success_rate";
    input.variants.resize(2);
    input.variants[0].name = "control";
    input.variants[0].is_control = true;
    input.variants[0].users = arms[0].users();
    input.variants[1].name = "b";
    input.variants[1].users = arms[1].users();
    input.variants[1].primary =
        always_valid_test(contrast_of(&pair, 1, MetricKind::per_row), rho2, 0.05).take().comparison;
    if (guarded) {
        input.variants[1].guardrails = {
            {"rows per user", unchanged_sequence(contrast_of(&busy, 1, MetricKind::per_user),
                                                 pgprompt::kExecutionsPerUserMargin, rho2, 0.05)
                                  .take()
                                  .state}};
    }
    if (mde > 0) input.minimum_detectable_effect = mde;
    return judge(input).take();
}

// Busy users (10 rows, 20 % successes) and light ones (2 rows, 40 %); b makes the light ones do 3 rows and
// nothing else.
inline void run_busier(const Options& options, Report* report) {
    const int runs = options.runs(1000, 40), users = 10000;
    Random random(options.seed + 41);
    const double rho2 = planned(users, 0.5);
    int guarded = 0, unguarded = 0;
    for (int run = 0; run < runs; ++run) {
        RunningMoments arms[2], rows[2];
        bool wins = false, wins_unguarded = false;
        for (int i = 1; i <= users; ++i) {
            const int arm = random.chance(0.5);
            const bool busy = random.chance(0.5);
            const int m = busy ? 10 : arm ? 3 : 2;
            double s = 0;
            for (int row = 0; row < m; ++row) s += random.chance(busy ? 0.2 : 0.4);
            arms[arm].add(s, m);
            rows[arm].add(m, 1);
            if (i % 250) continue;
            wins = wins || verdict_of(arms, rows, rho2, 0, true).code == VerdictCode::winner;
            wins_unguarded =
                wins_unguarded || verdict_of(arms, rows, rho2, 0, false).code == VerdictCode::winner;
        }
        guarded += wins;
        unguarded += wins_unguarded;
    }
    report->at_most("light users busier: false winners", guarded, runs, 0.05);
    report->shown("light users busier: false winners without the guardrail on rows per user", unguarded,
                  runs);
}

// One row a user, a look every `step` users; the share of runs in which `code` came up, and when.
inline int runs_with(const Options& options, int runs, int users, int step, double rate_a, double rate_b,
                     double mde, VerdictCode code, double* mean_users) {
    Random random(options.seed + static_cast<uint64_t>(51 + 1e6 * rate_b + users));
    const double rho2 = planned(users, 0.5);
    int hits = 0;
    double stopped = 0;
    for (int run = 0; run < runs; ++run) {
        RunningMoments arms[2], rows[2];
        for (int i = 1; i <= users; ++i) {
            const int arm = random.chance(0.5);
            arms[arm].add(random.chance(arm ? rate_b : rate_a), 1);
            rows[arm].add(1, 1);
            if (i % step || verdict_of(arms, rows, rho2, mde, false).code != code) continue;
            ++hits;
            stopped += i;
            break;
        }
    }
    if (mean_users) *mean_users = hits ? stopped / hits : 0;
    return hits;
}

inline void run_harm_and_equivalence(const Options& options, Report* report) {
    const int runs = options.runs(2000, 60);
    double users = 0;
    const int harmful = runs_with(options, runs, 10000, 100, 0.20, 0.16, 0, VerdictCode::harmful, &users);
    const double share = static_cast<double>(harmful) / runs;
    char what[100];
    std::snprintf(what, sizeof what, "harm, .20 to .16: stopped early, after %.0f of 10000 users", users);
    report->at_least(what, share, Report::error(share, runs), 0.9);
    report->at_most("harm: stopped without cause",
                    runs_with(options, runs, 10000, 100, 0.2, 0.2, 0, VerdictCode::harmful, nullptr), runs,
                    0.05);
    const int equal = runs_with(options, runs, 20000, 500, 0.3, 0.3, 0.1, VerdictCode::equivalent, &users);
    const double equal_share = static_cast<double>(equal) / runs;
    std::snprintf(what, sizeof what, "equivalence within 10 %%: shown, after %.0f of 20000 users", users);
    report->at_least(what, equal_share, Report::error(equal_share, runs), 0.9);
    report->at_most("equivalence: claimed at a true lift of 10 %",
                    runs_with(options, runs, 20000, 500, 0.3, 0.33, 0.1, VerdictCode::equivalent, nullptr),
                    runs, 0.05);
}

// b worse by exactly the margin, .20 against .19, looked at 98 times.
inline void run_margin(const Options& options, Report* report) {
    const int runs = options.runs(4000, 150), users = 9800;
    Random random(options.seed + 61);
    const double rho2 = planned(users, 0.5);
    int fixed = 0, sequence = 0;
    for (int run = 0; run < runs; ++run) {
        double n[2] = {0, 0}, x[2] = {0, 0};
        bool passed = false, shown = false;
        for (int i = 1; i <= users; ++i) {
            const int arm = random.chance(0.5);
            n[arm] += 1;
            x[arm] += random.chance(arm ? 0.19 : 0.20);
            if (i % 100) continue;
            passed = passed || pgprompt::farrington_manning_test(
                                   static_cast<int64_t>(x[0]), static_cast<int64_t>(n[0]),
                                   static_cast<int64_t>(x[1]), static_cast<int64_t>(n[1]), -0.01)
                                       .take()
                                       .p_value.value_or(1) <= 0.05;
            const StratumPair pair{pgprompt::moments_of_successes(x[0], n[0]),
                                   pgprompt::moments_of_successes(x[1], n[1])};
            shown = shown || margin_sequence(contrast_of(&pair, 1, MetricKind::per_row),
                                             {0.01, false, Better::higher}, rho2, 0.05)
                                     .take()
                                     .state == pgprompt::MarginState::non_inferior;
        }
        fixed += passed;
        sequence += shown;
    }
    report->at_most("at the margin, 98 looks: passed by the sequence", sequence, runs, 0.05);
    report->shown("at the margin, 98 looks: passed by the fixed test", fixed, runs);
}

}  // namespace simulation
