// Fieller's set for a relative lift.
#pragma once

#include "core/experiment/comparison.h"

namespace pgprompt {

struct LiftInterval {
    LiftSet set = LiftSet::absent;
    double low = 0;
    double high = 0;
};

// All lifts L with (b - (1+L) a)^2 <= c^2 (Vb + (1+L)^2 Va - 2 (1+L) C): E. C. Fieller, J. R. Stat. Soc. B 16
// (1954) 175-185. a, b are estimates, Va, Vb their variances (>= 0), C their covariance, c the critical value
// (>= 0, may be infinite). Contains 0 exactly where |b - a| <= c sqrt(Va + Vb - 2C).
LiftInterval fieller(double a, double var_a, double b, double var_b, double covariance, double c) noexcept;

// Writes lift and interval of b against a into a comparison.
void set_lift(Comparison* comparison, double a, double b, const LiftInterval& interval) noexcept;

}  // namespace pgprompt
