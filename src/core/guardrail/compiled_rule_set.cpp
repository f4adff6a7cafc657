#include "core/guardrail/compiled_rule_set.h"

#include <algorithm>

#include "core/guardrail/detect.h"
#include "core/guardrail/detectors/injection.h"
#include "core/guardrail/detectors/secrets.h"
#include "core/guardrail/normalise.h"
#include "core/guardrail/pacer.h"
#include "core/guardrail/regex_rewrite.h"
#include "core/guardrail/utf8.h"
#include "core/json_writer.h"

namespace pgprompt::guardrail {
namespace {

constexpr size_t kMaxPatterns = 100000;  // of one set, keywords included
constexpr size_t kMaxKeywordBytes = 1000;

std::string list_of(const std::vector<DetectorName>& names) {
    std::string list;
    for (const DetectorName& name : names) list += (list.empty() ? "" : ", ") + std::string(name.name);
    return list;
}

[[noreturn]] void fail_unknown(const ConfigReader& config, const char* what, const std::string& name,
                               const std::vector<DetectorName>& accepted) {
    config.fail("unknown " + std::string(what) + " \"" + name.substr(0, 64) + "\"", {},
                "Known are " + list_of(accepted) + ".");
}

std::vector<std::string> allowed(ConfigReader* config) {
    std::vector<std::string> allow;
    for (const std::string& text : config->texts("allow").value_or(std::vector<std::string>{})) {
        allow.push_back(folded(text));
    }
    std::sort(allow.begin(), allow.end());
    return allow;
}

std::string entity_name(ConfigReader* config, const char* fallback) {
    const std::string name = config->text_or("entity", fallback);
    const bool fits = !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return is_ascii_alnum(byte) || c == '_' || c == '-' || c == ' ';
    });
    if (!fits) {
        config->fail("\"entity\" is no name", {},
                     "Letters, digits, space, - and _, at most 63: it stands in masks such as <EMAIL>.");
    }
    return name;
}

// Any finding scores more than 0, and no finding scores 0: a threshold of 0 would say either everything or nothing.
void check_threshold(const ConfigReader& config, double threshold) {
    if (threshold > 0) return;
    config.fail("\"threshold\" is not above 0", {},
                "A text without a finding scores 0; 0.01 reports every finding.");
}

}  // namespace

CompiledRuleSet::CompiledRuleSet(const std::vector<RuleSpec>& specs, const RuleSetOptions& options) {
    poll_ = options.poll;
    for (const RuleSpec& spec : specs) {
        if (options.poll != nullptr && options.poll()) throw Failure(Code::cancelled, "cancelled");
        add(spec, options);
    }
    matcher_.build(poll_);
    memory_ = sizeof *this + matcher_.memory_bytes() + rule_of_pattern_.capacity() * sizeof(uint32_t);
    for (const Rule& rule : rules_) memory_ += sizeof rule + rule.name.capacity() + rule.message.capacity();
    for (const RuleSettings& settings : settings_) {
        memory_ += sizeof settings + settings.entity.capacity();
        for (const std::string& text : settings.allow) memory_ += sizeof text + text.capacity();
    }
    if (memory_ > options.max_memory) {
        throw Failure(Code::limit_exceeded,
                      "the compiled guardrails need " + std::to_string(memory_ >> 20) + " MB",
                      "The limit is " + std::to_string(options.max_memory >> 20) + " MB.",
                      "Deactivate rules, or shorten their patterns.");
    }
}

void CompiledRuleSet::own_pattern() {
    if (rule_of_pattern_.size() >= kMaxPatterns) {
        throw Failure(Code::limit_exceeded, "more than " + std::to_string(kMaxPatterns) +
                                                " patterns and keywords in one set of guardrails");
    }
    rule_of_pattern_.push_back(static_cast<uint32_t>(rules_.size()));
    has_patterns_.back() = 1;
}

