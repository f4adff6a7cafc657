#include "core/guardrail/config_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pgprompt::guardrail {
namespace {

const char* kind_name(const Value& value) {
    switch (value.kind) {
        case Value::Kind::null:
            return "null";
        case Value::Kind::boolean:
            return "a boolean";
        case Value::Kind::integer:
        case Value::Kind::real:
        case Value::Kind::digits:
            return "a number";
        case Value::Kind::string:
            return "a text";
        case Value::Kind::list:
            return "a list";
        case Value::Kind::map:
            return "an object";
        default:
            return "nothing";
    }
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text.substr(0, 64)) + (text.size() > 64 ? "...\"" : "\"");
}

}  // namespace

ConfigReader::ConfigReader(std::string where, const Value& config)
    : where_(std::move(where)), config_(config) {
    if (config_.is(Value::Kind::null)) config_ = Value::undefined_();
    if (!config_.is(Value::Kind::map) && !config_.is(Value::Kind::undefined)) {
        fail(std::string("the configuration is ") + kind_name(config_) + ", not an object");
    }
}

bool ConfigReader::find(std::string_view key, Value* value) {
    known_.push_back(key);
    return config_.is(Value::Kind::map) && config_.find(key, value) && !value->is(Value::Kind::null);
}

bool ConfigReader::any(std::string_view key, Value* value) {
    return find(key, value);
}

bool ConfigReader::has(std::string_view key) const {
    Value value;
    return config_.is(Value::Kind::map) && config_.find(key, &value) && !value.is(Value::Kind::null);
}

std::optional<std::string> ConfigReader::text(std::string_view key) {
    Value value;
    if (!find(key, &value)) return std::nullopt;
    if (!value.is(Value::Kind::string)) wrong_type(key, "a text", value);
    return std::string(value.view());
}

std::string ConfigReader::text_or(std::string_view key, std::string_view fallback) {
    return text(key).value_or(std::string(fallback));
}

bool ConfigReader::flag(std::string_view key, bool fallback) {
    Value value;
    if (!find(key, &value)) return fallback;
    if (!value.is(Value::Kind::boolean)) wrong_type(key, "true or false", value);
    return value.boolean;
}

std::optional<double> ConfigReader::number(std::string_view key, double low, double high) {
    Value value;
    if (!find(key, &value)) return std::nullopt;
    double number = 0;
    if (value.is(Value::Kind::integer)) {
        number = static_cast<double>(value.integer);
    } else if (value.is(Value::Kind::real)) {
        number = value.real;
    } else {
        wrong_type(key, "a number", value);
    }
    if (!(number >= low && number <= high)) {
        char bounds[80];
        std::snprintf(bounds, sizeof bounds, "It lies between %g and %g.", low, high);
        fail(quoted(key) + " is out of range", {}, bounds);
    }
    return number;
}

std::optional<int64_t> ConfigReader::whole(std::string_view key, int64_t low, int64_t high) {
    Value value;
    if (!find(key, &value)) return std::nullopt;
    int64_t number = 0;
    if (value.is(Value::Kind::integer)) {
        number = value.integer;
    } else if (value.is(Value::Kind::real) && std::floor(value.real) == value.real &&
               std::fabs(value.real) < 1e15) {
        number = static_cast<int64_t>(value.real);
    } else {
        wrong_type(key, "a whole number", value);
    }
    if (number < low || number > high) {
        fail(quoted(key) + " is out of range", {},
             "It lies between " + std::to_string(low) + " and " + std::to_string(high) + ".");
    }
    return number;
}

std::optional<std::vector<std::string>> ConfigReader::texts(std::string_view key) {
    Value value;
    if (!find(key, &value)) return std::nullopt;
    std::vector<std::string> result;
    if (value.is(Value::Kind::string)) {
        result.emplace_back(value.view());
        return result;
    }
    if (!value.is(Value::Kind::list)) wrong_type(key, "a list of texts", value);
    Container::Cursor cursor;
    Value element;
    while (value.next(&cursor, nullptr, &element)) {
        if (!element.is(Value::Kind::string)) {
            fail("element " + std::to_string(result.size() + 1) + " of " + quoted(key) + " is " +
                 kind_name(element) + ", not a text");
        }
        result.emplace_back(element.view());
    }
    return result;
}

void ConfigReader::finish() const {
    if (!config_.is(Value::Kind::map)) return;
    Container::Cursor cursor;
    Value key;
    Value value;
    while (config_.next(&cursor, &key, &value)) {
        if (std::find(known_.begin(), known_.end(), key.view()) != known_.end()) continue;
        std::vector<std::string_view> names = known_;
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        std::string accepted;
        for (std::string_view name : names) accepted += (accepted.empty() ? "" : ", ") + std::string(name);
        fail("unknown key " + quoted(key.view()), {}, "This type of rule takes " + accepted + ".");
    }
}

void ConfigReader::fail(std::string problem, std::string detail, std::string hint) const {
    throw Failure(Code::invalid_parameter, where_ + ": " + std::move(problem), std::move(detail),
                  std::move(hint));
}

void ConfigReader::wrong_type(std::string_view key, const char* wanted, const Value& got) const {
    fail(quoted(key) + " is " + kind_name(got) + ", not " + wanted);
}

}  // namespace pgprompt::guardrail
