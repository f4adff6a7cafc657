#include "core/request/findings.h"

#include <algorithm>
#include <cstdio>

#include "core/json_writer.h"

namespace pgprompt {

namespace {

// How many findings of one rule are kept with an execution; the count goes on.
constexpr int kMaxStored = 1000;

std::string number(double value) {
    char text[32];
    snprintf(text, sizeof(text), "%.4g", value);
    return text;
}

std::string span_json(const Violation& violation) {
    return "\"entity\":" + json_string(violation.entity) +
           ",\"start\":" + std::to_string(violation.start_offset) +
           ",\"end\":" + std::to_string(violation.end_offset) + ",\"score\":" + number(violation.score);
}

}  // namespace

std::vector<Violation> Findings::evaluate(const RuleSet& rules, const RuleMask& mask, Stage stage,
                                          std::string_view path, std::string_view name, std::string_view text,
                                          const CheckOptions& options) {
    auto found = evaluate_all(rules, text, mask, options.external, options.poll);
    for (const Violation& violation : found) {
        if (!violations_.empty()) violations_ += ',';
        violations_ += "{\"rule\":" + json_string(violation.rule_name);
        violations_ += ",\"rule_type\":" + json_string(name_of(violation.rule_type));
        violations_ += ",\"severity\":" + json_string(name_of(violation.severity));
        violations_ += ",\"enforcement\":" + json_string(name_of(violation.enforcement));
        violations_ += ",\"stage\":" + json_string(name_of(stage));
        if (!path.empty()) violations_ += ",\"path\":" + json_string(path);
        violations_ += ",\"message\":" + json_string(violation.message);
        violations_ += "," + span_json(violation) + "}";
        for (Evaluated& entry : evaluated_) {
            if (entry.stage != stage || entry.rule != violation.rule_name) continue;
            if (++entry.violations > kMaxStored) continue;
            if (!entry.found.empty()) entry.found += ',';
            entry.found += "{";
            if (!name.empty()) entry.found += "\"name\":" + json_string(name) + ",";
            entry.found += span_json(violation);
            entry.found += ",\"severity\":" + json_string(name_of(violation.severity));
            entry.found += ",\"enforcement\":" + json_string(name_of(violation.enforcement)) + "}";
        }
    }
    blocked_ = blocked_ || is_blocked(found);
    return found;
}

void Findings::mark_evaluated(const RuleSet& rules, const RuleMask& mask, Stage stage) {
    for (uint32_t i = 0; i < rules.size(); i++) {
        if (mask.test(i)) evaluated_.push_back({rules.rule(i).name, stage, 0, {}});
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
                ",\"violations\":" + std::to_string(entry.violations);
        if (!entry.found.empty()) json += ",\"found\":[" + entry.found + "]";
        json += '}';
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
                   bool of_all_rules, const CheckOptions& options) {
    std::vector<RedactSpan> spans;
    for (const Violation& violation : violations) {
        // A redacting rule that could not be evaluated might have covered anything: nothing is left.
        const Rule& rule = rules.rule(violation.rule);
        if (!of_all_rules && rule.enforcement != Enforcement::redact) continue;
        // A rule about the text as a whole, such as its length, has nothing to cover.
        if (of_all_rules && violation.rule_type == RuleType::max_length) continue;
        RedactSpan span;
        span.start_byte = violation.start_byte;
        span.end_byte = violation.end_byte;
        span.entity = violation.entity;
        span.score = violation.score;
        span.validated = violation.validated;
        span.mode = rule.redact;
        spans.push_back(span);
    }
    if (spans.empty()) return std::string(text);
    RedactOptions cover;
    cover.hash_key = options.hash_key;
    cover.poll = options.poll;
    return redact(text, std::move(spans), cover).take();
}

}  // namespace pgprompt
