#include "core/experiment/planning.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/experiment/always_valid.h"
#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/mixtures.h"

namespace pgprompt {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double exceeds(double shift, double critical) {
    return normal_sf(critical - shift) + normal_sf(critical + shift);
}

// The least x >= low at which the increasing function reaches `target`; infinite if it does not by 1e15.
template <class Function>
double reach(double low, double target, Function&& value) {
    if (value(low) >= target) return low;
    double high = low;
    do {
        low = high;
        high *= 2;
        if (high > 1e15) return kInfinity;
    } while (value(high) < target);
    for (int i = 0; i < 200; ++i) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        (value(middle) < target ? low : high) = middle;
    }
    return high;
}

void check_power(double power, double alpha) {
    arguments::alpha(alpha);
    arguments::open_unit("power", power);
    if (power <= alpha) arguments::refuse("power", "exceed alpha", power);
}

void check_rates(double p1, double p2) {
    arguments::probability("p1", p1);
    arguments::probability("p2", p2);
    if (p1 == p2) arguments::refuse("p2", "differ from p1", p2);
}

// The shift in standard errors that is found with the power against a critical value.
double detectable_shift(double critical, double power) {
    if (std::isinf(critical)) return kInfinity;
    return reach(1e-6, power, [&](double shift) { return exceeds(shift, critical); });
}

double two_means_power(double delta, double sd, double n, double alpha) {
    const double df = 2 * (n - 1);
    return noncentral_student_sf(student_upper_quantile(alpha / 2, df), df,
                                 std::sqrt(n / 2) * std::fabs(delta) / sd);
}

}  // namespace

Result<double> power_two_proportions(double p1, double p2, double n, double alpha) noexcept {
    return protect([&] {
        check_rates(p1, p2);
        arguments::units("n_per_arm", n);
        arguments::alpha(alpha);
        const double both = p1 + p2, own = p1 * (1 - p1) + p2 * (1 - p2), distance = std::fabs(p2 - p1);
        const double excess =
            std::sqrt(n) * distance - normal_upper_quantile(alpha / 2) * std::sqrt(both * (1 - both / 2));
        return own > 0 ? normal_cdf(excess / std::sqrt(own)) : excess > 0 ? 1.0 : 0.0;
    });
}

Result<double> sample_size_two_proportions(double p1, double p2, double alpha, double power) noexcept {
    return protect([&] { return total_size_two_proportions(p1, p2, 0.5, alpha, power).take() / 2; });
}

Result<double> total_size_two_proportions(double p1, double p2, double share_a, double alpha,
                                          double power) noexcept {
    return protect([&] {
        check_rates(p1, p2);
        check_power(power, alpha);
        arguments::open_unit("share_a", share_a);
        const double share_b = 1 - share_a, pooled = share_a * p1 + share_b * p2;
        const double under_null = pooled * (1 - pooled) * (1 / share_a + 1 / share_b);
        const double own = p1 * (1 - p1) / share_a + p2 * (1 - p2) / share_b;
        const double root = normal_upper_quantile(alpha / 2) * std::sqrt(under_null) +
                            normal_upper_quantile(1 - power) * std::sqrt(own);
        return root * root / ((p2 - p1) * (p2 - p1));
    });
}

Result<double> power_two_means(double delta, double sd, double n, double alpha) noexcept {
    return protect([&] {
        arguments::finite("delta", delta);
        arguments::positive("sd", sd);
        arguments::units("n_per_arm", n);
        if (n < 2) arguments::refuse("n_per_arm", "be at least 2", n);
        arguments::alpha(alpha);
        return std::clamp(two_means_power(delta, sd, n, alpha), 0.0, 1.0);
    });
}

Result<double> sample_size_two_means(double delta, double sd, double alpha, double power) noexcept {
    return protect([&] {
        arguments::finite("delta", delta);
        if (delta == 0) arguments::refuse("delta", "not be 0", delta);
        arguments::positive("sd", sd);
        check_power(power, alpha);
        const double z = normal_upper_quantile(alpha / 2) + normal_upper_quantile(1 - power);
        const double normal = 2 * z * z * sd * sd / (delta * delta);
        if (normal > 1e6) return normal + z * z / 4;  // the t correction is below 1e-6 of it, and slow
        return reach(2, power, [&](double n) { return two_means_power(delta, sd, n, alpha); });
    });
}

