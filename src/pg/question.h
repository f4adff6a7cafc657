// The question of an execution, for prompt_executions.question_hash.
#pragma once

#include "pg/server.h"

extern "C" {
#include <utils/jsonb.h>
}

namespace pgprompt::pg {

// Null if there is none. Documents may be null.
const text* question_text(const Jsonb* variables, const Jsonb* context);
const text* question_hash(const Jsonb* variables, const Jsonb* context);

}  // namespace pgprompt::pg