void CompiledRuleSet::add(const RuleSpec& spec, const RuleSetOptions& options) {
    const std::string where =
        "guardrail \"" + std::string(spec.name.substr(0, 128)) + "\" (" + name_of(spec.type) + ")";
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
    rule.error_message = where + " could not be evaluated";
    if (auto word = config.text("on_error")) rule.on_error = parse_on_error(*word).take();
    if (auto word = config.text("redact")) rule.redact = parse_redact_mode(*word).take();
    has_patterns_.push_back(0);
    RuleSettings settings;
    switch (spec.type) {
        case RuleType::regex:
            add_regex(&config, &settings, options);
            break;
        case RuleType::keyword:
            add_keyword(&config, &settings);
            break;
        case RuleType::max_length:
            add_max_length(&config, &settings);
            break;
        case RuleType::pii:
            add_pii(&config, &settings);
            break;
        case RuleType::injection:
            add_injection(&config, &settings);
            break;
        case RuleType::toxic:
            add_toxic(&config, &settings);
            break;
        case RuleType::secret:
            add_secret(&config, &settings);
            break;
        case RuleType::model_check:
            rule.function = config.text_or("scorer", "");
            if (rule.function.empty()) {
                config.fail("\"scorer\" is missing", {},
                            "It is \"injection\" or the name of a function f(text) returning float8.");
            }
            if (!config.has("threshold"))
                config.fail("\"threshold\" is missing", {},
                            "The rule is violated by a score at or above it.");
            rule.threshold = config.number("threshold", -1e15, 1e15).value_or(0);
            rule.external = rule.function != "injection";
            if (!rule.external) check_threshold(config, rule.threshold);
            break;
        case RuleType::custom: {
            rule.function = config.text_or("function", "");
            if (rule.function.empty()) {
                config.fail("\"function\" is missing", {},
                            "It names a function f(content text, config jsonb).");
            }
            Value handed_on = Value::null_();
            config.any("config", &handed_on);
            rule.function_config = json_text(handed_on);
            rule.external = true;
            break;
        }
    }
    config.finish();
    rules_.push_back(std::move(rule));
    settings_.push_back(std::move(settings));
}

void CompiledRuleSet::add_regex(ConfigReader* config, RuleSettings* settings, const RuleSetOptions& options) {
    auto patterns = config->texts("patterns").value_or(std::vector<std::string>{});
    if (auto one = config->text("pattern")) patterns.push_back(*one);
    if (patterns.empty()) config->fail("\"pattern\" or \"patterns\" is missing");
    RegexFlags flags;
    for (const char c : config->text_or("flags", "")) {
        if (c == 'i') {
            flags.fold_case = true;
        } else if (c == 'm') {
            flags.multi_line = true;
        } else if (c == 's') {
            flags.dot_all = true;
        } else {
            config->fail("unknown flag \"" + std::string(1, c) + "\"", {},
                         "Flags are letters of \"ims\": i ignores case, m lets ^ and $ match at lines, s "
                         "lets . match a line break.");
        }
    }
    settings->entity = entity_name(config, "regex");
    settings->normalise = config->flag("normalise", true);
    settings->decode = config->flag("decode", false);
    PatternTag tag;
    tag.group = static_cast<uint32_t>(rules_.size());
    tag.views = view_bit(ViewKind::raw);
    if (settings->normalise) tag.views |= view_bit(ViewKind::normalised) | view_bit(ViewKind::lookalike);
    if (settings->decode) tag.views |= view_bit(ViewKind::decoded) | view_bit(ViewKind::relaxed);
    Pacer pacer(poll_);
    for (const std::string& pattern : patterns) {
        pacer.check();
        if (pattern.empty()) config->fail("a pattern is empty", {}, "It would match everywhere.");
        const std::string readable = rewrite_lookarounds(pattern, &notes_);
        matcher_.add_regex(config->where(), readable, flags, options.max_pattern_memory, tag);
        own_pattern();
    }
}

void CompiledRuleSet::add_keyword(ConfigReader* config, RuleSettings* settings) {
    const auto keywords = config->texts("keywords");
    if (!keywords || keywords->empty())
        config->fail("\"keywords\" is missing or empty", {}, "It is a list of words and phrases.");
    KeywordOptions options;
    options.case_sensitive = config->flag("case_sensitive", false);
    options.word_boundary = config->flag("word_boundary", true);
    settings->entity = entity_name(config, "keyword");
    settings->normalise = config->flag("normalise", true);
    settings->decode = config->flag("decode", true);
    PatternTag tag;
    tag.group = static_cast<uint32_t>(rules_.size());
    tag.views = view_bit(ViewKind::raw);
    if (settings->normalise) tag.views |= view_bit(ViewKind::normalised) | view_bit(ViewKind::lookalike);
    if (settings->decode) tag.views |= view_bit(ViewKind::decoded) | view_bit(ViewKind::relaxed);
    Pacer pacer(poll_);
    for (const std::string& keyword : *keywords) {
        pacer.did(512);
        std::string text = keyword;
        if (settings->normalise) {
            text.clear();
            OffsetMap map;
            normalise(keyword, nullptr, &text, &map);
            if (!options.case_sensitive) text = folded(keyword);
        }
        if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
            config->fail("a keyword is empty", {}, "Take out blank entries of \"keywords\".");
        }
        if (text.size() > kMaxKeywordBytes) {
            config->fail("a keyword has more than " + std::to_string(kMaxKeywordBytes) + " bytes",
                         text.substr(0, 80) + "...", {});
        }
        matcher_.add_keyword(text, options, tag);
        own_pattern();
    }
}

