// SQL: how many users, how long, how small an effect; percentiles; adaptive allocation.
#include "core/experiment/permuted.h"
#include "core/experiment/planning.h"
#include "core/experiment/quantile_sequence.h"
#include "core/experiment/quantiles.h"
#include "core/experiment/thompson.h"
#include "pg/statistics_call.h"

using namespace pgprompt;
using namespace pgprompt::pg;

PGPROMPT_FUNCTION(power_two_proportions) {
    return answer(
        fcinfo, +[](Answer& out, double baseline, double relative_mde, double n_per_arm, double alpha) {
            const double rate = rate_after(baseline, relative_mde).take();
            out << power_two_proportions(baseline, rate, n_per_arm, alpha).take();
        });
}

PGPROMPT_FUNCTION(sample_size_two_proportions) {
    return answer(
        fcinfo, +[](Answer& out, double baseline, double relative_mde, double alpha, double power) {
            const double rate = rate_after(baseline, relative_mde).take();
            out << sample_size_two_proportions(baseline, rate, alpha, power).take();
        });
}

PGPROMPT_FUNCTION(mde_two_proportions) {
    return answer(
        fcinfo, +[](Answer& out, double baseline, double n_per_arm, double alpha, double power) {
            out << detectable_two_proportions(baseline, n_per_arm, alpha, power).take();
        });
}

PGPROMPT_FUNCTION(power_two_means) {
    return answer(
        fcinfo, +[](Answer& out, double delta, double sd, double n_per_arm, double alpha) {
            out << power_two_means(delta, sd, n_per_arm, alpha).take();
        });
}

PGPROMPT_FUNCTION(sample_size_two_means) {
    return answer(
        fcinfo, +[](Answer& out, double delta, double sd, double alpha, double power) {
            out << sample_size_two_means(delta, sd, alpha, power).take();
        });
}

PGPROMPT_FUNCTION(mde_two_means) {
    return answer(
        fcinfo, +[](Answer& out, double sd, double n_per_arm, double alpha, double power) {
            out << detectable_two_means(sd, n_per_arm, alpha, power).take();
        });
}

PGPROMPT_FUNCTION(power_relative_lift) {
    return answer(
        fcinfo, +[](Answer& out, double mean, double variance, double lift, double n_per_arm, double alpha) {
            out << power_relative_lift(mean, variance, lift, n_per_arm, alpha).take();
        });
}

PGPROMPT_FUNCTION(mde_relative_lift) {
    return answer(
        fcinfo, +[](Answer& out, double mean, double variance, double n_per_arm, double alpha, double power) {
            out << detectable_relative_lift(mean, variance, n_per_arm, alpha, power).take();
        });
}

PGPROMPT_FUNCTION(power_always_valid) {
    return answer(
        fcinfo, +[](Answer& out, double effect, double sigma, double users_a, double users_b, double rho2,
                    double alpha) {
            out << power_always_valid(effect, sigma, users_a, users_b, rho2, alpha).take();
        });
}

PGPROMPT_FUNCTION(sample_size_always_valid) {
    return answer(
        fcinfo,
        +[](Answer& out, double effect, double sigma, double rho2, double alpha, double power,
            double share_b) { out << size_always_valid(effect, sigma, share_b, rho2, alpha, power).take(); });
}

PGPROMPT_FUNCTION(mde_always_valid) {
    return answer(
        fcinfo, +[](Answer& out, double sigma, double users_a, double users_b, double rho2, double alpha,
                    double power) {
            out << detectable_always_valid(sigma, users_a, users_b, rho2, alpha, power).take();
        });
}

PGPROMPT_FUNCTION(days_to_reach) {
    return answer(
        fcinfo, +[](Answer& out, double users_needed, double users_now, double users_per_day) {
            out << days_to_reach(users_needed, users_now, users_per_day).take();
        });
}

PGPROMPT_FUNCTION(plan_experiment) {
    return answer(
        fcinfo, +[](Answer& out, double baseline, double mde, double daily_users, int variants, double alpha,
                    double power, std::optional<double> variance, int weeks) {
            const pgprompt::Plan plan =
                plan_experiment({baseline, variance, mde, daily_users, variants, alpha, power, weeks}).take();
            int week = 0;
            for (const PlanWeek& row : plan.weeks) {
                out << ++week << row.users_per_variant << row.detectable << row.power
                    << row.detectable_sequential << row.power_sequential << plan.users_per_variant
                    << plan.users_per_variant_sequential << plan.days << plan.days_sequential << plan.rho2;
            }
        });
}

PGPROMPT_FUNCTION(percentile_interval) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> outcomes, Texts users, double q, double alpha) {
            std::vector<QuantileRow> rows = quantile_rows(outcomes, users).take();
            const QuantileEstimate e = quantile_estimate(&rows, q, alpha, cancel_requested).take();
            out << e.value << e.low << e.high << e.rows << e.users << e.cluster_factor << e.note;
        });
}

PGPROMPT_FUNCTION(percentile_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> outcomes_a, Texts users_a,
                    std::vector<double> outcomes_b, Texts users_b, double q, double alpha) {
            std::vector<QuantileRow> a = quantile_rows(outcomes_a, users_a).take();
            std::vector<QuantileRow> b = quantile_rows(outcomes_b, users_b).take();
            const QuantileEstimate of_a = quantile_estimate(&a, q, alpha, cancel_requested).take();
            out << quantile_test(of_a, quantile_estimate(&b, q, alpha, cancel_requested).take(), alpha)
                       .take();
        });
}

PGPROMPT_FUNCTION(always_valid_percentile_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> outcomes_a, std::vector<double> outcomes_b, double q,
                    double planned, double alpha) {
            const QuantileSequence test = quantile_sequence_test(std::move(outcomes_a), std::move(outcomes_b),
                                                                 q, planned, alpha, cancel_requested)
                                              .take();
            out << test.difference << test.log_e << test.p_value << test.note;
        });
}

PGPROMPT_FUNCTION(winsorising_cap) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> sample, double q) {
            out << winsorising_cap(std::move(sample), q).take();
        });
}

PGPROMPT_FUNCTION(thompson_allocation) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<int64_t> successes, std::vector<int64_t> totals, double floor,
                    bool lower_is_better) {
            const auto arms = beta_posteriors(successes, totals).take();
            const auto best = probability_best(arms, lower_is_better, cancel_requested).take();
            const auto weights = thompson_weights(best, floor).take();
            for (size_t i = 0; i < best.size(); ++i)
                out << static_cast<int64_t>(i + 1) << best[i] << weights[i];
        });
}

PGPROMPT_FUNCTION(thompson_allocation_means) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> means, std::vector<double> standard_errors, double floor,
                    bool lower_is_better) {
            const auto arms = normal_posteriors(means, standard_errors).take();
            const auto best = probability_best(arms, lower_is_better, cancel_requested).take();
            const auto weights = thompson_weights(best, floor).take();
            for (size_t i = 0; i < best.size(); ++i)
                out << static_cast<int64_t>(i + 1) << best[i] << weights[i];
        });
}

PGPROMPT_FUNCTION(permuted_aa_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> sums, std::vector<double> rows, double share_b,
                    double alpha, int runs, int looks, int64_t seed) {
            PermutedInput input;
            input.share_b = share_b;
            input.alpha = alpha;
            input.runs = runs;
            input.looks = looks;
            input.seed = static_cast<uint64_t>(seed);
            const PermutedResult result =
                permuted_aa(user_totals(sums, rows).take(), input, cancel_requested).take();
            out << result.runs << result.alarms << result.share << result.standard_error
                << result.fixed_share;
        });
}
