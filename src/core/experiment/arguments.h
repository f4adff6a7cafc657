// Checks of arguments, inside this room: each throws a Failure that names the argument.
#pragma once

#include <cstdint>

namespace pgprompt::arguments {

[[noreturn]] void refuse(const char* name, const char* must, double got);

void finite(const char* name, double value);
void not_negative(const char* name, double value);       // finite and >= 0
void positive(const char* name, double value);           // finite and > 0
void open_unit(const char* name, double value);          // strictly between 0 and 1
void probability(const char* name, double value);        // 0 to 1
void count(const char* name, int64_t value);             // >= 0, at most 2^53 so that a double holds it
void successes(const char* name, int64_t x, int64_t n);  // 0 <= x <= n
void alpha(double value);                                // strictly between 0 and 1

}  // namespace pgprompt::arguments
