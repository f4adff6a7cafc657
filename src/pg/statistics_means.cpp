// SQL: tests of means, ratios and other estimates, as pure functions of moments and sums.
#include <limits>

#include "core/experiment/anova.h"
#include "core/experiment/bayes.h"
#include "core/experiment/dunnett.h"
#include "core/experiment/means.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/stratified.h"
#include "pg/statistics_call.h"

using namespace pgprompt;
using namespace pgprompt::pg;

PGPROMPT_FUNCTION(welch_test) {
    return answer(
        fcinfo,
        +[](Answer& out, int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b, double var_b,
            double alpha) { out << welch_test(n_a, mean_a, var_a, n_b, mean_b, var_b, alpha).take(); });
}

PGPROMPT_FUNCTION(fieller_test) {
    return answer(
        fcinfo, +[](Answer& out, double estimate_a, double variance_a, double estimate_b, double variance_b,
                    double covariance, double df, double alpha) {
            out << fieller_test(estimate_a, variance_a, estimate_b, variance_b, covariance, df, alpha).take();
        });
}

PGPROMPT_FUNCTION(ratio_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t users_a, Exact s_a, Exact ss_a, Exact m_a, Exact mm_a, Exact sm_a,
                    int64_t users_b, Exact s_b, Exact ss_b, Exact m_b, Exact mm_b, Exact sm_b, double alpha) {
            const UserSums a{users_a, s_a.text, ss_a.text, m_a.text, mm_a.text, sm_a.text, {}, {}, {}, {}};
            const UserSums b{users_b, s_b.text, ss_b.text, m_b.text, mm_b.text, sm_b.text, {}, {}, {}, {}};
            out << fixed_test(contrast_of_sums(a, b, MetricKind::per_row).take(), alpha);
        });
}

PGPROMPT_FUNCTION(stratified_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<int64_t> users_a, Exacts s_a, Exacts ss_a, Exacts m_a,
                    Exacts mm_a, Exacts sm_a, std::vector<int64_t> users_b, Exacts s_b, Exacts ss_b,
                    Exacts m_b, Exacts mm_b, Exacts sm_b, double alpha) {
            const SumColumns a{users_a, s_a.texts, ss_a.texts, m_a.texts, mm_a.texts, sm_a.texts};
            const SumColumns b{users_b, s_b.texts, ss_b.texts, m_b.texts, mm_b.texts, sm_b.texts};
            out << fixed_test(contrast_of_strata(a, b).take(), alpha);
        });
}

PGPROMPT_FUNCTION(cuped_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t users_a, Exact s_a, Exact ss_a, Exact x_a, Exact xx_a, Exact xs_a,
                    int64_t users_b, Exact s_b, Exact ss_b, Exact x_b, Exact xx_b, Exact xs_b, double alpha) {
            const UserSums a{users_a, s_a.text, ss_a.text, {}, {}, {}, x_a.text, xx_a.text, xs_a.text, {}};
            const UserSums b{users_b, s_b.text, ss_b.text, {}, {}, {}, x_b.text, xx_b.text, xs_b.text, {}};
            const Contrast contrast = contrast_of_sums(a, b, MetricKind::per_user, true).take();
            out << fixed_test(contrast, alpha) << contrast.theta;
        });
}

namespace {

void write(Answer& out, const FTest& test) {
    out << test.statistic << test.df1 << test.df2 << test.p_value << test.note;
}

void write(Answer& out, const MarginTest& test) {
    out << test.statistic << test.df << test.p_value << test.note;
}

}  // namespace

PGPROMPT_FUNCTION(anova_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<int64_t> n, std::vector<double> means,
                    std::vector<double> variances) { write(out, anova_test(n, means, variances).take()); });
}

PGPROMPT_FUNCTION(welch_anova_test) {
    return answer(
        fcinfo,
        +[](Answer& out, std::vector<int64_t> n, std::vector<double> means, std::vector<double> variances) {
            write(out, welch_anova_test(n, means, variances).take());
        });
}

PGPROMPT_FUNCTION(dunnett_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<int64_t> n, std::vector<double> means,
                    std::vector<double> variances, int control) {
            const int64_t position = static_cast<int64_t>(control) - 1;
            const DunnettTest test = dunnett_test(n, means, variances, position, cancel_requested).take();
            for (int64_t arm = 0, at = 0; arm < static_cast<int64_t>(n.size()); ++arm) {
                if (arm == position) continue;
                out << arm + 1;
                if (test.p_value.empty()) {
                    out << std::optional<double>() << std::optional<double>() << std::optional<double>();
                } else {
                    out << test.statistic[static_cast<size_t>(at)] << test.p_value[static_cast<size_t>(at)]
                        << test.df;
                    ++at;
                }
                out << test.note;
            }
        });
}

PGPROMPT_FUNCTION(welch_margin_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                    double var_b, double delta, std::string_view better) {
            write(out, welch_margin_test(n_a, mean_a, var_a, n_b, mean_b, var_b, delta,
                                         better_named(better).take())
                           .take());
        });
}

PGPROMPT_FUNCTION(welch_equivalence_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                    double var_b, double delta) {
            write(out, welch_equivalence_test(n_a, mean_a, var_a, n_b, mean_b, var_b, delta).take());
        });
}

PGPROMPT_FUNCTION(normal_posterior) {
    return answer(
        fcinfo,
        +[](Answer& out, double estimate, double se, double prior_mean, double prior_sd, double alpha) {
            const NormalPosterior p = normal_posterior(estimate, se, prior_mean, prior_sd, alpha).take();
            out << p.mean << p.sd << p.low << p.high << p.chance_to_win << p.expected_loss_choose_a
                << p.expected_loss_choose_b;
        });
}
