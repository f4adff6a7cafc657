#include "core/guardrail/rule_set.h"

#include <algorithm>
#include <map>

#include "core/guardrail/config_reader.h"
#include "core/guardrail/detect.h"
#include "core/guardrail/regex_program.h"
#include "core/guardrail/utf8.h"

namespace pgprompt {
namespace {

using namespace guardrail;

struct Probe {
    std::string entity;
    RegexProgram program;
    double score = 1;
};

struct Thin {
    std::vector<Probe> probes;
    int64_t max_characters = -1, max_bytes = -1, max_tokens = -1;
};

const std::map<std::string, std::string>& pii_patterns() {
    static const std::map<std::string, std::string> patterns = {
        {"email", R"([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})"},
        {"phone", R"(\+?\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b)"},
        {"ssn", R"(\b\d{3}-\d{2}-\d{4}\b)"},
        {"credit_card", R"(\b(?:\d[ -]?){13,16}\b)"},
        {"ip_address", R"(\b(?:\d{1,3}\.){3}\d{1,3}\b)"}};
    return patterns;
}

const std::map<std::string, std::string>& injection_patterns() {
    static const std::map<std::string, std::string> patterns = {
        {"override",
         R"((?i)\b(?:ignore|disregard|forget|override)\b(?:\W+\w+){0,4}?\W+(?:instructions?|prompts?|rules))"},
        {"extraction",
         R"((?i)\b(?:reveal|show|print|repeat|output)\b(?:\W+\w+){0,3}?\W+(?:system prompt|instructions))"},
        {"persona", R"((?i)\byou are now (?:dan|an? unrestricted|in developer mode))"}};
    return patterns;
}

constexpr char kToxic[] = R"((?i)\b(?:fuck(?:ing|er|ed)?|shit(?:ty)?|bitch|asshole|cunt|kill yourself)\b)";

std::vector<DetectorName> names_from(const std::map<std::string, std::string>& patterns) {
    std::vector<DetectorName> names;
    for (const auto& entry : patterns) names.push_back({entry.first, entry.first, true});
    return names;
}

std::string escape(std::string_view literal) {
    return RE2::QuoteMeta(std::string(literal));
}

class ThinRuleSet : public RuleSet {
 public:
    ThinRuleSet(const std::vector<RuleSpec>& specs, const RuleSetOptions& options) {
        for (const RuleSpec& spec : specs) add(spec, options);
    }
    size_t memory_bytes() const noexcept override {
        size_t bytes = sizeof *this + rules_.size() * sizeof(Rule);
        for (const Thin& thin : thin_) {
            for (const Probe& probe : thin.probes) bytes += probe.program.memory_bytes();
        }
        return bytes;
    }
    const Thin& thin(uint32_t rule) const { return thin_[rule]; }

