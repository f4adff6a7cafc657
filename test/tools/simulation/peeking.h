// M1, M2: false positives of the always-valid default when it is read again and again.
#pragma once

#include <vector>

#include "core/experiment/always_valid.h"
#include "core/experiment/distributions.h"
#include "core/experiment/running_moments.h"
#include "draws.h"
#include "report.h"

namespace simulation {

using pgprompt::MetricKind;
using pgprompt::RunningMoments;
using pgprompt::StratumPair;

inline double always_valid_p(const StratumPair& pair, MetricKind kind, double rho2, double alpha = 0.05) {
    return always_valid_test(contrast_of(&pair, 1, kind), rho2, alpha).take().comparison.p_value.value_or(1);
}

inline double planned(double users, double share_b, double alpha = 0.05) {
    return pgprompt::mixture_rho2_planned(users * (1 - share_b), users * share_b, alpha).take();
}

inline void run_m1(const Options& options, Report* report) {
    report->section(
        "M1: a look after every user, one row each, from the 30th user an arm, 5,000 users, no effect");
    const int runs = options.runs(6000, 60), users = 5000;
    for (double share_b : {0.5, 0.1}) {
        for (double p : {0.01, 0.05, 0.1, 0.5, 0.9}) {
            Random random(options.seed + static_cast<uint64_t>(1000 * p + 100000 * share_b));
            const double rho2 = planned(users, share_b);
            int alarms = 0;
            for (int run = 0; run < runs; ++run) {
                double n[2] = {0, 0}, x[2] = {0, 0};
                for (int i = 0; i < users; ++i) {
                    const int arm = random.chance(share_b);
                    n[arm] += 1;
                    x[arm] += random.chance(p);
                    if (n[0] < 30 || n[1] < 30) continue;
                    const StratumPair pair{pgprompt::moments_of_successes(x[0], n[0]),
                                           pgprompt::moments_of_successes(x[1], n[1])};
                    if (always_valid_p(pair, MetricKind::per_row, rho2) <= 0.05) {
                        ++alarms;
                        break;
                    }
                }
            }
            char what[80];
            std::snprintf(what, sizeof what, "p %.2f, split %g/%g", p, 100 - 100 * share_b, 100 * share_b);
            report->at_most(what, alarms, runs, 0.05, true);
        }
    }
}

struct Returning {
    const char* name;
    double share_b = 0.5;
    double p = 0.3;
    double correlation = 0.3;
    bool sessions = false;      // a user's rows come together
    bool heavy_users = false;   // rows per user of a heavy tail instead of 10
    bool heavy_values = false;  // log-normal values with a user effect instead of success or failure
    double trend = 0;           // the rate changes by so much from a user's first row to his last
};

inline void run_returning(const Returning& s, const Options& options, Report* report, uint64_t salt) {
    const int runs = options.runs(4000, 60), users = 1000;
    Random random(options.seed + salt);
    int alarms = 0, naive = 0, naive_end = 0;
    for (int run = 0; run < runs; ++run) {
        struct User {
            int arm, rows, seen;
            double rate, s;
        };
        std::vector<User> people(users);
        std::vector<int> order;
        for (int u = 0; u < users; ++u) {
            const int rows =
                s.heavy_users ? std::min(300, static_cast<int>(2 / std::pow(1 - random.uniform(), 0.8))) : 10;
            const double rate =
                s.heavy_values ? 0.7 * normal(&random) : user_rate(&random, s.p, s.correlation);
            people[u] = {random.chance(s.share_b), rows, 0, rate, 0};
            order.insert(order.end(), s.sessions ? 1 : rows, u);
        }
        shuffle(&random, &order);
        if (s.sessions) {
            std::vector<int> rows;
            for (int u : order) rows.insert(rows.end(), people[u].rows, u);
            order.swap(rows);
        }
        RunningMoments arms[2];
        RunningMoments by_row[2];
        const double rho2 = planned(users, s.share_b);
        bool alarm = false, naive_alarm = false, naive_last = false;
        for (size_t i = 0; i < order.size(); ++i) {
            User& user = people[order[i]];
            double value;
            if (s.heavy_values) {
                value = std::exp(user.rate + normal(&random));
            } else {
                const double at = user.rows > 1 ? static_cast<double>(user.seen) / (user.rows - 1) - 0.5 : 0;
                value = random.chance(user.rate + s.trend * at);
            }
            if (user.seen > 0) arms[user.arm].remove(user.s, user.seen);
            user.s += value;
            user.seen += 1;
            arms[user.arm].add(user.s, user.seen);
            by_row[user.arm].add(value, 1);
            if (i % 100 != 99 && i + 1 != order.size()) continue;
            const StratumPair pair{arms[0].moments(), arms[1].moments()};
            alarm = alarm || always_valid_p(pair, MetricKind::per_row, rho2) <= 0.05;
            const StratumPair rows{by_row[0].moments(), by_row[1].moments()};
            naive_last =
                fixed_test(contrast_of(&rows, 1, MetricKind::per_user), 0.05).p_value.value_or(1) <= 0.05;
            naive_alarm = naive_alarm || naive_last;
        }
        alarms += alarm;
        naive += naive_alarm;
        naive_end += naive_last;
    }
    report->at_most(std::string(s.name) + ": always valid, on users", alarms, runs, 0.05);
    report->shown(std::string(s.name) + ": z on rows, peeking", naive, runs);
    report->shown(std::string(s.name) + ": z on rows, one look", naive_end, runs);
}

inline void run_m2(const Options& options, Report* report) {
    report->section(
        "M2: 1,000 returning users, 10 rows each, correlation .3, a look every 100 rows, no effect");
    const Returning scenarios[] = {
        {"returning users"},
        {"returning users, 90/10", 0.1},
        {"sessions", 0.5, 0.3, 0.3, true},
        {"sessions, 90/10", 0.1, 0.3, 0.3, true},
        {"heavy-tailed rows per user", 0.5, 0.3, 0.3, false, true},
        {"heavy-tailed rows per user, 90/10", 0.1, 0.3, 0.3, false, true},
        {"log-normal values", 0.5, 0.3, 0.3, false, false, true},
        {"log-normal values, heavy-tailed rows, 90/10", 0.1, 0.3, 0.3, false, true, true},
        {"trend within users", 0.5, 0.5, 0.1, false, false, false, 0.3},
        {"trend within users, 90/10", 0.1, 0.5, 0.1, false, false, false, 0.3},
        {"rare outcomes", 0.5, 0.01},
        {"rare outcomes, 90/10", 0.1, 0.01},
        {"rare outcomes, sessions, 90/10", 0.1, 0.01, 0.3, true},
    };
    uint64_t salt = 0;
    for (const Returning& scenario : scenarios) run_returning(scenario, options, report, ++salt);
}

}  // namespace simulation
