#include "core/experiment/logit_beta.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/distributions.h"

namespace pgprompt {
namespace {

double log_expit(double t) {
    return t > 0 ? -std::log1p(std::exp(-t)) : t - std::log1p(std::exp(t));
}

double expit(double t) {
    return t > 0 ? 1 / (1 + std::exp(-t)) : std::exp(t) / (1 + std::exp(t));
}

}  // namespace

LogitBeta::LogitBeta(double a, double b) : a_(a), b_(b), log_beta_(pgprompt::log_beta(a, b)) {
    const double mode = std::log(a / b);
    low_ = edge(mode, -1);
    high_ = edge(mode, 1);
    step_ = std::min(0.4, std::sqrt(1 / a + 1 / b) / 4);
}

double LogitBeta::log_density(double t) const {
    return a_ * log_expit(t) + b_ * log_expit(-t) - log_beta_;
}

double LogitBeta::density(double t) const {
    return std::exp(log_density(t));
}

double LogitBeta::cdf(double t) const {
    return t < 0 ? beta_cdf(expit(t), a_, b_) : beta_sf(expit(-t), b_, a_);
}

double LogitBeta::sf(double t) const {
    return t < 0 ? beta_sf(expit(t), a_, b_) : beta_cdf(expit(-t), b_, a_);
}

double LogitBeta::edge(double mode, double direction) const {
    constexpr double kDrop = 50;
    const double top = log_density(mode);
    double inside = 0, outside = 1;
    while (top - log_density(mode + direction * outside) < kDrop) inside = outside, outside *= 2;
    for (int i = 0; i < 60; ++i) {
        const double middle = (inside + outside) / 2;
        (top - log_density(mode + direction * middle) < kDrop ? inside : outside) = middle;
    }
    return mode + direction * outside;
}

}  // namespace pgprompt
