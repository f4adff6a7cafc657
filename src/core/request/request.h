// One request from variables to a checked prompt: complete the variables, hold them against the input rules,
// render, hold the result against the prompt rules, mask. The server finds the prompt beforehand and records
// the outcome after.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/rule_set.h"
#include "core/request/chat.h"
#include "core/request/findings.h"
#include "core/status.h"
#include "core/template/declarations.h"
#include "core/template/template.h"
#include "core/value.h"

namespace pgprompt {

// A chat prompt has one per message or placeholder; any other prompt one without an item.
struct MessageTemplate {
    ChatItem item;
    // The text; in a chat one for each text that visit_message_texts() visits, none for a placeholder.
    std::vector<std::shared_ptr<const Template>> contents;
};

struct Request {
    std::string_view prompt_name;
    bool is_chat = false;
    std::vector<MessageTemplate> messages;
    std::shared_ptr<const Declarations> declarations;
    // Of the prompts that are included: they hold for what this prompt does not declare itself.
    std::vector<std::shared_ptr<const Declarations>> included;
    Value variables;             // a map
    Value conversation_context;  // stored only; undefined for none
    Value metadata;              // the same
    // Null for none. `applicable` are the rules that apply to this prompt; their stages are looked at here.
    std::shared_ptr<const RuleSet> rules;
    RuleMask applicable;
    RenderOptions render;
    bool strict = false;      // one error names the variables that are missing and those that nothing uses
    bool is_recorded = true;  // false: what would be stored is not worked out
    CheckOptions check;
};

struct Stored {
    enum class What : uint8_t { nothing, as_given, text };
    What what = What::nothing;
    std::string text;
};

// Texts in JSON are objects and lists as prompt_executions has them. Where the external rules are pending()
// afterwards, the outcome means nothing: answer them and serve again.
struct Outcome {
    bool blocked = false;
    std::string rendered;    // empty if blocked; for a chat the messages as JSON
    std::string violations;  // JSON list: rule, rule_type, severity, enforcement, stage, path, entity,
                             // message, start, end (characters), score
    std::string evaluated;   // JSON list: rule, stage, passed, violations, found (a list: name,
                             // entity, start, end, score, severity, enforcement)
    std::vector<std::string> violated;  // names of the rules, each once
    // What is stored: the prompt (or response) as text, the others as JSON.
    Stored prompt;
    Stored variables;
    Stored conversation_context;
    Stored metadata;
};

// Errors: those of the declarations, of render(), of evaluate_rules().
Result<Outcome> serve(const Request& request) noexcept;

// The response stage: a model's answer held against the rules. `rendered` is the response with masks, empty
// if blocked; `prompt` the response as stored.
Result<Outcome> check_response(std::string_view response, const std::shared_ptr<const RuleSet>& rules,
                               const RuleMask& applicable, const CheckOptions& options) noexcept;

// A document as it may be stored with an execution of a prompt whose rules are `applicable`: what any
// redacting rule (log_content redacted: any rule) finds is masked, whatever its stages; of log_content none
// nothing is left, unless it is `kept`, that is no text of the conversation: then it is masked as for
// redacted, the outermost keys with it. The result is JSON text, but plain text for a string.
Result<Stored> stored_document(const Value& document, const std::shared_ptr<const RuleSet>& rules,
                               const RuleMask& applicable, const CheckOptions& options,
                               bool kept = false) noexcept;

}  // namespace pgprompt
