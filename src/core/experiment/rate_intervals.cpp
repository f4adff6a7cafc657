#include "core/experiment/rate_intervals.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"

namespace pgprompt {
namespace {

struct Rate {
    double x, n, p;
};

Rate checked(const char* name_x, int64_t x, const char* name_n, int64_t n) {
    arguments::count(name_n, n);
    arguments::positive(name_n, static_cast<double>(n));
    arguments::successes(name_x, x, n);
    return {static_cast<double>(x), static_cast<double>(n), static_cast<double>(x) / static_cast<double>(n)};
}

double critical(double alpha) {
    arguments::alpha(alpha);
    return normal_upper_quantile(alpha / 2);
}

Bounds wilson(const Rate& rate, double z) {
    const double square = z * z, n = rate.n + square;
    const double centre = (rate.x + square / 2) / n;
    const double half = z * std::sqrt(rate.x * (rate.n - rate.x) / rate.n + square / 4) / n;
    return {rate.x == 0 ? 0 : std::max(0.0, centre - half),
            rate.x == rate.n ? 1 : std::min(1.0, centre + half)};
}

double unpooled_variance(const Rate& a, const Rate& b) {
    return a.p * (1 - a.p) / a.n + b.p * (1 - b.p) / b.n;
}

}  // namespace

Result<Bounds> wilson_interval(int64_t x, int64_t n, double alpha) noexcept {
    return protect([&] { return wilson(checked("x", x, "n", n), critical(alpha)); });
}

Result<Bounds> clopper_pearson_interval(int64_t x, int64_t n, double alpha) noexcept {
    return protect([&] {
        const Rate rate = checked("x", x, "n", n);
        arguments::alpha(alpha);
        return Bounds{rate.x == 0 ? 0 : beta_quantile(alpha / 2, rate.x, rate.n - rate.x + 1),
                      rate.x == rate.n ? 1 : beta_upper_quantile(alpha / 2, rate.x + 1, rate.n - rate.x)};
    });
}

Result<Bounds> newcombe_interval(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) noexcept {
    return protect([&] {
        const Rate a = checked("x_a", x_a, "n_a", n_a), b = checked("x_b", x_b, "n_b", n_b);
        const double z = critical(alpha), difference = b.p - a.p;
        const Bounds of_a = wilson(a, z), of_b = wilson(b, z);
        return Bounds{difference - std::hypot(b.p - of_b.low, of_a.high - a.p),
                      difference + std::hypot(of_b.high - b.p, a.p - of_a.low)};
    });
}

Result<Bounds> wald_interval(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) noexcept {
    return protect([&] {
        const Rate a = checked("x_a", x_a, "n_a", n_a), b = checked("x_b", x_b, "n_b", n_b);
        const double half = critical(alpha) * std::sqrt(unpooled_variance(a, b)), difference = b.p - a.p;
        return Bounds{difference - half, difference + half};
    });
}

Result<Bounds> katz_interval(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) noexcept {
    return protect([&] {
        const Rate a = checked("x_a", x_a, "n_a", n_a), b = checked("x_b", x_b, "n_b", n_b);
        arguments::positive("x_a", a.x);
        arguments::positive("x_b", b.x);
        const double half = critical(alpha) * std::sqrt((1 - a.p) / a.x + (1 - b.p) / b.x);
        const double ratio = b.p / a.p;
        return Bounds{ratio * std::exp(-half), ratio * std::exp(half)};
    });
}

Result<double> unpooled_z(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b) noexcept {
    return protect([&] {
        const Rate a = checked("x_a", x_a, "n_a", n_a), b = checked("x_b", x_b, "n_b", n_b);
        const double variance = unpooled_variance(a, b);
        if (!(variance > 0)) {
            throw Failure(Code::invalid_parameter, "both rates are 0 or 1: there is no unpooled error", {},
                          "Use two_proportion_test.");
        }
        return (b.p - a.p) / std::sqrt(variance);
    });
}

}  // namespace pgprompt
