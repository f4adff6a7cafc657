// A model's response held against the response rules.
#pragma once

#include "pg/arguments.h"
#include "pg/rules.h"

namespace pgprompt::pg {

struct CheckedResponse {
    bool blocked;
    const text* violations;  // JSON lists
    const text* evaluated;
    TextList violated;   // names of rules
    const text* safe;    // with masks; null if blocked
    const text* stored;  // as it may be stored; null: not at all
};

// In the current memory context. Name and category are the prompt's and may be null.
CheckedResponse checked_response(const text* response, const text* prompt_name, const text* category,
                                 const RulesKey& key);

// A text as it may be stored with an execution of the prompt; null: not at all.
const text* masked_text(const text* content, const text* prompt_name, const text* category,
                        const RulesKey& key);

// Metadata as it may be stored, whatever prompt.log_content says of texts.
const Jsonb* masked_metadata(const Jsonb* metadata, const text* prompt_name, const text* category,
                             const RulesKey& key);

}  // namespace pgprompt::pg
