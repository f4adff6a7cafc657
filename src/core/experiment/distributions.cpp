#include "core/experiment/distributions.h"

#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/lambert_w.hpp>
#include <cmath>
#include <limits>

namespace pgprompt {
namespace {

namespace bm = boost::math;
namespace bp = boost::math::policies;

using Quiet =
    bp::policy<bp::domain_error<bp::ignore_error>, bp::pole_error<bp::ignore_error>,
               bp::overflow_error<bp::ignore_error>, bp::underflow_error<bp::ignore_error>,
               bp::denorm_error<bp::ignore_error>, bp::evaluation_error<bp::ignore_error>,
               bp::rounding_error<bp::ignore_error>, bp::indeterminate_result_error<bp::ignore_error>>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr long double kSqrtHalf = 0.707106781186547524400844362104849039L;
constexpr long double kSqrtTwo = 1.414213562373095048801688724209698079L;

// Boost's root finders may still throw for hopeless arguments; no caller wants that.
template <class Body>
double quietly(Body&& body) {
    try {
        return body();
    } catch (...) {
        return kNan;
    }
}

}  // namespace

double normal_density(double z) {
    return 0.398942280401432677939946059934381868 * std::exp(-0.5 * z * z);
}

double normal_cdf(double z) {
    return normal_sf(-z);
}

// In long double, since the relative error of the argument grows by z squared.
double normal_sf(double z) {
    return static_cast<double>(0.5L * std::erfc(kSqrtHalf * z));
}

double normal_two_sided(double z) {
    return static_cast<double>(std::erfc(kSqrtHalf * std::fabs(z)));
}

double normal_upper_quantile(double q) {
    if (!(q >= 0 && q <= 1)) return kNan;
    if (q == 0) return kInfinity;
    if (q == 1) return -kInfinity;
    return quietly([&] { return static_cast<double>(kSqrtTwo * bm::erfc_inv(2.0L * q, Quiet())); });
}

double student_sf(double t, double df) {
    if (std::isnan(t) || !(df > 0)) return kNan;
    if (std::isinf(t)) return t > 0 ? 0 : 1;
    if (std::isinf(df)) return normal_sf(t);
    return quietly([&] {
        const long double v = df, square = static_cast<long double>(t) * t;
        const long double tail = v > square ? bm::ibetac(0.5L, v / 2, square / (v + square), Quiet()) / 2
                                            : bm::ibeta(v / 2, 0.5L, v / (v + square), Quiet()) / 2;
        return static_cast<double>(t >= 0 ? tail : 1 - tail);
    });
}

double student_two_sided(double t, double df) {
    return std::fmin(1, 2 * student_sf(std::fabs(t), df));
}

double student_upper_quantile(double q, double df) {
    if (!(q >= 0 && q <= 1) || !(df > 0)) return kNan;
    if (q == 0) return kInfinity;
    if (q == 1) return -kInfinity;
    if (std::isinf(df) || df > 1e15) return normal_upper_quantile(q);
    return quietly(
        [&] { return bm::quantile(bm::complement(bm::students_t_distribution<double, Quiet>(df), q)); });
}

double noncentral_student_sf(double t, double df, double noncentrality) {
    return quietly([&] {
        return bm::cdf(bm::complement(bm::non_central_t_distribution<double, Quiet>(df, noncentrality), t));
    });
}

double chi_square_sf(double x, double df) {
    if (!(x >= 0) || !(df > 0)) return kNan;
    if (std::isinf(x)) return 0;
    return quietly([&] { return static_cast<double>(bm::gamma_q(0.5L * df, 0.5L * x, Quiet())); });
}

double f_sf(double f, double df1, double df2) {
    if (!(f >= 0) || !(df1 > 0) || !(df2 > 0)) return kNan;
    if (std::isinf(f)) return 0;
    return quietly([&] {
        const long double a = df1, b = df2, x = a * f;
        return static_cast<double>(x < b ? bm::ibetac(a / 2, b / 2, x / (b + x), Quiet())
                                         : bm::ibeta(b / 2, a / 2, b / (b + x), Quiet()));
    });
}

double beta_cdf(double x, double a, double b) {
    if (!(a > 0 && b > 0)) return kNan;
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    return quietly([&] { return bm::ibeta(a, b, x, Quiet()); });
}

double beta_sf(double x, double a, double b) {
    if (!(a > 0 && b > 0)) return kNan;
    if (x <= 0) return 1;
    if (x >= 1) return 0;
    return quietly([&] { return bm::ibetac(a, b, x, Quiet()); });
}

double beta_quantile(double p, double a, double b) {
    if (!(a > 0 && b > 0) || !(p >= 0 && p <= 1)) return kNan;
    return quietly([&] { return bm::ibeta_inv(a, b, p, Quiet()); });
}

double beta_upper_quantile(double q, double a, double b) {
    if (!(a > 0 && b > 0) || !(q >= 0 && q <= 1)) return kNan;
    return quietly([&] { return bm::ibetac_inv(a, b, q, Quiet()); });
}

long double log_rising(double x, double n) {
    if (n == 0) return 0;
    try {
        return bm::lgamma(static_cast<long double>(x) + n, Quiet()) -
               bm::lgamma(static_cast<long double>(x), Quiet());
    } catch (...) {
        return std::numeric_limits<long double>::quiet_NaN();
    }
}

// In long double, since the three terms cancel.
double log_beta(double a, double b) {
    return quietly([&] {
        const long double x = a, y = b;
        return static_cast<double>(bm::lgamma(x, Quiet()) + bm::lgamma(y, Quiet()) -
                                   bm::lgamma(x + y, Quiet()));
    });
}

double binomial_cdf(double k, double n, double p) {
    if (k < 0) return 0;
    if (k >= n) return 1;
    return beta_sf(p, k + 1, n - k);
}

double lambert_w_minus1(double x) {
    return quietly([&] { return bm::lambert_wm1(x, Quiet()); });
}

}  // namespace pgprompt
