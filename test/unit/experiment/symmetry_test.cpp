// A sceptic's checks: swapping the arms, going further away, and what small samples do, by exact enumeration.
#include <gtest/gtest.h>

#include <cmath>

#include "core/experiment/always_valid.h"
#include "core/experiment/bayes.h"
#include "core/experiment/contingency.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/planning.h"
#include "core/experiment/proportions.h"
#include "core/experiment/quantile_sequence.h"
#include "core/experiment/random.h"
#include "core/experiment/rate_intervals.h"
#include "core/experiment/sample_ratio.h"
#include "core/experiment/spending.h"
#include "core/experiment/stratified.h"

namespace pgprompt {
namespace {

UserSums sums(int64_t users, const std::string (&texts)[9]) {
    return {users, texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6], texts[7], texts[8]};
}

// Every two-sample test answers with opposite sign and the same p-value when a and b change places.
void expect_mirrored(const Comparison& ab, const Comparison& ba) {
    ASSERT_TRUE(ab.p_value && ba.p_value) << ab.note;
    EXPECT_NEAR(*ab.p_value, *ba.p_value, 1e-12 * *ab.p_value);
    EXPECT_NEAR(*ab.difference, -*ba.difference, 1e-13);
    EXPECT_NEAR(*ab.statistic, -*ba.statistic, 1e-12);
    EXPECT_NEAR(*ab.ci_low, -*ba.ci_high, 1e-12);
    EXPECT_NEAR(*ab.ci_high, -*ba.ci_low, 1e-12);
}

TEST(Symmetry, TheArmsMayChangePlaces) {
    Random random(31);
    for (int i = 0; i < 300; ++i) {
        const auto n_a = static_cast<int64_t>(5 + random.below(400)),
                   n_b = static_cast<int64_t>(5 + random.below(400));
        const auto x_a = static_cast<int64_t>(random.below(static_cast<size_t>(n_a))) + 1,
                   x_b = static_cast<int64_t>(random.below(static_cast<size_t>(n_b))) + 1;
        if (x_a + x_b == n_a + n_b) continue;
        expect_mirrored(two_proportion_test(x_a, n_a, x_b, n_b).take(),
                        two_proportion_test(x_b, n_b, x_a, n_a).take());
        expect_mirrored(two_rate_test(x_a, n_a, x_b, n_b).take(), two_rate_test(x_b, n_b, x_a, n_a).take());
        EXPECT_NEAR(beta_binomial_test(x_a, n_a, x_b, n_b).take().prob_b_beats_a,
                    1 - beta_binomial_test(x_b, n_b, x_a, n_a).take().prob_b_beats_a, 1e-12);
        EXPECT_NEAR(fisher_exact_test(x_a, n_a - x_a, x_b, n_b - x_b).take().p_two_sided,
                    fisher_exact_test(x_b, n_b - x_b, x_a, n_a - x_a).take().p_two_sided, 1e-12);
        EXPECT_NEAR(*farrington_manning_equivalence_test(x_a, n_a, x_b, n_b, 0.1).take().p_value,
                    *farrington_manning_equivalence_test(x_b, n_b, x_a, n_a, 0.1).take().p_value, 1e-9);
        if (n_a < 30 || n_b < 30 || x_a == n_a || x_b == n_b) continue;
        expect_mirrored(
            always_valid_test(contrast_of_successes(x_a, n_a, x_b, n_b).take(), 0.01, 0.05).take().comparison,
            always_valid_test(contrast_of_successes(x_b, n_b, x_a, n_a).take(), 0.01, 0.05)
                .take()
                .comparison);
    }
    const std::string a[] = {"300", "1000", "150", "300", "500", "200", "500", "650", "330"},
                      b[] = {"330", "1200", "140", "280", "520", "205", "520", "730", "310"};
    for (bool adjust : {false, true}) {
        for (MetricKind kind : {MetricKind::per_row, MetricKind::per_user}) {
            const Contrast ab = contrast_of_sums(sums(100, a), sums(110, b), kind, adjust).take(),
                           ba = contrast_of_sums(sums(110, b), sums(100, a), kind, adjust).take();
            expect_mirrored(fixed_test(ab, 0.05), fixed_test(ba, 0.05));
            expect_mirrored(always_valid_test(ab, 0.02, 0.05).take().comparison,
                            always_valid_test(ba, 0.02, 0.05).take().comparison);
        }
    }
    EXPECT_NEAR(sample_ratio_sequential({100, 150, 90}, std::vector<double>{2, 3, 1}, 1000.0).take().log_e,
                sample_ratio_sequential({90, 100, 150}, std::vector<double>{1, 2, 3}, 1000.0).take().log_e,
                1e-10);
}

// Further from equality: smaller p, intervals further up; more users, more power.
TEST(Monotonicity, MoreEvidenceIsNeverLess) {
    for (int64_t x_a : {3, 20, 50}) {
        double z_p = 2, exact_p = 2, valid_p = 2, less_p = 2, ci_low = -2, ci_high = -2, lift_low = -2;
        for (int64_t x_b = x_a; x_b <= 100; ++x_b) {
            const Comparison c = two_proportion_test(x_a, 100, x_b, 100).take();
            EXPECT_LE(*c.p_value, z_p);
            EXPECT_GE(*c.ci_low, ci_low);
            EXPECT_GE(*c.ci_high, ci_high);
            EXPECT_GE(*c.lift_low, lift_low);
            z_p = *c.p_value, ci_low = *c.ci_low, ci_high = *c.ci_high, lift_low = *c.lift_low;
            const double mid = fisher_exact_test(x_a, 100 - x_a, x_b, 100 - x_b).take().p_mid;
            EXPECT_LE(mid, exact_p * (1 + 1e-12));
            exact_p = mid;
            const double margin = *farrington_manning_test(x_a, 100, x_b, 100, -0.1).take().p_value;
            EXPECT_LE(margin, less_p);
            less_p = margin;
            const auto valid = always_valid_test(contrast_of_successes(x_a, 100, x_b, 100).take(), 0.05, 0.05)
                                   .take()
                                   .comparison.p_value;
            ASSERT_TRUE(valid);
            EXPECT_LE(*valid, valid_p);
            valid_p = *valid;
        }
    }
    double power = 0, always = 0, mde = 10;
    for (double n = 10; n < 1e6; n *= 1.5) {
        const double now = power_two_proportions(0.1, 0.11, n, 0.05).take(),
                     valid = power_always_valid(0.01, 0.3, n, n, 0.001, 0.05).take(),
                     least = detectable_two_proportions(0.1, n, 0.05, 0.8).take();
        EXPECT_GE(now, power);
        EXPECT_GE(valid, always);
        EXPECT_LT(valid, now + 1e-9) << "one look of the always-valid test finds no more than a planned one";
        EXPECT_TRUE(least < mde || std::isinf(least));
        power = now, always = valid;
        if (std::isfinite(least)) mde = least;
    }
    double last = 100;
    for (const NextLook& look :
         spending_boundaries({0.2, 0.4, 0.6, 0.8, 1}, 0.05, Spending::obrien_fleming).take()) {
        EXPECT_LT(look.look.boundary, last);
        EXPECT_GE(look.look.boundary, 1.959963984540054);  // never easier than one planned look
        last = look.look.boundary;
    }
}

double chance(int n, int k, double p) {
    return std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) + k * std::log(p) +
                    (n - k) * std::log1p(-p));
}

