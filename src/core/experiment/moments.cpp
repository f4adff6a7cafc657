#include "core/experiment/moments.h"

// GCC 12 sees an uninitialised limb in Boost's own assignment of a zero; there is none.
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <string>

#include "core/experiment/arguments.h"

namespace pgprompt {
namespace {

using Integer = boost::multiprecision::cpp_int;
using Ratio = boost::multiprecision::cpp_rational;

constexpr size_t kMaxDigits = 400;

[[noreturn]] void refuse_number(const char* name, std::string_view text) {
    throw Failure(Code::invalid_parameter, std::string(name) + " must be a decimal number",
                  "It is \"" + std::string(text.substr(0, 60)) + "\".");
}

// An exact decimal number as a fraction; empty reads as 0.
Ratio parse(const char* name, std::string_view text) {
    if (text.empty()) return 0;
    size_t at = 0;
    const bool negative = text[0] == '-';
    if (text[0] == '-' || text[0] == '+') ++at;
    std::string digits;
    long scale = 0;
    bool seen = false, fraction = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '.' && !fraction) {
            fraction = true;
        } else if (c >= '0' && c <= '9') {
            seen = true;
            digits += c;
            scale += fraction;
        } else {
            break;
        }
        if (digits.size() > kMaxDigits) refuse_number(name, text);
    }
    if (!seen) refuse_number(name, text);
    if (at < text.size()) {
        if (text[at] != 'e' && text[at] != 'E') refuse_number(name, text);
        ++at;
        bool below = false;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) below = text[at++] == '-';
        long exponent = 0;
        if (at == text.size()) refuse_number(name, text);
        for (; at < text.size(); ++at) {
            if (text[at] < '0' || text[at] > '9') refuse_number(name, text);
            exponent = exponent * 10 + (text[at] - '0');
            if (exponent > static_cast<long>(kMaxDigits)) refuse_number(name, text);
        }
        scale += below ? exponent : -exponent;
    }
    const size_t first = digits.find_first_not_of('0');
    Integer value = first == std::string::npos ? Integer(0) : Integer(digits.substr(first));
    if (negative) value = -value;
    const Integer power = pow(Integer(10), static_cast<unsigned>(scale < 0 ? -scale : scale));
    return scale < 0 ? Ratio(value * power) : Ratio(value, power);
}

double rounded(const Ratio& value) {
    const double result = value.convert_to<double>();
    if (!std::isfinite(result)) throw Failure(Code::invalid_parameter, "a sum is too large for a double");
    return result;
}

// The covariance of two sums' values over n users; a variance when both are the same.
Ratio covariance(const Integer& n, const Ratio& product, const Ratio& a, const Ratio& b) {
    if (n < 2) return 0;
    return (product * n - a * b) / (n * (n - 1));
}

double variance(const char* name, const Ratio& value) {
    if (value < 0) {
        throw Failure(Code::invalid_parameter, std::string(name) + " is smaller than its sum allows",
                      "The sum of squares times the number of users is below the square of the sum.");
    }
    return rounded(value);
}

void check_empty(const char* name, const Ratio& sum, const Ratio& squares) {
    if (sum != 0 || squares != 0) {
        throw Failure(Code::invalid_parameter, std::string(name) + " must be 0 where there are no users");
    }
}

}  // namespace

Result<UserMoments> moments_of(const UserSums& sums) noexcept {
    return protect([&] {
        arguments::count("users", sums.users);
        const Integer n = sums.users;
        const bool single = sums.m.empty() && sums.mm.empty() && sums.sm.empty();
        const Ratio s = parse("s", sums.s), ss = parse("ss", sums.ss);
        const Ratio m = single ? Ratio(n) : parse("m", sums.m), mm = single ? Ratio(n) : parse("mm", sums.mm);
        const Ratio sm = single ? s : parse("sm", sums.sm);
        UserMoments out;
        out.users = static_cast<double>(sums.users);
        out.has_covariate = !sums.x.empty();
        if (n == 0) {
            check_empty("s", s, ss);
            check_empty("m", m, mm);
            return out;
        }
        if (m < 0) throw Failure(Code::invalid_parameter, "m must not be negative");
        const Ratio var_s = covariance(n, ss, s, s), var_m = covariance(n, mm, m, m),
                    cov_sm = covariance(n, sm, s, m);
        out.mean_s = rounded(s / n);
        out.mean_m = rounded(m / n);
        out.var_s = variance("ss", var_s);
        out.var_m = variance("mm", var_m);
        out.cov_sm = rounded(cov_sm);
        Ratio r = 0;
        if (m > 0) {
            r = s / m;
            out.ratio = rounded(r);
            out.var_e = variance("ss", var_s - 2 * r * cov_sm + r * r * var_m);
            out.cov_em = rounded(cov_sm - r * var_m);
        }
        if (out.has_covariate) {
            const Ratio x = parse("x", sums.x), xx = parse("xx", sums.xx), xs = parse("xs", sums.xs);
            const Ratio xm = single ? x : parse("xm", sums.xm);
            const Ratio cov_xs = covariance(n, xs, x, s), cov_xm = covariance(n, xm, x, m);
            out.mean_x = rounded(x / n);
            out.var_x = variance("xx", covariance(n, xx, x, x));
            out.cov_xs = rounded(cov_xs);
            out.cov_xm = rounded(cov_xm);
            out.cov_xe = rounded(cov_xs - r * cov_xm);
        }
        return out;
    });
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