void CompiledRuleSet::add_max_length(ConfigReader* config, RuleSettings* settings) {
    settings->max_characters = config->whole("max_characters", 0, INT32_MAX).value_or(-1);
    settings->max_bytes = config->whole("max_bytes", 0, INT32_MAX).value_or(-1);
    settings->max_tokens = config->whole("max_tokens", 0, INT32_MAX).value_or(-1);
    if (settings->max_characters < 0 && settings->max_bytes < 0 && settings->max_tokens < 0) {
        config->fail("no limit given", {}, "Give \"max_characters\", \"max_bytes\" or \"max_tokens\".");
    }
}

void CompiledRuleSet::add_pii(ConfigReader* config, RuleSettings* settings) {
    const auto entities = config->texts("entities");
    settings->pii = entities ? 0 : default_pii();
    for (const std::string& name : entities.value_or(std::vector<std::string>{})) {
        const PiiMask mask = name == "all" ? kAllPii : pii_mask(name);
        if (mask == 0) fail_unknown(*config, "entity", name, pii_entities());
        settings->pii |= mask;
    }
    for (const std::string& name : config->texts("exclude").value_or(std::vector<std::string>{})) {
        const PiiMask mask = pii_mask(name);
        if (mask == 0) fail_unknown(*config, "entity", name, pii_entities());
        settings->pii &= ~mask;
    }
    if (settings->pii == 0)
        config->fail("no entity is left", {}, "Known are " + list_of(pii_entities()) + ".");
    settings->min_score = config->number("min_score", 0, 1).value_or(0.5);
    settings->allow = allowed(config);
}

void CompiledRuleSet::add_injection(ConfigReader* config, RuleSettings* settings) {
    const auto families = config->texts("families");
    settings->families = families ? 0 : (1u << static_cast<int>(InjectionFamily::count)) - 1;
    for (const std::string& name : families.value_or(std::vector<std::string>{})) {
        const InjectionFamily family = injection_family(name);
        if (family == InjectionFamily::count) fail_unknown(*config, "family", name, injection_families());
        settings->families |= 1u << static_cast<int>(family);
    }
    if (settings->families == 0)
        config->fail("\"families\" is empty", {}, "Known are " + list_of(injection_families()) + ".");
    settings->threshold = config->number("threshold", 0, 1).value_or(0.5);
    check_threshold(*config, settings->threshold);
}

void CompiledRuleSet::add_toxic(ConfigReader* config, RuleSettings* settings) {
    const std::string grade = config->text_or("min_severity", "moderate");
    if (grade == "mild") {
        settings->min_grade = ToxicGrade::mild;
    } else if (grade == "moderate") {
        settings->min_grade = ToxicGrade::moderate;
    } else if (grade == "severe") {
        settings->min_grade = ToxicGrade::severe;
    } else {
        config->fail("unknown \"min_severity\" \"" + grade.substr(0, 64) + "\"", {},
                     "It is one of mild, moderate, severe.");
    }
    const auto categories = config->texts("categories");
    settings->categories = categories ? 0 : (1u << static_cast<int>(ToxicCategory::count)) - 1;
    for (const std::string& name : categories.value_or(std::vector<std::string>{})) {
        const ToxicCategory category = toxic_category(name);
        if (category == ToxicCategory::count) fail_unknown(*config, "category", name, toxic_categories());
        settings->categories |= 1u << static_cast<int>(category);
    }
    if (settings->categories == 0)
        config->fail("\"categories\" is empty", {}, "Known are " + list_of(toxic_categories()) + ".");
    settings->allow = allowed(config);
    settings->entity = "word";
    PatternTag tag;
    tag.group = static_cast<uint32_t>(rules_.size());
    for (const std::string& word : config->texts("words").value_or(std::vector<std::string>{})) {
        const std::string text = folded(word);
        if (text.empty() || text.size() > kMaxKeywordBytes)
            config->fail("an entry of \"words\" is empty or too long");
        matcher_.add_keyword(text, {}, tag);
        own_pattern();
    }
}

void CompiledRuleSet::add_secret(ConfigReader* config, RuleSettings* settings) {
    const auto providers = config->texts("providers");
    if (!providers) settings->kinds.set();
    for (const std::string& name : providers.value_or(std::vector<std::string>{})) {
        const int kind = secret_kind(name);
        if (kind < 0) fail_unknown(*config, "provider", name, secret_kinds());
        settings->kinds.set(static_cast<size_t>(kind));
    }
    for (const std::string& name : config->texts("exclude").value_or(std::vector<std::string>{})) {
        const int kind = secret_kind(name);
        if (kind < 0) fail_unknown(*config, "provider", name, secret_kinds());
        settings->kinds.reset(static_cast<size_t>(kind));
    }
    if (settings->kinds.none())
        config->fail("\"providers\" is empty", {}, "Known are " + list_of(secret_kinds()) + ".");
    settings->min_score = config->number("min_score", 0, 1).value_or(0.5);
    settings->allow = allowed(config);
}

}  // namespace pgprompt::guardrail
