#include "core/experiment/proportions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/experiment/arguments.h"
#include "core/experiment/contingency.h"
#include "core/experiment/distributions.h"

namespace pgprompt {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Counts {
    double x_a, n_a, x_b, n_b;
};

Counts checked(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) {
    arguments::count("n_a", n_a);
    arguments::count("n_b", n_b);
    arguments::successes("x_a", x_a, n_a);
    arguments::successes("x_b", x_b, n_b);
    arguments::alpha(alpha);
    return {static_cast<double>(x_a), static_cast<double>(n_a), static_cast<double>(x_b),
            static_cast<double>(n_b)};
}

double standardised(double excess, double variance) {
    if (variance > 0) return excess / std::sqrt(variance);
    return excess == 0 ? 0 : std::copysign(kInfinity, excess);
}

double factor(const Counts& c, bool unbiased) {
    const double n = c.n_a + c.n_b;
    return unbiased && n > 1 ? n / (n - 1) : 1;
}

// Where the decreasing function `value` crosses zero between low and high, to the last bit that bisection
// sees.
template <class Function>
double crossing(double low, double high, Function&& value) {
    for (int i = 0; i < 200; ++i) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        (value(middle) > 0 ? low : high) = middle;
    }
    return low + (high - low) / 2;
}

Bounds difference_bounds(const Counts& c, double critical) {
    const double estimate = c.x_b / c.n_b - c.x_a / c.n_a;
    const auto z = [&](double d) { return score_difference(c.x_a, c.n_a, c.x_b, c.n_b, d, true).z; };
    return {crossing(-1, estimate, [&](double d) { return z(d) - critical; }),
            crossing(estimate, 1, [&](double d) { return z(d) + critical; })};
}

// On the scale of the logarithm, so that both ends get the same relative accuracy.
Bounds ratio_bounds(const Counts& c, double critical) {
    const double reach = 700;  // e^700 is close to the largest double
    const double estimate = c.x_b == 0   ? -reach
                            : c.x_a == 0 ? reach
                                         : std::log(c.x_b / c.n_b / (c.x_a / c.n_a));
    const auto z = [&](double u) { return score_ratio(c.x_a, c.n_a, c.x_b, c.n_b, std::exp(u), true).z; };
    Bounds bounds{0, kInfinity};
    if (c.x_b > 0)
        bounds.low = std::exp(crossing(-reach, estimate, [&](double u) { return z(u) - critical; }));
    if (c.x_a > 0)
        bounds.high = std::exp(crossing(estimate, reach, [&](double u) { return z(u) + critical; }));
    return bounds;
}

}  // namespace

ConstrainedScore score_difference(double x_a, double n_a, double x_b, double n_b, double difference,
                                  bool unbiased) noexcept {
    const Counts c{x_a, n_a, x_b, n_b};
    const double n = n_a + n_b, d = difference;
    // The cubic in p_a, divided by its leading coefficient: p^3 + k2 p^2 + k1 p + k0.
    const double k2 = (d * (n_b + 2 * n_a) - n - (x_a + x_b)) / n;
    const double k1 = (d * (d * n_a - n - 2 * x_a) + x_a + x_b) / n;
    const double k0 = x_a * d * (1 - d) / n;
    const double low = std::max(0.0, -d), high = std::min(1.0, 1 - d);
    const double third = k2 / 3;
    const double v = third * third * third - third * k1 / 2 + k0 / 2;
    const double u = std::copysign(std::sqrt(std::max(0.0, third * third - k1 / 3)), v);
    const double cosine = u == 0 ? 0 : std::clamp(v / (u * u * u), -1.0, 1.0);
    double p = 2 * u * std::cos((3.14159265358979323846 + std::acos(cosine)) / 3) - third;
    p = std::clamp(p, low, high);
    for (int i = 0; i < 3; ++i) {  // the trigonometric root loses digits near a double root
        const double slope = (3 * p + 2 * k2) * p + k1;
        if (slope == 0) break;
        const double next = p - (((p + k2) * p + k1) * p + k0) / slope;
        if (!(next >= low && next <= high) || std::fabs(next - p) > 1e-6) break;
        p = next;
    }
    ConstrainedScore score;
    score.p_a = p;
    score.p_b = std::clamp(p + d, 0.0, 1.0);
    const double variance =
        (score.p_a * (1 - score.p_a) / n_a + score.p_b * (1 - score.p_b) / n_b) * factor(c, unbiased);
    score.z = standardised(x_b / n_b - x_a / n_a - d, variance);
    return score;
}

