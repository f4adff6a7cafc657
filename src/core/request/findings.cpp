#include "core/request/findings.h"

#include <algorithm>
#include <cstdio>

#include "core/json_writer.h"

namespace pgprompt {

std::vector<Violation> Findings::evaluate(const RuleSet& rules, const RuleMask& mask, Stage stage,
                                          std::string_view path, std::string_view text, Poll poll) {
    EvaluateOptions options;
    options.poll = poll;
    auto found = evaluate_rules(rules, text, mask, options).take();
    // A rule that nobody can evaluate blocks, unless it says otherwise itself.
    for (uint32_t i = 0; i < rules.size(); i++) {
        const Rule& rule = rules.rule(i);
        if (!mask.test(i) || !rule.external || rule.on_error == OnError::ignore) continue;
        if (rule.on_error == OnError::error) {
            throw Failure(Code::invalid_parameter, "guardrail \"" + rule.name + "\" cannot be evaluated");
        }
        found.push_back(evaluation_error_violation(rules, i, text));
    }
    for (const Violation& violation : found) {
        if (!violations_.empty()) violations_ += ',';
        violations_ += "{\"rule\":" + json_string(violation.rule_name);
        violations_ += ",\"rule_type\":" + json_string(name_of(violation.rule_type));
        violations_ += ",\"severity\":" + json_string(name_of(violation.severity));
        violations_ += ",\"enforcement\":" + json_string(name_of(violation.enforcement));
        violations_ += ",\"stage\":" + json_string(name_of(stage));
        if (!path.empty()) violations_ += ",\"path\":" + json_string(path);
        violations_ += ",\"entity\":" + json_string(violation.entity);
        violations_ += ",\"message\":" + json_string(violation.message);
        violations_ += ",\"start\":" + std::to_string(violation.start_offset);
        violations_ += ",\"end\":" + std::to_string(violation.end_offset);
        char score[32];
        snprintf(score, sizeof(score), "%.4g", violation.score);
        violations_ += std::string(",\"score\":") + score + "}";
        for (Evaluated& entry : evaluated_) {
            if (entry.stage == stage && entry.rule == violation.rule_name) entry.violations++;
        }
    }
    blocked_ = blocked_ || is_blocked(found);
    return found;
}

void Findings::mark_evaluated(const RuleSet& rules, const RuleMask& mask, Stage stage) {
    for (uint32_t i = 0; i < rules.size(); i++) {
        if (mask.test(i)) evaluated_.push_back({rules.rule(i).name, stage, 0});
    }
}

std::string Findings::violations_json() const {
    return "[" + violations_ + "]";
}

std::string Findings::evaluated_json() const {
    std::string json = "[";
    for (const Evaluated& entry : evaluated_) {
        if (json.size() > 1) json += ',';
        json += "{\"rule\":" + json_string(entry.rule) + ",\"stage\":" + json_string(name_of(entry.stage)) +
                ",\"passed\":" + (entry.violations == 0 ? "true" : "false") +
                ",\"violations\":" + std::to_string(entry.violations) + "}";
    }
    return json + "]";
}

std::vector<std::string> Findings::violated_rules() const {
    std::vector<std::string> names;
    for (const Evaluated& entry : evaluated_) {
        if (entry.violations > 0 && std::find(names.begin(), names.end(), entry.rule) == names.end()) {
            names.push_back(entry.rule);
        }
    }
    return names;
}

std::string masked(const RuleSet& rules, std::string_view text, const std::vector<Violation>& violations,
                   bool of_all_rules) {
    if (!of_all_rules) return redact_violations(rules, text, violations).take();
    std::vector<RedactSpan> spans;
    for (const Violation& violation : violations) {
        // A rule about the text as a whole, such as its length, has nothing to cover.
        if (violation.rule_type == RuleType::max_length) continue;
        RedactSpan span;
        span.start_byte = violation.start_byte;
        span.end_byte = violation.end_byte;
        span.entity = violation.entity;
        span.score = violation.score;
        span.validated = violation.validated;
        span.mode = rules.rule(violation.rule).redact;
        spans.push_back(span);
    }
    return redact(text, std::move(spans)).take();
}

}  // namespace pgprompt
