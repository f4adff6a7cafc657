// Checks of arguments, inside this area: each throws a Failure that names the argument.
#pragma once

#include <cstdint>

namespace pgprompt::arguments {

// Without a hint of its own: that the page on statistics explains the argument.
[[noreturn]] void refuse(const char* name, const char* must, double got, const char* hint = nullptr);

// For numbers each of which is allowed, but which lead beyond the range of a double together.
[[noreturn]] void beyond_precision();

void finite(const char* name, double value);
void not_negative(const char* name, double value);       // finite and >= 0
void positive(const char* name, double value);           // finite and > 0
void open_unit(const char* name, double value);          // strictly between 0 and 1
void probability(const char* name, double value);        // 0 to 1
void units(const char* name, double value);              // a planned number of them: above 0, at most 1e15
void count(const char* name, int64_t value);             // >= 0, at most 2^53 so that a double holds it
void successes(const char* name, int64_t x, int64_t n);  // 0 <= x <= n
void alpha(double value);                                // strictly between 0 and 1

}  // namespace pgprompt::arguments
