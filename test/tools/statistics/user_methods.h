// Contrasts of users' totals, and exact moments, of a reference file.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/always_valid.h"
#include "two_sample_methods.h"

namespace reference {

// Sums under the names of UserSums.
inline pgprompt::UserMoments moments(const Inputs& in, bool covariate) {
    const auto text = [&](const char* name) { return in.has(name) ? in.text(name) : std::string(); };
    const std::string s = text("s"), ss = text("ss"), m = text("m"), mm = text("mm"), sm = text("sm");
    const std::string x = covariate ? text("x") : "", xx = covariate ? text("xx") : "";
    const std::string xs = covariate ? text("xs") : "", xm = covariate ? text("xm") : "";
    return pgprompt::moments_of({in.count(in.has("n") ? "n" : "users"), s, ss, m, mm, sm, x, xx, xs, xm})
        .take();
}

inline Computed stratified(const Inputs& in) {
    const MetricKind kind = in.text("kind") == "per_row" ? MetricKind::per_row : MetricKind::per_user;
    const bool cuped = in.raw("cuped").GetBool();
    std::vector<pgprompt::StratumPair> strata;
    for (const auto& stratum : in.raw("strata").GetArray()) {
        strata.push_back({moments(Inputs(stratum["a"]), cuped), moments(Inputs(stratum["b"]), cuped)});
    }
    const pgprompt::Contrast c = contrast_of(strata.data(), strata.size(), kind, cuped);
    const pgprompt::Comparison fixed = fixed_test(c, 0.05);
    const pgprompt::AlwaysValid always = always_valid_test(c, in.number("rho2"), 0.05, 2).take();
    Computed out = named(fixed);
    out.set_if("difference", fixed.difference);
    out.set_if("ci_low", fixed.ci_low);
    out.set_if("ci_high", fixed.ci_high);
    out.set_if("lift_low", fixed.lift_low);
    out.set_if("lift_high", fixed.lift_high);
    out.set("value_a", c.value_a);
    out.set("value_b", c.value_b);
    out.set("se_pooled", std::sqrt(c.variance_pooled));
    out.set("av_log_e", always.log_e);
    out.set_if("av_t", always.comparison.statistic);
    out.set_if("av_low", always.comparison.ci_low);
    out.set_if("av_high", always.comparison.ci_high);
    out.set_if("av_lift_low", always.comparison.lift_low);
    out.set_if("av_lift_high", always.comparison.lift_high);
    return out;
}

inline Computed welch_moments(const Inputs& in, Alternative alternative) {
    const pgprompt::Comparison test =
        pgprompt::welch_test(in.count("n_a"), in.number("mean_a"), in.number("var_a"), in.count("n_b"),
                             in.number("mean_b"), in.number("var_b"), 0.05, alternative)
            .take();
    Computed out = named(test);
    out.set_if("difference", test.difference);
    out.set_if("ci_low", test.ci_low);
    out.set_if("ci_high", test.ci_high);
    return out;
}

inline void add_users(Methods* to) {
    Methods& m = *to;
    m["stratified_contrast"] = stratified;
    m["welch_moments"] = [](const Inputs& in) { return welch_moments(in, Alternative::two_sided); };
    m["welch_moments_greater"] = [](const Inputs& in) { return welch_moments(in, Alternative::greater); };
    m["welch_moments_less"] = [](const Inputs& in) { return welch_moments(in, Alternative::less); };
    m["exact_moments"] = [](const Inputs& in) {
        const pgprompt::UserMoments moments_of_users = moments(in, false);
        Computed out;
        out.set("mean", moments_of_users.mean_s);
        out.set("sd", std::sqrt(moments_of_users.var_s));
        return out;
    };
    m["exact_ratio"] = [](const Inputs& in) {
        const pgprompt::UserMoments u = moments(in, false);
        Computed out;
        out.set("ratio", u.ratio);
        out.set("se", std::sqrt(u.var_e / u.users) / u.mean_m);
        return out;
    };
    m["fisher_table"] = [](const Inputs& in) {
        const std::vector<int64_t> t = in.counts("table");
        const pgprompt::FisherExact test = pgprompt::fisher_exact_test(t[0], t[1], t[2], t[3]).take();
        Computed out;
        out.set("p_less", test.p_less);
        out.set("p_greater", test.p_greater);
        out.set("p_two_sided", test.p_two_sided);
        out.set("p_mid", test.p_mid);
        return out;
    };
}

}  // namespace reference
