// Two-sample methods of a reference file.
#pragma once

#include <cmath>
#include <functional>

#include "core/experiment/anova.h"
#include "core/experiment/contingency.h"
#include "core/experiment/distributions.h"
#include "core/experiment/fieller.h"
#include "core/experiment/means.h"
#include "core/experiment/moments.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/proportions.h"
#include "core/experiment/rate_intervals.h"
#include "core/experiment/relative_delta.h"
#include "core/experiment/stratified.h"
#include "reference_file.h"

namespace reference {

using pgprompt::Alternative;
using pgprompt::MetricKind;
using Method = std::function<Computed(const Inputs&)>;
using Methods = std::map<std::string, Method>;

inline double alpha_of(const Inputs& in) {
    return in.has("conf") ? 1 - in.number("conf") : in.number("alpha", 0.05);
}

// One arm's sums under names such as sum_a, or sum_m_a and sum_d_a.
struct SumNames {
    std::string n = "n_", s = "sum_", ss = "sumsq_", m, mm, sm, x, xx, xs;
};

inline pgprompt::UserMoments moments(const Inputs& in, const SumNames& names, const std::string& arm) {
    const auto text = [&](const std::string& name) {
        return name.empty() ? "" : in.text((name + arm).c_str());
    };
    const std::string s = text(names.s), ss = text(names.ss), m = text(names.m), mm = text(names.mm),
                      sm = text(names.sm), x = text(names.x), xx = text(names.xx), xs = text(names.xs);
    return pgprompt::moments_of({in.count((names.n + arm).c_str()), s, ss, m, mm, sm, x, xx, xs, {}}).take();
}

inline pgprompt::Contrast contrast(const Inputs& in, const SumNames& names, MetricKind kind,
                                   bool cuped = false) {
    const pgprompt::StratumPair pair{moments(in, names, "a"), moments(in, names, "b")};
    return contrast_of(&pair, 1, kind, cuped);
}

// The two arms of a row that gives sums, or successes.
inline pgprompt::Contrast means_contrast(const Inputs& in) {
    if (!in.has("x_a")) return contrast(in, {}, MetricKind::per_user);
    const auto arm = [&](const char* x, const char* n) {
        const double units = in.number(n), p = in.number(x) / units;
        return pgprompt::moments_of_mean(units, p, p * (1 - p));
    };
    const pgprompt::StratumPair pair{arm("x_a", "n_a"), arm("x_b", "n_b")};
    return contrast_of(&pair, 1, MetricKind::per_user);
}

inline Computed named(const pgprompt::RelativeDelta& test) {
    Computed out;
    out.set_if("estimate", test.lift);
    out.set_if("se", test.se);
    out.set_if("t", test.statistic);
    out.set_if("df", test.df);
    out.set_if("p_value", test.p_value);
    out.set_if("ci_lower", test.ci_low);
    out.set_if("ci_upper", test.ci_high);
    return out;
}

inline Computed named(const pgprompt::Comparison& test) {
    Computed out;
    out.set_if("estimate", test.difference);
    out.set_if("diff", test.difference);
    out.set_if("se", test.se);
    out.set_if("t", test.statistic);
    out.set_if("z", test.statistic);
    out.set_if("df", test.df);
    out.set_if("p_value", test.p_value);
    out.set_if("ci_lower", test.ci_low);
    out.set_if("ci_upper", test.ci_high);
    return out;
}

inline Computed named(const pgprompt::ChiSquare& test, const char* statistic) {
    Computed out;
    out.set(statistic, test.statistic);
    out.set("df", test.df);
    out.set("p_value", test.p_value);
    return out;
}

inline Computed welch_sided(const Inputs& in, Alternative alternative) {
    const pgprompt::UserMoments a = moments(in, {}, "a"), b = moments(in, {}, "b");
    return named(pgprompt::welch_test(in.count("n_a"), a.mean_s, a.var_s, in.count("n_b"), b.mean_s, b.var_s,
                                      alpha_of(in), alternative)
                     .take());
}

inline Computed f_test(const Inputs& in, bool welch) {
    const std::vector<int64_t> n = in.counts("n");
    const std::vector<double> sum = in.numbers("sum"), squares = in.numbers("sumsq");
    std::vector<double> means, variances;
    for (size_t i = 0; i < n.size(); ++i) {
        const double units = static_cast<double>(n[i]);
        means.push_back(sum[i] / units);
        variances.push_back((squares[i] - sum[i] * sum[i] / units) / (units - 1));
    }
    const pgprompt::FTest test =
        (welch ? pgprompt::welch_anova_test(n, means, variances) : pgprompt::anova_test(n, means, variances))
            .take();
    Computed out;
    out.set_if("F", test.statistic);
    out.set_if("df1", test.df1);
    out.set_if("df2", test.df2);
    out.set_if("p_value", test.p_value);
    return out;
}

inline Computed lift_intervals(const Inputs& in) {
    const double a = in.number("mean_a"), b = in.number("mean_b"), c = in.number("crit");
    const double va = in.number("var_a") / in.number("n_a"), vb = in.number("var_b") / in.number("n_b");
    const pgprompt::LiftInterval interval = pgprompt::fieller(a, va, b, vb, 0, c);
    Computed out;
    out.set("fieller_lower", interval.low);
    out.set("fieller_upper", interval.high);
    out.set("fieller_g", c * c * va / (a * a));
    const double ratio = b / a, log_se = std::sqrt(va / (a * a) + vb / (b * b));
    out.set("logratio_lower", ratio * std::exp(-c * log_se) - 1);
    out.set("logratio_upper", ratio * std::exp(c * log_se) - 1);
    pgprompt::Contrast contrast;
    contrast.strata = 1;
    contrast.value_a = a, contrast.variance_a = va, contrast.value_b = contrast.plain_b = b,
    contrast.variance_b = vb;
    contrast.df = INFINITY;
    const pgprompt::RelativeDelta delta = relative_delta_test(contrast, pgprompt::normal_two_sided(c));
    out.set_if("delta_lower", delta.ci_low);
    out.set_if("delta_upper", delta.ci_high);
    return out;
}

inline Computed clustered_rows(const Inputs& in) {
    const SumNames names{"K_", "sum_s_", "sumsq_s_", "sum_m_", "sumsq_m_", "sum_sm_", "", "", ""};
    const pgprompt::Contrast c = contrast(in, names, MetricKind::per_row);
    const pgprompt::Comparison test = fixed_test(c, 0.05);
    Computed out;
    out.set("rate_a", c.value_a);
    out.set("rate_b", c.value_b);
    out.set("diff", *test.difference);
    out.set("se_user_delta", *test.se);
    out.set("z", *test.statistic);
    out.set("p_value", pgprompt::normal_two_sided(*test.statistic));
    out.set("se_CR0_statsmodels", *test.se * std::sqrt((c.users_a - 1) / c.users_a));
    return out;
}

inline void add_two_sample(Methods* to) {
    Methods& m = *to;
    for (const char* name : {"welch_t_relative_delta", "welch_t_relative_delta_proportion(var=p(1-p))"}) {
        m[name] = [](const Inputs& in) {
            return named(relative_delta_test(means_contrast(in), alpha_of(in)));
        };
    }
    m["welch_t_one_sided_greater_relative"] = [](const Inputs& in) {
        return named(relative_delta_test(means_contrast(in), alpha_of(in), Alternative::greater));
    };
    m["welch_t_one_sided_less_relative"] = [](const Inputs& in) {
        return named(relative_delta_test(means_contrast(in), alpha_of(in), Alternative::less));
    };
    m["welch_t_absolute"] = [](const Inputs& in) { return welch_sided(in, Alternative::two_sided); };
    m["welch_t_one_sided_greater_absolute"] = [](const Inputs& in) {
        return welch_sided(in, Alternative::greater);
    };
    m["welch_t_one_sided_less_absolute"] = [](const Inputs& in) {
        return welch_sided(in, Alternative::less);
    };
    m["two_prop_z_pooled"] = [](const Inputs& in) {
        const int64_t xa = in.count("x_a"), na = in.count("n_a"), xb = in.count("x_b"), nb = in.count("n_b");
        const pgprompt::Comparison test = pgprompt::two_proportion_test(xa, na, xb, nb, alpha_of(in)).take();
        Computed out = named(test);
        out.set("chi2", pgprompt::chi_square_test({xa, xb}, {na, nb}).take().statistic);
        const pgprompt::Bounds wald = pgprompt::wald_interval(xa, na, xb, nb, alpha_of(in)).take();
        out.set("ci_lower", wald.low);
        out.set("ci_upper", wald.high);
        return out;
    };
    m["two_prop_z_pooled_yates"] = [](const Inputs& in) {
        return named(pgprompt::yates_chi_square_test(in.count("x_a"), in.count("n_a"), in.count("x_b"),
                                                     in.count("n_b"))
                         .take(),
                     "chi2");
    };
    m["two_prop_z_unpooled"] = [](const Inputs& in) {
        const double z =
            pgprompt::unpooled_z(in.count("x_a"), in.count("n_a"), in.count("x_b"), in.count("n_b")).take();
        Computed out;
        out.set("z", z);
        out.set("p_value", pgprompt::normal_two_sided(z));
        return out;
    };
    m["chi2_k_variants"] = [](const Inputs& in) {
        return named(pgprompt::chi_square_test(in.counts("x"), in.counts("n")).take(), "chi2");
    };
    m["g_test_k_variants"] = [](const Inputs& in) {
        return named(pgprompt::g_test(in.counts("x"), in.counts("n")).take(), "G");
    };
    m["fisher_exact"] = [](const Inputs& in) {
        const int64_t xa = in.count("x_a"), xb = in.count("x_b");
        const pgprompt::FisherExact test =
            pgprompt::fisher_exact_test(xa, in.count("n_a") - xa, xb, in.count("n_b") - xb).take();
        Computed out;
        out.set("p_greater", test.p_greater);
        out.set("p_two_sided", test.p_two_sided);
        return out;
    };
    m["exact_2x2"] = [](const Inputs& in) {
        const auto rows = in.raw("table").GetArray();
        const auto cell = [&](int i, int j) { return rows[i].GetArray()[j].GetInt64(); };
        Computed out;
        out.set(
            "fisher_two_sided",
            pgprompt::fisher_exact_test(cell(0, 0), cell(0, 1), cell(1, 0), cell(1, 1)).take().p_two_sided);
        return out;
    };
    m["two_prop_ci_score"] = [](const Inputs& in) {
        const int64_t xa = in.count("x_a"), na = in.count("n_a"), xb = in.count("x_b"), nb = in.count("n_b");
        const double alpha = alpha_of(in);
        Computed out;
        const auto set = [&](const std::string& name, const pgprompt::Bounds& bounds) {
            out.set(name + "_lower", bounds.low);
            out.set(name + "_upper", bounds.high);
        };
        set("mn_diff", pgprompt::score_interval_difference(xa, na, xb, nb, alpha).take());
        set("mn_ratio", pgprompt::score_interval_ratio(xa, na, xb, nb, alpha).take());
        set("newcombe", pgprompt::newcombe_interval(xa, na, xb, nb, alpha).take());
        set("katz_log_ratio", pgprompt::katz_interval(xa, na, xb, nb, alpha).take());
        return out;
    };
    m["one_prop_ci"] = [](const Inputs& in) {
        const pgprompt::Bounds wilson =
            pgprompt::wilson_interval(in.count("x"), in.count("n"), alpha_of(in)).take();
        const pgprompt::Bounds exact =
            pgprompt::clopper_pearson_interval(in.count("x"), in.count("n"), alpha_of(in)).take();
        Computed out;
        out.set("wilson_lower", wilson.low);
        out.set("wilson_upper", wilson.high);
        out.set("clopper_lower", exact.low);
        out.set("clopper_upper", exact.high);
        return out;
    };
    m["anova_k_variants"] = [](const Inputs& in) { return f_test(in, false); };
    m["welch_anova_k_variants"] = [](const Inputs& in) { return f_test(in, true); };
    m["relative_lift_ci"] = lift_intervals;
    m["noninferiority_score_diff_MN"] = [](const Inputs& in) {
        Computed out;
        out.set_if("z", pgprompt::farrington_manning_test(in.count("x2"), in.count("n2"), in.count("x1"),
                                                          in.count("n1"), in.number("delta0"),
                                                          pgprompt::Better::higher, true)
                            .take()
                            .statistic);
        return out;
    };
    m["noninferiority_farrington_manning"] = [](const Inputs& in) {
        const pgprompt::MarginTest test =
            pgprompt::farrington_manning_test(in.count("x_a"), in.count("n_a"), in.count("x_b"),
                                              in.count("n_b"), in.number("margin_diff"))
                .take();
        Computed out;
        out.set_if("z", test.statistic);
        out.set_if("p_value", test.p_value);
        out.set("p_a_constrained", test.p_a);
        out.set("p_b_constrained", test.p_b);
        return out;
    };
    m["noninferiority_welch_relative_margin"] = [](const Inputs& in) {
        const std::vector<double> n = in.numbers("n"), sum = in.numbers("sum"), squares = in.numbers("sumsq");
        const auto mean = [&](size_t i) { return sum[i] / n[i]; };
        const auto variance = [&](size_t i) { return (squares[i] - sum[i] * sum[i] / n[i]) / (n[i] - 1); };
        const pgprompt::MarginTest test =
            pgprompt::welch_margin_test(static_cast<int64_t>(n[0]), mean(0), variance(0),
                                        static_cast<int64_t>(n[2]), mean(2), variance(2),
                                        -in.number("rel_margin"))
                .take();
        Computed out;
        out.set_if("t", test.statistic);
        out.set_if("df", test.df);
        out.set_if("p_value", test.p_value);
        return out;
    };
    const SumNames cuped{"n_", "sum_y_", "sumsq_y_", "", "", "", "sum_x_", "sumsq_x_", "sum_xy_"};
    m["cuped_relative"] = [=](const Inputs& in) {
        const pgprompt::Contrast c = contrast(in, cuped, MetricKind::per_user, true);
        Computed out = named(relative_delta_test(c, 0.05));
        out.set("theta", c.theta);
        return out;
    };
    m["cuped_absolute"] = [=](const Inputs& in) {
        const pgprompt::Contrast c = contrast(in, cuped, MetricKind::per_user, true);
        Computed out = named(fixed_test(c, 0.05));
        out.set("theta", c.theta);
        return out;
    };
    const SumNames ratio{"n_", "sum_m_", "sumsq_m_", "sum_d_", "sumsq_d_", "sum_md_", "", "", ""};
    m["ratio_metric_delta_relative"] = [=](const Inputs& in) {
        const pgprompt::Contrast c = contrast(in, ratio, MetricKind::per_row);
        Computed out = named(relative_delta_test(c, 0.05));
        out.set("ratio_a", c.value_a);
        out.set("ratio_b", c.value_b);
        out.set("var_a", c.variance_a * c.users_a);
        out.set("var_b", c.variance_b * c.users_b);
        return out;
    };
    m["ratio_metric_delta_absolute"] = [=](const Inputs& in) {
        return named(fixed_test(contrast(in, ratio, MetricKind::per_row), 0.05));
    };
    m["clustered_rows_delta_method"] = clustered_rows;
}

}  // namespace reference
