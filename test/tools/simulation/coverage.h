// M6: coverage of the lift's intervals, tail by tail, and contradictions between p-value and intervals.
#pragma once

#include "core/experiment/proportions.h"
#include "core/experiment/relative_delta.h"
#include "peeking.h"

namespace simulation {

struct Tails {
    int below = 0, above = 0, contradictions = 0, runs = 0;

    // Where the true lift lies against the interval, and whether interval and p-value agree about 0.
    void add(const pgprompt::Comparison& c, double truth, double alpha) {
        ++runs;
        if (!c.p_value) return;
        const bool rejects = *c.p_value <= alpha;
        const auto inside = [](double low, double high, bool rays, double x) {
            return rays ? x <= high || x >= low : low < x && x < high;
        };
        const bool rays = c.lift_set == pgprompt::LiftSet::two_rays;
        const bool zero_in = inside(*c.lift_low, *c.lift_high, rays, 0),
                   zero_in_difference = *c.ci_low < 0 && *c.ci_high > 0;
        contradictions += zero_in == rejects || zero_in_difference == rejects;
        if (inside(*c.lift_low, *c.lift_high, rays, truth)) return;
        ++(truth <= (rays ? *c.lift_high : *c.lift_low) ? above : below);
    }

    // `below`: the interval lies below the truth.
    void print(Report* report, const std::string& what, bool tails_due = true) const {
        const double miss = static_cast<double>(below + above) / runs;
        report->between(what + ": coverage", 1 - miss, Report::error(miss, runs), 0.945,
                        tails_due ? 0.955 : 1);
        if (tails_due) {
            for (bool left : {true, false}) {
                const double tail = static_cast<double>(left ? below : above) / runs;
                report->between(what + (left ? ": interval too low" : ": interval too high"), tail,
                                Report::error(tail, runs), 0.018, 0.032);
            }
        }
        report->at_most(what + ": p-value and interval contradict", contradictions, runs, 0);
    }
};

inline void run_m6_binary(const Options& options, Report* report) {
    struct Cell {
        double p, lift;
        int n_a, n_b;
    };
    const Cell cells[] = {{0.05, 0.5, 1000, 1000}, {0.05, 0, 4000, 4000},  {0.1, 0.1, 2000, 2000},
                          {0.1, 0.1, 9000, 1000},  {0.2, 0.2, 900, 100},   {0.5, 0.1, 500, 500},
                          {0.5, 0, 900, 100},      {0.8, 0.1, 1000, 1000}, {0.05, 0.2, 18000, 2000}};
    const int runs = options.runs(40000, 500);
    for (const Cell& cell : cells) {
        Random random(options.seed + static_cast<uint64_t>(cell.n_a + 10 * cell.n_b + 1000 * cell.p));
        Tails tails;
        for (int run = 0; run < runs; ++run) {
            int64_t x_a = 0, x_b = 0;
            for (int i = 0; i < cell.n_a; ++i) x_a += random.chance(cell.p);
            for (int i = 0; i < cell.n_b; ++i) x_b += random.chance(cell.p * (1 + cell.lift));
            tails.add(pgprompt::two_proportion_test(x_a, cell.n_a, x_b, cell.n_b).take(), cell.lift, 0.05);
        }
        char what[100];
        std::snprintf(what, sizeof what, "score ratio, rate %g, lift %g, %d and %d users", cell.p, cell.lift,
                      cell.n_a, cell.n_b);
        tails.print(report, what);
    }
}

inline void run_m6_ratio(const Options& options, Report* report) {
    struct Cell {
        const char* name;
        MetricKind kind;
        int n_a, n_b;
        double lift;
        bool skewed;
    };
    const Cell cells[] = {
        {"Fieller, normal values", MetricKind::per_user, 500, 500, 0.1, false},
        {"Fieller, normal values, 90/10", MetricKind::per_user, 900, 100, 0.1, false},
        {"Fieller, exponential values", MetricKind::per_user, 2000, 2000, 0.1, true},
        {"Fieller, ratio metric, 1 to 10 rows", MetricKind::per_row, 1000, 1000, 0.1, false},
        {"Fieller, ratio metric, 1 to 10 rows, 90/10", MetricKind::per_row, 3600, 400, 0.1, false},
    };
    const int runs = options.runs(40000, 300);
    for (const Cell& cell : cells) {
        Random random(options.seed + 5 * static_cast<uint64_t>(cell.n_a) + cell.skewed);
        Tails tails;
        int delta_low = 0, delta_high = 0;
        for (int run = 0; run < runs; ++run) {
            RunningMoments arms[2] = {{1, 1}, {1, 1}};
            for (int arm = 0; arm < 2; ++arm) {
                const double scale = arm == 0 ? 1 : 1 + cell.lift;
                for (int i = 0; i < (arm == 0 ? cell.n_a : cell.n_b); ++i) {
                    if (cell.kind == MetricKind::per_row) {
                        const int rows = 1 + static_cast<int>(random.below(10));
                        const double user = 1 + 0.5 * normal(&random);
                        arms[arm].add(scale * (rows * user + std::sqrt(rows) * normal(&random)), rows);
                    } else {
                        arms[arm].add(scale * (cell.skewed ? exponential(&random, 1) : 1 + normal(&random)),
                                      1);
                    }
                }
            }
            const StratumPair pair{arms[0].moments(), arms[1].moments()};
            const pgprompt::Contrast contrast = contrast_of(&pair, 1, cell.kind);
            tails.add(fixed_test(contrast, 0.05), cell.lift, 0.05);
            const pgprompt::RelativeDelta delta = relative_delta_test(contrast, 0.05);
            delta_low += *delta.ci_high < cell.lift;
            delta_high += *delta.ci_low > cell.lift;
        }
        char what[100];
        std::snprintf(what, sizeof what, "%s, lift %g, %d and %d users", cell.name, cell.lift, cell.n_a,
                      cell.n_b);
        tails.print(report, what);
        report->shown(std::string(what) + ": delta method too low", delta_low, runs);
        report->shown(std::string(what) + ": delta method too high", delta_high, runs);
    }
}

// Low rates, where the sets are often unbounded: no contradiction within a method, at any rate.
inline void run_m6_contradictions(const Options& options, Report* report) {
    const int runs = options.runs(40000, 2000);
    Random random(options.seed + 6);
    Tails score, welch, always;
    int rays = 0;
    for (int run = 0; run < runs; ++run) {
        const double p = 0.002 + 0.03 * random.uniform(), lift = 2 * random.uniform() - 0.5;
        double x[2] = {0, 0};
        const double n = 400;
        for (int i = 0; i < 400; ++i) {
            x[0] += random.chance(p);
            x[1] += random.chance(p * (1 + lift));
        }
        score.add(
            pgprompt::two_proportion_test(static_cast<int64_t>(x[0]), 400, static_cast<int64_t>(x[1]), 400)
                .take(),
            lift, 0.05);
        const StratumPair pair{pgprompt::moments_of_successes(x[0], n),
                               pgprompt::moments_of_successes(x[1], n)};
        const pgprompt::Contrast contrast = contrast_of(&pair, 1, MetricKind::per_row);
        welch.add(fixed_test(contrast, 0.05), lift, 0.05);
        rays += fixed_test(contrast, 0.05).lift_set == pgprompt::LiftSet::two_rays;
        always.add(always_valid_test(contrast, planned(800, 0.5), 0.05).take().comparison, lift, 0.05);
    }
    report->shown("low rates, 400 users an arm: Fieller's set is two rays", rays, runs);
    report->at_most("low rates: p-value and interval contradict, score", score.contradictions, runs, 0);
    report->at_most("low rates: p-value and interval contradict, Welch and Fieller", welch.contradictions,
                    runs, 0);
    report->at_most("low rates: p-value and interval contradict, always valid", always.contradictions, runs,
                    0);
}

inline void run_m6(const Options& options, Report* report) {
    report->section("M6: intervals of the relative lift");
    run_m6_binary(options, report);
    run_m6_ratio(options, report);
    run_m6_contradictions(options, report);
}

}  // namespace simulation