 private:
    void add(const RuleSpec& spec, const RuleSetOptions& options) {
        const std::string where = "guardrail \"" + std::string(spec.name) + "\" (" + name_of(spec.type) + ")";
        ConfigReader config(where, spec.config);
        Rule rule;
        rule.name = spec.name;
        rule.type = spec.type;
        rule.severity = spec.severity;
        rule.enforcement = spec.enforcement;
        rule.stages = spec.stages;
        rule.message = config.text_or("message", "");
        if (!spec.message.empty()) rule.message = spec.message;
        if (rule.message.empty()) rule.message = "matches " + where;
        if (auto word = config.text("on_error")) rule.on_error = parse_on_error(*word).take();
        if (auto word = config.text("redact")) rule.redact = parse_redact_mode(*word).take();
        Thin thin;
        const auto probe = [&](std::string entity, std::string_view pattern, RegexFlags flags = {}) {
            thin.probes.push_back(
                {std::move(entity), RegexProgram(where, pattern, flags, options.max_pattern_memory)});
        };
        switch (spec.type) {
            case RuleType::regex: {
                auto patterns = config.texts("patterns").value_or(std::vector<std::string>{});
                if (auto one = config.text("pattern")) patterns.push_back(*one);
                if (patterns.empty()) config.fail("\"pattern\" or \"patterns\" is missing");
                RegexFlags flags;
                for (const char c : config.text_or("flags", "")) {
                    if (c == 'i') {
                        flags.fold_case = true;
                    } else if (c == 'm') {
                        flags.multi_line = true;
                    } else if (c == 's') {
                        flags.dot_all = true;
                    } else {
                        config.fail("unknown flag \"" + std::string(1, c) + "\"", {},
                                    "Flags are letters of \"ims\".");
                    }
                }
                const std::string entity = config.text_or("entity", "regex");
                config.flag("normalise", true);
                config.flag("decode", false);
                for (const std::string& pattern : patterns) probe(entity, pattern, flags);
                break;
            }
            case RuleType::keyword: {
                const auto keywords = config.texts("keywords");
                if (!keywords || keywords->empty()) config.fail("\"keywords\" is missing or empty");
                RegexFlags flags;
                flags.fold_case = !config.flag("case_sensitive", false);
                const bool bounded = config.flag("word_boundary", true);
                const std::string entity = config.text_or("entity", "keyword");
                config.flag("normalise", true);
                config.flag("decode", true);
                for (const std::string& word : *keywords) {
                    if (word.empty()) config.fail("a keyword is empty");
                    const std::string edge = bounded ? "\\b" : "";
                    probe(entity, edge + escape(word) + edge, flags);
                }
                break;
            }
            case RuleType::max_length:
                thin.max_characters = config.whole("max_characters", 0, INT32_MAX).value_or(-1);
                thin.max_bytes = config.whole("max_bytes", 0, INT32_MAX).value_or(-1);
                thin.max_tokens = config.whole("max_tokens", 0, INT32_MAX).value_or(-1);
                if (thin.max_characters < 0 && thin.max_bytes < 0 && thin.max_tokens < 0) {
                    config.fail("no limit given", {}, "Give max_characters, max_bytes or max_tokens.");
                }
                break;
            case RuleType::pii: {
                const auto wanted = config.texts("entities");
                config.texts("exclude");
                config.texts("allow");
                config.number("min_score", 0, 1);
                for (const auto& entry : pii_patterns()) {
                    if (wanted && std::find(wanted->begin(), wanted->end(), entry.first) == wanted->end())
                        continue;
                    probe(entry.first, entry.second);
                }
                break;
            }
            case RuleType::injection:
                config.texts("families");
                config.number("threshold", 0, 1);
                for (const auto& entry : injection_patterns()) probe(entry.first, entry.second);
                break;
            case RuleType::toxic:
                config.texts("categories");
                config.text("min_severity");
                config.texts("allow");
                config.texts("words");
                probe("toxic", kToxic);
                break;
            case RuleType::secret:
                config.texts("providers");
                config.texts("exclude");
                config.texts("allow");
                config.number("min_score", 0, 1);
                probe("aws_access_key", "\\bAKIA[0-9A-Z]{16}\\b");
                break;
            case RuleType::model_check:
                rule.function = config.text("scorer").value_or("");
                if (rule.function.empty()) config.fail("\"scorer\" is missing");
                if (!config.has("threshold")) config.fail("\"threshold\" is missing");
                rule.threshold = config.number("threshold", -1e308, 1e308).value_or(0);
                rule.external = rule.function != "injection";
                break;
            case RuleType::custom: {
                rule.function = config.text("function").value_or("");
                if (rule.function.empty()) config.fail("\"function\" is missing");
                Value ignored;
                config.any("config", &ignored);
                rule.external = true;
                break;
            }
        }
        config.finish();
        rules_.push_back(std::move(rule));
        thin_.push_back(std::move(thin));
    }

