#include "core/experiment/thompson.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"
#include "core/experiment/logit_beta.h"

namespace pgprompt {
namespace {

constexpr size_t kMaxArms = 200;
constexpr double kMaxSteps = 2e6;

class NormalArm {
 public:
    explicit NormalArm(const NormalShape& shape) : shape_(shape) {}
    double density(double t) const { return normal_density((t - shape_.mean) / shape_.sd) / shape_.sd; }
    double cdf(double t) const { return normal_cdf((t - shape_.mean) / shape_.sd); }
    double sf(double t) const { return normal_sf((t - shape_.mean) / shape_.sd); }
    double low() const { return shape_.mean - 10 * shape_.sd; }
    double high() const { return shape_.mean + 10 * shape_.sd; }
    double step() const { return shape_.sd / 4; }

 private:
    NormalShape shape_;
};

// P(arm i is largest) = integral of f_i times the others' F. Below the highest low() some factor is 0.
template <class Arm>
std::vector<double> largest(const std::vector<Arm>& arms, bool smallest, Poll poll) {
    double low = -1e308, high = -1e308, step = 1e308;
    for (const Arm& arm : arms) {
        low = std::max(low, smallest ? -arm.high() : arm.low());
        high = std::max(high, smallest ? -arm.low() : arm.high());
        step = std::min(step, arm.step());
    }
    const double count = std::ceil((high - low) / step);
    if (!(count <= kMaxSteps)) {
        throw Failure(Code::limit_exceeded, "the posteriors are too unlike for the quadrature",
                      "The narrowest is millions of times narrower than what they span.",
                      "Leave out arms that are clearly worse.");
    }
    std::vector<double> best(arms.size(), 0), below(arms.size());
    for (int64_t i = 0; i <= static_cast<int64_t>(count); ++i) {
        if (poll && i % 256 == 0 && poll()) throw Failure(Code::cancelled, "cancelled");
        const double t = low + static_cast<double>(i) * step, at = smallest ? -t : t;
        int zeros = 0;
        double product = 1;
        for (size_t j = 0; j < arms.size(); ++j) {
            below[j] = smallest ? arms[j].sf(at) : arms[j].cdf(at);
            if (below[j] > 0) {
                product *= below[j];
            } else {
                ++zeros;
            }
        }
        if (zeros > 1) continue;
        for (size_t j = 0; j < arms.size(); ++j) {
            if (zeros == 1 && below[j] > 0) continue;
            best[j] += arms[j].density(at) * (below[j] > 0 ? product / below[j] : product);
        }
    }
    double sum = 0;
    for (double value : best) sum += value;
    for (double& value : best) value /= sum;
    return best;
}

void check_number(size_t arms) {
    if (arms < 2)
        arguments::refuse("arms", "be at least two", static_cast<double>(arms),
                          "Give one element for each arm.");
    if (arms > kMaxArms) {
        throw Failure(Code::limit_exceeded, "more than 200 arms", std::to_string(arms) + " are given.",
                      "Leave out arms that are clearly worse.");
    }
}

void check_lengths(const char* name, const char* other, size_t length, size_t wanted) {
    if (length == wanted && length >= 2) return;
    if (length == wanted) {
        arguments::refuse(other, "name at least two arms", static_cast<double>(length),
                          "Give one element for each arm.");
    }
    arguments::refuse(name, (std::string("have as many elements as ") + other).c_str(),
                      static_cast<double>(length), "Give one element for each arm, in the same order.");
}

}  // namespace

Result<std::vector<double>> probability_best(const std::vector<BetaShape>& arms, bool lower_is_better,
                                             Poll poll) noexcept {
    return protect([&] {
        check_number(arms.size());
        std::vector<LogitBeta> shapes;
        for (const BetaShape& arm : arms) {
            for (double value : {arm.successes, arm.failures}) {
                if (!(value >= 0.01 && value <= 1e15))
                    arguments::refuse("every shape", "lie between .01 and 1e15", value);
            }
            shapes.emplace_back(arm.successes, arm.failures);
        }
        return largest(shapes, lower_is_better, poll);
    });
}

Result<std::vector<double>> probability_best(const std::vector<NormalShape>& arms, bool lower_is_better,
                                             Poll poll) noexcept {
    return protect([&] {
        check_number(arms.size());
        std::vector<NormalArm> shapes;
        for (const NormalShape& arm : arms) {
            arguments::finite("every mean", arm.mean);
            arguments::positive("every sd", arm.sd);
            shapes.emplace_back(arm);
        }
        return largest(shapes, lower_is_better, poll);
    });
}

Result<std::vector<double>> thompson_weights(const std::vector<double>& probability_best,
                                             double floor) noexcept {
    return protect([&] {
        const double k = static_cast<double>(probability_best.size());
        if (probability_best.empty()) arguments::refuse("probability_best", "not be empty", 0);
        if (!(floor >= 0 && k * floor <= 1)) {
            arguments::refuse("floor", "lie between 0 and one over the number of arms", floor);
        }
        double total = 0;
        for (double p : probability_best) {
            arguments::probability("every chance", p);
            total += p;
        }
        arguments::positive("the sum of the chances", total);
        std::vector<double> weights(probability_best);
        for (double& weight : weights) weight = floor + (1 - k * floor) * (weight / total);
        return weights;
    });
}

Result<std::vector<BetaShape>> beta_posteriors(const std::vector<int64_t>& successes,
                                               const std::vector<int64_t>& totals) noexcept {
    return protect([&] {
        check_lengths("totals", "successes", totals.size(), successes.size());
        std::vector<BetaShape> shapes;
        for (size_t i = 0; i < totals.size(); ++i) {
            arguments::count("every one of totals", totals[i]);
            arguments::successes("every one of successes", successes[i], totals[i]);
            shapes.push_back(
                {1 + static_cast<double>(successes[i]), 1 + static_cast<double>(totals[i] - successes[i])});
        }
        return shapes;
    });
}

Result<std::vector<NormalShape>> normal_posteriors(const std::vector<double>& means,
                                                   const std::vector<double>& standard_errors) noexcept {
    return protect([&] {
        check_lengths("standard_errors", "means", standard_errors.size(), means.size());
        std::vector<NormalShape> shapes;
        for (size_t i = 0; i < means.size(); ++i) {
            arguments::finite("every one of means", means[i]);
            arguments::positive("every one of standard_errors", standard_errors[i]);
            shapes.push_back({means[i], standard_errors[i]});
        }
        return shapes;
    });
}

Result<BetaShape> deflated_posterior(const UserMoments& m) noexcept {
    return protect([&] {
        arguments::not_negative("users", m.users);
        if (!(m.users > 0 && m.mean_m > 0)) return BetaShape{};
        arguments::probability("the rate", m.ratio);
        const double rows = m.users * m.mean_m, variance = m.var_e / (m.users * m.mean_m * m.mean_m);
        const double spread = m.ratio * (1 - m.ratio);
        const double effective = variance > 0 ? std::min(rows, spread / variance) : m.users;
        return BetaShape{1 + effective * m.ratio, 1 + effective * (1 - m.ratio)};
    });
}

}  // namespace pgprompt
