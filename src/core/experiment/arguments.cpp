#include "core/experiment/arguments.h"

#include <cmath>
#include <cstdio>
#include <string>

#include "core/status.h"

namespace pgprompt::arguments {

void refuse(const char* name, const char* must, double got) {
    char text[64];
    std::snprintf(text, sizeof text, "It is %.17g.", got);
    throw Failure(Code::invalid_parameter, std::string(name) + " must " + must, text);
}

void finite(const char* name, double value) {
    if (!std::isfinite(value)) refuse(name, "be a finite number", value);
}

void not_negative(const char* name, double value) {
    if (!std::isfinite(value) || value < 0) refuse(name, "be a finite number, not negative", value);
}

void positive(const char* name, double value) {
    if (!std::isfinite(value) || value <= 0) refuse(name, "be a finite number above 0", value);
}

void open_unit(const char* name, double value) {
    if (!(value > 0 && value < 1)) refuse(name, "lie strictly between 0 and 1", value);
}

void probability(const char* name, double value) {
    if (!(value >= 0 && value <= 1)) refuse(name, "lie between 0 and 1", value);
}

void count(const char* name, int64_t value) {
    if (value < 0 || value > (int64_t{1} << 53)) {
        refuse(name, "be a count from 0 to 2^53", static_cast<double>(value));
    }
}

void successes(const char* name, int64_t x, int64_t n) {
    count(name, x);
    if (x > n) refuse(name, "not exceed its number of units", static_cast<double>(x));
}

void alpha(double value) {
    open_unit("alpha", value);
}

}  // namespace pgprompt::arguments
