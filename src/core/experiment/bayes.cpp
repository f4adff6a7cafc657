#include "core/experiment/bayes.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/logit_beta.h"

namespace pgprompt {
namespace {

constexpr double kMaxSteps = 5e6;

// The trapezoid rule over [low, high].
template <class Function>
double trapezoid(double low, double high, double step, Poll poll, Function&& value) {
    if (!(high > low)) return 0;
    const double count = std::ceil((high - low) / step);
    if (count > kMaxSteps) {
        throw Failure(Code::limit_exceeded, "the two posteriors are too unlike for the quadrature", {},
                      "Use the normal posterior.");
    }
    double sum = 0;
    for (int64_t i = 0; i <= static_cast<int64_t>(count); ++i) {
        if (poll && i % 1024 == 0 && poll()) throw Failure(Code::cancelled, "cancelled");
        sum += value(low + static_cast<double>(i) * step);
    }
    return sum * step;
}

// E[max(p - q, 0)] = integral of P(q <= x) P(p >= x) dx.
double expected_excess(const LogitBeta& p, const LogitBeta& q, double step, Poll poll) {
    return trapezoid(q.low(), p.high(), step, poll, [&](double t) {
        const double x = 1 / (1 + std::exp(-t)), slope = x / (1 + std::exp(t));
        return q.cdf(t) * p.sf(t) * slope;
    });
}

void check_prior(const char* name, double value) {
    if (!(value >= 0.01 && value <= 1e9)) arguments::refuse(name, "lie between .01 and 1e9", value);
}

}  // namespace

Result<BetaBinomial> beta_binomial_test(int64_t x_a, int64_t n_a, int64_t x_b, int64_t n_b,
                                        double prior_successes, double prior_failures, double alpha,
                                        Poll poll) noexcept {
    return protect([&] {
        arguments::count("n_a", n_a);
        arguments::count("n_b", n_b);
        arguments::successes("x_a", x_a, n_a);
        arguments::successes("x_b", x_b, n_b);
        check_prior("prior_successes", prior_successes);
        check_prior("prior_failures", prior_failures);
        arguments::alpha(alpha);
        const double a1 = prior_successes + static_cast<double>(x_a),
                     a2 = prior_failures + static_cast<double>(n_a - x_a);
        const double b1 = prior_successes + static_cast<double>(x_b),
                     b2 = prior_failures + static_cast<double>(n_b - x_b);
        const LogitBeta a(a1, a2), b(b1, b2);
        const double step = std::min(a.step(), b.step());
        BetaBinomial out;
        // Over the density of the narrower one; the smaller chance directly, so that it keeps its digits.
        const bool b_narrower = b.step() <= a.step();
        const LogitBeta &narrow = b_narrower ? b : a, &wide = b_narrower ? a : b;
        const bool b_ahead = b.mean() >= a.mean();
        const auto chance = [&](bool narrow_above) {
            return trapezoid(narrow.low(), narrow.high(), step, poll, [&](double t) {
                return narrow.density(t) * (narrow_above ? wide.cdf(t) : wide.sf(t));
            });
        };
        const double smaller = std::min(1.0, chance(b_narrower != b_ahead));
        out.prob_b_beats_a = b_ahead ? 1 - smaller : smaller;
        const double apart = b.mean() - a.mean();
        const double less = b_ahead ? expected_excess(a, b, step, poll) : expected_excess(b, a, step, poll);
        out.expected_loss_choose_b = b_ahead ? less : less - apart;
        out.expected_loss_choose_a = b_ahead ? less + apart : less;
        out.mean_a = a.mean();
        out.mean_b = b.mean();
        out.low_a = beta_quantile(alpha / 2, a1, a2);
        out.high_a = beta_upper_quantile(alpha / 2, a1, a2);
        out.low_b = beta_quantile(alpha / 2, b1, b2);
        out.high_b = beta_upper_quantile(alpha / 2, b1, b2);
        return out;
    });
}

double expected_positive_part(double mean, double sd) noexcept {
    if (!(sd > 0)) return std::max(mean, 0.0);
    const double z = mean / sd;
    return std::max(0.0, mean * normal_cdf(z) + sd * normal_density(z));
}

Result<NormalPosterior> normal_posterior(double estimate, double se, double prior_mean, double prior_sd,
                                         double alpha) noexcept {
    return protect([&] {
        arguments::finite("estimate", estimate);
        arguments::finite("prior_mean", prior_mean);
        if (!(se >= 0)) arguments::refuse("se", "not be negative", se);
        if (!(prior_sd > 0)) arguments::refuse("prior_sd", "be above 0", prior_sd);
        arguments::alpha(alpha);
        if (std::isinf(se) && std::isinf(prior_sd)) {
            arguments::refuse("se", "be finite where the prior is flat", se);
        }
        NormalPosterior out;
        if (se == 0) {
            out.mean = estimate;
        } else {
            const double data = 1 / (se * se), prior = 1 / (prior_sd * prior_sd);
            if (!std::isfinite(data) || !(data + prior > 0))
                arguments::refuse("se", "be neither so small nor so large", se);
            out.mean = (data * estimate + prior * prior_mean) / (data + prior);
            out.sd = 1 / std::sqrt(data + prior);
        }
        const double half = normal_upper_quantile(alpha / 2) * out.sd;
        out.low = out.mean - half;
        out.high = out.mean + half;
        out.chance_to_win = out.sd > 0     ? normal_cdf(out.mean / out.sd)
                            : out.mean > 0 ? 1
                            : out.mean < 0 ? 0
                                           : 0.5;
        out.expected_loss_choose_a = expected_positive_part(out.mean, out.sd);
        out.expected_loss_choose_b = expected_positive_part(-out.mean, out.sd);
        return out;
    });
}

}  // namespace pgprompt
