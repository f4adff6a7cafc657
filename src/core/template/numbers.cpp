#include "core/template/numbers.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "core/template/text.h"

// GCC 12 warns of Boost's inline storage once it is inlined here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace pgprompt {
namespace {

using Big = boost::multiprecision::cpp_int;

// As many bits as kMaxDigits digits may have, and some to spare.
constexpr size_t kMaxBits = kMaxDigits * 10 / 3 + 16;

[[noreturn]] void too_large() {
    throw Failure(Code::limit_exceeded,
                  "an integer would have more than " + std::to_string(kMaxDigits) + " digits");
}

Big big_of(const Value& v) {
    if (v.is(Value::Kind::digits)) {
        if (v.length > kMaxDigits + 1) too_large();
        return Big(std::string(v.view()));
    }
    return Big(small_integer(v));
}

size_t bits_of(const Big& b) {
    return b.is_zero() ? 0 : boost::multiprecision::msb(boost::multiprecision::abs(b)) + 1;
}

Value value_of(const Big& b, Arena& arena) {
    if (b >= INT64_MIN && b <= INT64_MAX) return Value::of(static_cast<int64_t>(b));
    if (bits_of(b) > kMaxBits) too_large();
    std::string digits = b.str();
    if (digits.size() > kMaxDigits + 1) too_large();
    return Value::of_digits(arena.copy(digits));
}

[[noreturn]] void divided_by_zero(Arithmetic op, bool real) {
    const char* message = op == Arithmetic::divide   ? (real ? "float division by zero" : "division by zero")
                          : op == Arithmetic::modulo ? (real ? "float modulo" : "integer modulo by zero")
                                                     : (real ? "float floor division by zero"
                                                             : "integer division or modulo by zero");
    throw Failure(Code::template_error, message);
}

int64_t floor_quotient(int64_t a, int64_t b) {
    return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}
int64_t floor_remainder(int64_t a, int64_t b) {
    int64_t r = a % b;
    return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
}

Value real_arithmetic(Arithmetic op, double a, double b) {
    switch (op) {
        case Arithmetic::add:
            return Value::of(a + b);
        case Arithmetic::subtract:
            return Value::of(a - b);
        case Arithmetic::multiply:
            return Value::of(a * b);
        case Arithmetic::divide:
            if (b == 0) divided_by_zero(op, true);
            return Value::of(a / b);
        case Arithmetic::floor_divide: {
            if (b == 0) divided_by_zero(op, true);
            double remainder = std::fmod(a, b);
            double quotient = (a - remainder) / b;
            if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1;
            if (quotient == 0) return Value::of(std::copysign(0.0, a / b));
            double floored = std::floor(quotient);
            return Value::of(quotient - floored > 0.5 ? floored + 1 : floored);
        }
        case Arithmetic::modulo: {
            if (b == 0) divided_by_zero(op, true);
            double remainder = std::fmod(a, b);
            if (remainder == 0) return Value::of(std::copysign(0.0, b));
            return Value::of((b < 0) != (remainder < 0) ? remainder + b : remainder);
        }
        default:
            break;
    }
    if (a == 0 && b < 0) throw Failure(Code::template_error, "0.0 cannot be raised to a negative power");
    if (a < 0 && std::isfinite(a) && std::isfinite(b) && std::floor(b) != b) {
        throw Failure(Code::template_error, "a negative number cannot be raised to a fractional power");
    }
    double result = std::pow(a, b);
    if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) {
        throw Failure(Code::template_error, "the result of ** is too large for a float");
    }
    return Value::of(result);
}

