// The guardrail engine: rules are compiled once into an immutable set, which any number of texts is held
// against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/redact.h"
#include "core/guardrail/rule.h"
#include "core/status.h"

namespace pgprompt {

class RuleSet;

// Which rules of a set to hold against a text.
class RuleMask {
 public:
    RuleMask() = default;
    explicit RuleMask(uint32_t rules, bool value = false)
        : words_((rules + 63) / 64, value ? ~uint64_t{0} : uint64_t{0}) {}
    bool test(uint32_t rule) const noexcept {
        return rule / 64 < words_.size() && (words_[rule / 64] >> (rule % 64) & 1) != 0;
    }
    void set(uint32_t rule, bool value = true) noexcept {
        if (rule / 64 >= words_.size()) return;
        const uint64_t bit = uint64_t{1} << (rule % 64);
        words_[rule / 64] = value ? words_[rule / 64] | bit : words_[rule / 64] & ~bit;
    }

 private:
    std::vector<uint64_t> words_;
};

// One thing found. Texts are borrowed: from the RuleSet, or static.
struct Violation {
    uint32_t rule = 0;  // index in the RuleSet
    RuleType rule_type = RuleType::regex;
    Severity severity = Severity::error;
    Enforcement enforcement = Enforcement::blocking;
    bool validated = false;  // a check digit, checksum or decoded structure proved it
    std::string_view rule_name;
    std::string_view message;
    std::string_view entity;    // "email", "override", ...; upper-cased in masks
    std::string_view view;      // how it was seen: "raw", "normalised", "base64", "rot13", ...
    uint32_t start_offset = 0;  // characters (code points) of the text as given, from 0
    uint32_t end_offset = 0;    // exclusive
    uint32_t start_byte = 0;
    uint32_t end_byte = 0;  // exclusive
    double score = 1;       // 0 to 1
};

struct EvaluateOptions {
    Poll poll = nullptr;
    // A rule that only reports (any enforcement but redact) reports no more than this many findings of one
    // text.
    uint32_t max_findings_per_rule = 1000;
    // With more findings than this in one text the rules that were at it could not be evaluated, and follow
    // their on_error (error: limit_exceeded): what cannot be covered must not pass.
    uint32_t max_findings = 1000000;
};

struct RuleSetOptions {
    Poll poll = nullptr;
    size_t max_memory =
        size_t{64} << 20;  // of the compiled set, as memory_bytes() counts; limit_exceeded beyond
    size_t max_pattern_memory = 1 << 20;  // of one regex, program and automata
};

// Immutable; may be shared between callers. Index i is the i-th RuleSpec given to compile_rules().
class RuleSet {
 public:
    virtual ~RuleSet() = default;
    uint32_t size() const noexcept { return static_cast<uint32_t>(rules_.size()); }
    const Rule& rule(uint32_t index) const noexcept { return rules_[index]; }
    // The rules that look at a stage.
    RuleMask select(Stage stage) const;
    RuleMask all() const { return RuleMask(size(), true); }
    // Bytes held, the budgets of the regex automata at their usual fill included.
    virtual size_t memory_bytes() const noexcept = 0;

 protected:
    std::vector<Rule> rules_;
};

// Compiles rules. Errors: invalid_parameter (unknown key, wrong type, unknown entity, empty list, ...),
// invalid_regex (detail: the pattern with a caret under the place; hint: what to write instead),
// limit_exceeded. The message names the rule.
Result<std::shared_ptr<const RuleSet>> compile_rules(const std::vector<RuleSpec>& specs,
                                                     const RuleSetOptions& options = {}) noexcept;

// What a valid rule is worth telling its author about.
struct RuleCheck {
    std::vector<std::string> notes;  // "the lookaround (?<!\w) was read as \b", "matches the empty text", ...
    std::string function;            // that an external rule calls; empty for the others
};
// Validates one rule as compile_rules() would, and with more care.
Result<RuleCheck> check_rule(const RuleSpec& spec, Poll poll = nullptr) noexcept;

// Holds `text` (UTF-8) against the rules of `mask`; external rules are left to the caller. Violations come in
// order of start, then rule. A span seen through a decoded or normalised view covers the characters of `text`
// it came from. Errors: invalid_text, cancelled, limit_exceeded, out_of_memory; a rule that cannot be
// evaluated follows its on_error.
Result<std::vector<Violation>> evaluate_rules(const RuleSet& rules, std::string_view text,
                                              const RuleMask& mask,
                                              const EvaluateOptions& options = {}) noexcept;

// A violation of an external rule, over the characters [start, end) or, without them, the whole text.
Violation external_violation(const RuleSet& rules, uint32_t rule, std::string_view text,
                             double score) noexcept;
Violation external_violation(const RuleSet& rules, uint32_t rule, std::string_view text, double score,
                             uint32_t start_offset, uint32_t end_offset) noexcept;
// What to report when a rule could not be evaluated and its on_error says `block`.
Violation evaluation_error_violation(const RuleSet& rules, uint32_t rule, std::string_view text) noexcept;

// True when any violation blocks.
bool is_blocked(const std::vector<Violation>& violations) noexcept;

// `text` with what rules of enforcement `redact` found covered, each as its rule says ("redact").
Result<std::string> redact_violations(const RuleSet& rules, std::string_view text,
                                      const std::vector<Violation>& violations,
                                      const RedactOptions& options = {}) noexcept;

// One rule held against one text, before it goes live. `rules` owns what the violations borrow.
struct RuleTest {
    std::shared_ptr<const RuleSet> rules;
    std::vector<Violation> violations;
};
Result<RuleTest> test_rule(const RuleSpec& spec, std::string_view text,
                           const EvaluateOptions& options = {}) noexcept;

}  // namespace pgprompt
