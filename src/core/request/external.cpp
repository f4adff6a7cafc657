#include "core/request/external.h"

#include <algorithm>
#include <cmath>

namespace pgprompt {

namespace {

// Entities stand in masks such as <EMAIL>.
bool is_entity(std::string_view name) {
    return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == ' ';
    });
}

size_t count_characters(std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Why an answer is none, or empty.
std::string_view defect_of(const Rule& rule, std::string_view text, const ExternalAnswer& answer) {
    if (!answer.failure.empty()) return answer.failure;
    if (rule.type == RuleType::model_check) {
        return std::isfinite(answer.score) ? std::string_view() : "the score is no finite number";
    }
    size_t characters = 0;
    bool counted = false;
    for (const ExternalFinding& finding : answer.findings) {
        if (!finding.entity.empty() && !is_entity(finding.entity)) return "an entity is no name";
        if (!std::isfinite(finding.score)) return "a score is no finite number";
        if (!finding.has_span) continue;
        if (!counted) characters = count_characters(text);
        counted = true;
        if (finding.start > finding.end || finding.end > characters) return "a span lies outside the text";
    }
    return {};
}

}  // namespace

void add_external(const RuleSet& rules, uint32_t index, std::string_view text, const ExternalAnswer& answer,
                  std::vector<Violation>* out) {
    const Rule& rule = rules.rule(index);
    const std::string_view defect = defect_of(rule, text, answer);
    if (!defect.empty()) {
        if (rule.on_error == OnError::ignore) return;
        if (rule.on_error == OnError::error) {
            throw Failure(Code::invalid_parameter, "guardrail \"" + rule.name + "\" cannot be evaluated",
                          std::string(defect));
        }
        out->push_back(evaluation_error_violation(rules, index, text));
        return;
    }
    if (rule.type == RuleType::model_check) {
        if (answer.score >= rule.threshold) {
            out->push_back(external_violation(rules, index, text, answer.score));
        }
        return;
    }
    for (const ExternalFinding& finding : answer.findings) {
        Violation violation = finding.has_span ? external_violation(rules, index, text, finding.score,
                                                                    finding.start, finding.end)
                                               : external_violation(rules, index, text, finding.score);
        if (!finding.entity.empty()) violation.entity = finding.entity;
        if (!finding.message.empty()) violation.message = finding.message;
        out->push_back(violation);
    }
}

std::vector<Violation> evaluate_all(const RuleSet& rules, std::string_view text, const RuleMask& mask,
                                    ExternalRules* external, Poll poll) {
    EvaluateOptions options;
    options.poll = poll;
    auto found = evaluate_rules(rules, text, mask, options).take();
    const size_t own = found.size();
    for (uint32_t i = 0; i < rules.size(); i++) {
        if (!mask.test(i) || !rules.rule(i).external) continue;
        if (poll != nullptr && poll()) throw Failure(Code::cancelled, "cancelled");
        static const ExternalAnswer nobody{"nobody can call the function here", 0, {}};
        const ExternalAnswer* answer = external == nullptr ? &nobody : external->answer(i, text);
        if (answer != nullptr) add_external(rules, i, text, *answer, &found);
    }
    if (found.size() > own) {
        std::stable_sort(found.begin(), found.end(), [](const Violation& a, const Violation& b) {
            return a.start_byte != b.start_byte ? a.start_byte < b.start_byte : a.rule < b.rule;
        });
    }
    return found;
}

}  // namespace pgprompt
