// A row of prompt_executions as the running figures see it.
#pragma once

#include "pg/server.h"
#include "pg/table_layout.h"

extern "C" {
#include <utils/array.h>
#include <utils/jsonb.h>
#include <utils/numeric.h>
#include <utils/timestamp.h>
#include <utils/uuid.h>
}

namespace pgprompt::pg {

enum class ExecutionStatus { pending, success, error, timeout, blocked };

struct OptionalInt {
    bool known;
    int32 value;
};

// Texts and numerics point into the row they were read from, or into the current memory context where they
// had to be detoasted. Null pointers are SQL nulls.
struct Execution {
    const pg_uuid_t* id;
    const pg_uuid_t* template_id;
    const text* tenant;
    const pg_uuid_t* experiment;
    const text* variant;
    int32 epoch;
    const text* unit;  // user_id, else request_id
    ExecutionStatus status;
    OptionalInt response_time_ms, input_tokens, output_tokens, rating;
    Numeric cost, quality, conversion;
    bool flagged, escalated;
    Jsonb* guardrails;
    int32 violations;  // entries of guardrail_violations
    Datum metadata;    // jsonb, not detoasted; 0: null
    TimestampTz created_at;
};

// Where the columns are in rows of prompt_executions or of a partition of it.
Columns execution_columns(Relation relation);

Execution read_execution(TupleTableSlot* row, const Columns& columns);

// The hour a row counts for, in UTC whatever the session's time zone. Infinite times are their own hours.
TimestampTz hour_of(TimestampTz at);

// The minute of that hour, 0 to 59; 0 for infinite times.
int minute_of(TimestampTz at);

}  // namespace pgprompt::pg