Value big_arithmetic(Arithmetic op, const Value& a, const Value& b, Arena& arena) {
    Big x = big_of(a), y = big_of(b);
    switch (op) {
        case Arithmetic::add:
            return value_of(x + y, arena);
        case Arithmetic::subtract:
            return value_of(x - y, arena);
        case Arithmetic::multiply:
            if (bits_of(x) + bits_of(y) > kMaxBits + 2) too_large();
            return value_of(x * y, arena);
        case Arithmetic::floor_divide:
        case Arithmetic::modulo: {
            if (y.is_zero()) divided_by_zero(op, false);
            Big quotient, remainder;
            boost::multiprecision::divide_qr(x, y, quotient, remainder);
            if (!remainder.is_zero() && (remainder < 0) != (y < 0)) {
                remainder += y;
                quotient -= 1;
            }
            return value_of(op == Arithmetic::modulo ? remainder : quotient, arena);
        }
        default:
            break;
    }
    if (y.is_zero()) return Value::of(int64_t{1});
    if (bits_of(x) <= 1) {
        return Value::of(x < 0 && !boost::multiprecision::bit_test(y, 0) ? int64_t{1}
                                                                         : static_cast<int64_t>(x));
    }
    if (y > kMaxBits || (bits_of(x) - 1) * static_cast<size_t>(y) > kMaxBits) too_large();
    auto exponent = static_cast<unsigned>(y);
    return value_of(boost::multiprecision::pow(x, exponent), arena);
}

}  // namespace

std::string decimal_digits(std::string_view digits, int base) {
    if (digits.size() > kMaxBits) too_large();
    Big value = 0;
    for (char c : digits) {
        int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
        value = value * base + digit;
    }
    std::string text = value.str();
    if (text.size() > kMaxDigits) too_large();
    return text;
}

size_t write_real(double value, char* to) {
    if (std::isnan(value)) return std::memcpy(to, "nan", 3), 3;
    if (std::isinf(value)) {
        const char* name = value < 0 ? "-inf" : "inf";
        size_t length = std::strlen(name);
        std::memcpy(to, name, length);
        return length;
    }
    double magnitude = std::fabs(value);
    if (magnitude < 1e15 && (magnitude >= 1e-4 || magnitude == 0)) {
        char* at = to;
        if (std::signbit(value)) *at++ = '-';
        // A decimal of at most 15 digits that reads back as the number is its shortest text: try few places
        // first.
        static constexpr double kPowers[] = {1, 10, 100, 1000, 10000};
        for (int places = 0; places < 5; ++places) {
            double scaled = magnitude * kPowers[places];
            if (scaled >= 1e15) break;
            auto whole = static_cast<int64_t>(scaled + 0.5);
            if (static_cast<double>(whole) / kPowers[places] != magnitude) continue;
            auto power = static_cast<int64_t>(kPowers[places]);
            at = std::to_chars(at, at + 20, whole / power).ptr;
            *at++ = '.';
            if (places == 0) {
                *at++ = '0';
                return static_cast<size_t>(at - to);
            }
            int64_t fraction = whole % power;
            for (power /= 10; power; power /= 10) *at++ = static_cast<char>('0' + fraction / power % 10);
            return static_cast<size_t>(at - to);
        }
    }
    char raw[32];
    auto [end, error] = std::to_chars(raw, raw + sizeof raw, value, std::chars_format::scientific);
    (void)error;
    const char* e = static_cast<const char*>(std::memchr(raw, 'e', static_cast<size_t>(end - raw)));
    int exponent = std::atoi(std::string(e + 1, static_cast<const char*>(end)).c_str());
    char digits[24] = {};
    size_t count = 0;
    const char* from = raw;
    char* at = to;
    if (*from == '-') *at++ = *from++;
    for (; from < e; ++from)
        if (*from != '.') digits[count++] = *from;
    if (exponent < -4 || exponent >= 16) {
        *at++ = digits[0];
        if (count > 1) {
            *at++ = '.';
            std::memcpy(at, digits + 1, count - 1);
            at += count - 1;
        }
        *at++ = 'e';
        *at++ = exponent < 0 ? '-' : '+';
        int magnitude = exponent < 0 ? -exponent : exponent;
        if (magnitude < 10) *at++ = '0';
        at = std::to_chars(at, at + 4, magnitude).ptr;
        return static_cast<size_t>(at - to);
    }
    if (exponent < 0) {
        *at++ = '0';
        *at++ = '.';
        for (int i = -1; i > exponent; --i) *at++ = '0';
        std::memcpy(at, digits, count);
        return static_cast<size_t>(at - to) + count;
    }
    size_t whole = static_cast<size_t>(exponent) + 1;
    for (size_t i = 0; i < whole; ++i) *at++ = i < count ? digits[i] : '0';
    *at++ = '.';
    if (count > whole) {
        std::memcpy(at, digits + whole, count - whole);
        at += count - whole;
    } else {
        *at++ = '0';
    }
    return static_cast<size_t>(at - to);
}

