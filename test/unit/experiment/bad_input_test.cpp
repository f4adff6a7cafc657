// What must be refused, by name, and what has a defined answer that is absent.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/experiment/always_valid.h"
#include "core/experiment/anova.h"
#include "core/experiment/bayes.h"
#include "core/experiment/betting.h"
#include "core/experiment/contingency.h"
#include "core/experiment/dunnett.h"
#include "core/experiment/means.h"
#include "core/experiment/moments.h"
#include "core/experiment/multiplicity.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/permuted.h"
#include "core/experiment/planning.h"
#include "core/experiment/proportions.h"
#include "core/experiment/quantiles.h"
#include "core/experiment/rate_intervals.h"
#include "core/experiment/sample_ratio.h"
#include "core/experiment/spending.h"
#include "core/experiment/thompson.h"

namespace pgprompt {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
void refused(Result<T> result, const std::string& name) {
    ASSERT_FALSE(result.ok()) << name;
    EXPECT_EQ(result.error().code, Code::invalid_parameter) << result.error().message;
    EXPECT_NE(result.error().message.find(name), std::string::npos)
        << result.error().message << ", not " << name;
}

TEST(BadInput, RatesNameTheirArguments) {
    refused(two_proportion_test(-1, 10, 1, 10), "x_a");
    refused(two_proportion_test(11, 10, 1, 10), "x_a");
    refused(two_proportion_test(1, 10, 11, 10), "x_b");
    refused(two_proportion_test(1, -10, 1, 10), "n_a");
    refused(two_proportion_test(1, 10, 1, std::numeric_limits<int64_t>::max()), "n_b");
    for (double alpha : {0.0, 1.0, -0.1, 2.0, kNan, kInfinity}) {
        refused(two_proportion_test(1, 10, 1, 10, alpha), "alpha");
        refused(welch_test(10, 1, 1, 10, 1, 1, alpha), "alpha");
        refused(beta_binomial_test(1, 10, 1, 10, 1, 1, alpha), "alpha");
        refused(normal_posterior(0, 1, 0, 1, alpha), "alpha");
        refused(mixture_rho2_planned(10, 10, alpha), "alpha");
        refused(next_look({}, 0.5, alpha, Spending::pocock), "alpha");
        refused(e_bh({1}, alpha), "alpha");
        refused(wilson_interval(1, 2, alpha), "alpha");
        refused(quantile_ranks(10, 0.5, alpha), "alpha");
        refused(always_valid_test({}, 1, alpha), "alpha");
    }
    refused(fisher_exact_test(1, -1, 1, 1), "b");
    refused(chi_square_test({1, 2}, {1}), "successes");
    refused(chi_square_test({1}, {1}), "successes");
    refused(g_test({1, 3}, {2, 2}), "success");
    refused(farrington_manning_test(1, 2, 1, 2, 1), "margin");
    refused(farrington_manning_test(1, 2, 1, 2, kNan), "margin");
    refused(wilson_interval(0, 0, 0.05), "n");
    refused(katz_interval(0, 5, 1, 5, 0.05), "x_a");
    refused(score_interval_ratio(0, 0, 1, 5, 0.05), "n_a");
}

TEST(BadInput, MeansNameTheirArguments) {
    for (double bad : {kNan, kInfinity, -kInfinity}) {
        refused(welch_test(10, bad, 1, 10, 1, 1), "mean_a");
        refused(welch_test(10, 1, bad, 10, 1, 1), "var_a");
        refused(welch_test(10, 1, 1, 10, bad, 1), "mean_b");
        refused(welch_test(10, 1, 1, 10, 1, bad), "var_b");
    }
    refused(welch_test(10, 1, -1, 10, 1, 1), "var_a");
    refused(welch_test(-1, 1, 1, 10, 1, 1), "n_a");
    refused(anova_test({1, 2}, {1}, {1, 2}), "n, means and variances");
    refused(welch_anova_test({5, 5}, {1, kNan}, {1, 1}), "mean");
    refused(welch_margin_test(10, 1, 1, 10, 1, 1, 0), "delta");
    refused(welch_margin_test(10, 1, 1, 10, 1, 1, 1), "delta");
    refused(dunnett_test({5, 5}, {1, 2}, {1, 1}, 2), "control");
    refused(dunnett_critical({}, 5, 0.05), "loadings");
    refused(dunnett_sf(2, {1.0}, 5), "loading");
}

TEST(BadInput, SumsNameThemselves) {
    const auto of = [](int64_t users, std::string_view s, std::string_view ss) {
        return moments_of({users, s, ss, {}, {}, {}, {}, {}, {}, {}});
    };
    refused(of(2, "1x", "1"), "s ");
    refused(of(2, "", "NaN"), "ss");
    refused(of(2, ".", "1"), "s ");
    refused(of(2, "1e", "1"), "s ");
    refused(of(2, "1e999", "1"), "s ");
    refused(of(2, std::string(500, '9'), "1"), "s ");
    refused(of(-2, "1", "1"), "users");
    refused(of(2, "3", "4"), "ss");
    refused(of(0, "3", "4"), "s ");
    refused(moments_of({2, "1", "1", "-1", "1", "1", {}, {}, {}, {}}), "m ");
    EXPECT_TRUE(of(0, "", "").ok());
    EXPECT_TRUE(of(1, "-0.5", "2.5e-1").ok());
}

TEST(BadInput, TheRestNamesItsArguments) {
    refused(mixture_rho2(0, 1), "minimum_detectable_effect");
    refused(mixture_rho2(0.1, 0), "sigma");
    refused(always_valid_test({}, 0, 0.05), "rho2");
    refused(sample_ratio_chi_square({1, 2}, {1}), "observed");
    refused(sample_ratio_chi_square({1, -2}, {1, 1}), "observed");
    refused(sample_ratio_chi_square({1, 2}, {0, 0}), "weights");
    refused(sample_ratio_sequential({1, 2}, std::vector<double>{1, kNan}, 1000.0), "weight");
    refused(sample_ratio_sequential({SampleRatioStratum{{1, 2}, {1, 1, 1}}}, {1, 1}), "observed");
    refused(adjust_p_values({0.5, 1.5}, Adjustment::holm), "p-value");
    refused(adjust_p_values({0.5, kNan}, Adjustment::hommel), "p-value");
    refused(adjustment_named("sidak"), "method");
    refused(e_bh({-1}, 0.05), "e-value");
    refused(spending_named("x"), "spending");
    refused(next_look({{0.5, 2}}, 0.5, 0.05, Spending::pocock), "information");
    refused(next_look({{1, 2}}, 1, 0.05, Spending::pocock), "spent");
    refused(next_look({{0.5, kNan}}, 1, 0.05, Spending::pocock), "boundaries");
    refused(spending_boundaries({0.5, 0.4}, 0.05, Spending::pocock), "information");
    refused(crossing_probabilities({{0.5, 2}}, kNan), "drift");
    refused(beta_binomial_test(1, 2, 3, 4, 0, 1), "prior_successes");
    refused(normal_posterior(kNan, 1), "estimate");
    refused(normal_posterior(0, -1), "se");
    refused(normal_posterior(0, kInfinity, 0, kInfinity), "se");
    refused(probability_best(std::vector<BetaShape>{{1, 1}}), "arms");
    refused(probability_best(std::vector<BetaShape>{{1, 1}, {0, 1}}), "shape");
    refused(thompson_weights({0.5, 0.5}, 0.6), "floor");
    refused(power_two_proportions(0.1, 0.1, 10, 0.05), "p2");
    refused(sample_size_two_proportions(0.1, 0.2, 0.05, 0.05), "power");
    refused(sample_size_two_means(0, 1, 0.05, 0.8), "delta");
    refused(quantile_ranks(0, 0.5, 0.05), "n");
    refused(quantile_ranks(5, 0, 0.05), "q");
    refused(winsorising_cap({}, 0.5), "sample");
    refused(permuted_aa({{1, 1}}, {}), "users");
    refused(plan_experiment({}), "baseline");
    BettingState state;
    const BettingUser bad[] = {{true, 1.5, 0.5}, {true, kNan, 0.5}};
    refused(betting_fold(&state, bad, 1), "outcome");
    refused(betting_fold(&state, bad + 1, 1), "outcome");
    const BettingUser certain{true, 1, 1};
    refused(betting_fold(&state, &certain, 1), "rho");
    EXPECT_EQ(state.users, 0);
}

void expect_no_nan(const Comparison& c) {
    for (const auto& field : {c.difference, c.ci_low, c.ci_high, c.statistic, c.p_value, c.lift, c.lift_low,
                              c.lift_high, c.se, c.df}) {
        if (field) {
            EXPECT_FALSE(std::isnan(*field));
        }
    }
    if (c.p_value) {
        EXPECT_GE(*c.p_value, 0);
        EXPECT_LE(*c.p_value, 1);
    } else {
        EXPECT_STRNE(c.note, "");
    }
}

TEST(DefinedAnswer, RatesWithoutUnitsSuccessesOrFailures) {
    EXPECT_FALSE(two_proportion_test(0, 0, 1, 2).take().difference);
    EXPECT_STREQ(two_proportion_test(0, 0, 1, 2).take().note, "a has no units");
    for (int64_t x : {0, 10}) {
        const Comparison same = two_proportion_test(x, 10, x, 10).take();
        EXPECT_EQ(*same.statistic, 0);
        EXPECT_EQ(*same.p_value, 1);
        EXPECT_LT(*same.ci_low, 0);
        EXPECT_GT(*same.ci_high, 0);
    }
    const Comparison none = two_proportion_test(0, 10, 3, 10).take();
    EXPECT_FALSE(none.lift);
    EXPECT_EQ(*none.lift_high, kInfinity);
}

TEST(DefinedAnswer, MeansWithoutUnitsOrVariance) {
    EXPECT_FALSE(welch_test(0, 0, 0, 5, 1, 1).take().difference);
    const Comparison one = welch_test(1, 2, 0, 5, 1, 1).take();
    EXPECT_EQ(*one.difference, -1);
    EXPECT_FALSE(one.p_value);
    EXPECT_STREQ(one.note, "a has fewer than two units");
    const Comparison still = welch_test(5, 2, 0, 5, 1, 0).take();
    EXPECT_EQ(*still.lift, -0.5);
    EXPECT_FALSE(still.p_value);
    EXPECT_STREQ(still.note, "no variance in either arm");
    EXPECT_FALSE(anova_test({1, 1}, {1, 2}, {0, 0}).take().statistic);
    EXPECT_FALSE(anova_test({5, 5}, {1, 2}, {0, 0}).take().p_value);
    EXPECT_FALSE(welch_anova_test({5, 5}, {1, 2}, {0, 1}).take().p_value);
    EXPECT_STREQ(dunnett_test({5, 5}, {1, 2}, {0, 0}, 0).take().note, "no variance in any arm");
}

// Numbers as hostile as doubles can be: no NaN comes out, and nothing is thrown.
TEST(DefinedAnswer, ExtremeNumbersGiveNoNan) {
    const double values[] = {0, 5e-324, 1e-200, 1e-3, 1, 1e3, 1e150, 1.7e308};
    for (double mean_a : values) {
        for (double mean_b : values) {
            for (double var_a : values) {
                for (double var_b : values) {
                    for (int64_t n : {0, 1, 2, 1000}) {
                        const auto test = welch_test(n, mean_a, var_a, 3, -mean_b, var_b);
                        ASSERT_TRUE(test.ok());
                        expect_no_nan(test.value());
                        const StratumPair pair{moments_of_mean(static_cast<double>(n) + 40, mean_a, var_a),
                                               moments_of_mean(50, mean_b, var_b)};
                        const Contrast contrast = contrast_of(&pair, 1, MetricKind::per_user);
                        expect_no_nan(fixed_test(contrast, 0.05));
                        expect_no_nan(always_valid_test(contrast, 0.1, 0.05).take().comparison);
                    }
                }
            }
        }
    }
    const int64_t big = int64_t{1} << 53;
    for (int64_t x_a : {int64_t{0}, int64_t{1}, big / 2, big}) {
        for (int64_t x_b : {int64_t{0}, int64_t{1}, int64_t{5}}) {
            expect_no_nan(two_proportion_test(x_a, big, x_b, 5).take());
            expect_no_nan(two_proportion_test(x_b, 5, x_a, big, 1e-300).take());
            const auto bayes = beta_binomial_test(x_a, big, x_b, 5);
            if (bayes.ok()) {
                EXPECT_FALSE(std::isnan(bayes.value().prob_b_beats_a));
            } else {
                EXPECT_EQ(bayes.error().code, Code::limit_exceeded);
            }
        }
    }
}

TEST(DefinedAnswer, ExperimentsWithoutUsers) {
    EXPECT_EQ(sample_ratio_chi_square({0, 0}, {1, 1}).take().p_value, 1);
    EXPECT_EQ(sample_ratio_sequential({0, 0}, std::vector<double>{1, 1}, 1000.0).take().p_value, 1);
    EXPECT_EQ(sample_ratio_sequential(std::vector<SampleRatioStratum>{}, {1, 1}).take().p_value, 1);
    // A user where none can be.
    EXPECT_EQ(sample_ratio_chi_square({5, 1}, {1, 0}).take().p_value, 0);
    EXPECT_EQ(sample_ratio_sequential({5, 1}, std::vector<double>{1, 0}, 1000.0).take().p_value, 0);
    EXPECT_EQ(contrast_of(nullptr, 0, MetricKind::per_row).strata, 0);
    EXPECT_STRNE(fixed_test({}, 0.05).note, "");
    EXPECT_STRNE(always_valid_test({}, 1, 0.05).take().comparison.note, "");
    EXPECT_NEAR(beta_binomial_test(0, 0, 0, 0).take().prob_b_beats_a, 0.5, 1e-14);
    std::vector<QuantileRow> rows;
    EXPECT_STREQ(quantile_estimate(&rows, 0.95, 0.05).take().note, "no rows");
    EXPECT_EQ(adjust_p_values({}, Adjustment::holm).take().size(), 0u);
}

bool stop() noexcept {
    return true;
}

TEST(Cancelled, LongWorkStops) {
    EXPECT_EQ(beta_binomial_test(10, 100, 12, 100, 1, 1, 0.05, stop).error().code, Code::cancelled);
    EXPECT_EQ(spending_boundaries({0.2, 0.4, 1}, 0.05, Spending::pocock, 2, stop).error().code,
              Code::cancelled);
    EXPECT_EQ(dunnett_critical({0.7, 0.7}, 20, 0.05, stop).error().code, Code::cancelled);
    EXPECT_EQ(fisher_exact_test(100000, 100000, 100000, 100000, stop).error().code, Code::cancelled);
    EXPECT_EQ(permuted_aa(std::vector<UserTotals>(200), {}, stop).error().code, Code::cancelled);
    EXPECT_EQ(probability_best(std::vector<NormalShape>{{0, 1}, {1, 1}}, false, stop).error().code,
              Code::cancelled);
}

TEST(Limited, AmplifiersRefuse) {
    EXPECT_EQ(fisher_exact_test(20000000, 20000000, 20000000, 20000000).error().code, Code::limit_exceeded);
    EXPECT_EQ(adjust_p_values(std::vector<double>(10001), Adjustment::holm).error().code,
              Code::limit_exceeded);
    EXPECT_EQ(spending_boundaries(std::vector<double>(501, 0.1), 0.05, Spending::pocock).error().code,
              Code::limit_exceeded);
    EXPECT_EQ(dunnett_sf(2, std::vector<double>(1001, 0.5), 10).error().code, Code::limit_exceeded);
}

}  // namespace
}  // namespace pgprompt
