#include "core/experiment/quantile_sequence.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/always_valid.h"
#include "core/experiment/arguments.h"
#include "core/experiment/mixtures.h"

namespace pgprompt {
namespace {

// The evidence of one arm against a value, by how many of its outcomes lie below and up to it.
class Arm {
 public:
    Arm(std::vector<double> outcomes, double q, double r)
        : outcomes_(std::move(outcomes)), n_(static_cast<double>(outcomes_.size())), q_(q), r_(r) {
        std::sort(outcomes_.begin(), outcomes_.end());
        // The mixture is convex in the count: its least point by thirds.
        double low = 0, high = n_;
        for (int i = 0; i < 200 && high - low > 1e-9 * n_; ++i) {
            const double first = low + (high - low) / 3, second = high - (high - low) / 3;
            if (evidence(first) < evidence(second)) {
                high = second;
            } else {
                low = first;
            }
        }
        least_ = (low + high) / 2;
    }

    const std::vector<double>& outcomes() const { return outcomes_; }
    double quantile() const {
        const auto rank = static_cast<size_t>(std::ceil(q_ * n_));
        return outcomes_[std::clamp<size_t>(rank, 1, outcomes_.size()) - 1];
    }

    // The outcomes around the count that speaks least: evidence grows on either side of them.
    double nearest_low() const { return outcome(std::floor(least_) - 1); }
    double nearest_high() const { return outcome(std::ceil(least_)); }

    // At most what any count between those below x and those up to x gives: x itself may carry the quantile.
    double against(double x) const {
        const auto below = std::lower_bound(outcomes_.begin(), outcomes_.end(), x) - outcomes_.begin();
        const auto up_to = std::upper_bound(outcomes_.begin(), outcomes_.end(), x) - outcomes_.begin();
        return evidence(std::clamp(least_, static_cast<double>(below), static_cast<double>(up_to)));
    }

 private:
    double outcome(double index) const {
        return outcomes_[static_cast<size_t>(std::clamp(index, 0.0, n_ - 1))];
    }
    double evidence(double count) const {
        return beta_binomial_mixture_log(count - q_ * n_, n_ * q_ * (1 - q_), r_, q_, 1 - q_);
    }

    std::vector<double> outcomes_;
    double n_, q_, r_, least_ = 0;
};

}  // namespace

Result<QuantileSequence> quantile_sequence_test(std::vector<double> a, std::vector<double> b, double q,
                                                double planned, double alpha, Poll poll) noexcept {
    return protect([&] {
        arguments::open_unit("q", q);
        if (!(planned >= 1 && planned <= 1e15)) {
            arguments::refuse("planned", "lie between 1 and 1e15", planned,
                              "It is the number of outcomes an arm at which the test is to be sharpest.");
        }
        arguments::alpha(alpha);
        for (double value : a) arguments::finite("every one of outcomes_a", value);
        for (double value : b) arguments::finite("every one of outcomes_b", value);
        QuantileSequence out;
        if (a.empty() || b.empty()) {
            out.note = a.empty() ? "a has no outcomes" : "b has no outcomes";
            return out;
        }
        const double spread = q * (1 - q),
                     r = beta_binomial_mixture_r(planned * spread, alpha, q, 1 - q).take();
        const Arm arms[] = {{std::move(a), q, r}, {std::move(b), q, r}};
        const double from = std::min(arms[0].nearest_low(), arms[1].nearest_low());
        const double to = std::max(arms[0].nearest_high(), arms[1].nearest_high());
        double least = INFINITY;
        int64_t steps = 0;
        for (const Arm& arm : arms) {
            const auto& all = arm.outcomes();
            auto at = std::lower_bound(all.begin(), all.end(), from);
            for (; at != all.end() && *at <= to; at = std::upper_bound(at, all.end(), *at)) {
                if (poll && (++steps & 1023) == 0 && poll()) throw Failure(Code::cancelled, "cancelled");
                least = std::min(least, arms[0].against(*at) + arms[1].against(*at));
            }
        }
        if (!std::isfinite(least)) arguments::beyond_precision();
        out.difference = arms[1].quantile() - arms[0].quantile();
        if (!std::isfinite(*out.difference)) arguments::beyond_precision();
        out.log_e = least;
        out.p_value = p_value_of(least);
        return out;
    });
}

}  // namespace pgprompt
