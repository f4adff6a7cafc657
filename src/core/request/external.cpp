#include "core/request/external.h"

#include <algorithm>
#include <cmath>

namespace pgprompt {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Entities stand in masks such as <EMAIL>, and are stored.
bool is_entity(std::string_view name) {
    return !name.empty() && name.size() <= 63 && is_letter(name[0]) &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ' ';
           });
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return x == y || (is_letter(x) && is_letter(y) && (x | 0x20) == (y | 0x20));
           });
}

// The characters [start, end) of a text.
std::string_view characters(std::string_view text, uint32_t start, uint32_t end) {
    const auto byte_of = [&](size_t from, uint32_t count) {
        while (count > 0 && from < text.size()) {
            for (++from; from < text.size() && (text[from] & 0xC0) == 0x80;) ++from;
            --count;
        }
        return from;
    };
    const size_t first = byte_of(0, start);
    return text.substr(first, byte_of(first, end - start) - first);
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
    size_t length = 0;
    bool counted = false;
    for (const ExternalFinding& finding : answer.findings) {
        if (!finding.entity.empty() && !is_entity(finding.entity)) return "an entity is no name";
        if (!std::isfinite(finding.score)) return "a score is no finite number";
        if (finding.score < 0) return "a score is below 0";
        if (!finding.has_span) {
            if (equal_ignoring_case(finding.entity, text)) return "an entity repeats what was found";
            continue;
        }
        if (!counted) length = count_characters(text);
        counted = true;
        if (finding.start > finding.end || finding.end > length) return "a span lies outside the text";
        if (finding.start == finding.end) return "a span is empty";
        if (equal_ignoring_case(finding.entity, characters(text, finding.start, finding.end)))
            return "an entity repeats what was found";
    }
    return {};
}

}  // namespace

void add_external(const RuleSet& rules, uint32_t index, std::string_view text, const ExternalAnswer& answer,
                  std::vector<Violation>* out, bool explain_defects) {
    const Rule& rule = rules.rule(index);
    const std::string_view defect = defect_of(rule, text, answer);
    if (!defect.empty()) {
        if (rule.on_error == OnError::error) {
            throw Failure(Code::invalid_parameter, "guardrail \"" + rule.name + "\" cannot be evaluated",
                          std::string(defect));
        }
        if (rule.on_error == OnError::ignore && !explain_defects) return;
        out->push_back(evaluation_error_violation(rules, index, text));
        if (explain_defects) out->back().message = defect;
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
        if (answer != nullptr)
            add_external(rules, i, text, *answer, &found,
                         external != nullptr && external->explains_defects());
    }
    if (found.size() > own) {
        std::stable_sort(found.begin(), found.end(), [](const Violation& a, const Violation& b) {
            return a.start_byte != b.start_byte ? a.start_byte < b.start_byte : a.rule < b.rule;
        });
    }
    return found;
}

}  // namespace pgprompt