Result<double> power_relative_lift(double mean, double variance, double lift, double n,
                                   double alpha) noexcept {
    return protect([&] {
        arguments::finite("mean", mean);
        if (mean == 0) arguments::refuse("mean", "not be 0", mean);
        arguments::positive("variance", variance);
        arguments::finite("lift", lift);
        arguments::units("n_per_arm", n);
        arguments::alpha(alpha);
        const double se = std::sqrt(variance * (1 + (1 + lift) * (1 + lift)) / n) / std::fabs(mean);
        return std::min(1.0, exceeds(lift / se, normal_upper_quantile(alpha / 2)));
    });
}

Result<double> detectable_relative_lift(double mean, double variance, double n, double alpha,
                                        double power) noexcept {
    return protect([&] {
        arguments::finite("mean", mean);
        if (mean == 0) arguments::refuse("mean", "not be 0", mean);
        arguments::positive("variance", variance);
        arguments::units("n_per_arm", n);
        check_power(power, alpha);
        // lift^2 = k (1 + (1 + lift)^2), the positive root; none where k >= 1.
        const double z = normal_upper_quantile(alpha / 2) + normal_upper_quantile(1 - power);
        const double k = z * z * variance / (n * mean * mean);
        return k < 1 ? (k + std::sqrt(k * k + 2 * k * (1 - k))) / (1 - k) : kInfinity;
    });
}

Result<double> rate_after(double baseline, double relative_mde) noexcept {
    return protect([&] {
        arguments::open_unit("baseline", baseline);
        arguments::finite("relative_mde", relative_mde);
        if (relative_mde == 0) arguments::refuse("relative_mde", "not be 0", relative_mde);
        const double rate = baseline * (1 + relative_mde);
        if (!(rate >= 0 && rate <= 1)) {
            arguments::refuse("relative_mde", "leave a rate between 0 and 1", relative_mde,
                              "It is relative to the baseline: 0.1 makes 0.22 of 0.2.");
        }
        if (rate == baseline) arguments::refuse("relative_mde", "change the rate", relative_mde);
        return rate;
    });
}

Result<double> detectable_two_proportions(double baseline, double n, double alpha, double power,
                                          bool downward) noexcept {
    return protect([&] {
        arguments::open_unit("baseline", baseline);
        arguments::units("n_per_arm", n);
        check_power(power, alpha);
        const double end = downward ? 0 : 1;
        const auto found = [&](double share) {  // share of the way from the baseline to the end
            return power_two_proportions(baseline, baseline + share * (end - baseline), n, alpha).take() >=
                   power;
        };
        if (!found(1)) return downward ? -kInfinity : kInfinity;
        double low = 1e-14, high = 1;
        for (int i = 0; i < 200 && low < high; ++i) {
            const double middle = std::sqrt(low * high);
            if (middle <= low || middle >= high) break;
            (found(middle) ? high : low) = middle;
        }
        return high * (end - baseline) / baseline;
    });
}

Result<double> detectable_two_means(double sd, double n, double alpha, double power) noexcept {
    return protect([&] {
        arguments::positive("sd", sd);
        arguments::units("n_per_arm", n);
        if (n < 2) arguments::refuse("n_per_arm", "be at least 2", n);
        check_power(power, alpha);
        const double unit = sd * std::sqrt(2 / n);
        // Beyond a million the t correction is below 1e-6 of it, and slow.
        if (n > 1e6) return unit * (normal_upper_quantile(alpha / 2) + normal_upper_quantile(1 - power));
        return unit *
               reach(1e-6, power, [&](double shift) { return two_means_power(shift * unit, sd, n, alpha); });
    });
}

