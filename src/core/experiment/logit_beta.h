// Beta distributions on the scale of the logit, where their densities are smooth and fall off exponentially
// at both ends, so that the plain trapezoid rule converges to rounding. Inside this area.
#pragma once

namespace pgprompt {

class LogitBeta {
 public:
    LogitBeta(double a, double b);
    double density(double t) const;  // of the logit
    double cdf(double t) const;
    double sf(double t) const;
    double mean() const { return a_ / (a_ + b_); }
    double low() const { return low_; }  // outside low() to high() lies less than 1e-19 of the mass
    double high() const { return high_; }
    double step() const { return step_; }  // fine enough for the trapezoid rule

 private:
    double log_density(double t) const;
    double edge(double mode, double direction) const;
    double a_, b_, log_beta_, low_, high_, step_;
};

}  // namespace pgprompt
