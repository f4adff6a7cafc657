#include "core/experiment/verdict.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pgprompt {
namespace {

VariantReading control() {
    VariantReading v;
    v.name = "control";
    v.is_control = true;
    v.users = 1000;
    v.value = 0.2;
    return v;
}

VariantReading challenger(const char* name, double difference, double p, double low, double high) {
    VariantReading v;
    v.name = name;
    v.users = 1000;
    v.value = 0.2 + difference;
    v.primary.difference = difference;
    v.primary.p_value = p;
    v.primary.lift = difference / 0.2;
    v.primary.lift_set = LiftSet::interval;
    v.primary.lift_low = low;
    v.primary.lift_high = high;
    return v;
}

VariantReading better(const char* name, double p = 0.001) {
    return challenger(name, 0.05, p, 0.1, 0.4);
}
VariantReading unclear(const char* name) {
    return challenger(name, 0.01, 0.4, -0.2, 0.3);
}
VariantReading worse(const char* name) {
    return challenger(name, -0.05, 0.001, -0.4, -0.1);
}

VerdictInput input(std::vector<VariantReading> challengers) {
    VerdictInput in;
    in.metric = "conversion";
    in.variants = {control()};
    in.variants.insert(in.variants.end(), challengers.begin(), challengers.end());
    in.exposed = 2000;
    in.days = 10;
    return in;
}

bool misses(const Verdict& v, Missing kind) {
    return std::any_of(v.missing.begin(), v.missing.end(),
                       [&](const MissingItem& item) { return item.kind == kind; });
}

TEST(Verdict, OneVariantBeatsTheControl) {
    const Verdict v = judge(input({better("casual")})).take();
    EXPECT_EQ(v.code, VerdictCode::winner);
    EXPECT_EQ(v.winner, "casual");
    EXPECT_TRUE(v.may_complete);
    EXPECT_TRUE(v.missing.empty());
    EXPECT_EQ(v.explanation,
              "casual beats control on conversion: 0.25 against 0.2, lift +25 % (+10 % to +40 %), p 0.001.");
}

TEST(Verdict, LowerIsBetterTurnsTheDirection) {
    VerdictInput in = input({worse("terse")});
    in.better = Better::lower;
    EXPECT_EQ(judge(in).take().code, VerdictCode::winner);
    in = input({better("long")});
    in.better = Better::lower;
    EXPECT_EQ(judge(in).take().code, VerdictCode::harmful);
}

TEST(Verdict, EveryRequirementCanHoldAWinnerBack) {
    const auto code_without = [](auto spoil, Missing kind) {
        VerdictInput in = input({better("casual")});
        spoil(&in);
        const Verdict v = judge(in).take();
        EXPECT_TRUE(misses(v, kind)) << v.explanation;
        EXPECT_FALSE(v.may_complete);
        EXPECT_TRUE(v.winner.empty());
        return v.code;
    };
    EXPECT_EQ(code_without([](VerdictInput* in) { in->sample_ratio_p = 0.0001; }, Missing::sample_ratio),
              VerdictCode::not_yet);
    EXPECT_EQ(code_without([](VerdictInput* in) { in->crossovers = 50; }, Missing::crossovers),
              VerdictCode::not_yet);
    EXPECT_EQ(code_without([](VerdictInput* in) { in->minimum_users = 1001; }, Missing::users),
              VerdictCode::not_yet);
    EXPECT_EQ(code_without([](VerdictInput* in) { in->minimum_days = 14; }, Missing::runtime),
              VerdictCode::not_yet);
    EXPECT_EQ(code_without(
                  [](VerdictInput* in) {
                      in->variants[1].guardrails = {{"cost", MarginState::open}};
                  },
                  Missing::guardrail_open),
              VerdictCode::not_yet);
    EXPECT_EQ(code_without(
                  [](VerdictInput* in) {
                      in->variants[1].guardrails = {{"cost", MarginState::inferior}};
                  },
                  Missing::guardrail_worse),
              VerdictCode::not_yet);
    VerdictInput in = input({better("casual")});
    in.variants[1].guardrails = {{"cost", MarginState::non_inferior},
                                 {"rows per user", MarginState::non_inferior}};
    EXPECT_EQ(judge(in).take().code, VerdictCode::winner);
}

TEST(Verdict, HolmCountsEveryChallenger) {
    EXPECT_EQ(judge(input({better("b", 0.04)})).take().code, VerdictCode::winner);
    const Verdict v = judge(input({better("b", 0.04), unclear("c")})).take();
    EXPECT_EQ(v.code, VerdictCode::not_yet);
    EXPECT_DOUBLE_EQ(*v.adjusted_p[1], 0.08);
    EXPECT_FALSE(v.adjusted_p[0]);
    // A challenger without a reading still counts.
    VariantReading silent;
    silent.name = "c";
    silent.primary.note = "an arm has fewer than two users";
    const Verdict w = judge(input({better("b", 0.04), silent})).take();
    EXPECT_EQ(w.code, VerdictCode::not_yet);
    EXPECT_TRUE(misses(w, Missing::reading));
    EXPECT_FALSE(w.adjusted_p[2]);
}

TEST(Verdict, SeveralBeatTheControl) {
    VerdictInput in = input({better("b"), challenger("c", 0.08, 0.001, 0.2, 0.6)});
    Verdict v = judge(in).take();
    EXPECT_EQ(v.code, VerdictCode::leader_not_separated);
    EXPECT_EQ(v.winner, "c");
    EXPECT_FALSE(v.may_complete);
    EXPECT_TRUE(misses(v, Missing::separation));
    in.pairs = {{1, 2, 0.01}};
    v = judge(in).take();
    EXPECT_EQ(v.code, VerdictCode::winner_among_several);
    EXPECT_EQ(v.winner, "c");
    EXPECT_TRUE(v.may_complete);
    in.pairs = {{2, 1, 0.2}};
    EXPECT_EQ(judge(in).take().code, VerdictCode::leader_not_separated);
}

TEST(Verdict, HarmStopsEarly) {
    VerdictInput in = input({worse("b")});
    in.minimum_users = 100000;
    in.minimum_days = 100;
    Verdict v = judge(in).take();
    EXPECT_EQ(v.code, VerdictCode::harmful);
    EXPECT_EQ(v.harmful, "b");
    EXPECT_TRUE(v.may_complete);
    in.sample_ratio_p = 0.001;
    EXPECT_EQ(judge(in).take().code, VerdictCode::not_yet);
    // One harmful among others: reported, but the experiment may go on.
    v = judge(input({worse("b"), unclear("c")})).take();
    EXPECT_EQ(v.code, VerdictCode::harmful);
    EXPECT_FALSE(v.may_complete);
    // A winner stands beside it.
    v = judge(input({worse("b"), better("c")})).take();
    EXPECT_EQ(v.code, VerdictCode::winner);
    EXPECT_EQ(v.winner, "c");
    EXPECT_EQ(v.harmful, "b");
}

TEST(Verdict, EquivalenceNeedsEveryIntervalWithinTheEffect) {
    VerdictInput in = input({challenger("b", 0.001, 0.7, -0.04, 0.05)});
    EXPECT_EQ(judge(in).take().code, VerdictCode::not_yet);
    in.minimum_detectable_effect = 0.06;
    const Verdict v = judge(in).take();
    EXPECT_EQ(v.code, VerdictCode::equivalent);
    EXPECT_TRUE(v.may_complete);
    in.minimum_detectable_effect = 0.045;
    EXPECT_EQ(judge(in).take().code, VerdictCode::not_yet);
    in.minimum_detectable_effect = 0.06;
    in.variants.push_back(unclear("c"));
    EXPECT_EQ(judge(in).take().code, VerdictCode::not_yet);
}

TEST(Verdict, NoDifferenceOnlyAtThePlannedEnd) {
    VerdictInput in = input({unclear("b")});
    EXPECT_EQ(judge(in).take().code, VerdictCode::not_yet);
    in.planned_end = true;
    EXPECT_EQ(judge(in).take().code, VerdictCode::no_difference);
    in.minimum_days = 14;
    EXPECT_EQ(judge(in).take().code, VerdictCode::not_yet);
}

TEST(Verdict, APlansLooksDecideInsteadOfTheP) {
    VerdictInput in = input({better("b")});
    in.variants[1].plan_rejects = false;
    EXPECT_EQ(judge(in).take().code, VerdictCode::not_yet);
    in.variants[1].primary.p_value = 0.06;
    in.variants[1].plan_rejects = true;
    EXPECT_EQ(judge(in).take().code, VerdictCode::winner);
}

TEST(Verdict, SaysWhatIsMissingAndHowLong) {
    VerdictInput in = input({unclear("b")});
    in.minimum_users = 1200;
    in.minimum_days = 14;
    in.users_per_day = 100;
    in.users_needed = 5000;
    const Verdict v = judge(in).take();
    EXPECT_EQ(v.code, VerdictCode::not_yet);
    EXPECT_DOUBLE_EQ(*v.days_to_go, 30);
    EXPECT_EQ(
        v.explanation,
        "Not yet: control needs 200 more users (minimum 1200 a variant), b needs 200 more users (minimum "
        "1200 a "
        "variant), the minimum runtime of 14 days ends in 4 days and b does not differ from the control on "
        "conversion yet (p 0.4). About 30 days to go.");
}

TEST(Verdict, SaysWhatLiftsAreAdjustedFor) {
    const Verdict v = judge(input({better("b")})).take();
    EXPECT_EQ(explanation_of(v, ""), v.explanation);
    EXPECT_EQ(explanation_of(v, "metadata.v"),
              v.explanation + " Lifts are adjusted for metadata.v, values are not.");
}

TEST(Verdict, RefusesBrokenInput) {
    VerdictInput in = input({better("b")});
    in.variants[0].is_control = false;
    EXPECT_EQ(judge(in).error().code, Code::invalid_parameter);
    in = input({better("b")});
    in.variants[1].is_control = true;
    EXPECT_EQ(judge(in).error().code, Code::invalid_parameter);
    in = input({better("b")});
    in.alpha = 1;
    EXPECT_EQ(judge(in).error().code, Code::invalid_parameter);
    in = input({});
    const Verdict alone = judge(in).take();
    EXPECT_EQ(alone.code, VerdictCode::not_yet);
    EXPECT_TRUE(misses(alone, Missing::metric));
}

TEST(Verdict, HasANameForEveryCode) {
    EXPECT_STREQ(verdict_name(VerdictCode::winner), "winner");
    EXPECT_STREQ(verdict_name(VerdictCode::not_yet), "not_yet");
    EXPECT_STREQ(verdict_name(VerdictCode::leader_not_separated), "leader_not_separated");
    EXPECT_STREQ(missing_name(Missing::guardrail_worse), "guardrail_worse");
    EXPECT_STREQ(missing_name(Missing::significance), "significance");
}

}  // namespace
}  // namespace pgprompt