// The chance that a property of two counts holds, summed over all tables.
template <class Property>
double probability(int n_a, double p_a, int n_b, double p_b, Property&& property) {
    double sum = 0;
    for (int x_a = 0; x_a <= n_a; ++x_a) {
        for (int x_b = 0; x_b <= n_b; ++x_b) {
            const double weight = chance(n_a, x_a, p_a) * chance(n_b, x_b, p_b);
            if (weight > 1e-12 && property(x_a, x_b)) sum += weight;
        }
    }
    return sum;
}

TEST(SmallSamples, TestsKeepTheirLevelAndIntervalsTheirCoverage) {
    struct Size {
        int a, b;
    };
    double fisher_most = 0, z_most = 0, rate_most = 0, equivalence_most = 0, difference_least = 1,
           ratio_least = 1;
    for (const Size n : {Size{10, 10}, Size{20, 20}, Size{30, 15}, Size{45, 10}}) {
        for (double p : {0.05, 0.1, 0.3, 0.5}) {
            const auto rejects = [&](auto&& test) { return probability(n.a, p, n.b, p, test); };
            fisher_most =
                std::max(fisher_most, rejects([&](int a, int b) {
                             return fisher_exact_test(a, n.a - a, b, n.b - b).take().p_two_sided <= 0.05;
                         }));
            z_most = std::max(z_most, rejects([&](int a, int b) {
                                  return *two_proportion_test(a, n.a, b, n.b).take().p_value <= 0.05;
                              }));
            rate_most = std::max(rate_most, rejects([&](int a, int b) {
                                     return *two_rate_test(a, n.a, b, n.b).take().p_value <= 0.05;
                                 }));
            // The true difference lies just on the margin.
            equivalence_most = std::max(
                equivalence_most, probability(n.a, p, n.b, p + 0.3, [&](int a, int b) {
                    return *farrington_manning_equivalence_test(a, n.a, b, n.b, 0.3).take().p_value <= 0.05;
                }));
            difference_least =
                std::min(difference_least, probability(n.a, p, n.b, p + 0.1, [&](int a, int b) {
                             const Comparison c = two_proportion_test(a, n.a, b, n.b).take();
                             return *c.ci_low <= 0.1 && 0.1 <= *c.ci_high;
                         }));
            ratio_least = std::min(ratio_least, probability(n.a, p, n.b, 1.5 * p, [&](int a, int b) {
                                       const Comparison c = two_proportion_test(a, n.a, b, n.b).take();
                                       return *c.lift_low <= 0.5 && 0.5 <= *c.lift_high;
                                   }));
        }
    }
    EXPECT_LE(fisher_most, 0.05);  // by construction
    EXPECT_LE(z_most, 0.07);      // asymptotic: thin tables of unequal arms are why two_rate_test takes mid-p
    EXPECT_LE(rate_most, 0.058);  // mid-p where the table is thin
    EXPECT_LE(equivalence_most, 0.065);  // asymptotic
    EXPECT_GE(difference_least, 0.94);
    EXPECT_GE(ratio_least, 0.94);
    EXPECT_GT(z_most, 0.04);  // neither test is merely idle
    EXPECT_GT(equivalence_most, 0.02);
    for (int n : {5, 12, 40}) {
        double mean = 0;
        for (int step = 1; step < 50; ++step) {
            const double p = step / 50.0;
            double exact = 0, wilson = 0;
            for (int x = 0; x <= n; ++x) {
                const Bounds e = clopper_pearson_interval(x, n, 0.05).take(),
                             w = wilson_interval(x, n, 0.05).take();
                exact += chance(n, x, p) * (e.low <= p && p <= e.high);
                wilson += chance(n, x, p) * (w.low <= p && p <= w.high);
            }
            EXPECT_GE(exact, 0.95 - 1e-12) << p;
            mean += wilson / 49;
        }
        EXPECT_NEAR(mean, 0.95, 0.012) << n;
    }
}

// Equal percentiles, looked at again and again, with ties and without.
TEST(SmallSamples, TheSequenceOfPercentilesSeldomAlarms) {
    Random random(47);
    int alarms = 0;
    constexpr int kRuns = 200;
    for (int run = 0; run < kRuns; ++run) {
        std::vector<double> a, b;
        bool alarm = false;
        for (int user = 1; user <= 400 && !alarm; ++user) {
            for (auto* arm : {&a, &b}) {
                const double latency = -std::log(1 - random.uniform());
                arm->push_back(run % 2 == 0 ? latency : std::round(latency));
            }
            if (user % 40 == 0)
                alarm =
                    quantile_sequence_test(a, b, run % 3 == 0 ? 0.9 : 0.5, 200, 0.05).take().p_value <= 0.05;
        }
        alarms += alarm;
    }
    EXPECT_LE(alarms, kRuns / 20 + 6);
    // And finds what is there.
    std::vector<double> a, b;
    for (int user = 0; user < 400; ++user) {
        a.push_back(random.uniform());
        b.push_back(random.uniform() + 0.25);
    }
    EXPECT_LT(quantile_sequence_test(a, b, 0.5, 200, 0.05).take().p_value, 0.001);
}

}  // namespace
}  // namespace pgprompt
