#include "core/request/request.h"

#include <optional>

#include "core/json.h"
#include "core/json_writer.h"
#include "core/request/findings.h"

namespace pgprompt {

namespace {

// The rules that apply and pass a test.
template <class Test>
RuleMask those(const RuleSet& rules, const RuleMask& applicable, Test test) {
    RuleMask mask(rules.size());
    for (uint32_t i = 0; i < rules.size(); i++) {
        if (applicable.test(i) && test(rules.rule(i))) mask.set(i);
    }
    return mask;
}

RuleMask of_stage(const RuleSet& rules, const RuleMask& applicable, Stage stage) {
    return those(rules, applicable, [&](const Rule& rule) { return (rule.stages & stage_bit(stage)) != 0; });
}

// The rules whose findings are masked in what is stored, whatever their stages.
RuleMask of_storage(const RuleSet& rules, const RuleMask& applicable, LogContent log_content) {
    return those(rules, applicable, [&](const Rule& rule) {
        return log_content == LogContent::redacted || rule.enforcement == Enforcement::redact;
    });
}

bool any(const RuleSet& rules, const RuleMask& mask) {
    for (uint32_t i = 0; i < rules.size(); i++) {
        if (mask.test(i)) return true;
    }
    return false;
}

// A text that was held against the rules of one stage, as it may be stored: the other stages' rules mask,
// too.
std::string stored_text(const RuleSet& rules, const RuleMask& applicable, const RuleMask& of_stage,
                        std::string_view text, std::vector<Violation> found, const CheckOptions& options) {
    RuleMask others = of_storage(rules, applicable, options.log_content);
    for (uint32_t i = 0; i < rules.size(); i++) {
        if (of_stage.test(i)) others.set(i, false);
    }
    if (any(rules, others)) {
        const auto more = evaluate_all(rules, text, others, options.external, options.poll);
        found.insert(found.end(), more.begin(), more.end());
    }
    return masked(rules, text, found, options.log_content == LogContent::redacted, options);
}

// A request on its way. Each member function is one step, in this order.
class Serving : private UsedNames {
 public:
    explicit Serving(const Request& request) : UsedNames(request.strict), request_(request) {}

    Outcome run() {
        complete(request_.variables);
        check_input();
        if (pending()) return {};
        render_messages();
        check_prompt();
        if (pending()) return {};
        report();
        return std::move(outcome_);
    }

 private:
    bool pending() const { return request_.check.external != nullptr && request_.check.external->pending(); }

    // The outermost key that a path begins with: keys further in may be a person's data.
    std::string_view variable_of(std::string_view path) const {
        Container::Cursor cursor;
        Value key, value;
        std::string_view best;
        while (request_.variables.next(&cursor, &key, &value)) {
            const std::string_view name = key.view();
            if (name.size() < best.size() || path.substr(0, name.size()) != name) continue;
            if (path.size() == name.size() || path[name.size()] == '.' || path[name.size()] == '[')
                best = name;
        }
        return best;
    }

    bool has_rules() const { return request_.rules != nullptr && request_.rules->size() > 0; }

    // Every string in the variables by itself, so that the template's own words cannot trip an input rule.
    // What a redacting rule masks here is masked before it reaches the template.
    void check_input() {
        if (!has_rules()) return;
        const RuleMask mask = of_stage(*request_.rules, request_.applicable, Stage::input);
        if (!any(*request_.rules, mask)) return;
        findings_.mark_evaluated(*request_.rules, mask, Stage::input);
        bool changed = false;
        std::string text = json_text(
            request_.variables, [&](std::string_view path, std::string_view value, std::string* out) {
                const auto found = findings_.evaluate(*request_.rules, mask, Stage::input, path,
                                                      variable_of(path), value, request_.check);
                std::string safe = masked(*request_.rules, value, found, false, request_.check);
                changed = changed || safe != value;
                *out = std::move(safe);
            });
        if (!changed) return;
        masked_variables_ = parse_json(text).take();
        completed_ =
            request_.declarations->complete_masked(masked_variables_->root(), request_.included);
        variables_ = completed_->root();
    }

    // What was declared of a variable holds for what was given, not for the mask that stands for it later.
    void complete(const Value& given) {
        completed_ =
            request_.declarations->complete(given, request_.prompt_name, this, request_.included).take();
        variables_ = completed_->root();
    }

    // What the whole prompt uses, all messages and includes together.
    const VariableNames& names() const override {
        if (names_) return *names_;
        std::vector<const Template*> templates;
        for (const MessageTemplate& message : request_.messages)
            for (const auto& content : message.contents) templates.push_back(content.get());
        names_ = variable_names(templates, request_.render.library).take();
        for (const MessageTemplate& message : request_.messages) {
            if (message.item.variable.empty()) continue;
            (message.item.optional ? names_->guarded : names_->required).emplace_back(message.item.variable);
        }
        return *names_;
    }

    void render_messages() {
        for (const MessageTemplate& message : request_.messages) {
            if (!request_.is_chat) {
                texts_.push_back(
                    {"", "", render(*message.contents.front(), variables_, request_.render).take()});
            } else if (message.item.variable.empty()) {
                auto content = message.contents.begin();
                add_turn(message.item.message, false, [&](std::string_view) {
                    return render(**content++, variables_, request_.render).take();
                });
            } else {
                for (const Value& spliced : spliced_messages(message.item, variables_))
                    add_turn(spliced, true, [](std::string_view text) { return std::string(text); });
            }
        }
    }

    template <class Fill>
    void add_turn(const Value& message, bool is_spliced, Fill fill) {
        const std::string name = "messages[" + std::to_string(turns_.size()) + "]";
        turns_.push_back({message, is_spliced});
        visit_message_texts(message, is_spliced, name, [&](const std::string& path, std::string_view text) {
            texts_.push_back({path, name, fill(text)});
        });
    }

