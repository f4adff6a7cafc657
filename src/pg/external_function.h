// SQL functions that rules of type model_check and custom call: which are fit, and how they are run.
#pragma once

#include "pg/server.h"

extern "C" {
#include <utils/jsonb.h>
}

#include "core/guardrail/rule.h"

namespace pgprompt::pg {

struct ExternalFunction {
    Oid id;
    Oid owner;
    Oid result;  // float8, boolean, or anything that becomes jsonb
    bool is_volatile;
    bool is_parallel_safe;
    const char* name;  // schema-qualified and quoted, without arguments
};

// The function that a rule of this type calls: f(text) returning float8 for model_check, f(text, jsonb)
// returning boolean, jsonb or rows for custom. The name must be qualified by its schema; arguments may be
// left out. Raises if there is none, if it is unfit, or if it is volatile and `may_be_volatile` is false.
ExternalFunction external_function(const char* name, RuleType type, bool may_be_volatile);

// Raises unless the caller owns the guardrails' table, is a member of its owner's role, or a superuser.
void require_guardrail_admin();

// What a function said, as plain data in the current memory context.
struct ExternalResult {
    const char* failure;  // null: none
    double score;         // model_check
    bool is_violated;     // custom that returns boolean
    const Jsonb* found;   // custom that returns anything else: a list; null otherwise
};

// Calls it in a security-restricted operation with the rights of its owner, functions and operators found in
// pg_catalog only. SPI need not be connected. Raises what the function raises.
ExternalResult call_external(const ExternalFunction& function, const text* content, const char* config);

}  // namespace pgprompt::pg
