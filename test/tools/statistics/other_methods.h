// Distributions, multiplicity, sequential, Bayesian and planning methods of a reference file.
#pragma once

#include <string>

#include "core/experiment/always_valid.h"
#include "core/experiment/bayes.h"
#include "core/experiment/betting.h"
#include "core/experiment/distributions.h"
#include "core/experiment/dunnett.h"
#include "core/experiment/mixtures.h"
#include "core/experiment/multiplicity.h"
#include "core/experiment/planning.h"
#include "core/experiment/quantile_sequence.h"
#include "core/experiment/quantiles.h"
#include "core/experiment/sample_ratio.h"
#include "core/experiment/spending.h"
#include "core/experiment/thompson.h"
#include "two_sample_methods.h"

namespace reference {

inline Computed single(const char* name, double value) {
    Computed out;
    out.set(name, value);
    return out;
}

inline double p_of_log_e(double log_e) {
    return log_e > 0 ? std::exp(-log_e) : 1;
}

inline Computed evidence(double log_e) {
    Computed out;
    out.set("log_e", log_e);
    out.set("p_value", p_of_log_e(log_e));
    return out;
}

// NIST's NumAcc series: the first value, then pairs of the alternating ones; sums kept exactly, in tenths.
inline Computed running_moments(const Inputs& in) {
    const auto tenths = [](double value) { return static_cast<__int128>(std::llround(value * 10)); };
    const auto decimal = [](__int128 value, int places) {
        std::string digits;
        for (; value > 0; value /= 10) digits.insert(digits.begin(), static_cast<char>('0' + value % 10));
        return digits + "e-" + std::to_string(places);
    };
    const std::vector<double> alternating = in.numbers("then_alternating");
    __int128 s = tenths(in.number("first")), ss = s * s;
    for (int64_t i = 1; i < in.count("n"); ++i) {
        const __int128 value = tenths(alternating[static_cast<size_t>((i - 1) % 2)]);
        s += value;
        ss += value * value;
    }
    const std::string sum = decimal(s, 1), squares = decimal(ss, 2);
    const pgprompt::UserMoments m =
        pgprompt::moments_of({in.count("n"), sum, squares, {}, {}, {}, {}, {}, {}, {}}).take();
    Computed out;
    out.set("mean", m.mean_s);
    out.set("sd", std::sqrt(m.var_s));
    return out;
}

inline void add_distributions(Methods* to) {
    Methods& m = *to;
    m["running_moments"] = running_moments;
    m["norm_two_sided_tail"] = [](const Inputs& in) {
        return single("p_value", pgprompt::normal_two_sided(in.number("z")));
    };
    m["t_two_sided_tail"] = [](const Inputs& in) {
        return single("p_value", pgprompt::student_two_sided(in.number("t"), in.number("df")));
    };
    m["t_upper_quantile"] = [](const Inputs& in) {
        return single("t", pgprompt::student_upper_quantile(in.number("q"), in.number("df")));
    };
    m["norm_quantile"] = [](const Inputs& in) {
        return single("z", pgprompt::normal_upper_quantile(in.number("q")));
    };
    m["f_upper_tail"] = [](const Inputs& in) {
        return single("p_value", pgprompt::f_sf(in.number("F"), in.number("df1"), in.number("df2")));
    };
    m["chi2_upper_tail"] = [](const Inputs& in) {
        return single("p_value", pgprompt::chi_square_sf(in.number("x"), in.number("df")));
    };
    m["t_quantile"] = [](const Inputs& in) {
        return single("q", pgprompt::student_upper_quantile(1 - in.number("p"), in.number("df")));
    };
}

inline void add_multiplicity(Methods* to) {
    Methods& m = *to;
    const std::pair<const char*, const char*> adjustments[] = {
        {"holm", "holm"},         {"benjamini_hochberg", "bh"}, {"benjamini_yekutieli", "by"},
        {"hochberg", "hochberg"}, {"hommel", "hommel"},         {"bonferroni", "bonferroni"}};
    for (const auto& [method, name] : adjustments) {
        const pgprompt::Adjustment adjustment = pgprompt::adjustment_named(name).take();
        m[method] = [adjustment](const Inputs& in) {
            Computed out;
            out.set("adj", adjust_p_values(in.numbers("p"), adjustment).take());
            return out;
        };
    }
    m["e_bh"] = [](const Inputs& in) {
        const std::vector<bool> rejected = pgprompt::e_bh(in.numbers("e"), in.number("alpha")).take();
        Computed out;
        out.set("rejected", std::vector<double>(rejected.begin(), rejected.end()));
        return out;
    };
    m["dunnett_critical_two_sided"] = [](const Inputs& in) {
        const std::vector<double> loadings(static_cast<size_t>(in.count("treatments")),
                                           std::sqrt(in.number("rho")));
        return single("c", pgprompt::dunnett_critical(loadings, in.number("df"), in.number("alpha")).take());
    };
    m["dunnett_tail"] = [](const Inputs& in) {
        const std::vector<double> loadings(static_cast<size_t>(in.count("treatments")), std::sqrt(0.5));
        return single("p_value", pgprompt::dunnett_sf(in.number("t"), loadings, in.number("df")).take());
    };
    m["dunnett_adjusted_p"] = [](const Inputs& in) {
        const std::vector<double> n = in.numbers("n"), sum = in.numbers("sum"), squares = in.numbers("sumsq");
        std::vector<double> means, variances;
        for (size_t i = 0; i < n.size(); ++i) {
            means.push_back(sum[i] / n[i]);
            variances.push_back((squares[i] - sum[i] * sum[i] / n[i]) / (n[i] - 1));
        }
        const pgprompt::DunnettTest test =
            pgprompt::dunnett_test(in.counts("n"), means, variances, in.count("control")).take();
        Computed out;
        out.set("t", test.statistic);
        out.set("p_adj", test.p_value);
        return out;
    };
}

inline void add_always_valid(Methods* to) {
    Methods& m = *to;
    m["asympcs_two_sided"] = [](const Inputs& in) {
        const pgprompt::Contrast c = means_contrast(in);
        const pgprompt::RelativeDelta test = relative_delta_test(c, 0.05);
        const double n = c.users_a + c.users_b, alpha = alpha_of(in);
        const double rho2 = pgprompt::asymptotic_rho2(in.number("N_star"), alpha).take();
        const double half = pgprompt::asymptotic_critical(n, rho2, alpha) * *test.se;
        Computed out = evidence(pgprompt::asymptotic_log_e(*test.statistic, n, rho2));
        out.set("rho", std::sqrt(rho2));
        out.set("halfwidth", half);
        out.set("ci_lower", *test.lift - half);
        out.set("ci_upper", *test.lift + half);
        return out;
    };
    m["asympcs_one_sided"] = [](const Inputs& in) {
        const pgprompt::Contrast c = means_contrast(in);
        const pgprompt::RelativeDelta test = relative_delta_test(c, 0.05);
        const double n = c.users_a + c.users_b, alpha = alpha_of(in);
        const double rho2 = pgprompt::asymptotic_rho2(in.number("N_star"), 2 * alpha).take();
        const double half = pgprompt::asymptotic_critical_one_sided(n, rho2, alpha) * *test.se;
        Computed out;
        out.set("halfwidth", half);
        out.set("lower_greater", *test.lift - half);
        out.set("upper_less", *test.lift + half);
        return out;
    };
    m["asympcs_rho2_exact"] = [](const Inputs& in) {
        Computed out;
        out.set("N_rho2", pgprompt::asymptotic_rho2_exact(in.number("N_star"), alpha_of(in)).take());
        out.set("N_rho2_approx", pgprompt::asymptotic_rho2(in.number("N_star"), alpha_of(in)).take());
        return out;
    };
    m["normal_mixture_two_sided"] = [](const Inputs& in) {
        const double rho = pgprompt::normal_mixture_rho(in.number("v_opt"), in.number("alpha_opt")).take();
        Computed out;
        out.set("best_rho", rho);
        out.set("log_mixture", pgprompt::normal_mixture_log(in.number("s"), in.number("v"), rho));
        out.set("bound", pgprompt::normal_mixture_bound(in.number("v"), rho, alpha_of(in)));
        return out;
    };
    m["normal_mixture_one_sided"] = [](const Inputs& in) {
        const double rho =
            pgprompt::normal_mixture_rho(in.number("v_opt"), 2 * in.number("alpha_opt")).take();
        Computed out;
        out.set("log_mixture", pgprompt::normal_mixture_log_one_sided(in.number("s"), in.number("v"), rho));
        out.set("bound", pgprompt::normal_mixture_bound_one_sided(in.number("v"), rho, alpha_of(in)));
        return out;
    };
    m["beta_binomial_mixture_two_sided"] = [](const Inputs& in) {
        const double g = in.number("g"), h = in.number("h"), v = in.number("v");
        const double r =
            pgprompt::beta_binomial_mixture_r(in.number("v_opt"), in.number("alpha_opt"), g, h).take();
        Computed out;
        out.set("log_mixture", pgprompt::beta_binomial_mixture_log(in.number("s"), v, r, g, h));
        out.set("bound", pgprompt::beta_binomial_mixture_bound(v, r, g, h, alpha_of(in)).take());
        return out;
    };
    m["bernoulli_confidence_sequence"] = [](const Inputs& in) {
        const pgprompt::Bounds bounds =
            pgprompt::rate_confidence_sequence(in.count("x"), in.count("n"), alpha_of(in), in.number("t_opt"))
                .take();
        Computed out;
        out.set("lower", bounds.low);
        out.set("upper", bounds.high);
        return out;
    };
    m["anytime_valid_quantile_ab_test"] = [](const Inputs& in) {
        const auto outcomes = [&](const char* arm) {  // "71..1070"
            const std::string range = in.text(arm);
            const double last = std::stod(range.substr(range.find("..") + 2));
            std::vector<double> values;
            for (double value = std::stod(range); value <= last; ++value) values.push_back(value);
            return values;
        };
        return single("p_value", pgprompt::quantile_sequence_test(outcomes("arm_a"), outcomes("arm_b"),
                                                                  in.number("quantile"), in.number("t_opt"),
                                                                  in.number("alpha_opt"))
                                     .take()
                                     .p_value);
    };
    // A normal mixture of variance tau on the difference, V the variance of its estimate, alpha/2 in the
    // bound.
    m["statsig_sequential_z"] = [](const Inputs& in) {
        const double v = in.number("var_c") / in.number("n_c") + in.number("var_t") / in.number("n_t");
        const double z = pgprompt::normal_upper_quantile(in.number("alpha") / 2), tau = v * z * z / 2;
        Computed out;
        out.set("tau", tau);
        out.set("z_star", pgprompt::normal_mixture_bound(1, v / tau, in.number("alpha") / 2));
        return out;
    };
    m["eppo_sequential_multiplier"] = [](const Inputs& in) {
        const double alpha = 1 - in.number("c"), t = in.number("t");
        const double rho = pgprompt::normal_mixture_rho(in.number("N_tune"), alpha).take();
        Computed out;
        out.set("rho", rho);
        out.set("B", pgprompt::normal_mixture_bound(t, rho, alpha) / std::sqrt(t));
        return out;
    };
    m["anytime_valid_t"] = [](const Inputs& in) {
        const double g = in.number("g");
        return evidence(pgprompt::mixture_log_e(in.number("t"), in.number("nu"), g / (g + in.number("n"))));
    };
    m["anytime_valid_t_radius"] = [](const Inputs& in) {
        const double g = in.number("g"), n = in.number("n");
        return single("radius_in_se",
                      pgprompt::mixture_boundary(n - in.number("coefs"), g / (g + n), alpha_of(in)));
    };
    m["anytime_valid_F_k_variants"] = [](const Inputs& in) {
        const double g = in.number("g");
        return evidence(pgprompt::f_mixture_log_e(in.number("F"), in.number("d"), in.number("nu"),
                                                  g / (g + in.number("n"))));
    };
    m["eprocess_betting_grid"] = [](const Inputs& in) {
        const std::vector<double> arms = in.numbers("arms"), y = in.numbers("y");
        pgprompt::BettingState state;
        for (size_t i = 0; i < arms.size(); ++i) {
            const pgprompt::BettingUser user{arms[i] == 1, y[i], in.number("rho")};
            pgprompt::betting_fold(&state, &user, 1).take();
        }
        return single("log_e", pgprompt::betting_log_e(state));
    };
    m["betting_batches"] = [](const Inputs& in) {
        const std::vector<double> arms = in.numbers("arms"), y = in.numbers("y"), rho = in.numbers("rho");
        std::vector<pgprompt::BettingUser> users;
        for (size_t i = 0; i < arms.size(); ++i) users.push_back({arms[i] == 1, y[i], rho[i]});
        const auto batch = static_cast<size_t>(in.count("batch"));
        pgprompt::BettingState state;
        for (size_t i = 0; i < users.size(); i += batch) {
            pgprompt::betting_fold(&state, &users[i], batch, in.number("delta")).take();
        }
        return single("log_e", pgprompt::betting_log_e(state));
    };
    m["srm_strata"] = [](const Inputs& in) {
        std::vector<pgprompt::SampleRatioStratum> strata;
        for (const auto& stratum : in.raw("strata").GetArray()) {
            const Inputs one(stratum);
            strata.push_back({one.counts("observed"), one.numbers("shares")});
        }
        return single("log_bf",
                      pgprompt::sample_ratio_sequential(strata, in.numbers("planned")).take().log_e);
    };
    m["eprocess_bernoulli_grid"] = [](const Inputs& in) {
        const std::vector<double> arms = in.numbers("arms"), y = in.numbers("y");
        pgprompt::BettingState state;
        for (size_t i = 0; i < arms.size(); ++i) {
            pgprompt::bernoulli_bet_fold(&state, {arms[i] == 1, y[i], in.number("rho")}).take();
        }
        return single("log_e", pgprompt::betting_log_e(state));
    };
    m["srm_sequential_dirichlet"] = [](const Inputs& in) {
        const std::vector<int64_t> counts = in.counts("counts");
        const pgprompt::SequentialSampleRatio test =
            in.raw("alpha0").IsArray()
                ? pgprompt::sample_ratio_sequential(counts, in.numbers("p0"), in.numbers("alpha0")).take()
                : pgprompt::sample_ratio_sequential(counts, in.numbers("p0"), in.number("k")).take();
        Computed out;
        out.set("log_bf", test.log_e);
        out.set("p_value", test.p_value);
        return out;
    };
    m["srm_chi2"] = [](const Inputs& in) {
        return named(pgprompt::sample_ratio_chi_square(in.counts("observed"), in.numbers("weights")).take(),
                     "chi2");
    };
}

inline Computed boundaries(const Inputs& in, pgprompt::Spending spending) {
    std::vector<double> bounds, spent;
    for (const pgprompt::NextLook& look :
         spending_boundaries(in.numbers("info"), in.number("alpha"), spending).take()) {
        bounds.push_back(look.look.boundary);
        spent.push_back(look.cumulated_alpha);
    }
    Computed out;
    out.set("bounds", bounds);
    out.set("cum_alpha", spent);
    return out;
}

inline void add_group_sequential(Methods* to) {
    Methods& m = *to;
    m["gst_pocock_constant"] = [](const Inputs& in) {
        return single("c",
                      pgprompt::pocock_constant(static_cast<int>(in.count("k")), in.number("alpha")).take());
    };
    m["gst_obrien_fleming_constant"] = [](const Inputs& in) {
        const int k = static_cast<int>(in.count("k"));
        const double c = pgprompt::obrien_fleming_constant(k, in.number("alpha")).take();
        std::vector<double> bounds;
        for (int i = 1; i <= k; ++i) bounds.push_back(c * std::sqrt(static_cast<double>(k) / i));
        Computed out;
        out.set("c", c);
        out.set("bounds", bounds);
        return out;
    };
    m["naive_peeking_fpr"] = [](const Inputs& in) {
        std::vector<pgprompt::Look> looks;
        for (int i = 1; i <= in.count("k"); ++i) {
            looks.push_back({static_cast<double>(i) / in.number("k"), in.number("z")});
        }
        return single("two_sided_fpr", crossing_probabilities(looks, 0).take().back());
    };
    m["gst_spending_lan_demets_obf"] = [](const Inputs& in) {
        return boundaries(in, pgprompt::Spending::obrien_fleming);
    };
    m["gst_spending_lan_demets_pocock"] = [](const Inputs& in) {
        return boundaries(in, pgprompt::Spending::pocock);
    };
    m["gst_spending_power_rho2"] = [](const Inputs& in) { return boundaries(in, pgprompt::Spending::power); };
}

inline void add_bayes(Methods* to) {
    Methods& m = *to;
    m["bayes_gaussian_effect"] = [](const Inputs& in) {
        const pgprompt::RelativeDelta test = relative_delta_test(means_contrast(in), 0.05);
        const pgprompt::NormalPosterior posterior =
            pgprompt::normal_posterior(*test.lift, *test.se, in.number("prior_mean", 0),
                                       std::sqrt(in.number("prior_var", INFINITY)))
                .take();
        Computed out;
        out.set("mean", posterior.mean);
        out.set("sd", posterior.sd);
        out.set("chance_to_win", posterior.chance_to_win);
        out.set("ci_lower", posterior.low);
        out.set("ci_upper", posterior.high);
        out.set("risk_control", posterior.expected_loss_choose_a);
        out.set("risk_treatment", posterior.expected_loss_choose_b);
        return out;
    };
    m["bayes_gaussian_risk"] = [](const Inputs& in) {
        Computed out;
        out.set("risk_control", pgprompt::expected_positive_part(in.number("mu"), in.number("sigma")));
        out.set("risk_treatment", pgprompt::expected_positive_part(-in.number("mu"), in.number("sigma")));
        return out;
    };
    m["bayes_beta_binomial"] = [](const Inputs& in) {
        const std::vector<double> prior = in.numbers("prior");
        const pgprompt::BetaBinomial test =
            pgprompt::beta_binomial_test(in.count("x_a"), in.count("n_a"), in.count("x_b"), in.count("n_b"),
                                         prior[0], prior[1])
                .take();
        Computed out;
        out.set("prob_b_beats_a", test.prob_b_beats_a);
        out.set("expected_loss_choose_a", test.expected_loss_choose_a);
        out.set("expected_loss_choose_b", test.expected_loss_choose_b);
        out.set("mean_a", test.mean_a);
        out.set("mean_b", test.mean_b);
        out.set("ci_a", {test.low_a, test.high_a});
        out.set("ci_b", {test.low_b, test.high_b});
        return out;
    };
    m["thompson_allocation_prob_best"] = [](const Inputs& in) {
        std::vector<pgprompt::BetaShape> arms;
        for (const auto& shape : in.raw("posteriors").GetArray()) {
            arms.push_back({shape.GetArray()[0].GetDouble(), shape.GetArray()[1].GetDouble()});
        }
        const std::vector<double> best = probability_best(arms).take();
        Computed out;
        out.set("prob_best", best);
        double sum = 0;
        for (double p : best) sum += p;
        out.set("sum", sum);
        return out;
    };
}

inline void add_planning(Methods* to) {
    Methods& m = *to;
    m["sample_size_two_prop"] = [](const Inputs& in) {
        return single("n_per_arm",
                      pgprompt::sample_size_two_proportions(in.number("p1"), in.number("p2"),
                                                            in.number("alpha"), in.number("power"))
                          .take());
    };
    m["power_two_prop"] = [](const Inputs& in) {
        return single("power", pgprompt::power_two_proportions(in.number("p1"), in.number("p2"),
                                                               in.number("n_per_arm"), in.number("alpha"))
                                   .take());
    };
    m["sample_size_two_mean_t"] = [](const Inputs& in) {
        return single("n_per_arm", pgprompt::sample_size_two_means(in.number("delta"), in.number("sd"),
                                                                   in.number("alpha"), in.number("power"))
                                       .take());
    };
    m["power_two_mean_t"] = [](const Inputs& in) {
        return single("power", pgprompt::power_two_means(in.number("delta"), in.number("sd"),
                                                         in.number("n_per_arm"), in.number("alpha"))
                                   .take());
    };
    m["power_relative_lift"] = [](const Inputs& in) {
        return single("power",
                      pgprompt::power_relative_lift(in.number("mean"), in.number("var"), in.number("lift"),
                                                    in.number("n_per_arm"), alpha_of(in))
                          .take());
    };
    m["power_relative_lift_sequential"] = [](const Inputs& in) {
        const double n = in.number("n_per_arm"), lift = in.number("lift"), mean = in.number("mean");
        const double se = std::sqrt(in.number("var") * (1 + (1 + lift) * (1 + lift)) / n) / mean;
        const double rho2 = pgprompt::asymptotic_rho2(in.number("N_star"), alpha_of(in)).take();
        const double critical = pgprompt::asymptotic_critical(2 * n, rho2, alpha_of(in));
        return single("power_single_look", pgprompt::power_against(lift, se, critical).take());
    };
    m["mde_relative_lift"] = [](const Inputs& in) {
        return single("mde", pgprompt::detectable_relative_lift(in.number("mean"), in.number("var"),
                                                                in.number("n_per_arm"), alpha_of(in),
                                                                in.number("power"))
                                 .take());
    };
    m["power_relative_lift_binomial_weekly"] = [](const Inputs& in) {
        const double p = in.number("p");
        std::vector<double> power;
        for (int week = 1; week <= in.count("weeks"); ++week) {
            power.push_back(pgprompt::power_relative_lift(p, p * (1 - p), in.number("lift"),
                                                          week * in.number("n_per_arm_per_week"),
                                                          alpha_of(in))
                                .take());
        }
        Computed out;
        out.set("power", power);
        return out;
    };
    m["runtime_scaling_factor_fixed"] = [](const Inputs& in) {
        const double se = *relative_delta_test(means_contrast(in), 0.05).se;
        return single(
            "additional_over_current",
            pgprompt::growth_fixed(in.number("mde"), se, alpha_of(in), in.number("power")).take() - 1);
    };
    m["runtime_scaling_factor_sequential"] = [](const Inputs& in) {
        const double se = *relative_delta_test(means_contrast(in), 0.05).se;
        return single("additional_over_current",
                      pgprompt::growth_sequential(in.number("mde"), se, in.number("n_a") + in.number("n_b"),
                                                  in.number("N_star"), alpha_of(in), in.number("power"))
                              .take() -
                          1);
    };
    m["quantile_order_statistic_ci"] = [](const Inputs& in) {
        const pgprompt::QuantileRanks ranks =
            pgprompt::quantile_ranks(in.count("n"), in.number("q"), alpha_of(in)).take();
        Computed out;
        out.set("lower_rank", static_cast<double>(ranks.lower_rank));
        out.set("upper_rank", static_cast<double>(ranks.upper_rank));
        out.set("coverage", ranks.coverage);
        return out;
    };
    m["quantile_diff_from_order_stat_ci"] = [](const Inputs& in) {
        const auto arm = [&](const std::string& name) {
            pgprompt::QuantileEstimate estimate;
            estimate.rows = in.count(("n_" + name).c_str());
            estimate.value = in.number(("q_" + name).c_str());
            estimate.low = in.number(("q_lo_" + name).c_str());
            estimate.high = in.number(("q_up_" + name).c_str());
            return estimate;
        };
        const pgprompt::Comparison test = quantile_test(arm("a"), arm("b"), alpha_of(in)).take();
        Computed out;
        out.set_if("mean", test.difference);
        out.set_if("sd", test.se);
        out.set_if("ci_lower", test.ci_low);
        out.set_if("ci_upper", test.ci_high);
        return out;
    };
}

}  // namespace reference
