// The answer of a resolved prompt to a request: rendered with what it includes, held against the rules.
#pragma once

#include "core/request/request.h"
#include "pg/arguments.h"
#include "pg/external_answers.h"
#include "pg/resolve.h"
#include "pg/rules.h"

namespace pgprompt::pg {

// Plain data, as is the answer.
struct PromptRequest {
    const text* tenant;
    ResolvedPrompt prompt;
    const Jsonb* variables;
    const Jsonb* conversation_context;  // may be null
    const Jsonb* metadata;              // the same
    RulesKey rules;
    bool is_recorded;
};

struct StoredText {
    Stored::What what;
    const text* value;
};

struct ServedPrompt {
    bool blocked;
    const text* rendered;    // a chat's is the JSON list of its messages
    const text* violations;  // JSON lists
    const text* evaluated;
    TextList violated;  // names of rules
    StoredText stored_prompt;
    StoredText stored_variables;
    StoredText stored_context;
    StoredText stored_metadata;
};

// In the current memory context. SPI must be connected: included prompts are resolved and the functions of
// rules are called on the way.
ServedPrompt served_prompt(const PromptRequest& request);

}  // namespace pgprompt::pg