    std::vector<Thin> thin_;
};

Violation base_violation(const RuleSet& rules, uint32_t index) {
    const Rule& rule = rules.rule(index);
    Violation v;
    v.rule = index;
    v.rule_type = rule.type;
    v.severity = rule.severity;
    v.enforcement = rule.enforcement;
    v.rule_name = rule.name;
    v.message = rule.message;
    v.view = "raw";
    return v;
}

uint32_t size32(std::string_view text) {
    return static_cast<uint32_t>(text.size());
}

uint32_t byte_of_character(std::string_view text, uint32_t character) {
    size_t at = 0;
    while (character > 0 && at < text.size()) {
        next_code_point(text, &at);
        --character;
    }
    return static_cast<uint32_t>(at);
}

void place(Violation* v, std::string_view text, uint32_t start, uint32_t end) {
    v->start_byte = start;
    v->end_byte = end;
    v->start_offset = static_cast<uint32_t>(count_characters(text.substr(0, start)));
    v->end_offset =
        v->start_offset + static_cast<uint32_t>(count_characters(text.substr(start, end - start)));
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
        auto rules = std::make_shared<const ThinRuleSet>(specs, options);
        if (rules->memory_bytes() > options.max_memory) {
            throw Failure(Code::limit_exceeded, "the guardrails need too much memory");
        }
        return rules;
    });
}

Result<RuleCheck> check_rule(const RuleSpec& spec) noexcept {
    return protect([&] {
        compile_rules({spec}).take();
        return RuleCheck{};
    });
}

Result<std::vector<Violation>> evaluate_rules(const RuleSet& rules, std::string_view text,
                                              const RuleMask& mask, const EvaluateOptions& options) noexcept {
    return protect([&] {
        if (text.size() > INT32_MAX || !is_utf8(text)) {
            throw Failure(Code::invalid_text, "the text to check is not valid UTF-8");
        }
        const auto& set = static_cast<const ThinRuleSet&>(rules);
        std::vector<Violation> found;
        for (uint32_t i = 0; i < set.size(); ++i) {
            if (!mask.test(i) || set.rule(i).external) continue;
            if (options.poll != nullptr && options.poll()) throw Failure(Code::cancelled, "cancelled");
            const Thin& thin = set.thin(i);
            for (const Probe& probe : thin.probes) {
                size_t from = 0, start = 0, end = 0;
                while (from <= text.size() && probe.program.find(text, from, text.size(), &start, &end)) {
                    if (end > start) {
                        Violation v = base_violation(set, i);
                        v.entity = probe.entity;
                        place(&v, text, static_cast<uint32_t>(start), static_cast<uint32_t>(end));
                        found.push_back(v);
                    }
                    from = end > from ? end : from + 1;
                    while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80)
                        ++from;
                }
            }
            if (set.rule(i).type == RuleType::max_length) {
                uint32_t limit = size32(text);
                const char* entity = nullptr;
                if (thin.max_characters >= 0 &&
                    static_cast<int64_t>(count_characters(text)) > thin.max_characters) {
                    limit = byte_of_character(text, static_cast<uint32_t>(thin.max_characters));
                    entity = "max_characters";
                } else if (thin.max_bytes >= 0 && static_cast<int64_t>(text.size()) > thin.max_bytes) {
                    limit = static_cast<uint32_t>(thin.max_bytes);
                    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
                    entity = "max_bytes";
                } else if (thin.max_tokens >= 0 && static_cast<int64_t>(text.size() / 4) > thin.max_tokens) {
                    limit = 0;
                    entity = "max_tokens";
                }
                if (entity != nullptr) {
                    Violation v = base_violation(set, i);
                    v.entity = entity;
                    place(&v, text, limit, size32(text));
                    found.push_back(v);
                }
            }
            if (set.rule(i).type == RuleType::model_check) {
                const double score = injection_score(text, options.poll).take();
                if (score >= set.rule(i).threshold) found.push_back(external_violation(set, i, text, score));
            }
        }
        std::stable_sort(found.begin(), found.end(), [](const Violation& a, const Violation& b) {
            return a.start_byte != b.start_byte ? a.start_byte < b.start_byte : a.rule < b.rule;
        });
        return found;
    });
}

