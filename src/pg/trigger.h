// What every trigger function checks before it acts: anybody may create a trigger on a table of his own.
#pragma once

#include "pg/server.h"

extern "C" {
#include <commands/trigger.h>
#include <utils/rel.h>
}

namespace pgprompt::pg {

// The trigger data of a call that came from one of our own tables, named without its schema; 39P01 otherwise.
TriggerData* trigger_on(FunctionCallInfo fcinfo, const char* const* tables, int table_count);

// The same for prompt_executions or a partition of it. Null for one that has been detached: its rows are the
// user's.
TriggerData* trigger_on_executions(FunctionCallInfo fcinfo);

}  // namespace pgprompt::pg