ConstrainedScore score_ratio(double x_a, double n_a, double x_b, double n_b, double ratio,
                             bool unbiased) noexcept {
    const Counts c{x_a, n_a, x_b, n_b};
    // The smaller root of (n_a+n_b) R p^2 - (x_b + R x_a + n_a + R n_b) p + (x_a + x_b) = 0; divided by R
    // where R is large, so that nothing overflows.
    const double scale = ratio > 1 ? ratio : 1, r = ratio / scale;
    const double quadratic = (n_a + n_b) * r;
    const double linear = (x_b + n_a) / scale + r * (x_a + n_b);
    const double constant = (x_a + x_b) / scale;
    const double root = std::sqrt(std::max(0.0, linear * linear - 4 * quadratic * constant));
    ConstrainedScore score;
    score.p_a = std::clamp(2 * constant / (linear + root), 0.0, 1.0);
    score.p_b = std::clamp(ratio * score.p_a, 0.0, 1.0);
    const double variance =
        (score.p_b * (1 - score.p_b) / n_b / scale / scale + r * r * score.p_a * (1 - score.p_a) / n_a) *
        factor(c, unbiased);
    score.z = standardised(x_b / n_b / scale - r * (x_a / n_a), variance);
    return score;
}

namespace {

double least_expected(const Counts& c) {
    const double n = c.n_a + c.n_b, hits = c.x_a + c.x_b, misses = (c.n_a - c.x_a) + (c.n_b - c.x_b);
    return std::min(c.n_a, c.n_b) * (std::min(hits, misses) / n);
}

Comparison compare(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha, bool exact_if_few) {
    const Counts c = checked(x_a, n_a, x_b, n_b, alpha);
    Comparison out;
    if (n_a == 0 || n_b == 0) {
        out.note = n_a == 0 ? "a has no units" : "b has no units";
        return out;
    }
    const double n = c.n_a + c.n_b, pooled = (c.x_a + c.x_b) / n;
    const double failing = ((c.n_a - c.x_a) + (c.n_b - c.x_b)) / n;
    const double variance = pooled * failing * (1 / c.n_a + 1 / c.n_b);
    // Exact, since it may be all that is left of two nearly equal products.
    const auto cross =
        static_cast<double>(static_cast<__int128>(x_b) * n_a - static_cast<__int128>(x_a) * n_b);
    const double difference = cross / (c.n_a * c.n_b);
    const double z = standardised(difference, variance);
    const bool exact = exact_if_few && variance > 0 && least_expected(c) < 5;
    const double p =
        exact ? fisher_exact_test(x_a, n_a - x_a, x_b, n_b - x_b).take().p_mid : normal_two_sided(z);
    out.difference = difference;
    out.statistic = z;
    out.p_value = p;
    out.se = std::sqrt(variance);

    const bool rejects = p <= alpha;
    double critical = normal_upper_quantile(alpha / 2);
    if (!rejects) critical = std::max(critical, (1 + 1e-6) * std::fabs(z));  // 0 stays inside
    Bounds by = difference_bounds(c, critical);
    Bounds times = ratio_bounds(c, critical);
    if (rejects && z > 0) by.low = std::max(by.low, 0.0), times.low = std::max(times.low, 1.0);
    if (rejects && z < 0) by.high = std::min(by.high, 0.0), times.high = std::min(times.high, 1.0);
    out.ci_low = by.low;
    out.ci_high = by.high;
    if (exact) out.note = "few expected counts: p is Fisher's mid-p";
    if (x_a == 0) {
        out.note = x_b == 0 ? "no lift: no success in either arm" : "no lift: a has no success";
    } else {
        out.lift = cross / (c.n_b * c.x_a);
    }
    out.lift_set = LiftSet::interval;
    out.lift_low = times.low - 1;
    out.lift_high = times.high - 1;
    return out;
}

}  // namespace

Result<Bounds> score_interval_difference(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                         double alpha) noexcept {
    return protect([&] {
        const Counts c = checked(x_a, n_a, x_b, n_b, alpha);
        arguments::positive("n_a", c.n_a);
        arguments::positive("n_b", c.n_b);
        return difference_bounds(c, normal_upper_quantile(alpha / 2));
    });
}

Result<Bounds> score_interval_ratio(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                    double alpha) noexcept {
    return protect([&] {
        const Counts c = checked(x_a, n_a, x_b, n_b, alpha);
        arguments::positive("n_a", c.n_a);
        arguments::positive("n_b", c.n_b);
        return ratio_bounds(c, normal_upper_quantile(alpha / 2));
    });
}

Result<Comparison> two_proportion_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                       double alpha) noexcept {
    return protect([&] { return compare(x_a, n_a, x_b, n_b, alpha, false); });
}

Result<Comparison> two_rate_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b, double alpha) noexcept {
    return protect([&] { return compare(x_a, n_a, x_b, n_b, alpha, true); });
}

}  // namespace pgprompt
