// What must hold between the fields of one answer, over many inputs.
#include <gtest/gtest.h>

#include <cmath>

#include "core/experiment/always_valid.h"
#include "core/experiment/betting.h"
#include "core/experiment/contingency.h"
#include "core/experiment/fieller.h"
#include "core/experiment/means.h"
#include "core/experiment/proportions.h"
#include "core/experiment/random.h"
#include "core/experiment/rate_intervals.h"

namespace pgprompt {
namespace {

bool inside(const Comparison& c, double lift) {
    if (c.lift_set == LiftSet::two_rays) return lift <= *c.lift_high || lift >= *c.lift_low;
    return *c.lift_low < lift && lift < *c.lift_high;
}

// 0 lies strictly inside an interval exactly where p > alpha.
void expect_agreement(const Comparison& c, double alpha) {
    const bool rejects = *c.p_value <= alpha;
    EXPECT_EQ(*c.ci_low < 0 && 0 < *c.ci_high, !rejects)
        << *c.p_value << ": " << *c.ci_low << " to " << *c.ci_high;
    EXPECT_EQ(inside(c, 0), !rejects) << *c.p_value << ": " << *c.lift_low << " to " << *c.lift_high;
}

TEST(Consistency, RatesAgreeWithTheirIntervalsOnEverySmallTable) {
    for (double alpha : {0.001, 0.05, 0.3}) {
        for (int n_a : {1, 2, 5, 9}) {
            for (int n_b : {1, 3, 8, 13}) {
                for (int x_a = 0; x_a <= n_a; ++x_a) {
                    for (int x_b = 0; x_b <= n_b; ++x_b) {
                        const Comparison c = two_proportion_test(x_a, n_a, x_b, n_b, alpha).take();
                        SCOPED_TRACE(testing::Message() << x_a << "/" << n_a << " " << x_b << "/" << n_b);
                        expect_agreement(c, alpha);
                        const Comparison exact = two_rate_test(x_a, n_a, x_b, n_b, alpha).take();
                        expect_agreement(exact, alpha);
                        EXPECT_EQ(*exact.statistic, *c.statistic);
                        EXPECT_LE(*c.ci_low, *c.difference);
                        EXPECT_GE(*c.ci_high, *c.difference);
                        if (c.lift) {
                            EXPECT_LE(*c.lift_low, *c.lift + 1e-12);
                            EXPECT_GE(*c.lift_high, *c.lift - 1e-12);
                        }
                    }
                }
            }
        }
    }
}

// In the thin shell between z and its N/(N-1) version the interval ends at 0.
TEST(Consistency, TheShellBetweenTestAndIntervalEndsAtZero) {
    // z^2 = 16 * .25 / ... : 4 of 4 against 0 of 4 gives z^2 = 8; alpha between the two p-values.
    const double p = *two_proportion_test(0, 4, 4, 4).take().p_value;
    const Comparison c = two_proportion_test(0, 4, 4, 4, p * 1.0001).take();
    EXPECT_EQ(*c.ci_low, 0);
    EXPECT_EQ(*c.lift_low, 0);
    EXPECT_LT(score_interval_difference(0, 4, 4, 4, p * 1.0001).take().low, 0);
}

TEST(Consistency, SwappingTheArmsMirrorsTheAnswer) {
    const Comparison ab = two_proportion_test(30, 200, 50, 250).take(),
                     ba = two_proportion_test(50, 250, 30, 200).take();
    EXPECT_EQ(*ab.p_value, *ba.p_value);
    EXPECT_NEAR(*ab.ci_low, -*ba.ci_high, 1e-14);
    EXPECT_NEAR((1 + *ab.lift_low) * (1 + *ba.lift_high), 1, 1e-12);
    const Comparison wab = welch_test(20, 3, 2, 30, 4, 5).take(), wba = welch_test(30, 4, 5, 20, 3, 2).take();
    EXPECT_NEAR(*wab.p_value, *wba.p_value, 1e-15);
    EXPECT_NEAR(*wab.ci_low, -*wba.ci_high, 1e-14);
}

TEST(Consistency, WelchAndAlwaysValidAgreeWithTheirLifts) {
    Random random(2);
    int rejected = 0, rays = 0;
    for (int i = 0; i < 20000; ++i) {
        const auto arm = [&] {
            return moments_of_mean(30 + static_cast<double>(random.below(100)), random.uniform() - 0.2,
                                   random.uniform());
        };
        const StratumPair strata[] = {{arm(), arm()}, {arm(), arm()}};
        const Contrast contrast = contrast_of(strata, 1 + random.below(2), MetricKind::per_user);
        const Comparison fixed = fixed_test(contrast, 0.05);
        expect_agreement(fixed, 0.05);
        expect_agreement(always_valid_test(contrast, 0.05, 0.05).take().comparison, 0.05);
        rejected += *fixed.p_value <= 0.05;
        rays += fixed.lift_set == LiftSet::two_rays;
    }
    EXPECT_GT(rejected, 1000);
    EXPECT_GT(rays, 100);
}

TEST(Consistency, FiellerHoldsItsDefinition) {
    Random random(3);
    for (int i = 0; i < 20000; ++i) {
        const double a = 2 * random.uniform() - 1, b = 2 * random.uniform() - 1, c = 3 * random.uniform();
        const double va = random.uniform(), vb = random.uniform();
        const double covariance = (2 * random.uniform() - 1) * std::sqrt(va * vb);
        const LiftInterval set = fieller(a, va, b, vb, covariance, c);
        ASSERT_NE(set.set, LiftSet::absent);
        for (int k = 0; k < 20; ++k) {
            const double ratio = std::tan(3.14159 * (random.uniform() - 0.5));
            const double excess = (b - ratio * a) * (b - ratio * a) -
                                  c * c * (vb + ratio * ratio * va - 2 * ratio * covariance);
            if (std::fabs(excess) < 1e-9) continue;
            const double lift = ratio - 1;
            const bool in = set.set == LiftSet::everything ||
                            (set.set == LiftSet::interval ? set.low <= lift && lift <= set.high
                                                          : lift <= set.high || lift >= set.low);
            EXPECT_EQ(in, excess < 0) << ratio;
        }
    }
}

// A bet's expected factor is 1 under its null, whatever the rate, the split and what came before.
TEST(Betting, IsFair) {
    Random random(4);
    for (double delta : {0.0, 0.2, -0.3}) {
        BettingState before;
        for (int i = 0; i < 50; ++i) {
            const BettingUser user{random.chance(0.4), random.uniform(), 0.4};
            ASSERT_TRUE(betting_fold(&before, &user, 1, delta).ok());
        }
        for (double rate : {0.35, 0.5, 0.65}) {
            for (double rho : {0.1, 0.5, 0.8}) {
                // E[Y|b] - E[Y|a] = delta with overall mean `rate`.
                const double in_a = rate - rho * delta, in_b = in_a + delta;
                std::array<double, kBets> expected{};
                for (bool treated : {false, true}) {
                    for (double outcome : {0.0, 1.0}) {
                        BettingState after = before;
                        const BettingUser user{treated, outcome, rho};
                        ASSERT_TRUE(betting_fold(&after, &user, 1, delta).ok());
                        const double hit = treated ? in_b : in_a;
                        const double chance = (treated ? rho : 1 - rho) * (outcome == 1 ? hit : 1 - hit);
                        for (size_t j = 0; j < kBets; ++j) {
                            const double factor = std::exp(after.log_wealth[j] - before.log_wealth[j]);
                            EXPECT_GE(factor, 0.1 - 1e-12);
                            expected[j] += chance * factor;
                        }
                    }
                }
                for (double value : expected) EXPECT_NEAR(value, 1, 1e-12);
            }
        }
    }
}

TEST(Betting, TheOrderWithinABatchDoesNotMatter) {
    Random random(5);
    std::vector<BettingUser> users;
    for (int i = 0; i < 150; ++i) users.push_back({random.chance(0.5), random.uniform(), 0.5});
    BettingState forward, backward;
    betting_fold(&forward, users.data(), users.size()).take();
    std::vector<BettingUser> reversed(users.rbegin(), users.rend());
    betting_fold(&backward, reversed.data(), reversed.size()).take();
    EXPECT_NEAR(betting_log_e(forward), betting_log_e(backward), 1e-12);
}

TEST(Betting, ABatchOfThousandsNeitherOverflowsNorVanishes) {
    BettingState one;
    const BettingUser winner{true, 1, 0.5};
    betting_fold(&one, &winner, 1).take();
    const std::vector<BettingUser> many(5000, winner);
    BettingState state;
    betting_fold(&state, many.data(), many.size()).take();
    for (size_t j = 0; j < kBets; ++j) {
        EXPECT_NEAR(state.log_wealth[j], 5000 * one.log_wealth[j], 1e-9 * std::fabs(state.log_wealth[j]));
    }
}

TEST(Betting, TheIntervalHoldsTheTruthAndExcludesTheFar) {
    std::vector<double> deltas;
    for (int i = -20; i <= 20; ++i) deltas.push_back(i / 20.0);
    std::vector<BettingState> states(deltas.size());
    Random random(6);
    for (int batch = 0; batch < 100; ++batch) {
        std::vector<BettingUser> users;
        for (int i = 0; i < 100; ++i) {
            const bool treated = random.chance(0.5);
            users.push_back({treated, random.chance(treated ? 0.6 : 0.4) ? 1.0 : 0.0, 0.5});
        }
        for (size_t i = 0; i < deltas.size(); ++i)
            betting_fold(&states[i], users.data(), users.size(), deltas[i]).take();
    }
    const BettingInterval interval =
        betting_interval(states.data(), deltas.data(), deltas.size(), 0.05).take();
    EXPECT_GT(*interval.low, 0);
    EXPECT_LE(*interval.low, 0.2);
    EXPECT_GE(*interval.high, 0.2);
    EXPECT_LT(*interval.high, 0.4);
}

TEST(ClopperPearson, InvertsTheBinomial) {
    const Bounds bounds = clopper_pearson_interval(3, 20, 0.1).take();
    // P(X >= 3) at the lower end and P(X <= 3) at the upper end are alpha/2 each, summed by hand.
    const auto chance = [](int k, double p) {
        double c = 1;
        for (int i = 0; i < k; ++i) c = c * (20 - i) / (i + 1);
        return c * std::pow(p, k) * std::pow(1 - p, 20 - k);
    };
    double below = 0, up_to = 0;
    for (int k = 0; k <= 3; ++k) {
        if (k < 3) below += chance(k, bounds.low);
        up_to += chance(k, bounds.high);
    }
    EXPECT_NEAR(1 - below, 0.05, 1e-12);
    EXPECT_NEAR(up_to, 0.05, 1e-12);
}

}  // namespace
}  // namespace pgprompt
