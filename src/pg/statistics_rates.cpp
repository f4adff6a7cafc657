// SQL: tests and intervals of success rates, as pure functions of counts.
#include "core/experiment/bayes.h"
#include "core/experiment/contingency.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/proportions.h"
#include "core/experiment/rate_intervals.h"
#include "pg/statistics_call.h"

using namespace pgprompt;
using namespace pgprompt::pg;

PGPROMPT_FUNCTION(two_proportion_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) {
            out << two_proportion_test(x_a, n_a, x_b, n_b, alpha).take();
        });
}

PGPROMPT_FUNCTION(two_rate_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) {
            out << two_rate_test(x_a, n_a, x_b, n_b, alpha).take();
        });
}

PGPROMPT_FUNCTION(fisher_exact_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t a, int64_t b, int64_t c, int64_t d) {
            const FisherExact test = fisher_exact_test(a, b, c, d, cancel_requested).take();
            out << test.p_two_sided << test.p_mid << test.p_less << test.p_greater;
        });
}

namespace {

void write(Answer& out, const ChiSquare& test) {
    out << test.statistic << test.df << test.p_value;
}

// Two one-sided answers have the same columns.
void write(Answer& out, const MarginTest& test) {
    out << test.statistic << test.p_value << test.p_a << test.p_b << test.note;
}

}  // namespace

PGPROMPT_FUNCTION(chi_square_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<int64_t> successes, std::vector<int64_t> totals) {
            write(out, chi_square_test(successes, totals).take());
        });
}

PGPROMPT_FUNCTION(g_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<int64_t> successes, std::vector<int64_t> totals) {
            write(out, g_test(successes, totals).take());
        });
}

PGPROMPT_FUNCTION(farrington_manning_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double margin,
                    std::string_view better) {
            write(out,
                  farrington_manning_test(x_a, n_a, x_b, n_b, margin, better_named(better).take()).take());
        });
}

PGPROMPT_FUNCTION(farrington_manning_equivalence_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double margin) {
            write(out, farrington_manning_equivalence_test(x_a, n_a, x_b, n_b, margin).take());
        });
}

PGPROMPT_FUNCTION(proportion_interval) {
    return answer(
        fcinfo, +[](Answer& out, int64_t x, int64_t n, double alpha) {
            const Bounds score = wilson_interval(x, n, alpha).take();
            const Bounds exact = clopper_pearson_interval(x, n, alpha).take();
            out << score.low << score.high << exact.low << exact.high;
        });
}

PGPROMPT_FUNCTION(beta_binomial_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double prior_successes,
                    double prior_failures, double alpha) {
            const BetaBinomial test = beta_binomial_test(x_a, n_a, x_b, n_b, prior_successes, prior_failures,
                                                         alpha, cancel_requested)
                                          .take();
            out << test.prob_b_beats_a << test.expected_loss_choose_a << test.expected_loss_choose_b
                << test.mean_a << test.low_a << test.high_a << test.mean_b << test.low_b << test.high_b;
        });
}
