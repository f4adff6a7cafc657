// What every two-sample test answers: b against a.
#pragma once

#include <optional>

namespace pgprompt {

// Which set of lifts an interval (low, high) stands for. Fieller's is not always a bounded interval.
enum class LiftSet : unsigned char {
    absent,      // no interval can be given; low and high are absent
    interval,    // low to high; an end may be infinite
    two_rays,    // everything up to `high` and everything from `low` on, with high < low: 0 is not among them
    everything,  // the whole line: low = -infinity, high = infinity
};

// An absent field is a null with a reason: `note` says why. An infinite end is unbounded. Nothing is ever
// NaN.
struct Comparison {
    std::optional<double> difference;  // b - a
    std::optional<double> ci_low;      // of the difference, at 1 - alpha
    std::optional<double> ci_high;
    std::optional<double> statistic;  // z or t, positive where b is larger
    std::optional<double> p_value;    // two-sided
    std::optional<double> lift;       // b / a - 1
    std::optional<double> lift_low;
    std::optional<double> lift_high;
    LiftSet lift_set = LiftSet::absent;
    std::optional<double> se;  // standard error of the difference, where the test has one
    std::optional<double> df;  // degrees of freedom, where the test has them
    const char* note = "";     // why something is absent
};

// What overflowed or underflowed on the way becomes absent, with a note. Last step of every test.
void settle(Comparison* comparison) noexcept;

}  // namespace pgprompt
