#include "core/experiment/mixtures.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"

namespace pgprompt {
namespace {

// The smallest s at which the increasing function reaches 0, from 0 up to `high`.
template <class Function>
double zero(double high, Function&& value) {
    double low = 0;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2;
        if (middle <= low || middle >= high) break;
        (value(middle) < 0 ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace

Result<double> asymptotic_rho2(double n_star, double alpha) noexcept {
    return protect([&] {
        arguments::positive("n_star", n_star);
        arguments::alpha(alpha);
        const double twice = -2 * std::log(alpha);
        return (twice + std::log1p(twice)) / n_star;
    });
}

Result<double> asymptotic_rho2_exact(double n_star, double alpha) noexcept {
    return protect([&] {
        arguments::positive("n_star", n_star);
        arguments::alpha(alpha);
        return (-lambert_w_minus1(-alpha * alpha * std::exp(-1.0)) - 1) / n_star;
    });
}

double asymptotic_critical(double n, double rho2, double alpha) noexcept {
    const double x = n * rho2;
    return std::sqrt((1 + 1 / x) * (std::log1p(x) - 2 * std::log(alpha)));
}

double asymptotic_critical_one_sided(double n, double rho2, double alpha) noexcept {
    const double x = n * rho2;
    return std::sqrt(2 * (1 + 1 / x) * std::log1p(std::sqrt(1 + x) / (2 * alpha)));
}

double asymptotic_log_e(double z, double n, double rho2) noexcept {
    const double x = n * rho2;
    return -0.5 * std::log1p(x) + 0.5 * z * z * (x / (1 + x));
}

Result<double> normal_mixture_rho(double v_opt, double alpha) noexcept {
    return protect([&] { return 1 / asymptotic_rho2(v_opt, alpha).take(); });
}

double normal_mixture_log(double s, double v, double rho) noexcept {
    return -0.5 * std::log1p(v / rho) + s * s / (2 * (v + rho));
}

double normal_mixture_bound(double v, double rho, double alpha) noexcept {
    return std::sqrt((v + rho) * (std::log1p(v / rho) - 2 * std::log(alpha)));
}

double normal_mixture_log_one_sided(double s, double v, double rho) noexcept {
    return normal_mixture_log(s, v, rho) + std::log(2 * normal_cdf(s / std::sqrt(v + rho)));
}

double normal_mixture_bound_one_sided(double v, double rho, double alpha) noexcept {
    return zero(2 * normal_mixture_bound(v, rho, alpha),
                [&](double s) { return normal_mixture_log_one_sided(s, v, rho) + std::log(alpha); });
}

double beta_binomial_mixture_log(double s, double v, double r, double g, double h) noexcept {
    const double width = g + h;
    return v / (g * h) * std::log(width) - (v + h * s) / (h * width) * std::log(g) -
           (v - g * s) / (g * width) * std::log(h) +
           log_beta((r + v - g * s) / (g * width), (r + v + h * s) / (h * width)) -
           log_beta(r / (g * width), r / (h * width));
}

Result<double> beta_binomial_mixture_r(double v_opt, double alpha, double g, double h) noexcept {
    return protect([&] {
        arguments::positive("g", g);
        arguments::positive("h", h);
        return std::max(normal_mixture_rho(v_opt, alpha).take() - g * h, 1e-3 * g * h);
    });
}

Result<double> beta_binomial_mixture_bound(double v, double r, double g, double h, double alpha) noexcept {
    return protect([&] {
        arguments::positive("v", v);
        arguments::positive("r", r);
        arguments::positive("g", g);
        arguments::positive("h", h);
        arguments::alpha(alpha);
        // s cannot exceed v / g: every variable at its upper end.
        return zero(v / g,
                    [&](double s) { return beta_binomial_mixture_log(s, v, r, g, h) + std::log(alpha); });
    });
}

Result<Bounds> rate_confidence_sequence(int64_t x, int64_t n, double alpha, double t_opt) noexcept {
    return protect([&] {
        arguments::count("n", n);
        arguments::positive("n", static_cast<double>(n));
        arguments::successes("x", x, n);
        arguments::alpha(alpha);
        arguments::positive("t_opt", t_opt);
        const double hits = static_cast<double>(x), units = static_cast<double>(n), rate = hits / units;
        const auto rejects = [&](double p) {
            const double v = p * (1 - p), r = beta_binomial_mixture_r(t_opt * v, 0.05, p, 1 - p).take();
            return beta_binomial_mixture_log(hits - units * p, v * units, r, p, 1 - p) > -std::log(alpha);
        };
        const auto end = [&](double inside, double outside) {
            for (int i = 0; i < 100; ++i) {
                const double middle = (inside + outside) / 2;
                if (middle == inside || middle == outside) break;
                (rejects(middle) ? outside : inside) = middle;
            }
            return (inside + outside) / 2;
        };
        return Bounds{x == 0 ? 0 : end(rate, 0), x == n ? 1 : end(rate, 1)};
    });
}

double f_mixture_log_e(double f, double d, double nu, double r) noexcept {
    const double scaled = d * f / nu;
    return 0.5 * d * std::log(r) + 0.5 * (nu + d) * std::log1p((1 - r) * scaled / (1 + r * scaled));
}

}  // namespace pgprompt
