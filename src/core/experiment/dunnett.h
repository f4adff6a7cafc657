// Several treatments against one control at once, at a fixed look.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/status.h"

namespace pgprompt {

// C. W. Dunnett (J. Am. Stat. Assoc. 50 (1955) 1096-1121), two-sided: P(max |T_i| >= t) for multivariate t
// with correlations l_i l_j, l_i = sqrt(n_i / (n_i + n_0)) (equal arms: .5), by quadrature; df may be
// infinite. Where lengths are given, 1 to 1000 treatments.
Result<double> dunnett_sf(double t, const std::vector<double>& loadings, double df,
                          Poll poll = nullptr) noexcept;

// The t that max |T_i| exceeds with chance alpha.
Result<double> dunnett_critical(const std::vector<double>& loadings, double df, double alpha,
                                Poll poll = nullptr) noexcept;

struct DunnettTest {
    std::vector<double> statistic;  // t of each arm but the control, in order, on the pooled variance
    std::vector<double> p_value;    // adjusted
    double df = 0;
    const char* note = "";  // why they are absent (then both are empty)
};

// Arms' units, means and variances (n - 1); `control` counts from 0.
Result<DunnettTest> dunnett_test(const std::vector<int64_t>& n, const std::vector<double>& means,
                                 const std::vector<double>& variances, int64_t control,
                                 Poll poll = nullptr) noexcept;

}  // namespace pgprompt