double to_real(const Value& v) {
    switch (v.kind) {
        case Value::Kind::real:
            return v.real;
        case Value::Kind::digits: {
            double d = std::strtod(std::string(v.view()).c_str(), nullptr);
            if (std::isinf(d)) throw Failure(Code::template_error, "the integer is too large for a float");
            return d;
        }
        default:
            return static_cast<double>(small_integer(v));
    }
}

int64_t clamp_integer(const Value& v) {
    if (v.is(Value::Kind::digits)) return v.view()[0] == '-' ? INT64_MIN : INT64_MAX;
    return small_integer(v);
}

Value arithmetic(Arithmetic op, const Value& a, const Value& b, Arena& arena) {
    if (a.is(Value::Kind::real) || b.is(Value::Kind::real))
        return real_arithmetic(op, to_real(a), to_real(b));
    if (op == Arithmetic::divide) {
        if (!a.is(Value::Kind::digits) && !b.is(Value::Kind::digits)) {
            int64_t x = small_integer(a), y = small_integer(b);
            if (y == 0) divided_by_zero(op, false);
            constexpr int64_t kExact = int64_t{1} << 53;
            if (x >= -kExact && x <= kExact && y >= -kExact && y <= kExact) {
                return Value::of(static_cast<double>(x) / static_cast<double>(y));
            }
        }
        // Correctly rounded: scale the quotient to 62 or 63 bits and keep whether anything is left.
        Big x = big_of(a), y = big_of(b);
        if (y.is_zero()) divided_by_zero(op, false);
        bool negative = (x < 0) != (y < 0);
        x = boost::multiprecision::abs(x);
        y = boost::multiprecision::abs(y);
        if (x.is_zero()) return Value::of(0.0);
        auto shift = static_cast<long>(bits_of(y)) - static_cast<long>(bits_of(x)) + 62;
        if (shift > 0)
            x <<= static_cast<unsigned>(shift);
        else
            y <<= static_cast<unsigned>(-shift);
        Big quotient = x / y;
        if (quotient * y != x) quotient |= 1;
        double d =
            std::ldexp(static_cast<double>(quotient.convert_to<uint64_t>()), static_cast<int>(-shift));
        if (std::isinf(d))
            throw Failure(Code::template_error, "integer division result too large for a float");
        return Value::of(negative ? -d : d);
    }
    if (op == Arithmetic::power) {
        bool negative = b.is(Value::Kind::digits) ? b.view()[0] == '-' : small_integer(b) < 0;
        if (negative) {
            if (!a.is(Value::Kind::digits) && small_integer(a) == 0) {
                throw Failure(Code::template_error, "0.0 cannot be raised to a negative power");
            }
            return real_arithmetic(op, to_real(a), to_real(b));
        }
        return big_arithmetic(op, a, b, arena);
    }
    if (a.is(Value::Kind::digits) || b.is(Value::Kind::digits)) return big_arithmetic(op, a, b, arena);
    int64_t x = small_integer(a), y = small_integer(b), result;
    switch (op) {
        case Arithmetic::add:
            if (!__builtin_add_overflow(x, y, &result)) return Value::of(result);
            break;
        case Arithmetic::subtract:
            if (!__builtin_sub_overflow(x, y, &result)) return Value::of(result);
            break;
        case Arithmetic::multiply:
            if (!__builtin_mul_overflow(x, y, &result)) return Value::of(result);
            break;
        case Arithmetic::floor_divide:
        case Arithmetic::modulo:
            if (y == 0) divided_by_zero(op, false);
            if (x == INT64_MIN && y == -1) break;
            return Value::of(op == Arithmetic::modulo ? floor_remainder(x, y) : floor_quotient(x, y));
        default:
            break;
    }
    return big_arithmetic(op, a, b, arena);
}