Result<double> detectable_always_valid(double sigma, double users_a, double users_b, double rho2,
                                       double alpha, double power) noexcept {
    return protect([&] {
        check_power(power, alpha);
        power_always_valid(0, sigma, users_a, users_b, rho2, alpha).take();  // checks the rest
        const double nu = users_a + users_b - 2, h = users_a * users_b / (users_a + users_b);
        if (!(nu > 0)) return kInfinity;
        return sigma / std::sqrt(h) *
               detectable_shift(mixture_boundary(nu, 1 / (1 + rho2 * h), alpha), power);
    });
}

Result<double> days_to_reach(double users_needed, double users_now, double users_per_day) noexcept {
    return protect([&] {
        if (!(users_needed >= 0)) arguments::refuse("users_needed", "not be negative", users_needed);
        arguments::not_negative("users_now", users_now);
        arguments::not_negative("users_per_day", users_per_day);
        if (users_now >= users_needed) return 0.0;
        return users_per_day > 0 ? (users_needed - users_now) / users_per_day : kInfinity;
    });
}

Result<double> power_against(double effect, double se, double critical) noexcept {
    return protect([&] {
        arguments::finite("effect", effect);
        arguments::positive("se", se);
        if (!(critical >= 0)) arguments::refuse("critical", "not be negative", critical);
        return std::isinf(critical) ? 0.0 : std::min(1.0, exceeds(effect / se, critical));
    });
}

Result<double> power_always_valid(double effect, double sigma, double users_a, double users_b, double rho2,
                                  double alpha) noexcept {
    return protect([&] {
        arguments::finite("effect", effect);
        arguments::positive("sigma", sigma);
        arguments::units("users_a", users_a);
        arguments::units("users_b", users_b);
        arguments::positive("rho2", rho2);
        arguments::alpha(alpha);
        const double nu = users_a + users_b - 2, h = users_a * users_b / (users_a + users_b);
        if (!(nu > 0)) return 0.0;
        const double critical = mixture_boundary(nu, 1 / (1 + rho2 * h), alpha);
        const double se = sigma / std::sqrt(h);
        if (!(se > 0)) arguments::beyond_precision();
        return power_against(effect, se, critical).take();
    });
}

Result<double> size_always_valid(double effect, double sigma, double share_b, double rho2, double alpha,
                                 double power) noexcept {
    return protect([&] {
        if (!(share_b >= 1e-9 && share_b <= 1 - 1e-9))
            arguments::refuse("share_b", "lie between 1e-9 and 1 - 1e-9", share_b);
        arguments::open_unit("power", power);
        if (effect == 0) arguments::refuse("effect", "not be 0", effect);
        power_always_valid(effect, sigma, 2, 2, rho2, alpha).take();  // checks the rest
        return reach(4 / std::min(share_b, 1 - share_b), power, [&](double n) {
            return power_always_valid(effect, sigma, n * (1 - share_b), n * share_b, rho2, alpha).take();
        });
    });
}

Result<double> growth_fixed(double effect, double se, double alpha, double power) noexcept {
    return protect([&] {
        arguments::finite("effect", effect);
        if (effect == 0) arguments::refuse("effect", "not be 0", effect);
        arguments::positive("se", se);
        check_power(power, alpha);
        const double critical = normal_upper_quantile(alpha / 2);
        return reach(1, power,
                     [&](double s) { return exceeds(std::fabs(effect) / se * std::sqrt(s), critical); });
    });
}

Result<double> growth_sequential(double effect, double se, double n, double n_star, double alpha,
                                 double power) noexcept {
    return protect([&] {
        arguments::finite("effect", effect);
        if (effect == 0) arguments::refuse("effect", "not be 0", effect);
        arguments::positive("se", se);
        arguments::positive("n", n);
        check_power(power, alpha);
        const double rho2 = asymptotic_rho2(n_star, alpha).take();
        return reach(1, power, [&](double s) {
            return exceeds(std::fabs(effect) / se * std::sqrt(s), asymptotic_critical(n * s, rho2, alpha));
        });
    });
}

}  // namespace pgprompt
