// A two-sample comparison as columns of a row.
#pragma once

#include "pg/server.h"

#include <optional>

#include "core/experiment/comparison.h"

namespace pgprompt::pg {

// A number that may be absent, as plain data.
struct OptionalDouble {
    bool present;
    double value;
};

inline OptionalDouble plain(const std::optional<double>& value) {
    return {value.has_value(), value.value_or(0)};
}

inline void set_double(OptionalDouble number, Datum* value, bool* is_null) {
    *value = Float8GetDatum(number.value);
    *is_null = !number.present;
}

// A Comparison without its C++.
struct PlainComparison {
    OptionalDouble difference, ci_low, ci_high, statistic, p_value, lift, lift_low, lift_high;
    const char* note;  // static
};
PlainComparison plain(const Comparison& comparison);

// Sets difference, ci_low, ci_high, statistic, p_value, lift, lift_low, lift_high, note: nine columns.
void set_comparison(const PlainComparison& comparison, Datum* values, bool* nulls);

}  // namespace pgprompt::pg
