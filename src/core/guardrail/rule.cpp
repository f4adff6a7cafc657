#include "core/guardrail/rule.h"

namespace pgprompt {
namespace {

constexpr const char* kTypes[] = {"regex", "keyword", "max_length",  "pii",   "injection",
                                  "toxic", "secret",  "model_check", "custom"};
constexpr const char* kSeverities[] = {"info", "warning", "error", "critical"};
constexpr const char* kEnforcements[] = {"logging", "warning", "redact", "blocking"};
constexpr const char* kStages[] = {"input", "prompt", "response"};
constexpr const char* kOnErrors[] = {"block", "error", "ignore"};
constexpr const char* kModes[] = {"mask", "hash", "partial"};

template <class T, size_t N>
Result<T> parse(const char* const (&words)[N], std::string_view word, const char* what) noexcept {
    return protect([&]() -> T {
        std::string accepted;
        for (size_t i = 0; i < N; ++i) {
            if (word == words[i]) return static_cast<T>(i);
            accepted += (i == 0 ? "" : ", ") + std::string(words[i]);
        }
        throw Failure(Code::invalid_parameter,
                      "unknown " + std::string(what) + " \"" + std::string(word.substr(0, 64)) + "\"", {},
                      "It is one of " + accepted + ".");
    });
}

}  // namespace

const char* name_of(RuleType type) noexcept {
    return kTypes[static_cast<size_t>(type)];
}
const char* name_of(Severity severity) noexcept {
    return kSeverities[static_cast<size_t>(severity)];
}
const char* name_of(Enforcement enforcement) noexcept {
    return kEnforcements[static_cast<size_t>(enforcement)];
}
const char* name_of(Stage stage) noexcept {
    return kStages[stage == Stage::input ? 0 : stage == Stage::prompt ? 1 : 2];
}
const char* name_of(OnError on_error) noexcept {
    return kOnErrors[static_cast<size_t>(on_error)];
}
const char* name_of(RedactMode mode) noexcept {
    return kModes[static_cast<size_t>(mode)];
}

Result<RuleType> parse_rule_type(std::string_view word) noexcept {
    return parse<RuleType>(kTypes, word, "rule type");
}
Result<Severity> parse_severity(std::string_view word) noexcept {
    return parse<Severity>(kSeverities, word, "severity");
}
Result<Enforcement> parse_enforcement(std::string_view word) noexcept {
    return parse<Enforcement>(kEnforcements, word, "enforcement");
}
Result<Stage> parse_stage(std::string_view word) noexcept {
    auto index = parse<Stage>(kStages, word, "stage");
    if (index.ok()) return static_cast<Stage>(1 << static_cast<int>(*index));
    return index;
}
Result<OnError> parse_on_error(std::string_view word) noexcept {
    return parse<OnError>(kOnErrors, word, "on_error");
}
Result<RedactMode> parse_redact_mode(std::string_view word) noexcept {
    return parse<RedactMode>(kModes, word, "redaction mode");
}

}  // namespace pgprompt