Value negate(const Value& v, Arena& arena) {
    if (v.is(Value::Kind::real)) return Value::of(-v.real);
    if (!v.is(Value::Kind::digits) && small_integer(v) != INT64_MIN) return Value::of(-small_integer(v));
    return value_of(-big_of(v), arena);
}

Value absolute(const Value& v, Arena& arena) {
    if (v.is(Value::Kind::real)) return Value::of(std::fabs(v.real));
    bool negative = v.is(Value::Kind::digits) ? v.view()[0] == '-' : small_integer(v) < 0;
    if (negative) return negate(v, arena);
    return v.is(Value::Kind::boolean) ? Value::of(small_integer(v)) : v;
}

Value integer_of_real(double value, Arena& arena) {
    if (std::isnan(value)) throw Failure(Code::template_error, "cannot convert float NaN to integer");
    if (std::isinf(value)) throw Failure(Code::template_error, "cannot convert float infinity to integer");
    value = std::trunc(value);
    if (std::fabs(value) < 9.2e18) return Value::of(static_cast<int64_t>(value));
    return value_of(Big(value), arena);
}

namespace {

// The text without white space around and with single underscores taken out; false if they are misplaced.
// Digits of other scripts become ASCII ones.
bool plain_number(std::string_view s, std::string* to) {
    s = text::strip_left(text::strip_right(s));
    bool digit_before = false;
    for (size_t at = 0; at < s.size();) {
        uint32_t c = text::decode(s, &at);
        if (c == '_') {
            if (!digit_before || at >= s.size()) return false;
            size_t next = at;
            uint32_t following = text::decode(s, &next);
            if (!(text::is_alnum(following))) return false;
            digit_before = false;
            continue;
        }
        if (c >= 0x80) {
            if (!text::is_decimal(c)) return false;
            // Decimal digits come in runs of ten, the zero at a multiple of 16 or 10 below: find it.
            uint32_t zero = c;
            while (text::is_decimal(zero - 1) && c - zero < 9) --zero;
            to->push_back(static_cast<char>('0' + (c - zero)));
        } else {
            to->push_back(static_cast<char>(c));
        }
        digit_before = text::is_alnum(c);
    }
    return !to->empty();
}

}  // namespace

bool parse_integer(std::string_view source, int base, Arena& arena, Value* result) {
    std::string s;
    if (!plain_number(source, &s)) return false;
    bool negative = false;
    std::string_view digits = s;
    if (digits[0] == '-' || digits[0] == '+') {
        negative = digits[0] == '-';
        digits.remove_prefix(1);
    }
    if (digits.size() > 2 && digits[0] == '0') {
        char c = static_cast<char>(digits[1] | 32);
        int prefix = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
        if (prefix && (base == prefix || base == 0)) {
            base = prefix;
            digits.remove_prefix(2);
        }
    }
    if (base == 0) {
        base = 10;
        if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != std::string_view::npos)
            return false;
    }
    if (digits.empty() || base < 2 || base > 36) return false;
    for (char c : digits) {
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'z' ? (c | 32) - 'a' + 10
                                                         : 99;
        if (digit >= base) return false;
    }
    int64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    (void)end;
    if (error == std::errc()) {
        *result = Value::of(negative ? -value : value);
        return true;
    }
    std::string decimal = decimal_digits(digits, base);
    Big big(decimal);
    *result = value_of(negative ? Big(-big) : big, arena);
    return true;
}

