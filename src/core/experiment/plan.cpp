// The plan of an experiment: what planning.h computes, put together.
#include <algorithm>
#include <cmath>

#include "core/experiment/always_valid.h"
#include "core/experiment/arguments.h"
#include "core/experiment/planning.h"

namespace pgprompt {
namespace {

void check(const PlanInput& in) {
    arguments::finite("baseline", in.baseline);
    if (in.baseline == 0) arguments::refuse("baseline", "not be 0", in.baseline);
    arguments::finite("mde", in.relative_mde);
    if (in.relative_mde == 0) arguments::refuse("mde", "not be 0", in.relative_mde);
    if (in.variance) {
        arguments::positive("variance", *in.variance);
    } else {
        arguments::open_unit("baseline", in.baseline);
        const double rate = in.baseline * (1 + in.relative_mde);
        if (!(rate >= 0 && rate <= 1)) {
            arguments::refuse("mde", "leave a rate between 0 and 1", in.relative_mde,
                              "It is relative to the baseline: 0.1 makes 0.22 of 0.2.");
        }
    }
    arguments::units("daily_users", in.daily_users);
    if (in.variants < 2 || in.variants > 10000)
        arguments::refuse("variants", "lie between 2 and 10000", in.variants);
    if (in.weeks < 1 || in.weeks > 520) arguments::refuse("weeks", "lie between 1 and 520", in.weeks);
    arguments::alpha(in.alpha);
    arguments::open_unit("power", in.power);
    if (in.power <= in.alpha) arguments::refuse("power", "exceed alpha", in.power);
}

}  // namespace

Result<Plan> plan_experiment(const PlanInput& in) noexcept {
    return protect([&] {
        check(in);
        const bool rate = !in.variance;
        const double alpha = in.alpha / (in.variants - 1), effect = in.baseline * in.relative_mde;
        const double variance = rate ? in.baseline * (1 - in.baseline) : *in.variance;
        const double sigma = std::sqrt(variance), size = std::fabs(effect);
        if (!(size > 0 && std::isfinite(size))) arguments::beyond_precision();
        Plan out;
        out.users_per_variant = std::ceil(
            rate ? sample_size_two_proportions(in.baseline, in.baseline + effect, alpha, in.power).take()
                 : sample_size_two_means(effect, sigma, alpha, in.power).take());
        out.rho2 = mixture_rho2(effect, sigma).take();
        out.users_per_variant_sequential =
            std::ceil(size_always_valid(effect, sigma, 0.5, out.rho2, alpha, in.power).take() / 2);
        out.days = std::ceil(out.users_per_variant * in.variants / in.daily_users);
        out.days_sequential = std::ceil(out.users_per_variant_sequential * in.variants / in.daily_users);
        for (int week = 1; week <= in.weeks; ++week) {
            PlanWeek row;
            const double n = row.users_per_variant = std::floor(7 * week * in.daily_users / in.variants);
            if (n >= 2) {
                row.detectable =
                    rate ? detectable_two_proportions(in.baseline, n, alpha, in.power, effect < 0).take()
                         : detectable_two_means(sigma, n, alpha, in.power).take() / effect * in.relative_mde;
                row.power = rate ? power_two_proportions(in.baseline, in.baseline + effect, n, alpha).take()
                                 : power_two_means(effect, sigma, n, alpha).take();
                row.detectable_sequential =
                    detectable_always_valid(sigma, n, n, out.rho2, alpha, in.power).take() / size *
                    in.relative_mde;
                row.power_sequential = power_always_valid(effect, sigma, n, n, out.rho2, alpha).take();
            } else {
                row.detectable = row.detectable_sequential = std::copysign(INFINITY, in.relative_mde);
            }
            out.weeks.push_back(row);
        }
        return out;
    });
}

}  // namespace pgprompt
