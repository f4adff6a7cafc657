#include "core/experiment/moments.h"

// GCC 12 sees an uninitialised limb in Boost's own assignment of a zero; there is none.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <string>

#include "core/experiment/arguments.h"

namespace pgprompt {
namespace {

// Room for every product below of sums with kMaxDigits digits at kMaxScale decimal places, without the heap.
using Integer = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<
    6144, 6144, boost::multiprecision::signed_magnitude, boost::multiprecision::unchecked, void>>;

constexpr int kMaxDigits = 200;
constexpr int kMaxScale = 100;

// digits / 10^scale, scale >= 0.
struct Decimal {
    Integer digits = 0;
    int scale = 0;
};

[[noreturn]] void refuse_number(const char* name, std::string_view text) {
    throw Failure(Code::invalid_parameter,
                  std::string(name) + " must be a decimal number of at most 200 digits",
                  "It is \"" + std::string(text.substr(0, 60)) + "\".",
                  "Leave units without a value out before aggregating; NaN and infinity have no sum.");
}

Integer power_of_ten(int exponent) {
    return pow(Integer(10), static_cast<unsigned>(exponent));
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The exponent behind an "e", from `at` to the end.
int exponent_of(const char* name, std::string_view text, size_t at) {
    const bool below = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (at == text.size()) refuse_number(name, text);
    int exponent = 0;
    for (; at < text.size(); ++at) {
        if (!is_digit(text[at])) refuse_number(name, text);
        exponent = exponent * 10 + (text[at] - '0');
        if (exponent > kMaxScale) refuse_number(name, text);
    }
    return below ? -exponent : exponent;
}

// Empty reads as 0.
Decimal parse(const char* name, std::string_view text) {
    Decimal out;
    if (text.empty()) return out;
    size_t at = text[0] == '-' || text[0] == '+';
    int count = 0, scale = 0;
    bool fraction = false;
    uint64_t chunk = 0, unit = 1;  // digits are taken in by eighteens
    const auto flush = [&] {
        out.digits = out.digits * unit + chunk;
        chunk = 0;
        unit = 1;
    };
    for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !fraction)); ++at) {
        if (text[at] == '.') {
            fraction = true;
            continue;
        }
        if (++count > kMaxDigits) refuse_number(name, text);
        scale += fraction;
        chunk = chunk * 10 + static_cast<uint64_t>(text[at] - '0');
        unit *= 10;
        if (unit == 1'000'000'000'000'000'000u) flush();
    }
    flush();
    if (count == 0) refuse_number(name, text);
    if (at < text.size()) {
        if (text[at] != 'e' && text[at] != 'E') refuse_number(name, text);
        scale -= exponent_of(name, text, at + 1);
    }
    if (scale > kMaxScale) refuse_number(name, text);
    if (scale < 0) out.digits *= power_of_ten(-scale);
    out.scale = scale < 0 ? 0 : scale;
    if (text[0] == '-') out.digits = -out.digits;
    return out;
}

// The digits of a number at a scale that is no smaller than its own.
Integer at_scale(const Decimal& number, int scale) {
    return scale == number.scale ? number.digits
                                 : Integer(number.digits * power_of_ten(scale - number.scale));
}

double quotient(const Integer& numerator, const Integer& denominator) {
    const double value =
        static_cast<double>(numerator.convert_to<long double>() / denominator.convert_to<long double>());
    if (!std::isfinite(value)) {
        throw Failure(Code::invalid_parameter, "users' sums are beyond what double precision can answer",
                      "A mean or variance exceeds 1.8e308.",
                      "Scale the numbers: another unit of the metric.");
    }
    return value;
}

double variance(const char* name, const Integer& numerator, const Integer& denominator) {
    if (numerator < 0) {
        throw Failure(Code::invalid_parameter, std::string(name) + " is smaller than its sum allows",
                      "The sum of squares times the number of users is below the square of the sum.",
                      "Square each user's total first, then sum over users.");
    }
    return quotient(numerator, denominator);
}

// The scale of a quantity: of its sum, and half that of its squares, rounded up.
int scale_of(const Decimal& sum, const Decimal& squares) {
    return std::max(sum.scale, (squares.scale + 1) / 2);
}

void check_empty(const char* name, const Decimal& sum, const Decimal& squares) {
    if (sum.digits != 0 || squares.digits != 0) {
        throw Failure(Code::invalid_parameter, std::string(name) + " must be 0 where there are no users",
                      "Its sum or sum of squares is not.",
                      "Count the users of the same rows that are summed.");
    }
}

