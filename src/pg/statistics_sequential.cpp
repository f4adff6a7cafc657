// SQL: tests that may be read at any time or at planned looks, and many questions at once.
#include "core/experiment/always_valid.h"
#include "core/experiment/betting.h"
#include "core/experiment/multiplicity.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/sample_ratio.h"
#include "core/experiment/spending.h"
#include "core/experiment/stratified.h"
#include "pg/statistics_call.h"

using namespace pgprompt;
using namespace pgprompt::pg;

namespace {

void write(Answer& out, const Contrast& contrast, double rho2, double alpha) {
    const AlwaysValid test = always_valid_test(contrast, rho2, alpha).take();
    out << test.comparison << test.log_e;
}

}  // namespace

PGPROMPT_FUNCTION(always_valid_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                    double var_b, double rho2, double alpha) {
            write(out, contrast_of_means(n_a, mean_a, var_a, n_b, mean_b, var_b).take(), rho2, alpha);
        });
}

PGPROMPT_FUNCTION(always_valid_proportion_test) {
    return answer(
        fcinfo,
        +[](Answer& out, int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double rho2, double alpha) {
            write(out, contrast_of_successes(x_a, n_a, x_b, n_b).take(), rho2, alpha);
        });
}

PGPROMPT_FUNCTION(always_valid_ratio_test) {
    return answer(
        fcinfo, +[](Answer& out, int64_t users_a, Exact s_a, Exact ss_a, Exact m_a, Exact mm_a, Exact sm_a,
                    int64_t users_b, Exact s_b, Exact ss_b, Exact m_b, Exact mm_b, Exact sm_b, double rho2,
                    double alpha) {
            const UserSums a{users_a, s_a.text, ss_a.text, m_a.text, mm_a.text, sm_a.text, {}, {}, {}, {}};
            const UserSums b{users_b, s_b.text, ss_b.text, m_b.text, mm_b.text, sm_b.text, {}, {}, {}, {}};
            write(out, contrast_of_sums(a, b, MetricKind::per_row).take(), rho2, alpha);
        });
}

PGPROMPT_FUNCTION(always_valid_stratified_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<int64_t> users_a, Exacts s_a, Exacts ss_a, Exacts m_a,
                    Exacts mm_a, Exacts sm_a, std::vector<int64_t> users_b, Exacts s_b, Exacts ss_b,
                    Exacts m_b, Exacts mm_b, Exacts sm_b, double rho2, double alpha) {
            const SumColumns a{users_a, s_a.texts, ss_a.texts, m_a.texts, mm_a.texts, sm_a.texts};
            const SumColumns b{users_b, s_b.texts, ss_b.texts, m_b.texts, mm_b.texts, sm_b.texts};
            write(out, contrast_of_strata(a, b).take(), rho2, alpha);
        });
}

PGPROMPT_FUNCTION(always_valid_margin_test) {
    return answer(
        fcinfo,
        +[](Answer& out, int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b, double var_b,
            double margin, double rho2, std::string_view better, bool relative, double alpha) {
            const Contrast contrast = contrast_of_means(n_a, mean_a, var_a, n_b, mean_b, var_b).take();
            const Margin rule{margin, relative, better_named(better).take()};
            const MarginReading reading = margin_sequence(contrast, rule, rho2, alpha).take();
            out << margin_state_name(reading.state) << reading.low << reading.high << reading.note;
        });
}

PGPROMPT_FUNCTION(always_valid_rho2) {
    return answer(
        fcinfo, +[](Answer& out, double minimum_detectable_effect, double sigma) {
            out << mixture_rho2(minimum_detectable_effect, sigma).take();
        });
}

PGPROMPT_FUNCTION(always_valid_rho2_planned) {
    return answer(
        fcinfo, +[](Answer& out, double users_a, double users_b, double alpha) {
            out << mixture_rho2_planned(users_a, users_b, alpha).take();
        });
}

PGPROMPT_FUNCTION(betting_test) {
    return answer(
        fcinfo, +[](Answer& out, Flags treated, std::vector<double> outcomes, std::vector<double> rho,
                    int64_t batch_size, double alpha) {
            const auto users = betting_users(treated, outcomes, rho).take();
            const BettingReading reading = betting_test(users, batch_size, alpha, cancel_requested).take();
            out << reading.users << reading.log_e << reading.p_value << reading.interval.low
                << reading.interval.high;
        });
}

PGPROMPT_FUNCTION(betting_fold) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> state, Flags treated, std::vector<double> outcomes,
                    std::vector<double> rho, double delta) {
            BettingState folded = betting_state(state).take();
            const auto users = betting_users(treated, outcomes, rho).take();
            betting_fold(&folded, users.data(), users.size(), delta).take();
            out << betting_numbers(folded);
        });
}

PGPROMPT_FUNCTION(betting_evidence) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> state) {
            const double log_e = betting_log_e(betting_state(state).take());
            out << log_e << p_value_of(log_e);
        });
}

PGPROMPT_FUNCTION(spending_boundaries) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> information, double alpha, std::string_view spending,
                    double rho) {
            const Spending plan = spending_named(spending).take();
            int look = 0;
            for (const NextLook& next :
                 spending_boundaries(information, alpha, plan, rho, cancel_requested).take())
                out << ++look << next.look.information << next.look.boundary << next.cumulated_alpha;
        });
}

PGPROMPT_FUNCTION(next_boundary) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> information, std::vector<double> boundaries,
                    double next_information, double alpha, std::string_view spending, double rho) {
            const std::vector<Look> log = looks_of(information, boundaries).take();
            const Spending plan = spending_named(spending).take();
            const NextLook next = next_look(log, next_information, alpha, plan, rho, cancel_requested).take();
            out << next.look.information << next.look.boundary << next.cumulated_alpha;
        });
}

PGPROMPT_FUNCTION(crossing_probabilities) {
    return answer(
        fcinfo,
        +[](Answer& out, std::vector<double> information, std::vector<double> boundaries, double drift) {
            const std::vector<Look> looks = looks_of(information, boundaries).take();
            out << crossing_probabilities(looks, drift, cancel_requested).take();
        });
}

PGPROMPT_FUNCTION(adjust_p_values) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> p, std::string_view method) {
            out << adjust_p_values(p, adjustment_named(method).take()).take();
        });
}

PGPROMPT_FUNCTION(e_bh) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<double> e, double alpha) { out << e_bh(e, alpha).take(); });
}

PGPROMPT_FUNCTION(srm_test) {
    return answer(
        fcinfo, +[](Answer& out, std::vector<int64_t> observed, std::vector<double> weights) {
            const ChiSquare fixed = sample_ratio_chi_square(observed, weights).take();
            const SequentialSampleRatio sequential = sample_ratio_sequential(observed, weights).take();
            out << fixed.statistic << fixed.df << fixed.p_value << sequential.log_e << sequential.p_value
                << (sequential.p_value < kSampleRatioAlarm);
        });
}
