// What the rules found in one request, gathered over its stages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/rule_set.h"
#include "core/request/external.h"

namespace pgprompt {

// What of a request is stored with its execution.
enum class LogContent : uint8_t {
    full,      // everything, but for what redacting rules mask
    redacted,  // every finding of any rule masked
    none,      // no texts
};

struct CheckOptions {
    LogContent log_content = LogContent::full;
    std::string_view hash_key;          // of masks that are hashes; empty: they are plain masks
    ExternalRules* external = nullptr;  // null: rules that call functions cannot be evaluated
    Poll poll = nullptr;
};

class Findings {
 public:
    // Holds one text against the rules of `mask` and keeps what they found under a stage and path. Answers
    // what was found in this text. `name` is the part of the path that may be stored: a variable's own name,
    // or a message's number. Throws Failure.
    std::vector<Violation> evaluate(const RuleSet& rules, const RuleMask& mask, Stage stage,
                                    std::string_view path, std::string_view name, std::string_view text,
                                    const CheckOptions& options);

    // Notes that the rules of `mask` were held against a stage, whether or not they found anything.
    void mark_evaluated(const RuleSet& rules, const RuleMask& mask, Stage stage);

    bool blocked() const { return blocked_; }
    std::string violations_json() const;
    std::string evaluated_json() const;
    std::vector<std::string> violated_rules() const;

 private:
    struct Evaluated {
        std::string rule;
        Stage stage;
        int violations;
        std::string found;  // the members of the JSON list
    };

    std::string violations_;  // the members of the JSON list
    std::vector<Evaluated> evaluated_;
    bool blocked_ = false;
};

// `text` with the spans of the violations masked: of all rules, or only of those whose enforcement is redact.
std::string masked(const RuleSet& rules, std::string_view text, const std::vector<Violation>& violations,
                   bool of_all_rules, const CheckOptions& options);

}  // namespace pgprompt
