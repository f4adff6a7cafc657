// Compares what the core computes with the rows of a reference file.
#pragma once

#include <cstdio>

#include "other_methods.h"
#include "reference_file.h"
#include "user_methods.h"

namespace reference {

struct Tolerance {
    bool relative = true;
    double value = 0;
};

// The tolerance of one expected field: "rel 1e-10", "abs 1e-6", "exact", and what some rows say in words.
inline Tolerance tolerance_of(const std::string& text, const std::string& field) {
    const auto has = [&](const char* word) { return text.find(word) != std::string::npos; };
    if (has("on sd")) return {true, field == "sd" ? 1e-8 : 1e-15};
    if (has("barnard")) return {false, field == "fisher_two_sided" ? 1e-12 : 1e-4};
    if (has("exact ranks")) return {false, field == "coverage" ? 1e-10 : 0};
    if (text == "exact") return {false, 0};
    const size_t at = text.find_first_of("0123456789");
    return {!has("abs"), at == std::string::npos ? 0 : std::stod(text.substr(at))};
}

// Reference values that better oracles refute: they count as passed where the refuting value is met.
struct Refuted {
    const char* method;
    const char* field;
    double expected;
    double refuting;
};
// Both rest on SciPy 1.10.1's t.ppf(.975, 55.70744914862206) = 2.0034728957581693; R 4.2.2 and mpmath (40
// digits) have 2.0034728971453082.
inline constexpr Refuted kRefuted[] = {
    {"welch_t_relative_delta_proportion(var=p(1-p))", "ci_lower", -0.4776740278937951, -0.4776740282706785},
    {"welch_t_relative_delta_proportion(var=p(1-p))", "ci_upper", 0.6110073612271284, 0.6110073616040119},
};

inline double refuting_value(const std::string& method, const std::string& field, double expected) {
    for (const Refuted& row : kRefuted) {
        if (method == row.method && field == row.field && expected == row.expected) {
            std::printf("  refuted %s.%s: expected %.17g, R and mpmath have %.17g\n", row.method, row.field,
                        expected, row.refuting);
            return row.refuting;
        }
    }
    return expected;
}

inline bool close(double got, double want, const Tolerance& tolerance) {
    if (got == want) return true;
    return std::fabs(got - want) <= tolerance.value * (tolerance.relative ? std::fabs(want) : 1);
}

// The expected numbers of a field; null stands for an unbounded end; empty: no number.
inline std::vector<double> numbers_of(const rapidjson::Value& value) {
    std::vector<double> out;
    const auto add = [&](const rapidjson::Value& item) {
        if (item.IsNumber()) out.push_back(item.GetDouble());
        if (item.IsBool()) out.push_back(item.GetBool() ? 1 : 0);
        if (item.IsNull()) out.push_back(INFINITY);
    };
    if (value.IsArray()) {
        for (const auto& item : value.GetArray()) add(item);
    } else {
        add(value);
    }
    return out;
}

struct Tally {
    int passed = 0, failed = 0, not_offered = 0;
    double digits = 99;  // the least agreement, of the rows whose oracle has 11 digits or more; 99: of none
    std::string fields;  // of passed rows, not offered
};

// To how many digits two numbers agree: at most 17, for equal ones.
inline double agreement(double got, double want, const Tolerance& tolerance) {
    if (got == want) return 17;
    const double scale = tolerance.relative ? std::fabs(want) : 1;
    const double apart = std::fabs(got - want) / (scale > 0 ? scale : 1);
    return std::isfinite(apart) ? std::min(17.0, -std::log10(apart)) : 0;
}

inline void check_row(const Row& row, const Method& method, const Inputs& inputs, Tally* tally) {
    const Computed computed = method(inputs);
    bool wrong = false;
    int compared = 0;
    for (const auto& member : row.expected.GetObject()) {
        const std::string field = member.name.GetString();
        const std::vector<double>* got = computed.find(field);
        const std::vector<double> want = numbers_of(member.value);
        if (!got || want.empty()) {
            if (tally->fields.find(field) == std::string::npos) tally->fields += " " + field;
            continue;
        }
        ++compared;
        const Tolerance tolerance = tolerance_of(row.tolerance, field);
        for (size_t i = 0; i < want.size(); ++i) {
            const double value = i < got->size() ? (*got)[i] : NAN;
            if (std::isinf(want[i]) && std::isinf(value)) continue;
            const double expected = refuting_value(row.method, field, want[i]);
            if (tolerance.value <= 1e-11) {
                tally->digits = std::min(tally->digits, agreement(value, expected, tolerance));
            }
            if (close(value, expected, tolerance)) continue;
            wrong = true;
            std::printf("  FAILED %s.%s: got %.17g, expected %.17g (%s)\n", row.method.c_str(), field.c_str(),
                        value, want[i], row.tolerance.c_str());
        }
    }
    if (wrong) {
        ++tally->failed;
    } else if (compared == 0) {
        ++tally->not_offered;
    } else {
        ++tally->passed;
    }
}

// All rows of a file, by method. Rows whose inputs are only {"data": ...} take those of the row before.
inline std::map<std::string, Tally> check_file(const std::string& path) {
    Methods known;
    add_two_sample(&known);
    add_users(&known);
    add_distributions(&known);
    add_multiplicity(&known);
    add_always_valid(&known);
    add_group_sequential(&known);
    add_bayes(&known);
    add_planning(&known);
    const std::vector<Row> rows = read_rows(path);
    std::map<std::string, Tally> tallies;
    const rapidjson::Value* previous = nullptr;
    for (const Row& row : rows) {
        Tally& tally = tallies[row.method];
        const bool as_previous = row.inputs.HasMember("data") && previous;
        if (!as_previous) previous = &row.inputs;
        const auto method = known.find(row.method);
        if (method == known.end()) {
            ++tally.not_offered;
            continue;
        }
        try {
            check_row(row, method->second, Inputs(*previous), &tally);
        } catch (const std::exception& failure) {
            ++tally.failed;
            std::printf("  FAILED %s: %s\n", row.method.c_str(), failure.what());
        }
    }
    return tallies;
}

}  // namespace reference