    void check_prompt() {
        for (const Text& text : texts_) stored_texts_.push_back(text.value);
        if (!has_rules()) return;
        const RuleMask mask = of_stage(*request_.rules, request_.applicable, Stage::prompt);
        findings_.mark_evaluated(*request_.rules, mask, Stage::prompt);
        const bool checked = any(*request_.rules, mask);
        for (size_t i = 0; i < texts_.size(); i++) {
            Text& text = texts_[i];
            std::vector<Violation> found;
            if (checked) {
                found = findings_.evaluate(*request_.rules, mask, Stage::prompt, text.path, text.message,
                                           text.value, request_.check);
            }
            if (request_.is_recorded && request_.check.log_content != LogContent::none) {
                stored_texts_[i] = stored_text(*request_.rules, request_.applicable, mask, text.value, found,
                                               request_.check);
            }
            if (!found.empty())
                text.value = masked(*request_.rules, text.value, found, false, request_.check);
        }
    }

    void report() {
        outcome_.blocked = findings_.blocked();
        outcome_.violations = findings_.violations_json();
        outcome_.evaluated = findings_.evaluated_json();
        outcome_.violated = findings_.violated_rules();
        if (!outcome_.blocked)
            outcome_.rendered = joined([this](size_t i) -> const std::string& { return texts_[i].value; });
        if (!request_.is_recorded) return;
        if (!request_.metadata.is(Value::Kind::undefined)) {
            outcome_.metadata =
                stored_document(request_.metadata, request_.rules, request_.applicable, request_.check, true)
                    .take();
        }
        if (request_.check.log_content == LogContent::none) return;
        outcome_.prompt = {Stored::What::text,
                           joined([this](size_t i) -> const std::string& { return stored_texts_[i]; })};
        outcome_.variables = stored(request_.variables);
        if (!request_.conversation_context.is(Value::Kind::undefined)) {
            outcome_.conversation_context = stored(request_.conversation_context);
        }
    }

    template <class TextAt>
    std::string joined(TextAt text_at) const {
        if (!request_.is_chat) return text_at(0);
        std::string json = "[";
        size_t at = 0;
        for (const Turn& turn : turns_) {
            if (json.size() > 1) json += ',';
            append_message(
                turn.message, turn.is_spliced, [&] { return std::string_view(text_at(at++)); }, &json);
        }
        return json + "]";
    }

    Stored stored(const Value& document) const {
        return stored_document(document, request_.rules, request_.applicable, request_.check).take();
    }

    const Request& request_;
    std::shared_ptr<const JsonDocument> masked_variables_;
    std::unique_ptr<const CompletedVariables> completed_;
    Value variables_;
    mutable std::optional<VariableNames> names_;
    // A message of the result, and all texts of all of them in order.
    struct Turn {
        Value message;
        bool is_spliced;
    };
    struct Text {
        std::string path, message;
        std::string value;
    };
    std::vector<Turn> turns_;
    std::vector<Text> texts_;
    std::vector<std::string> stored_texts_;
    Findings findings_;
    Outcome outcome_;
};

}  // namespace

Result<Outcome> serve(const Request& request) noexcept {
    return protect([&] { return Serving(request).run(); });
}

Result<Outcome> check_response(std::string_view response, const std::shared_ptr<const RuleSet>& rules,
                               const RuleMask& applicable, const CheckOptions& options) noexcept {
    return protect([&] {
        Outcome outcome;
        Findings findings;
        std::string safe(response);
        std::string stored(response);
        if (rules != nullptr) {
            const RuleMask mask = of_stage(*rules, applicable, Stage::response);
            findings.mark_evaluated(*rules, mask, Stage::response);
            const auto found = findings.evaluate(*rules, mask, Stage::response, {}, {}, response, options);
            safe = masked(*rules, response, found, false, options);
            if (options.log_content != LogContent::none) {
                stored = stored_text(*rules, applicable, mask, response, found, options);
            }
        }
        outcome.blocked = findings.blocked();
        outcome.violations = findings.violations_json();
        outcome.evaluated = findings.evaluated_json();
        outcome.violated = findings.violated_rules();
        if (!outcome.blocked) outcome.rendered = std::move(safe);
        if (options.log_content != LogContent::none) outcome.prompt = {Stored::What::text, std::move(stored)};
        return outcome;
    });
}

Result<Stored> stored_document(const Value& document, const std::shared_ptr<const RuleSet>& rules,
                               const RuleMask& applicable, const CheckOptions& given, bool kept) noexcept {
    return protect([&]() -> Stored {
        CheckOptions options = given;
        if (options.log_content == LogContent::none) {
            if (!kept) return {};
            options.log_content = LogContent::redacted;
        }
        if (rules == nullptr) return {Stored::What::as_given, {}};
        const bool of_all_rules = options.log_content == LogContent::redacted;
        const RuleMask mask = of_storage(*rules, applicable, options.log_content);
        if (!any(*rules, mask)) return {Stored::What::as_given, {}};
        bool changed = false;
        const auto mask_text = [&](std::string_view, std::string_view text, std::string* out) {
            *out = masked(*rules, text, evaluate_all(*rules, text, mask, options.external, options.poll),
                          of_all_rules, options);
            changed = changed || *out != text;
        };
        std::string text;
        if (document.is(Value::Kind::string)) {
            mask_text({}, document.view(), &text);
        } else {
            text = json_text(document, mask_text, kept);
        }
        if (!changed) return {Stored::What::as_given, {}};
        return {Stored::What::text, std::move(text)};
    });
}

}  // namespace pgprompt