bool parse_real(std::string_view source, double* result) {
    std::string s;
    if (!plain_number(source, &s)) return false;
    std::string_view body = s;
    if (body[0] == '+' || body[0] == '-') body.remove_prefix(1);
    std::string low = text::lower(body);
    if (low == "inf" || low == "infinity") {
        *result = s[0] == '-' ? -INFINITY : INFINITY;
        return true;
    }
    if (low == "nan") {
        *result = NAN;
        return true;
    }
    if (body.empty() || !((body[0] >= '0' && body[0] <= '9') || body[0] == '.')) return false;
    if (body.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return false;
    char* end = nullptr;
    *result = std::strtod(s.c_str(), &end);
    return end == s.c_str() + s.size();
}

std::string integer_in_base(const Value& v, int base, bool upper) {
    Big big = big_of(v);
    bool negative = big < 0;
    std::string digits;
    if (base == 10) {
        digits = Big(boost::multiprecision::abs(big)).str();
    } else {
        Big rest = boost::multiprecision::abs(big);
        do {
            int digit = static_cast<int>(rest % base);
            digits.push_back(static_cast<char>(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10));
            rest /= base;
        } while (!rest.is_zero());
        digits.assign(digits.rbegin(), digits.rend());
    }
    return negative ? "-" + digits : digits;
}

int compare_integers(const Value& a, const Value& b) {
    if (!a.is(Value::Kind::digits) && !b.is(Value::Kind::digits)) {
        int64_t x = small_integer(a), y = small_integer(b);
        return x < y ? -1 : x > y;
    }
    auto negative = [](const Value& v) {
        return v.is(Value::Kind::digits) ? v.view()[0] == '-' : small_integer(v) < 0;
    };
    if (negative(a) != negative(b)) return negative(a) ? -1 : 1;
    int sign = negative(a) ? -1 : 1;
    // Digits lie beyond int64, so the one that has them is larger in magnitude.
    if (!a.is(Value::Kind::digits)) return -sign;
    if (!b.is(Value::Kind::digits)) return sign;
    if (a.length != b.length) return a.length < b.length ? -sign : sign;
    int c = a.view().compare(b.view());
    return c < 0 ? -sign : c > 0 ? sign : 0;
}

int compare_integer_real(const Value& a, double b) {
    if (std::isnan(b)) return 2;
    if (std::isinf(b)) return b > 0 ? -1 : 1;
    if (!a.is(Value::Kind::digits)) {
        int64_t x = small_integer(a);
        if (x >= -(int64_t{1} << 53) && x <= (int64_t{1} << 53)) {
            auto d = static_cast<double>(x);
            return d < b ? -1 : d > b;
        }
    }
    Big x = big_of(a);
    double whole = std::trunc(b);
    Big y(whole);
    if (x != y) return x < y ? -1 : 1;
    return b > whole ? -1 : b < whole;
}

double round_real(double value, int digits) {
    if (!std::isfinite(value)) return value;
    if (digits > 323) return value;
    if (digits < -308) return std::copysign(0.0, value);
    if (digits >= 0) {
        // Printing rounds the exact value, half to even.
        char buffer[1500];
        int length = std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
        if (length <= 0 || length >= static_cast<int>(sizeof buffer)) return value;
        return std::strtod(buffer, nullptr);
    }
    // On the exact decimal digits, half to even, too.
    const double whole = std::trunc(std::fabs(value));
    const bool has_fraction = whole != std::fabs(value);
    char buffer[400];
    std::string kept(buffer, static_cast<size_t>(std::snprintf(buffer, sizeof buffer, "%.0f", whole)));
    const auto dropped = static_cast<size_t>(-digits);
    if (kept.size() < dropped) return std::copysign(0.0, value);
    const std::string rest = kept.substr(kept.size() - dropped);
    kept.resize(kept.size() - dropped);
    kept.insert(0, 1, '0');
    const bool above_half =
        rest[0] > '5' || (rest[0] == '5' && (has_fraction || rest.find_first_not_of('0', 1) != rest.npos));
    const bool is_half = rest[0] == '5' && !above_half;
    if (above_half || (is_half && (kept.back() - '0') % 2 == 1)) {
        size_t at = kept.size() - 1;
        while (kept[at] == '9') kept[at--] = '0';
        ++kept[at];
    }
    kept.append(dropped, '0');
    const double result = std::copysign(std::strtod(kept.c_str(), nullptr), value);
    if (std::isinf(result)) throw Failure(Code::template_error, "rounded value too large to represent");
    return result;
}

}  // namespace pgprompt
