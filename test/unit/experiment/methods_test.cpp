// Behaviour of methods that a table of values cannot hold.
#include <gtest/gtest.h>

#include <cmath>

#include "core/experiment/always_valid.h"
#include "core/experiment/bayes.h"
#include "core/experiment/betting.h"
#include "core/experiment/contingency.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/permuted.h"
#include "core/experiment/planning.h"
#include "core/experiment/proportions.h"
#include "core/experiment/quantile_sequence.h"
#include "core/experiment/quantiles.h"
#include "core/experiment/random.h"
#include "core/experiment/running_moments.h"
#include "core/experiment/sample_ratio.h"
#include "core/experiment/spending.h"
#include "core/experiment/thompson.h"

namespace pgprompt {
namespace {

// The Cookie Cats gate test: 7-day and 1-day retention, published counts; z and p recomputed with R's
// prop.test.
TEST(CookieCats, Retention) {
    const Comparison week = two_proportion_test(8502, 44700, 8279, 45489).take();
    EXPECT_NEAR(*week.statistic, -3.16435891, 1e-8);
    EXPECT_NEAR(*week.p_value, 0.001554249976, 1e-12);
    EXPECT_NEAR(*two_proportion_test(20034, 44700, 20119, 45489).take().p_value, 0.07440965530, 1e-11);
}

TEST(TwoRates, TurnsToMidPWhereCountsAreFew) {
    // Least expected count 10 * 54 / 110 = 4.9, and 12 * 55 / 112 = 5.9.
    const Comparison few = two_rate_test(4, 10, 50, 100).take(),
                     enough = two_rate_test(5, 12, 50, 100).take();
    EXPECT_EQ(*few.p_value, fisher_exact_test(4, 6, 50, 50).take().p_mid);
    EXPECT_STREQ(few.note, "few expected counts: p is Fisher's mid-p");
    EXPECT_EQ(*enough.p_value, *two_proportion_test(5, 12, 50, 100).take().p_value);
    // Failures count as successes do: 100 of 106 against 9 of 10.
    EXPECT_NE(*two_rate_test(9, 10, 100, 106).take().p_value,
              *two_proportion_test(9, 10, 100, 106).take().p_value);
}

TEST(Mixture, HasItsLimitWhereTOverflows) {
    // ln E rises to -(nu/2) ln r as t grows without bound.
    EXPECT_NEAR(mixture_log_e(1e200, 10, 0.1), 5 * std::log(10), 1e-12);
    EXPECT_NEAR(mixture_log_e(1e100, 10, 0.1), 5 * std::log(10), 1e-12);
    EXPECT_TRUE(std::isinf(mixture_boundary(2, 0.1, 1e-9)));
}

TEST(Spending, LooksOneByOneEqualThePlan) {
    const std::vector<double> information = {0.15, 0.4, 0.45, 0.9, 1};
    for (Spending spending : {Spending::obrien_fleming, Spending::pocock, Spending::power}) {
        const std::vector<NextLook> plan = spending_boundaries(information, 0.05, spending).take();
        std::vector<Look> log;
        for (size_t i = 0; i < information.size(); ++i) {
            const NextLook next = next_look(log, information[i], 0.05, spending).take();
            EXPECT_NEAR(next.look.boundary, plan[i].look.boundary, 1e-9);
            log.push_back(next.look);
        }
        EXPECT_NEAR(crossing_probabilities(log, 0).take().back(), 0.05, 1e-9);
    }
}

TEST(Spending, FreezesAtFullInformation) {
    const NextLook last = next_look({{0.5, 2.96}}, 1.3, 0.05, Spending::obrien_fleming).take();
    EXPECT_EQ(last.look.information, 1);
    EXPECT_DOUBLE_EQ(last.cumulated_alpha, 0.05);
    EXPECT_FALSE(next_look({{0.5, 2.96}, last.look}, 1.4, 0.05, Spending::obrien_fleming).ok());
}

TEST(Spending, AnOverspentLogCannotRejectAnyMore) {
    const NextLook next = next_look({{0.5, 1.0}}, 0.6, 0.05, Spending::pocock).take();
    EXPECT_TRUE(std::isinf(next.look.boundary));
    EXPECT_NEAR(next.cumulated_alpha, std::erfc(1 / std::sqrt(2.0)), 1e-12);
}

TEST(Spending, ALookTooEarlyToSpendCannotReject) {
    const NextLook early = next_look({}, 1e-4, 0.05, Spending::obrien_fleming).take();
    EXPECT_GT(early.look.boundary, 30);
    // Two hundred looks still spend alpha exactly.
    std::vector<double> information;
    for (int i = 1; i <= 200; ++i) information.push_back(i / 200.0);
    std::vector<Look> looks;
    for (const NextLook& next : spending_boundaries(information, 0.05, Spending::pocock).take())
        looks.push_back(next.look);
    EXPECT_NEAR(crossing_probabilities(looks, 0).take().back(), 0.05, 1e-9);
}

TEST(SampleRatio, StrataOfOneEqualThePlainTest) {
    const double plain =
        sample_ratio_sequential({520, 480, 90}, std::vector<double>{5, 5, 1}, 1000.0).take().log_e;
    EXPECT_NEAR(
        sample_ratio_sequential({SampleRatioStratum{{520, 480, 90}, {50, 50, 10}}}, {5, 5, 1}).take().log_e,
        plain, 1e-12);
    // A stratum without users changes nothing.
    EXPECT_NEAR(sample_ratio_sequential({SampleRatioStratum{{520, 480, 90}, {50, 50, 10}},
                                         SampleRatioStratum{{0, 0, 0}, {1, 1, 1}}},
                                        {5, 5, 1})
                    .take()
                    .log_e,
                plain, 1e-12);
}

TEST(SampleRatio, AMismatchIsRememberedAcrossStrata) {
    const SampleRatioStratum first{{5100, 4700}, {1, 1}}, second{{6180, 8620}, {2, 3}};
    const auto alone = [](const SampleRatioStratum& s) {
        return sample_ratio_sequential(s.observed, s.shares, 1000.0).take().log_e;
    };
    EXPECT_GT(sample_ratio_sequential({first, second}, {1, 1}).take().log_e, alone(first) + alone(second));
}

Contrast two_rates(double x_a, double n_a, double x_b, double n_b) {
    const StratumPair pair{moments_of_successes(x_a, n_a), moments_of_successes(x_b, n_b)};
    return contrast_of(&pair, 1, MetricKind::per_row);
}

TEST(Margin, TellsTheFourStates) {
    const double rho2 = mixture_rho2_planned(20000, 20000, 0.05).take();
    const Margin margin{0.05, true, Better::higher};
    const auto state = [&](double x_b) {
        return margin_sequence(two_rates(10000, 20000, x_b, 20000), margin, rho2, 0.05).take().state;
    };
    EXPECT_EQ(state(10000), MarginState::non_inferior);
    EXPECT_EQ(state(9600), MarginState::open);
    EXPECT_EQ(state(9000), MarginState::inferior);
    EXPECT_EQ(margin_sequence(two_rates(1, 2, 1, 2), margin, rho2, 0.05).take().state, MarginState::absent);
    // Lower is better: an increase is what hurts.
    const Margin cost{0.05, true, Better::lower};
    EXPECT_EQ(margin_sequence(two_rates(10000, 20000, 12000, 20000), cost, rho2, 0.05).take().state,
              MarginState::inferior);
    EXPECT_EQ(margin_sequence(two_rates(10000, 20000, 8000, 20000), cost, rho2, 0.05).take().state,
              MarginState::non_inferior);
    // An absolute margin does where the control is at 0.
    EXPECT_EQ(margin_sequence(two_rates(0, 20000, 10, 20000), {0.01, false, Better::lower}, rho2, 0.05)
                  .take()
                  .state,
              MarginState::non_inferior);
    // Unchanged: bounded on both sides.
    const auto unchanged = [&](double x_b) {
        return unchanged_sequence(two_rates(10000, 20000, x_b, 20000), 0.05, rho2, 0.05).take().state;
    };
    EXPECT_EQ(unchanged(10000), MarginState::non_inferior);
    EXPECT_EQ(unchanged(12000), MarginState::inferior);
    EXPECT_EQ(unchanged(8000), MarginState::inferior);
    EXPECT_EQ(unchanged(10400), MarginState::open);
}

TEST(Stratified, DropsAStratumWithTooFewUsers) {
    const StratumPair good{moments_of_mean(50, 1, 2), moments_of_mean(40, 2, 3)};
    const StratumPair strata[] = {good, {moments_of_mean(1, 100, 0), moments_of_mean(500, 0, 1)}};
    const Contrast one = contrast_of(&good, 1, MetricKind::per_user),
                   two = contrast_of(strata, 2, MetricKind::per_user);
    EXPECT_EQ(two.strata, 1);
    EXPECT_EQ(one.difference(), two.difference());
    EXPECT_EQ(one.variance, two.variance);
}

// The same rate difference in both epochs, but unequal shares and a drifting base: pooling turns the sign.
TEST(Stratified, StandsAgainstSimpsonsParadox) {
    const StratumPair strata[] = {{moments_of_successes(900, 9000), moments_of_successes(120, 1000)},
                                  {moments_of_successes(300, 1000), moments_of_successes(2880, 9000)}};
    EXPECT_NEAR(contrast_of(strata, 2, MetricKind::per_row).difference(), 0.02, 1e-12);
    EXPECT_GT(two_proportion_test(1200, 10000, 3000, 10000).take().difference.value(), 0.15);
}

TEST(Quantile, ClusteredRowsWidenTheInterval) {
    Random random(9);
    std::vector<QuantileRow> together, apart;
    for (int user = 0; user < 500; ++user) {
        const double level = random.uniform();
        for (int row = 0; row < 20; ++row) {
            const double value = level + 0.1 * random.uniform();
            together.push_back({user, value});
            apart.push_back({20 * user + row, value});
        }
    }
    const QuantileEstimate clustered = quantile_estimate(&together, 0.9, 0.05).take();
    const QuantileEstimate independent = quantile_estimate(&apart, 0.9, 0.05).take();
    EXPECT_EQ(clustered.users, 500);
    EXPECT_EQ(*clustered.value, *independent.value);
    EXPECT_NEAR(independent.cluster_factor, 1, 1e-3);
    EXPECT_GT(clustered.cluster_factor, 3);
    EXPECT_GT(*clustered.high - *clustered.low, 2 * (*independent.high - *independent.low));
}

TEST(Quantile, TooFewRowsLeaveAnEndOpen) {
    std::vector<QuantileRow> rows = {{1, 1}, {2, 2}, {3, 3}};
    const QuantileEstimate estimate = quantile_estimate(&rows, 0.95, 0.05).take();
    EXPECT_EQ(*estimate.value, 3);
    EXPECT_FALSE(estimate.high);
    EXPECT_STRNE(estimate.note, "");
    EXPECT_FALSE(quantile_test(estimate, estimate, 0.05).take().p_value);
}

TEST(Winsorising, TakesTheRank) {
    EXPECT_EQ(winsorising_cap({5, 1, 4, 2, 3}, 0.8).take(), 4);
    EXPECT_EQ(winsorising_cap({5, 1, 4, 2, 3}, 0.81).take(), 5);
    EXPECT_EQ(winsorising_cap({7}, 0.01).take(), 7);
}

TEST(Thompson, ChancesSumToOneAndKeepTheFloor) {
    const std::vector<double> best =
        probability_best(std::vector<BetaShape>{{1, 1}, {500, 500}, {90000, 10000}, {2, 1}}).take();
    double sum = 0;
    for (double p : best) sum += p;
    EXPECT_NEAR(sum, 1, 1e-12);
    const std::vector<double> worst =
        probability_best(std::vector<BetaShape>{{1, 1}, {500, 500}, {90000, 10000}, {2, 1}}, true).take();
    EXPECT_LT(worst[2], 1e-3);
    for (double weight : thompson_weights({0, 0, 1, 0}).take()) EXPECT_GE(weight, 0.05 - 1e-15);
    // Two arms: against the chance of the beta-binomial test.
    const std::vector<double> two = probability_best(std::vector<BetaShape>{{43, 63}, {501, 510}}).take();
    EXPECT_NEAR(two[1], beta_binomial_test(42, 104, 500, 1009).take().prob_b_beats_a, 1e-12);
    const std::vector<double> normal = probability_best(std::vector<NormalShape>{{0, 1}, {1, 2}}).take();
    EXPECT_NEAR(normal[1], 0.5 * std::erfc(-1 / std::sqrt(5.0) / std::sqrt(2.0)), 1e-12);
}

TEST(Thompson, DeflatesRepeatedRows) {
    RunningMoments same, own;
    for (int user = 0; user < 100; ++user) {
        same.add(user % 2 ? 10 : 0, 10);  // all of a user's rows alike: ten rows say what one does
        own.add(5, 10);
    }
    const BetaShape shape = deflated_posterior(same.moments()).take();
    EXPECT_NEAR(shape.successes + shape.failures - 2, 100, 2);
    EXPECT_NEAR(deflated_posterior(own.moments()).take().successes - 1, 50, 1e-9);
}

TEST(Permuted, AnAaTestOfOnesOwnUsersHoldsAlpha) {
    Random random(10);
    std::vector<UserTotals> users;
    for (int i = 0; i < 1000; ++i) {
        const double m = 1 + static_cast<double>(random.below(10)), rate = random.uniform();
        double s = 0;
        for (int row = 0; row < m; ++row) s += random.chance(rate);
        users.push_back({s, m});
    }
    PermutedInput in;
    in.runs = 300;
    const PermutedResult result = permuted_aa(users, in).take();
    EXPECT_LE(result.share, 0.05);
    EXPECT_GT(result.fixed_share, 0);
    EXPECT_NEAR(result.fixed_share, 0.05, 4 * std::sqrt(0.05 * 0.95 / 300));
    EXPECT_EQ(permuted_aa(users, in).take().alarms, result.alarms);
}

TEST(Plan, AddsUp) {
    PlanInput in;
    in.baseline = 0.05;
    in.relative_mde = 0.1;
    in.daily_users = 2000;
    const Plan plan = plan_experiment(in).take();
    EXPECT_EQ(plan.users_per_variant, 31234);  // R's power.prop.test: 31233.4
    EXPECT_EQ(plan.days, 32);
    EXPECT_GT(plan.users_per_variant_sequential, plan.users_per_variant);
    EXPECT_LT(plan.users_per_variant_sequential, 2.5 * plan.users_per_variant);
    ASSERT_EQ(plan.weeks.size(), 8u);
    for (size_t week = 1; week < 8; ++week) {
        EXPECT_LT(plan.weeks[week].detectable, plan.weeks[week - 1].detectable);
        EXPECT_LT(plan.weeks[week].detectable_sequential, plan.weeks[week - 1].detectable_sequential);
        EXPECT_GT(plan.weeks[week].detectable_sequential, plan.weeks[week].detectable);
    }
    // The table meets the plan: with the size it names, the planned effect is the detectable one.
    EXPECT_NEAR(detectable_two_proportions(0.05, plan.users_per_variant, 0.05, 0.8).take(), 0.1, 1e-5);
    EXPECT_NEAR(detectable_always_valid(std::sqrt(0.05 * 0.95), plan.users_per_variant_sequential,
                                        plan.users_per_variant_sequential, plan.rho2, 0.05, 0.8)
                    .take(),
                0.005, 1e-7);
    in.variants = 4;
    EXPECT_GT(plan_experiment(in).take().users_per_variant, plan.users_per_variant);
    // With the size it names, the test has the power it names.
    in.variants = 2;
    const double sigma = std::sqrt(0.05 * 0.95);
    EXPECT_NEAR(power_always_valid(0.005, sigma, plan.users_per_variant_sequential,
                                   plan.users_per_variant_sequential, plan.rho2, 0.05)
                    .take(),
                0.8, 1e-4);
}

// The p-value is the larger of the two one-sided ones, and the answer does not change when b is mirrored
// around a.
TEST(Equivalence, TakesTheWeakerSide) {
    const MarginTest above = farrington_manning_test(500, 1000, 520, 1000, -0.06, Better::higher).take();
    const MarginTest below = farrington_manning_test(500, 1000, 520, 1000, 0.06, Better::lower).take();
    const MarginTest both = farrington_manning_equivalence_test(500, 1000, 520, 1000, 0.06).take();
    EXPECT_LT(*above.p_value, *below.p_value);
    EXPECT_EQ(*both.p_value, *below.p_value);
    EXPECT_EQ(*both.statistic, *below.statistic);
    EXPECT_NEAR(*farrington_manning_equivalence_test(500, 1000, 480, 1000, 0.06).take().p_value,
                *both.p_value, 1e-12);
    EXPECT_EQ(*welch_equivalence_test(50, 10, 4, 50, 10.5, 4, 0.1).take().p_value,
              *welch_margin_test(50, 10, 4, 50, 10.5, 4, 0.1, Better::lower).take().p_value);
}

// A metric whose values are negative (a score below 0) has its margin as a share of its size.
TEST(Margin, HoldsForNegativeValues) {
    // -10.5 against -10 is within a tenth of 10; -12 is not.
    EXPECT_LT(*welch_margin_test(500, -10, 4, 500, -10.5, 4, 0.1, Better::higher).take().p_value, 0.001);
    EXPECT_GT(*welch_margin_test(500, -10, 4, 500, -12, 4, 0.1, Better::higher).take().p_value, 0.999);
    const auto state = [](double b) {
        const Contrast contrast = contrast_of_means(2000, -10, 4, 2000, b, 4).take();
        return margin_sequence(contrast, {0.1, true, Better::higher}, 0.01, 0.05).take().state;
    };
    EXPECT_EQ(state(-10.5), MarginState::non_inferior);
    EXPECT_EQ(state(-12), MarginState::inferior);
    EXPECT_EQ(state(-11), MarginState::open);
}

TEST(Fieller, OfEstimatesIsTheContrastOfThem) {
    const Comparison test = fieller_test(10, 0.04, 10.8, 0.05, 0.01, INFINITY, 0.05).take();
    EXPECT_NEAR(*test.statistic, 0.8 / std::sqrt(0.07), 1e-13);
    EXPECT_NEAR(*test.ci_low, 0.8 - 1.959963984540054 * std::sqrt(0.07), 1e-13);
    // The ends are where |b - (1 + L) a| is 1.96 of its error.
    for (double lift : {*test.lift_low, *test.lift_high}) {
        const double ratio = 1 + lift, error = std::sqrt(0.05 + ratio * ratio * 0.04 - 2 * ratio * 0.01);
        EXPECT_NEAR(std::fabs(10.8 - ratio * 10) / error, 1.959963984540054, 1e-11);
    }
    EXPECT_FALSE(fieller_test(1, 1, 1, 1, 1.1, 5, 0.05).ok());
    EXPECT_FALSE(fieller_test(1, 1, 1, 1, 0, 0, 0.05).ok());
}

TEST(Sums, AnErrorNamesTheArm) {
    const UserSums good{2, "3", "5", "2", "2", "3", {}, {}, {}, {}},
        bad{2, "3", "4", "2", "2", "3", {}, {}, {}, {}};
    EXPECT_TRUE(contrast_of_sums(good, good, MetricKind::per_row).ok());
    EXPECT_EQ(contrast_of_sums(good, bad, MetricKind::per_row).error().message.substr(0, 5), "ss_b ");
    EXPECT_EQ(contrast_of_sums(bad, good, MetricKind::per_row).error().message.substr(0, 5), "ss_a ");
}

TEST(Betting, TheTestIsTheFoldsOfItsBatches) {
    Random random(9);
    std::vector<bool> treated;
    std::vector<double> outcomes;
    for (int i = 0; i < 350; ++i) {
        treated.push_back(random.chance(0.5));
        outcomes.push_back(random.chance(treated.back() ? 0.6 : 0.4));
    }
    const auto users = betting_users(treated, outcomes, {0.5}).take();
    const BettingReading reading = betting_test(users, 100, 0.05).take();
    std::vector<double> kept;
    for (size_t from = 0; from < users.size(); from += 100) {
        BettingState state = betting_state(kept).take();
        betting_fold(&state, &users[from], std::min<size_t>(100, users.size() - from)).take();
        kept = betting_numbers(state);
    }
    EXPECT_EQ(reading.log_e, betting_log_e(betting_state(kept).take()));
    EXPECT_EQ(reading.p_value, p_value_of(reading.log_e));
    EXPECT_LT(*reading.interval.low, 0.2);
    EXPECT_GT(*reading.interval.high, 0.2);
    EXPECT_FALSE(betting_state({1, 2, 3}).ok());
    EXPECT_FALSE(betting_users({true}, {1, 0}, {0.5}).ok());
    EXPECT_FALSE(betting_users({true}, {1}, {1.5}).ok());
}

// What is detectable is what has the power: the inverse of the power functions, which R checks.
TEST(QuantileSequence, AgreesWithItsAuthorsAndIsSymmetric) {
    const auto from = [](double first) {
        std::vector<double> values;
        for (int i = 0; i < 1000; ++i) values.push_back(first + i);
        return values;
    };
    // Anchor values of the authors' own program, six and seven digits.
    EXPECT_NEAR(quantile_sequence_test(from(1), from(71), 0.5, 100, 0.05).take().p_value, 0.814704, 1e-6);
    EXPECT_NEAR(quantile_sequence_test(from(1), from(101), 0.5, 100, 0.05).take().p_value, 0.0054947, 1e-7);
    const QuantileSequence ab = quantile_sequence_test(from(1), from(90), 0.9, 500, 0.05).take(),
                           ba = quantile_sequence_test(from(90), from(1), 0.9, 500, 0.05).take();
    EXPECT_EQ(*ab.difference, 89);
    EXPECT_EQ(*ba.difference, -89);
    EXPECT_NEAR(ab.log_e, ba.log_e, 1e-12);
    // All outcomes tied: nothing can be held against the quantiles being equal.
    const std::vector<double> tied(500, 3);
    EXPECT_EQ(quantile_sequence_test(tied, tied, 0.5, 100, 0.05).take().p_value, 1);
    EXPECT_STREQ(quantile_sequence_test({}, {1}, 0.5, 100, 0.05).take().note, "a has no outcomes");
    EXPECT_FALSE(quantile_sequence_test({NAN}, {1}, 0.5, 100, 0.05).ok());
}

TEST(Detectable, InvertsThePower) {
    const double rate = detectable_two_proportions(0.1, 5000, 0.05, 0.8).take();
    EXPECT_NEAR(power_two_proportions(0.1, 0.1 * (1 + rate), 5000, 0.05).take(), 0.8, 1e-12);
    const double drop = detectable_two_proportions(0.1, 5000, 0.05, 0.8, true).take();
    EXPECT_LT(drop, 0);
    EXPECT_NEAR(power_two_proportions(0.1, 0.1 * (1 + drop), 5000, 0.05).take(), 0.8, 1e-12);
    EXPECT_EQ(detectable_two_proportions(0.9, 20, 0.05, 0.8).take(), INFINITY);
    const double mean = detectable_two_means(2, 50, 0.05, 0.9).take();
    EXPECT_NEAR(power_two_means(mean, 2, 50, 0.05).take(), 0.9, 1e-10);
    EXPECT_NEAR(
        detectable_two_means(2, 1e6 + 1, 0.05, 0.9).take() / detectable_two_means(2, 1e6, 0.05, 0.9).take(),
        1, 1e-5);
    const double any_time = detectable_always_valid(2, 500, 700, 0.01, 0.05, 0.8).take();
    EXPECT_NEAR(power_always_valid(any_time, 2, 500, 700, 0.01, 0.05).take(), 0.8, 1e-12);
    EXPECT_EQ(days_to_reach(100, 40, 20).take(), 3);
    EXPECT_EQ(days_to_reach(100, 140, 0).take(), 0);
    EXPECT_EQ(days_to_reach(100, 40, 0).take(), INFINITY);
}

}  // namespace
}  // namespace pgprompt
