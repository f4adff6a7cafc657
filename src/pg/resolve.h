// What is live for this caller: which version of a prompt, by which experiment and variant, and what it
// includes. Everything is read in the active snapshot under the caller's rights. Plain data; SPI must be
// connected.
#pragma once

#include "pg/server.h"

extern "C" {
#include <utils/jsonb.h>
#include <utils/uuid.h>
}

namespace pgprompt::pg {

// Raises 55000 with a hint where prompt.install() has not been run, or was for other tables than this
// library's.
void require_install();

// The session's tenant: prompt.tenant_id.
text* current_tenant();

// Who asks for what. Null pointers are absent arguments.
struct Wanted {
    const text* tenant;
    const text* name;
    const text* unit;  // user id, else request id; absent: a random one
    bool ab_testing;
    const text* label;
    int version;  // 0: none asked for
};

struct ResolvedPrompt {
    pg_uuid_t template_id;
    const text* name;
    int version;
    const text* semver;
    const text* format;
    const text* template_text;  // null for a chat
    const Jsonb* messages;      // null but for a chat
    const Jsonb* variables;
    bool strict;
    const text* category;  // may be null
    const Jsonb* model_config;
    bool in_experiment;
    pg_uuid_t experiment_id;
    const text* variant;
    int allocation_epoch;
};

// What the running experiments on a prompt give a unit; false where none of them takes it.
bool resolve_experiment(const text* tenant, const text* name, const text* unit, MemoryContext context,
                        ResolvedPrompt* out);

// Raises 42704 where there is none. Its data is allocated in `context`.
ResolvedPrompt resolve_prompt(const Wanted& wanted, MemoryContext context);

// A stored prompt as another one includes it: 'name', 'name@3' or 'name@label'. `template_text` is null where
// there is none; `reason` then says why.
struct IncludedPrompt {
    const text* reference;
    const text* format;
    const text* template_text;
    const Jsonb* variables;
    const text* reason;
    IncludedPrompt* next;
};
IncludedPrompt* resolve_include(const text* tenant, const text* reference, MemoryContext context);

}  // namespace pgprompt::pg
