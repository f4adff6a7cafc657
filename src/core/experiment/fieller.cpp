#include "core/experiment/fieller.h"

#include <cmath>
#include <limits>
#include <utility>

namespace pgprompt {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr LiftInterval kEverything{LiftSet::everything, -kInfinity, kInfinity};

}  // namespace

LiftInterval fieller(double a, double var_a, double b, double var_b, double covariance, double c) noexcept {
    if (!std::isfinite(c)) return kEverything;
    const double square = c * c;
    const double leading = a * a - square * var_a;  // of the quadratic in the ratio R = 1 + L
    const double middle = a * b - square * covariance;
    const double last = b * b - square * var_b;
    // middle^2 - leading * last, multiplied out: what cancels is left out.
    const double discriminant = square * (a * a * var_b + b * b * var_a - 2 * a * b * covariance -
                                          square * (var_a * var_b - covariance * covariance));
    if (!std::isfinite(leading) || !std::isfinite(discriminant)) return {};
    if (leading == 0) {
        if (middle == 0) return last > 0 ? LiftInterval{} : kEverything;
        const double end = last / (2 * middle) - 1;
        return middle > 0 ? LiftInterval{LiftSet::interval, end, kInfinity}
                          : LiftInterval{LiftSet::interval, -kInfinity, end};
    }
    if (discriminant < 0) return leading < 0 ? kEverything : LiftInterval{};
    const double root = std::sqrt(discriminant);
    const double larger = middle >= 0 ? middle + root : middle - root;
    double low = larger == 0 ? 0 : last / larger, high = larger / leading;
    if (low > high) std::swap(low, high);
    if (leading > 0) return {LiftSet::interval, low - 1, high - 1};
    return {LiftSet::two_rays, high - 1, low - 1};
}

void set_lift(Comparison* comparison, double a, double b, const LiftInterval& interval) noexcept {
    if (a == 0) {
        comparison->note = "no lift: a is 0";
    } else {
        comparison->lift = b / a - 1;
    }
    comparison->lift_set = interval.set;
    if (interval.set == LiftSet::absent) {
        if (!*comparison->note)
            comparison->note = "no interval of the lift: the numbers are too large or too small";
        return;
    }
    comparison->lift_low = interval.low;
    comparison->lift_high = interval.high;
}

}  // namespace pgprompt
