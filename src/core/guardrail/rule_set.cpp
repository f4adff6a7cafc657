#include "core/guardrail/rule_set.h"

#include <algorithm>

#include "core/guardrail/compiled_rule_set.h"
#include "core/guardrail/evaluation.h"
#include "core/guardrail/utf8.h"

namespace pgprompt {
namespace {

using guardrail::CompiledRuleSet;

uint32_t size_of(std::string_view text) {
    return static_cast<uint32_t>(text.size());
}

uint32_t byte_of_character(std::string_view text, uint32_t character) {
    size_t at = 0;
    while (character > 0 && at < text.size()) {
        guardrail::next_code_point(text, &at);
        --character;
    }
    return static_cast<uint32_t>(at);
}

void place(Violation* violation, std::string_view text, uint32_t start, uint32_t end) {
    violation->start_byte = start;
    violation->end_byte = end;
    violation->start_offset = static_cast<uint32_t>(guardrail::count_characters(text.substr(0, start)));
    violation->end_offset =
        violation->start_offset +
        static_cast<uint32_t>(guardrail::count_characters(text.substr(start, end - start)));
}

}  // namespace

RuleMask RuleSet::select(Stage stage) const {
    RuleMask mask(size());
    for (uint32_t i = 0; i < size(); ++i) mask.set(i, (rules_[i].stages & stage_bit(stage)) != 0);
    return mask;
}

Result<std::shared_ptr<const RuleSet>> compile_rules(const std::vector<RuleSpec>& specs,
                                                     const RuleSetOptions& options) noexcept {
    return protect([&]() -> std::shared_ptr<const RuleSet> {
        return std::make_shared<const CompiledRuleSet>(specs, options);
    });
}

Result<RuleCheck> check_rule(const RuleSpec& spec, Poll poll) noexcept {
    return protect([&] {
        RuleSetOptions options;
        options.poll = poll;
        const CompiledRuleSet set({spec}, options);
        RuleCheck check;
        check.notes = set.notes();
        if (set.rule(0).external) check.function = set.rule(0).function;
        if (spec.type == RuleType::regex && set.matcher().unfiltered() > 0) {
            check.notes.push_back(
                "no literal or rare sequence is part of every match, so each text is searched for the "
                "pattern by itself");
        }
        return check;
    });
}

Result<std::vector<Violation>> evaluate_rules(const RuleSet& rules, std::string_view text,
                                              const RuleMask& mask, const EvaluateOptions& options) noexcept {
    return protect([&] {
        if (text.size() > INT32_MAX)
            throw Failure(Code::limit_exceeded, "the text to check is longer than 2 GB");
        if (!guardrail::is_utf8(text))
            throw Failure(Code::invalid_text, "the text to check is not valid UTF-8");
        return guardrail::evaluate(static_cast<const CompiledRuleSet&>(rules), text, mask, options);
    });
}

Violation external_violation(const RuleSet& rules, uint32_t rule, std::string_view text,
                             double score) noexcept {
    Violation violation = guardrail::violation_of(rules, rule);
    violation.entity = name_of(violation.rule_type);
    violation.score = score;
    place(&violation, text, 0, size_of(text));
    return violation;
}

Violation external_violation(const RuleSet& rules, uint32_t rule, std::string_view text, double score,
                             uint32_t start_offset, uint32_t end_offset) noexcept {
    Violation violation = external_violation(rules, rule, text, score);
    const uint32_t start = byte_of_character(text, start_offset);
    const uint32_t characters = end_offset > start_offset ? end_offset - start_offset : 0;
    place(&violation, text, start, start + byte_of_character(text.substr(start), characters));
    return violation;
}

Violation evaluation_error_violation(const RuleSet& rules, uint32_t rule, std::string_view text) noexcept {
    Violation violation = external_violation(rules, rule, text, 1);
    violation.entity = "evaluation_error";
    violation.message = rules.rule(rule).error_message;
    violation.enforcement = Enforcement::blocking;
    return violation;
}

bool is_blocked(const std::vector<Violation>& violations) noexcept {
    return std::any_of(violations.begin(), violations.end(), [](const Violation& violation) {
        return violation.enforcement == Enforcement::blocking;
    });
}

Result<std::string> redact_violations(const RuleSet& rules, std::string_view text,
                                      const std::vector<Violation>& violations,
                                      const RedactOptions& options) noexcept {
    return protect([&] {
        std::vector<RedactSpan> spans;
        for (const Violation& violation : violations) {
            if (violation.enforcement != Enforcement::redact) continue;
            spans.push_back({violation.start_byte, violation.end_byte, violation.entity, violation.score,
                             violation.validated, rules.rule(violation.rule).redact});
        }
        return redact(text, std::move(spans), options).take();
    });
}

Result<RuleTest> test_rule(const RuleSpec& spec, std::string_view text,
                           const EvaluateOptions& options) noexcept {
    return protect([&] {
        RuleTest test;
        test.rules = compile_rules({spec}).take();
        test.violations = evaluate_rules(*test.rules, text, test.rules->all(), options).take();
        return test;
    });
}

}  // namespace pgprompt
