// Numbers as Python has them: integers of any size, doubles printed by their shortest text.
//
// An integer that fits is Value::Kind::integer, a larger one Value::Kind::digits; results are always in the
// smaller form. Beyond kMaxDigits digits arithmetic ends with limit_exceeded, as Python refuses to print such
// numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/arena.h"
#include "core/value.h"

namespace pgprompt {

inline constexpr size_t kMaxDigits = 4300;

// The decimal digits of an integer written in `base` (2 to 36).
std::string decimal_digits(std::string_view digits, int base);

// repr(float): into `to`, at least 32 bytes; returns the length.
size_t write_real(double value, char* to);

inline bool is_integer(const Value& v) {
    return v.is(Value::Kind::integer) || v.is(Value::Kind::boolean) || v.is(Value::Kind::digits);
}
inline bool is_number(const Value& v) {
    return is_integer(v) || v.is(Value::Kind::real);
}
inline int64_t small_integer(const Value& v) {
    return v.is(Value::Kind::boolean) ? v.boolean : v.integer;
}
// The number as a double; an integer too large for one is Python's OverflowError.
double to_real(const Value& number);
// An integer's value if it fits; else the nearest end of int64.
int64_t clamp_integer(const Value& v);

enum class Arithmetic : uint8_t { add, subtract, multiply, divide, floor_divide, modulo, power };

// a op b for two numbers, as Python computes it. Division by zero is a template_error.
Value arithmetic(Arithmetic op, const Value& a, const Value& b, Arena& arena);
Value negate(const Value& number, Arena& arena);
Value absolute(const Value& number, Arena& arena);
// int(float): truncated; infinities and NaN are errors.
Value integer_of_real(double value, Arena& arena);
// int(text, base); false if the text is no integer.
bool parse_integer(std::string_view text, int base, Arena& arena, Value* result);
// float(text); false if the text is no number.
bool parse_real(std::string_view text, double* result);
// An integer in another base, without prefix.
std::string integer_in_base(const Value& integer, int base, bool upper);
int compare_integers(const Value& a, const Value& b);
// An integer against a double, exactly; 2 if the double is NaN.
int compare_integer_real(const Value& a, double b);
// round(x, digits) of a float, half to even on its exact value.
double round_real(double value, int digits);

}  // namespace pgprompt
