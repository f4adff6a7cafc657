#include "core/experiment/arguments.h"

#include <cmath>
#include <cstdio>
#include <string>

#include "core/status.h"

namespace pgprompt::arguments {

namespace {

constexpr const char* kNoSuchNumber =
    "Leave units without a value out before aggregating; NaN and infinity have no mean.";

}  // namespace

void refuse(const char* name, const char* must, double got, const char* hint) {
    char text[64];
    std::snprintf(text, sizeof text, std::isfinite(got) ? "It is %.15g." : "It is %f.", got);
    throw Failure(Code::invalid_parameter, std::string(name) + " must " + must, text,
                  hint ? hint : "The page on statistics says what each argument means.");
}

void finite(const char* name, double value) {
    if (!std::isfinite(value)) refuse(name, "be a finite number", value, kNoSuchNumber);
}

void not_negative(const char* name, double value) {
    if (!std::isfinite(value) || value < 0)
        refuse(name, "be a finite number, not negative", value, kNoSuchNumber);
}

void positive(const char* name, double value) {
    if (!std::isfinite(value) || value <= 0) refuse(name, "be a finite number above 0", value, kNoSuchNumber);
}

void open_unit(const char* name, double value) {
    if (!(value > 0 && value < 1))
        refuse(name, "lie strictly between 0 and 1", value, "Shares and levels are fractions: 0.05, not 5.");
}

void probability(const char* name, double value) {
    if (!(value >= 0 && value <= 1))
        refuse(name, "lie between 0 and 1", value, "Shares and rates are fractions: 0.25, not 25.");
}

void beyond_precision() {
    throw Failure(Code::invalid_parameter, "the numbers given are beyond what double precision can answer",
                  "A figure on the way over- or underflows.",
                  "Scale the numbers: another unit of the metric.");
}

void units(const char* name, double value) {
    if (!(value > 0 && value <= 1e15)) {
        refuse(name, "be a number of units above 0, at most 1e15", value, "It may be fractional in a plan.");
    }
}

void count(const char* name, int64_t value) {
    if (value < 0 || value > (int64_t{1} << 53)) {
        refuse(name, "be a count from 0 to 2^53", static_cast<double>(value),
               "Counts are whole numbers of units.");
    }
}

void successes(const char* name, int64_t x, int64_t n) {
    count(name, x);
    if (x > n) {
        refuse(name, "not exceed its number of units", static_cast<double>(x),
               "Successes come first, then all units, successes and failures together.");
    }
}

void alpha(double value) {
    open_unit("alpha", value);
}

}  // namespace pgprompt::arguments
