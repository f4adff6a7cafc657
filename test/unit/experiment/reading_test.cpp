#include "core/experiment/reading.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <string>

#include "core/experiment/always_valid.h"
#include "core/experiment/bayes.h"
#include "core/experiment/proportions.h"

namespace pgprompt {
namespace {

// Control and one challenger, 10,000 users each with one row: 2,000 and 2,400 successes.
ExperimentInput two_arms() {
    ExperimentInput in;
    in.variants = {{"control", true, 50}, {"b", false, 50}};
    in.metrics = {"success_rate", "executions_per_user"};
    in.cells = {{0, 0, 0, {10000, "2000", "2000", "10000", "10000", "2000", {}, {}, {}, {}}, 0},
                {1, 0, 0, {10000, "2400", "2400", "10000", "10000", "2400", {}, {}, {}, {}}, 0},
                {0, 1, 0, {10000, "10000", "10000", "10000", "10000", "10000", {}, {}, {}, {}}, 0},
                {1, 1, 0, {10000, "10000", "10000", "10000", "10000", "10000", {}, {}, {}, {}}, 0}};
    in.exposures = {{{10000, 10000}, {50, 50}}};
    in.planned_users = 20000;
    in.days = 10;
    return in;
}

TEST(Reading, OneRowAUserIsReadAsARate) {
    const ExperimentReading reading = read_experiment(two_arms()).take();
    ASSERT_EQ(reading.rows.size(), 4u);
    EXPECT_EQ(*reading.rows[0].value, 0.2);
    EXPECT_FALSE(reading.rows[0].fixed.p_value);
    const MetricReading& b = reading.rows[1];
    EXPECT_EQ(*b.value, 0.24);
    EXPECT_EQ(b.users, 10000);
    EXPECT_EQ(b.executions, 10000);
    const Comparison expected = two_rate_test(2000, 10000, 2400, 10000).take();
    EXPECT_EQ(*b.fixed.p_value, *expected.p_value);
    EXPECT_EQ(*b.fixed.lift_low, *expected.lift_low);
    EXPECT_EQ(*b.chance_to_win, beta_binomial_test(2000, 10000, 2400, 10000).take().prob_b_beats_a);
    const StratumPair pair{moments_of_successes(2000, 10000), moments_of_successes(2400, 10000)};
    const Comparison always = always_valid_test(contrast_of(&pair, 1, MetricKind::per_row),
                                                mixture_rho2_planned(10000, 10000, 0.05).take(), 0.05)
                                  .take()
                                  .comparison;
    EXPECT_NEAR(*b.always_valid.p_value, *always.p_value, 1e-12 * *always.p_value);
    EXPECT_EQ(*b.adjusted_p, *b.always_valid.p_value);
    EXPECT_EQ(reading.verdict.code, VerdictCode::winner);
    EXPECT_EQ(reading.verdict.winner, "b");
}

TEST(Reading, AConstantNumberOfRowsIsUnchangedAndAMovedOneHoldsTheWinnerBack) {
    ExperimentInput in = two_arms();
    EXPECT_TRUE(read_experiment(in).take().verdict.missing.empty());
    // b's users come back half as often again.
    in.cells[3].sums = {10000, "15000", "25000", "10000", "10000", "15000", {}, {}, {}, {}};
    const Verdict verdict = read_experiment(in).take().verdict;
    EXPECT_EQ(verdict.code, VerdictCode::not_yet);
    ASSERT_EQ(verdict.missing.size(), 1u);
    EXPECT_EQ(verdict.missing[0].kind, Missing::guardrail_worse);
    EXPECT_EQ(verdict.missing[0].metric, "executions_per_user");
}

TEST(Reading, AMismatchOfTheTrafficSilencesTheVerdict) {
    ExperimentInput in = two_arms();
    in.exposures = {{{10000, 9000}, {50, 50}}};
    const ExperimentReading reading = read_experiment(in).take();
    EXPECT_LT(reading.sample_ratio.p_value, 0.01);
    EXPECT_EQ(reading.verdict.code, VerdictCode::not_yet);
    EXPECT_EQ(reading.verdict.missing[0].kind, Missing::sample_ratio);
}

TEST(Reading, AnExperimentWithoutUsersIsNotYet) {
    ExperimentInput in = two_arms();
    in.cells.clear();
    in.exposures.clear();
    const ExperimentReading reading = read_experiment(in).take();
    EXPECT_FALSE(reading.rows[1].value);
    EXPECT_FALSE(reading.rows[1].fixed.p_value);
    EXPECT_EQ(reading.verdict.code, VerdictCode::not_yet);
}

TEST(Reading, RefusesSumsOfNobody) {
    ExperimentInput in = two_arms();
    in.cells[0].variant = 7;
    EXPECT_EQ(read_experiment(in).error().code, Code::invalid_parameter);
    in = two_arms();
    in.cells[0].sums.ss = "3";
    EXPECT_EQ(read_experiment(in).error().code, Code::invalid_parameter);
    in = two_arms();
    in.variants[1].is_control = true;
    EXPECT_EQ(read_experiment(in).error().code, Code::invalid_parameter);
}

TEST(Reading, TheMethodDecides) {
    ExperimentInput in = two_arms();
    in.method = method_named("group_sequential");
    // Looks alone decide, however small the always-valid p.
    Verdict verdict = read_experiment(in).take().verdict;
    EXPECT_EQ(verdict.code, VerdictCode::not_yet);
    ASSERT_EQ(verdict.missing.size(), 1u);
    EXPECT_EQ(verdict.missing[0].kind, Missing::look);
    in.variants[1].look_rejects = true;
    in.looks = 1;
    in.last_information = 0.5;
    EXPECT_EQ(read_experiment(in).take().verdict.code, VerdictCode::winner);
    in.variants[1].look_rejects = false;
    EXPECT_EQ(read_experiment(in).take().verdict.code, VerdictCode::not_yet);
    in.last_information = 1;
    EXPECT_EQ(read_experiment(in).take().verdict.code, VerdictCode::no_difference);
    EXPECT_STREQ(method_name(method_named("fixed_horizon")), "fixed_horizon");
    EXPECT_EQ(method_named("magic"), Method::always_valid);
}

TEST(Reading, TheExactTestTakesTheMixturesPlace) {
    ExperimentInput in = two_arms();
    in.method = Method::e_process;
    EXPECT_FALSE(read_experiment(in).take().rows[1].always_valid.p_value);
    EXPECT_EQ(read_experiment(in).take().verdict.code, VerdictCode::no_difference);
    in.variants[1].betting_log_e = std::log(50.0);
    const ExperimentReading reading = read_experiment(in).take();
    EXPECT_DOUBLE_EQ(*reading.rows[1].always_valid.p_value, 0.02);
    EXPECT_EQ(reading.verdict.code, VerdictCode::winner);
    in.bets_disturbed = true;
    EXPECT_STRNE(read_experiment(in).take().rows[1].always_valid.note, "");
}

TEST(Reading, ABayesianWinnerNeedsTheAlwaysValidTestAndAClearChance) {
    ExperimentInput in = two_arms();
    in.method = Method::bayesian;
    EXPECT_EQ(read_experiment(in).take().verdict.code, VerdictCode::winner);
    // A chance of .98, and an always-valid p above .05.
    in.cells[1].sums = {10000, "2120", "2120", "10000", "10000", "2120", {}, {}, {}, {}};
    const ExperimentReading reading = read_experiment(in).take();
    EXPECT_GT(*reading.rows[1].chance_to_win, 0.975);
    EXPECT_GT(*reading.rows[1].always_valid.p_value, 0.05);
    EXPECT_NE(reading.verdict.code, VerdictCode::winner);
}

TEST(Reading, ACovariateIsUsedWhereItIsAskedFor) {
    ExperimentInput in = two_arms();
    // x equals the outcome for all but 200 users of b: nearly all variance goes, and with it the lift of the
    // groups' own difference in x.
    in.cells[0].sums = {10000, "2000", "2000", "10000", "10000", "2000", "2000", "2000", "2000", "2000"};
    in.cells[1].sums = {10000, "2400", "2400", "10000", "10000", "2400", "2200", "2200", "2200", "2200"};
    const double plain = *read_experiment(in).take().rows[1].fixed.difference;
    EXPECT_NEAR(plain, 0.04, 1e-12);
    in.adjust = true;
    const Comparison adjusted = read_experiment(in).take().rows[1].fixed;
    EXPECT_NEAR(*adjusted.difference, 0.04 - 0.02, 0.002);
    EXPECT_LT(*adjusted.se, 0.003);
}

// 400 users in each arm with s = 100 + x + e, x of variance 100 and e of variance 1, b ahead by `ahead`: all
// sums are exact.
ExperimentInput with_covariate(double ahead) {
    ExperimentInput in = two_arms();
    in.metrics = {"metadata.score"};
    in.cells.clear();
    for (size_t variant : {0u, 1u}) {
        double s = 0, ss = 0, x = 0, xx = 0, xs = 0;
        for (int user = 0; user < 400; ++user) {
            const double covariate = user % 2 == 0 ? 10 : -10, rest = user / 2 % 2 == 0 ? 1 : -1;
            const double value = 100 + covariate + rest + (variant == 1 ? ahead : 0);
            s += value, ss += value * value, x += covariate, xx += covariate * covariate,
                xs += covariate * value;
        }
        static std::deque<std::string> texts;  // that the sums are views of
        const auto text = [](double v) { return std::string_view(texts.emplace_back(std::to_string(v))); };
        in.cells.push_back(
            {variant,
             0,
             0,
             {400, text(s), text(ss), "400", "400", text(s), text(x), text(xx), text(xs), text(x)},
             400});
    }
    in.exposures = {{{400, 400}, {50, 50}}};
    return in;
}

TEST(Reading, AChanceToWinAgreesWithTheTestWithAndWithoutACovariate) {
    for (bool adjust : {false, true}) {
        ExperimentInput in = with_covariate(0.125);
        in.adjust = adjust;
        const MetricReading b = read_experiment(in).take().rows[1];
        // One-sided, and a prior of 30 % that hardly matters to a lift of a thousandth.
        EXPECT_NEAR(*b.chance_to_win, 1 - *b.fixed.p_value / 2, 0.003) << adjust;
        EXPECT_GT(*b.chance_to_win, adjust ? 0.95 : 0.55);
        EXPECT_LT(*b.chance_to_win, adjust ? 0.97 : 0.6);
        EXPECT_LT(*b.expected_loss, adjust ? 0.002 : 0.3);
    }
}

TEST(Reading, MoreIsBetterBelowZeroToo) {
    ExperimentInput in = with_covariate(-220);  // 100 against -120
    in.adjust = true;
    std::swap(in.cells[0].sums, in.cells[1].sums);
    EXPECT_GT(*read_experiment(in).take().rows[1].chance_to_win, 0.99);
    EXPECT_NEAR(*read_experiment(in).take().rows[1].expected_loss, 0, 1e-6);
}

TEST(Reading, TellsWhenThePlannedEndIsToBeExpected) {
    ExperimentInput in = two_arms();
    in.cells[1].sums = in.cells[0].sums;
    in.planned_users = 50000;
    const Verdict verdict = read_experiment(in).take().verdict;
    EXPECT_EQ(verdict.code, VerdictCode::not_yet);
    EXPECT_NEAR(*verdict.days_to_go, 15, 1e-9);  // 30,000 users at 2,000 a day
    in.days = 0.5;
    EXPECT_FALSE(read_experiment(in).take().verdict.days_to_go);
}

}  // namespace
}  // namespace pgprompt
