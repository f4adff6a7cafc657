// Means of two or more arms at once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/status.h"

namespace pgprompt {

struct FTest {
    std::optional<double> statistic, df1, df2, p_value;
    const char* note = "";  // why they are absent
};

// One-way analysis of variance, and Welch's without the assumption of equal variances (B. L. Welch,
// Biometrika 38 (1951) 330-336), on each arm's units, mean and variance (n - 1). Arms with fewer than two
// units are left out. Fewer than two arms left, or an arm without variance (any arm for Welch, all for the
// other): absent with a note. Errors: invalid_parameter for arrays of different lengths, negative counts or
// variances, numbers not finite.
Result<FTest> anova_test(const std::vector<int64_t>& n, const std::vector<double>& means,
                         const std::vector<double>& variances) noexcept;
Result<FTest> welch_anova_test(const std::vector<int64_t>& n, const std::vector<double>& means,
                               const std::vector<double>& variances) noexcept;

}  // namespace pgprompt
