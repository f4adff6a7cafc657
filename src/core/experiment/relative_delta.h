// The relative lift by the delta method: what many tools print. Offered for comparison; the results take the
// p-value from the absolute contrast and the lift's interval from Fieller, which keep their promises where
// this does not.
#pragma once

#include <optional>

#include "core/experiment/means.h"
#include "core/experiment/stratified.h"

namespace pgprompt {

struct RelativeDelta {
    std::optional<double> lift, se, df, statistic, p_value, ci_low, ci_high;
    const char* note = "";  // why they are absent
};

// Var(b/a) = (Vb + (b/a)^2 Va - 2 (b/a) C) / a^2, Satterthwaite's degrees of freedom of the absolute
// contrast.
RelativeDelta relative_delta_test(const Contrast& contrast, double alpha,
                                  Alternative alternative = Alternative::two_sided) noexcept;

}  // namespace pgprompt
