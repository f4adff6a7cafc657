#include "core/experiment/stratified.h"

#include <cmath>
#include <string>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/fieller.h"

namespace pgprompt {
namespace {

// One arm of one stratum, reduced to a mean of a linearised per-user value and its covariance with x.
struct Arm {
    double users, value, variance, cov_x, var_x, mean_x;
};

Arm arm_of(const UserMoments& m, MetricKind kind) {
    if (kind == MetricKind::per_user) return {m.users, m.mean_s, m.var_s, m.cov_xs, m.var_x, m.mean_x};
    return {m.users, m.ratio, m.var_e / (m.mean_m * m.mean_m), m.cov_xe / m.mean_m, m.var_x, m.mean_x};
}

double pooled(double n_a, double value_a, double n_b, double value_b) {
    return ((n_a - 1) * value_a + (n_b - 1) * value_b) / (n_a + n_b - 2);
}

// CUPED's coefficient: covariance over variance of x, both arms taken as one sample.
double theta_of(const Arm& a, const Arm& b) {
    const double h = a.users * b.users / (a.users + b.users), apart = b.mean_x - a.mean_x;
    const double var_x = (a.users - 1) * a.var_x + (b.users - 1) * b.var_x + h * apart * apart;
    const double cov = (a.users - 1) * a.cov_x + (b.users - 1) * b.cov_x + h * apart * (b.value - a.value);
    return var_x > 0 ? cov / var_x : 0;
}

// The variance of the difference with the residuals of both arms pooled.
double pooled_variance(const UserMoments& a, const UserMoments& b, MetricKind kind, double theta) {
    double var_a = a.var_s, var_b = b.var_s, cov_a = a.cov_xs, cov_b = b.cov_xs, mean_m = 1;
    if (kind == MetricKind::per_row) {
        const double rows = a.users * a.mean_m + b.users * b.mean_m;
        const double r = (a.users * a.mean_s + b.users * b.mean_s) / rows;
        const double off_a = a.ratio - r, off_b = b.ratio - r;
        var_a = a.var_e + off_a * (2 * a.cov_em + off_a * a.var_m);
        var_b = b.var_e + off_b * (2 * b.cov_em + off_b * b.var_m);
        cov_a = a.cov_xe + off_a * a.cov_xm;
        cov_b = b.cov_xe + off_b * b.cov_xm;
        mean_m = rows / (a.users + b.users);
    }
    double variance = pooled(a.users, var_a, b.users, var_b);
    if (theta != 0) {
        theta *= mean_m;  // it belongs to residuals divided by the mean of m
        variance += theta * (theta * pooled(a.users, a.var_x, b.users, b.var_x) -
                             2 * pooled(a.users, cov_a, b.users, cov_b));
        variance = std::fmax(0, variance);
    }
    return variance / (mean_m * mean_m) * (1 / a.users + 1 / b.users);
}

bool usable(const UserMoments& m, MetricKind kind) {
    return m.users >= 2 && (kind == MetricKind::per_user || m.mean_m > 0);
}

// Moments of one arm; an error names the sum with its arm.
UserMoments arm_moments(const UserSums& sums, const char* arm) {
    Result<UserMoments> moments = moments_of(sums);
    if (moments.ok()) return *moments;
    Error error = moments.error();
    const size_t end = error.message.find(' ');
    const std::string name = " " + error.message.substr(0, end) + " ";
    if (std::string(" users s ss m mm sm x xx xs xm ").find(name) != std::string::npos)
        error.message.insert(end, arm);
    throw Failure(error);
}

}  // namespace

Result<Contrast> contrast_of_sums(const UserSums& a, const UserSums& b, MetricKind kind,
                                  bool adjust) noexcept {
    return protect([&] {
        const StratumPair pair{arm_moments(a, "_a"), arm_moments(b, "_b")};
        return contrast_of(&pair, 1, kind, adjust);
    });
}

Result<Contrast> contrast_of_strata(const SumColumns& a, const SumColumns& b) noexcept {
    return protect([&] {
        const size_t strata = a.users.size();
        for (const SumColumns* arm : {&a, &b}) {
            for (size_t length : {arm->users.size(), arm->s.size(), arm->ss.size(), arm->m.size(),
                                  arm->mm.size(), arm->sm.size()}) {
                if (length == strata) continue;
                arguments::refuse("every array behind users_a", "have as many elements as users_a",
                                  static_cast<double>(length), "Give one element for each stratum.");
            }
        }
        std::vector<StratumPair> pairs;
        for (size_t i = 0; i < strata; ++i) {
            const auto sums = [i](const SumColumns& arm) {
                return UserSums{arm.users[i], arm.s[i], arm.ss[i], arm.m[i], arm.mm[i],
                                arm.sm[i],    {},       {},        {},       {}};
            };
            pairs.push_back({arm_moments(sums(a), "_a"), arm_moments(sums(b), "_b")});
        }
        return contrast_of(pairs.data(), pairs.size(), MetricKind::per_row);
    });
}

Result<Contrast> contrast_of_means(int64_t n_a, double mean_a, double var_a, int64_t n_b, double mean_b,
                                   double var_b) noexcept {
    return protect([&] {
        arguments::count("n_a", n_a);
        arguments::finite("mean_a", mean_a);
        arguments::not_negative("var_a", var_a);
        arguments::count("n_b", n_b);
        arguments::finite("mean_b", mean_b);
        arguments::not_negative("var_b", var_b);
        const StratumPair pair{moments_of_mean(static_cast<double>(n_a), mean_a, var_a),
                               moments_of_mean(static_cast<double>(n_b), mean_b, var_b)};
        return contrast_of(&pair, 1, MetricKind::per_user);
    });
}

Result<Contrast> contrast_of_successes(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b) noexcept {
    return protect([&] {
        arguments::count("n_a", n_a);
        arguments::count("n_b", n_b);
        arguments::successes("x_a", x_a, n_a);
        arguments::successes("x_b", x_b, n_b);
        const StratumPair pair{moments_of_successes(static_cast<double>(x_a), static_cast<double>(n_a)),
                               moments_of_successes(static_cast<double>(x_b), static_cast<double>(n_b))};
        return contrast_of(&pair, 1, MetricKind::per_user);
    });
}

Result<Comparison> fieller_test(double estimate_a, double variance_a, double estimate_b, double variance_b,
                                double covariance, double df, double alpha) noexcept {
    return protect([&] {
        arguments::finite("estimate_a", estimate_a);
        arguments::not_negative("variance_a", variance_a);
        arguments::finite("estimate_b", estimate_b);
        arguments::not_negative("variance_b", variance_b);
        arguments::finite("covariance", covariance);
        if (std::fabs(covariance) > std::sqrt(variance_a) * std::sqrt(variance_b) * (1 + 1e-12)) {
            arguments::refuse("covariance", "not exceed the root of the product of the variances",
                              covariance);
        }
        if (!(df > 0))
            arguments::refuse("df", "be above 0", df, "Infinity reads against the normal distribution.");
        arguments::alpha(alpha);
        Contrast c;
        c.strata = 1;
        c.value_a = estimate_a;
        c.variance_a = variance_a;
        c.value_b = estimate_b;
        c.variance_b = variance_b;
        c.covariance = covariance;
        c.variance = std::fmax(0, variance_a + variance_b - 2 * covariance);
        c.df = df;
        return fixed_test(c, alpha);
    });
}

Contrast contrast_of(const StratumPair* strata, size_t count, MetricKind kind, bool adjust) noexcept {
    Contrast out;
    double df_weight = 0;
    for (size_t g = 0; g < count; ++g) {
        const UserMoments &ma = strata[g].a, &mb = strata[g].b;
        if (!usable(ma, kind) || !usable(mb, kind)) continue;
        const Arm a = arm_of(ma, kind), b = arm_of(mb, kind);
        const double theta = adjust && ma.has_covariate && mb.has_covariate ? theta_of(a, b) : 0;
        const double h = a.users * b.users / (a.users + b.users), square = h * h;
        const double adjusted_a =
            std::fmax(0, a.variance - theta * (2 * a.cov_x - theta * a.var_x)) / a.users;
        const double adjusted_b =
            std::fmax(0, b.variance - theta * (2 * b.cov_x - theta * b.var_x)) / b.users;
        const double own_a = a.variance / a.users;
        // value_b = value_a + D, D the adjusted difference: cov(value_a, D) = -cov(value_a, adjusted a).
        const double with_difference = -(a.variance - theta * a.cov_x) / a.users;
        const double difference = b.value - a.value - theta * (b.mean_x - a.mean_x);

        out.users_a += a.users;
        out.users_b += b.users;
        out.h += h;
        out.nu += a.users + b.users - 2;
        out.strata += 1;
        out.value_a += h * a.value;
        out.value_b += h * (a.value + difference);
        out.plain_b += h * b.value;
        out.theta += h * theta;
        out.variance_a += square * own_a;
        if (theta == 0) {
            out.variance_b += square * adjusted_b;
        } else {
            out.variance_b += square * (own_a + adjusted_a + adjusted_b + 2 * with_difference);
            out.covariance += square * (own_a + with_difference);
        }
        out.variance += square * (adjusted_a + adjusted_b);
        out.variance_pooled += square * pooled_variance(ma, mb, kind, theta);
        df_weight += square * square *
                     (adjusted_a * adjusted_a / (a.users - 1) + adjusted_b * adjusted_b / (b.users - 1));
    }
    if (out.strata == 0) return out;
    const double square = out.h * out.h;
    out.df = df_weight > 0 ? out.variance * out.variance / df_weight : 0;
    out.value_a /= out.h;
    out.value_b /= out.h;
    out.plain_b /= out.h;
    out.theta /= out.h;
    out.variance_a /= square;
    out.variance_b /= square;
    out.covariance /= square;
    out.variance /= square;
    out.variance_pooled /= square;
    return out;
}

Comparison fixed_test(const Contrast& c, double alpha) noexcept {
    Comparison out;
    if (c.strata == 0) {
        out.note = "an arm has fewer than two users";
        return out;
    }
    out.difference = c.difference();
    if (c.value_a != 0) out.lift = c.value_b / c.value_a - 1;
    settle(&out);
    const double se = std::sqrt(c.variance);
    if (!(se > 0) || !std::isfinite(se) || !(c.df > 0)) {
        out.note = se == 0 ? "no variance in either arm" : "the numbers are too large";
        return out;
    }
    const double t = c.difference() / se, critical = student_upper_quantile(alpha / 2, c.df);
    out.se = se;
    out.df = c.df;
    out.statistic = t;
    out.p_value = student_two_sided(t, c.df);
    out.ci_low = c.difference() - critical * se;
    out.ci_high = c.difference() + critical * se;
    set_lift(&out, c.value_a, c.value_b,
             fieller(c.value_a, c.variance_a, c.value_b, c.variance_b, c.covariance, critical));
    settle(&out);
    return out;
}

}  // namespace pgprompt
