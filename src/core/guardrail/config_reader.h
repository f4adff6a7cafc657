// Reads a rule's config map and complains about what is wrong in it, naming the rule and the key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/value.h"

namespace pgprompt::guardrail {

class ConfigReader {
 public:
    // `where` is how messages name the rule: guardrail "no-cards" (pii).
    ConfigReader(std::string where, const Value& config);

    std::optional<std::string> text(std::string_view key);
    std::string text_or(std::string_view key, std::string_view fallback);
    bool flag(std::string_view key, bool fallback);
    std::optional<double> number(std::string_view key, double low, double high);
    std::optional<int64_t> whole(std::string_view key, int64_t low, int64_t high);
    // A list of texts; a single text stands for a list of one.
    std::optional<std::vector<std::string>> texts(std::string_view key);
    // The raw value, marked as known.
    bool any(std::string_view key, Value* value);
    bool has(std::string_view key) const;

    // invalid_parameter naming the first key that was never asked for.
    void finish() const;
    [[noreturn]] void fail(std::string problem, std::string detail = {}, std::string hint = {}) const;
    const std::string& where() const { return where_; }

 private:
    bool find(std::string_view key, Value* value);
    [[noreturn]] void wrong_type(std::string_view key, const char* wanted, const Value& got) const;

    std::string where_;
    Value config_;
    std::vector<std::string_view> known_;
};

}  // namespace pgprompt::guardrail
