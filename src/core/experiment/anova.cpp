#include "core/experiment/anova.h"

#include <cmath>
#include <string>

#include "core/experiment/arguments.h"
#include "core/experiment/distributions.h"

namespace pgprompt {
namespace {

struct Arm {
    double n, mean, variance;
};

std::vector<Arm> checked(const std::vector<int64_t>& n, const std::vector<double>& means,
                         const std::vector<double>& variances) {
    if (n.size() != means.size() || n.size() != variances.size()) {
        throw Failure(Code::invalid_parameter, "n, means and variances must have the same length",
                      std::to_string(n.size()) + ", " + std::to_string(means.size()) + " and " +
                          std::to_string(variances.size()) + ".",
                      "Give one element for each arm, in the same order.");
    }
    if (n.size() < 2)
        arguments::refuse("n", "name at least two arms", static_cast<double>(n.size()),
                          "Give one element for each arm.");
    std::vector<Arm> arms;
    for (size_t i = 0; i < n.size(); ++i) {
        arguments::count("every n", n[i]);
        arguments::finite("every mean", means[i]);
        arguments::not_negative("every variance", variances[i]);
        if (n[i] >= 2) arms.push_back({static_cast<double>(n[i]), means[i], variances[i]});
    }
    return arms;
}

constexpr const char* kTooFew = "fewer than two arms have two units";

FTest answer(double statistic, double df1, double df2) {
    FTest out;
    if (!std::isfinite(statistic) || !std::isfinite(df2)) {
        out.note = "the numbers are too large";
        return out;
    }
    out.statistic = statistic;
    out.df1 = df1;
    out.df2 = df2;
    out.p_value = f_sf(statistic, df1, df2);
    return out;
}

FTest absent(const char* note) {
    FTest out;
    out.note = note;
    return out;
}

}  // namespace

Result<FTest> anova_test(const std::vector<int64_t>& n, const std::vector<double>& means,
                         const std::vector<double>& variances) noexcept {
    return protect([&] {
        const std::vector<Arm> arms = checked(n, means, variances);
        if (arms.size() < 2) return absent(kTooFew);
        double units = 0, weighted = 0, within = 0, between = 0;
        for (const Arm& arm : arms) {
            units += arm.n;
            weighted += arm.n * (arm.mean - arms[0].mean);
            within += (arm.n - 1) * arm.variance;
        }
        const double grand = arms[0].mean + weighted / units;
        for (const Arm& arm : arms) between += arm.n * (arm.mean - grand) * (arm.mean - grand);
        if (within == 0) return absent("no variance in any arm");
        const double df1 = static_cast<double>(arms.size()) - 1,
                     df2 = units - static_cast<double>(arms.size());
        return answer(between / df1 / (within / df2), df1, df2);
    });
}

Result<FTest> welch_anova_test(const std::vector<int64_t>& n, const std::vector<double>& means,
                               const std::vector<double>& variances) noexcept {
    return protect([&] {
        const std::vector<Arm> arms = checked(n, means, variances);
        if (arms.size() < 2) return absent(kTooFew);
        double total = 0, weighted = 0;
        for (const Arm& arm : arms) {
            if (arm.variance == 0) return absent("an arm has no variance");
            total += arm.n / arm.variance;
            weighted += arm.n / arm.variance * (arm.mean - arms[0].mean);
        }
        const double grand = arms[0].mean + weighted / total, k = static_cast<double>(arms.size());
        double between = 0, loss = 0;
        for (const Arm& arm : arms) {
            const double weight = arm.n / arm.variance, rest = 1 - weight / total;
            between += weight * (arm.mean - grand) * (arm.mean - grand);
            loss += rest * rest / (arm.n - 1);
        }
        const double correction = loss / (k * k - 1);
        return answer(between / (k - 1) / (1 + 2 * (k - 2) * correction), k - 1, 1 / (3 * correction));
    });
}

}  // namespace pgprompt
