#include <gtest/gtest.h>

#include "core/experiment/always_valid.h"
#include "core/experiment/assignment.h"
#include "core/experiment/means.h"
#include "core/experiment/moments.h"
#include "core/experiment/multiplicity.h"
#include "core/experiment/proportions.h"
#include "core/experiment/sample_ratio.h"
#include "core/experiment/stratified.h"

namespace pgprompt {
namespace {

void near(double got, double want, double relative) {
    EXPECT_NEAR(got, want, relative * std::abs(want));
}

TEST(Methods, Proportions) {
    const Comparison c = two_proportion_test(100, 1000, 130, 1000).take();
    near(*c.statistic, 2.102740605622114, 1e-13);
    near(*c.p_value, 0.03548845046647471, 1e-12);
    near(*c.ci_low, 0.002041597211754983, 1e-9);
    near(*c.ci_high, 0.05817247365991307, 1e-9);
    near(1 + *c.lift_low, 1.017802853799194, 1e-9);
    near(1 + *c.lift_high, 1.6613591655976103, 1e-9);
    const Comparison d = two_proportion_test(9, 400, 3, 400).take();
    near(*d.ci_low, -0.03560825597359771, 1e-9);
    near(*d.ci_high, 0.0021795555716794686, 1e-9);
    near(1 + *d.lift_low, 0.09803025328583521, 1e-9);
    near(1 + *d.lift_high, 1.1292916637098127, 1e-9);
    const Comparison cats = two_proportion_test(8502, 44700, 8279, 45489).take();
    // The Cookie Cats gate test: 7-day retention, 1-day retention.
    near(*cats.statistic, -3.1643589127482, 1e-12);
    near(*cats.p_value, 0.00155424997561429, 1e-11);
    near(*two_proportion_test(20034, 44700, 20119, 45489).take().p_value, 0.0744096552969188, 1e-11);
    for (auto [xa, na, xb, nb] : {std::tuple{0, 10, 0, 10},
                                  {10, 10, 10, 10},
                                  {0, 10, 10, 10},
                                  {10, 10, 0, 10},
                                  {1, 1, 0, 1},
                                  {0, 5, 3, 10},
                                  {3, 10, 0, 5}}) {
        const Comparison e = two_proportion_test(xa, na, xb, nb).take();
    }
}

TEST(Methods, WelchAndRatio) {
    UserSums a{3407, "1396.87", "52377.9767", {}, {}, {}, {}, {}, {}, {}},
        b{3461, "2422.7", "134698.29", {}, {}, {}, {}, {}, {}, {}};
    const UserMoments ma = moments_of(a).take(), mb = moments_of(b).take();
    const Comparison c = welch_test(3407, ma.mean_s, ma.var_s, 3461, mb.mean_s, mb.var_s).take();
    near(*c.p_value, 0.020158402643586957, 1e-12);
    near(*c.ci_low, 0.045377892559290034, 1e-12);
    near(*c.df, 5841.742032093565, 1e-12);
    const StratumPair pair{ma, mb};
    const Comparison f = fixed_test(contrast_of(&pair, 1, MetricKind::per_row), .05);
    near(*f.p_value, 0.020158402643586957, 1e-12);
    UserSums ra{
        1966, "94605.79858780127", "10463129.505392816", "936", "936", "94605.79858780127", {}, {}, {}, {}};
    UserSums rb{2034, "99673.9364269569", "11298745.182728939", "947", "947", "99673.9364269569", {}, {}, {},
                {}};
    const StratumPair r{moments_of(ra).take(), moments_of(rb).take()};
    const Comparison g = fixed_test(contrast_of(&r, 1, MetricKind::per_row), .05);
    near(*g.p_value, 0.0026535260363896853, 1e-10);
    near(*g.df, 3970.5615240253373, 1e-12);
    near(*g.se, 1.3892631386717398, 1e-12);
    UserSums ca{3001, "300", "600", {}, {}, {}, "210", "415", "-20", {}},
        cb{3000, "222", "555", {}, {}, {}, "120", "405", "-10", {}};
    const StratumPair cp{moments_of(ca).take(), moments_of(cb).take()};
    const Contrast cc = contrast_of(&cp, 1, MetricKind::per_user, true);
    const Comparison h = fixed_test(cc, .05);
    near(*h.difference, -0.02816132827514771, 1e-12);
    near(*h.p_value, 0.011029368646360718, 1e-11);
    near(*h.lift, -0.2817071538457276, 1e-12);
    near(*h.df, 5995.24042250744, 1e-12);
    near(cc.variance, cc.variance_a + cc.variance_b - 2 * cc.covariance, 1e-12);
}

TEST(Methods, AlwaysValid) {
    near(mixture_log_e(2.8, 96, 1 / 99.), 1.4698466323084727, 1e-12);
    near(mixture_log_e(3.5, 6459, 814.1222448697522 / (814.1222448697522 + 6461)), 4.339642525846697, 1e-12);
    near(mixture_boundary(98, 1 / 101., .05), 3.3475397424021307, 1e-12);
}

TEST(Methods, SampleRatio) {
    near(sample_ratio_chi_square({310, 98}, {.75, .25}).take().p_value, 0.647434185701797, 1e-12);
    near(sample_ratio_sequential({38, 38, 17}, {.4, .4, .2}, std::vector<double>{1, 1, 1}).take().log_e,
         -3.681900877259011, 1e-12);
    near(sample_ratio_sequential({5200, 4800}, std::vector<double>{.5, .5}, 1000.0).take().log_e,
         6.075817651588295, 1e-11);
    near(sample_ratio_sequential({SampleRatioStratum{{5200, 4800}, {.5, .5}}}, {.5, .5}).take().log_e,
         6.075817651588295, 1e-11);
}

TEST(Methods, Multiplicity) {
    auto hommel =
        adjust_p_values({0.898, 0.138, 0.007, 0.964, 0.538, 0.006, 0.138}, Adjustment::hommel).take();
    const double want[] = {0.964, 0.552, 0.042, 0.964, 0.964, 0.036, 0.552};
    for (int i = 0; i < 7; ++i) near(hommel[i], want[i], 1e-14);
}

TEST(Methods, Layout) {
    auto l = initial_layout({50, 25, 25}).take();
    auto m = relayout(l, {25, 50, 25}).take();
    EXPECT_EQ(buckets_moved(l, m).take(), 2500);
    EXPECT_EQ(m[1], (Buckets{{2500, 7500}}));
}

}  // namespace
}  // namespace pgprompt
