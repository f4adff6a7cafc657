// Texts and documents as they may be stored with an execution of a prompt: what its rules mask is masked.
#pragma once

#include "pg/rules.h"

extern "C" {
#include <utils/jsonb.h>
}

namespace pgprompt::pg {

// In the current memory context; null: not to be stored. Name and category are the prompt's and may be null. What is
// `kept` is no text of the conversation: it is stored, masked, even where prompt.log_content is none.
const text* masked_text(const text* content, const text* prompt_name, const text* category, const RulesKey& key,
                        bool kept);
const Jsonb* masked_document(const Jsonb* document, const text* prompt_name, const text* category,
                             const RulesKey& key, bool kept);

}  // namespace pgprompt::pg
