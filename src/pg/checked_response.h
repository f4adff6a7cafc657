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

}  // namespace pgprompt::pg