UserMoments digest(const UserSums& sums) {
    arguments::count("users", sums.users);
    const bool single = sums.m.empty() && sums.mm.empty() && sums.sm.empty();
    const Decimal s_sum = parse("s", sums.s), s_squares = parse("ss", sums.ss);
    const Decimal users{Integer(sums.users), 0};
    const Decimal m_sum = single ? users : parse("m", sums.m),
                  m_squares = single ? users : parse("mm", sums.mm);
    const Decimal product = single ? s_sum : parse("sm", sums.sm);
    UserMoments out;
    out.users = static_cast<double>(sums.users);
    out.has_covariate = !sums.x.empty();
    if (sums.users == 0) {
        check_empty("s", s_sum, s_squares);
        check_empty("m", m_sum, m_squares);
        return out;
    }
    // All integers from here: s in units of 10^-a, m of 10^-b.
    int a = scale_of(s_sum, s_squares);
    const int b = scale_of(m_sum, m_squares);
    a = std::max(a, product.scale - b);
    const Integer n = sums.users, one_a = power_of_ten(a), one_b = power_of_ten(b);
    const Integer s = at_scale(s_sum, a), ss = at_scale(s_squares, 2 * a);
    const Integer m = at_scale(m_sum, b), mm = at_scale(m_squares, 2 * b), sm = at_scale(product, a + b);
    if (m < 0)
        throw Failure(Code::invalid_parameter, "m must not be negative", "It is a number of rows.",
                      "m is the sum over users of their numbers of rows.");
    const bool several = sums.users > 1;
    const Integer pairs = several ? Integer(n * (n - 1)) : Integer(1),
                  rest = several ? Integer(n - 1) : Integer(1);
    out.mean_s = quotient(s, n * one_a);
    out.mean_m = quotient(m, n * one_b);
    out.ratio = m > 0 ? quotient(s * one_b, m * one_a) : 0;
    if (several) {
        out.var_s = variance("ss", n * ss - s * s, pairs * one_a * one_a);
        out.var_m = variance("mm", n * mm - m * m, pairs * one_b * one_b);
        out.cov_sm = quotient(n * sm - s * m, pairs * one_a * one_b);
    }
    if (several && m > 0) {
        // e = s - (S/M) m sums to 0, so its squares and products need no centring.
        out.var_e = variance("ss", (ss * m - 2 * s * sm) * m + s * s * mm, rest * m * m * one_a * one_a);
        out.cov_em = quotient(m * sm - s * mm, rest * m * one_a * one_b);
    }
    if (out.has_covariate) {
        const Decimal x_sum = parse("x", sums.x), x_squares = parse("xx", sums.xx),
                      with_s = parse("xs", sums.xs);
        const Decimal with_m = single ? x_sum : parse("xm", sums.xm);
        const int c = std::max({scale_of(x_sum, x_squares), with_s.scale - a, with_m.scale - b});
        const Integer x = at_scale(x_sum, c), xx = at_scale(x_squares, 2 * c), one_c = power_of_ten(c);
        const Integer xs = at_scale(with_s, a + c), xm = at_scale(with_m, b + c);
        out.mean_x = quotient(x, n * one_c);
        if (several) {
            out.var_x = variance("xx", n * xx - x * x, pairs * one_c * one_c);
            out.cov_xs = quotient(n * xs - x * s, pairs * one_a * one_c);
            out.cov_xm = quotient(n * xm - x * m, pairs * one_b * one_c);
            out.cov_xe = m > 0 ? quotient(m * xs - s * xm, rest * m * one_a * one_c) : 0;
        }
    }
    return out;
}

}  // namespace

Result<UserMoments> moments_of(const UserSums& sums) noexcept {
    return protect([&] { return digest(sums); });
}

UserMoments moments_of_mean(double users, double mean, double var) noexcept {
    UserMoments out;
    out.users = users;
    out.mean_s = out.ratio = mean;
    out.var_s = out.var_e = users < 2 ? 0 : var;
    return out;
}

UserMoments moments_of_successes(double x, double n) noexcept {
    return moments_of_mean(n, n > 0 ? x / n : 0, n > 1 ? x * (n - x) / (n * (n - 1)) : 0);
}

}  // namespace pgprompt
