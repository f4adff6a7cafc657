// What a guardrail rule is, as the caller states it and as a compiled rule set keeps it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/value.h"

namespace pgprompt {

enum class RuleType : uint8_t {
    regex,
    keyword,
    max_length,
    pii,
    injection,
    toxic,
    secret,
    model_check,
    custom
};
enum class Severity : uint8_t { info, warning, error, critical };
enum class Enforcement : uint8_t { logging, warning, redact, blocking };
// Where a rule looks: the values of the variables, the rendered prompt, the model's answer.
enum class Stage : uint8_t { input = 1, prompt = 2, response = 4 };
// What becomes of a text when its rule cannot be evaluated: a blocking violation (entity "evaluation_error"),
// the call fails with the error, or the rule is passed over.
enum class OnError : uint8_t { block, error, ignore };
// What stands in the place of what was found: <EMAIL>, <EMAIL:5f2c81d09a3e>, or j***@example.com.
enum class RedactMode : uint8_t { mask, hash, partial };

using Stages = uint8_t;  // Stage values, or-ed
inline constexpr Stages kAllStages = 7;
inline constexpr Stages stage_bit(Stage stage) {
    return static_cast<Stages>(stage);
}

// The words SQL uses for them. Parsing an unknown word gives invalid_parameter with the accepted words as the
// hint.
const char* name_of(RuleType type) noexcept;
const char* name_of(Severity severity) noexcept;
const char* name_of(Enforcement enforcement) noexcept;
const char* name_of(Stage stage) noexcept;
const char* name_of(OnError on_error) noexcept;
const char* name_of(RedactMode mode) noexcept;
Result<RuleType> parse_rule_type(std::string_view word) noexcept;
Result<Severity> parse_severity(std::string_view word) noexcept;
Result<Enforcement> parse_enforcement(std::string_view word) noexcept;
Result<Stage> parse_stage(std::string_view word) noexcept;
Result<OnError> parse_on_error(std::string_view word) noexcept;
Result<RedactMode> parse_redact_mode(std::string_view word) noexcept;

// One rule as stated. Everything is borrowed and read only during compile_rules(), check_rule() or
// test_rule().
//
// `config` is a map (null and undefined mean an empty one). Keys every type takes:
//   "message"   text shown with a violation; RuleSpec::message, where given, goes before it
//   "on_error"  "block" (default), "error" or "ignore"
//   "redact"    "mask" (default), "hash" or "partial": how enforcement `redact` covers what was found
// Keys of each type (a key that its type does not know is an error; those with a star are required):
//   regex       "pattern"* or "patterns"* (RE2 syntax; text, or list of texts), "flags" (letters of "ims";
//   "i" folds
//               case), "entity" (name in violations and masks, default "regex"), "normalise" (default true:
//               look through hidden characters, compatibility forms and look-alikes too), "decode" (default
//               false: look into base64, hex, percent, rot13, leet and spaced-out text too)
//   keyword     "keywords"* (list), "case_sensitive" (false), "word_boundary" (true), "entity" ("keyword"),
//               "normalise" (true), "decode" (true)
//   max_length  at least one of "max_characters", "max_bytes", "max_tokens" (tokens are estimated)
//   pii         "entities" (list of names from pii_entities(), default those marked as default there),
//   "exclude"
//               (list), "min_score" (0 to 1, default .5), "allow" (list of texts that are no finding)
//   injection   "families" (list of names from injection_families(), default all), "threshold" (0 to 1,
//   default
//               .5, held against the combined score of the families: below it nothing is found)
//   toxic       "min_severity" ("mild", "moderate", "severe"; default "moderate"), "categories" (list of
//   names from
//               toxic_categories()), "allow" (list of words), "words" (list of further words)
//   secret      "providers" (list of names from secret_kinds()), "exclude" (list), "min_score" (default .5),
//               "allow" (list of texts)
//   model_check "scorer"* ("injection", or a SQL function f(text) -> float8), "threshold"* (violated at or
//   above) custom      "function"* (f(content text, config jsonb)), "config" (any, handed to the function)
struct RuleSpec {
    std::string_view name;
    RuleType type = RuleType::regex;
    Value config;
    Severity severity = Severity::error;
    Enforcement enforcement = Enforcement::blocking;
    Stages stages = kAllStages;
    std::string_view message;
};

// One rule of a compiled set.
struct Rule {
    std::string name;
    RuleType type = RuleType::regex;
    Severity severity = Severity::error;
    Enforcement enforcement = Enforcement::blocking;
    Stages stages = kAllStages;
    OnError on_error = OnError::block;
    RedactMode redact = RedactMode::mask;
    std::string message;        // never empty: a sentence is made up where none was given
    std::string error_message;  // shown where the rule could not be evaluated

    // A rule the core cannot evaluate: model_check with a SQL scorer, or custom. The caller calls `function`
    // and reports what it says through external_violation() (rule_set.h).
    bool external = false;
    std::string function;
    std::string function_config;  // custom: JSON text
    double threshold = 0;         // model_check: violated when the score is at or above it
};

}  // namespace pgprompt