Violation external_violation(const RuleSet& rules, uint32_t rule, std::string_view text,
                             double score) noexcept {
    Violation v = base_violation(rules, rule);
    v.entity = name_of(v.rule_type);
    v.score = score;
    place(&v, text, 0, size32(text));
    return v;
}

Violation external_violation(const RuleSet& rules, uint32_t rule, std::string_view text, double score,
                             uint32_t start_offset, uint32_t end_offset) noexcept {
    Violation v = external_violation(rules, rule, text, score);
    const uint32_t start = byte_of_character(text, start_offset);
    const uint32_t end = start + byte_of_character(text.substr(start),
                                                   end_offset > start_offset ? end_offset - start_offset : 0);
    place(&v, text, start, end);
    return v;
}

Violation evaluation_error_violation(const RuleSet& rules, uint32_t rule, std::string_view text) noexcept {
    Violation v = external_violation(rules, rule, text, 1);
    v.entity = "evaluation_error";
    v.enforcement = Enforcement::blocking;
    return v;
}

bool is_blocked(const std::vector<Violation>& violations) noexcept {
    return std::any_of(violations.begin(), violations.end(),
                       [](const Violation& v) { return v.enforcement == Enforcement::blocking; });
}

Result<std::string> redact_violations(const RuleSet& rules, std::string_view text,
                                      const std::vector<Violation>& violations,
                                      const RedactOptions& options) noexcept {
    return protect([&] {
        std::vector<RedactSpan> spans;
        for (const Violation& v : violations) {
            if (v.enforcement != Enforcement::redact) continue;
            spans.push_back(
                {v.start_byte, v.end_byte, v.entity, v.score, v.validated, rules.rule(v.rule).redact});
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

const std::vector<DetectorName>& pii_entities() {
    static const std::vector<DetectorName> names = names_from(pii_patterns());
    return names;
}
const std::vector<DetectorName>& injection_families() {
    static const std::vector<DetectorName> names = names_from(injection_patterns());
    return names;
}
const std::vector<DetectorName>& toxic_categories() {
    static const std::vector<DetectorName> names = {{"profanity", "swear words"}};
    return names;
}
const std::vector<DetectorName>& secret_kinds() {
    static const std::vector<DetectorName> names = {{"aws_access_key", "AWS access key id"}};
    return names;
}

Result<std::vector<Detection>> detect_pii(std::string_view text,
                                          const std::vector<std::string_view>& entities, double min_score,
                                          Poll poll) noexcept {
    return protect([&] {
        std::vector<Detection> found;
        for (const auto& entry : pii_patterns()) {
            if (!entities.empty() &&
                std::find(entities.begin(), entities.end(), entry.first) == entities.end())
                continue;
            const RegexProgram program("pii", entry.second, {}, 1 << 20);
            size_t from = 0, start = 0, end = 0;
            while (from <= text.size() && program.find(text, from, text.size(), &start, &end)) {
                const auto characters = static_cast<uint32_t>(count_characters(text.substr(0, start)));
                found.push_back(
                    {entry.first, "raw", characters,
                     characters + static_cast<uint32_t>(count_characters(text.substr(start, end - start))),
                     static_cast<uint32_t>(start), static_cast<uint32_t>(end), 1.0, false});
                from = end;
            }
        }
        std::sort(found.begin(), found.end(),
                  [](const Detection& a, const Detection& b) { return a.start_byte < b.start_byte; });
        return found;
    });
}

Result<double> injection_score(std::string_view text, Poll poll) noexcept {
    return protect([&] {
        double score = 0;
        size_t start = 0, end = 0;
        for (const auto& entry : injection_patterns()) {
            const RegexProgram program("injection", entry.second, {}, 1 << 20);
            if (program.find(text, 0, text.size(), &start, &end)) score = 1 - (1 - score) * 0.2;
        }
        return score;
    });
}

}  // namespace pgprompt
