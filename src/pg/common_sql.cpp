// SQL: prompt.version(), UUIDs of version 7, what names may not have.
#include "pg/boundary.h"

#include "core/text/name.h"
#include "core/version.h"
#include "pg/row.h"
#include "pg/uuid_v7.h"

extern "C" {
#include <lib/stringinfo.h>
#include <utils/builtins.h>
#include <utils/timestamp.h>
#include <utils/uuid.h>
}

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

int64 unix_microseconds(TimestampTz at) {
    constexpr int64 kEpochShift = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
    int64 result = at + kEpochShift;
    if (TIMESTAMP_NOT_FINITE(at) || result < 0 || result / 1000 >= (int64{1} << 48)) {
        ereport(ERROR,
                (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range for a UUID"),
                 errdetail("A UUID of version 7 holds times from 1970 to 10889.")));
    }
    return result;
}

}  // namespace

PGPROMPT_FUNCTION(version) {
    PG_RETURN_TEXT_P(cstring_to_text(kVersion));
}

PGPROMPT_FUNCTION(uuid_v7) {
    int64 at = unix_microseconds(PG_ARGISNULL(0) ? GetCurrentTimestamp() : PG_GETARG_TIMESTAMPTZ(0));
    PG_RETURN_UUID_P(new_uuid_v7(at));
}

PGPROMPT_FUNCTION(uuid_v7_bound) {
    int64 at = unix_microseconds(PG_GETARG_TIMESTAMPTZ(0));
    PG_RETURN_UUID_P(least_uuid_v7(at));
}

PGPROMPT_FUNCTION(uuid_v7_time) {
    const pg_uuid_t* id = PG_GETARG_UUID_P(0);
    if ((id->data[6] >> 4) != 7) PG_RETURN_NULL();
    uint64 milliseconds = 0;
    for (int i = 0; i < 6; i++) milliseconds = milliseconds << 8 | id->data[i];
    constexpr int64 kEpochShift = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
    PG_RETURN_TIMESTAMPTZ(static_cast<int64>(milliseconds) * 1000 - kEpochShift);
}

// Returns fault, character, place, shown.
PGPROMPT_FUNCTION(name_fault) {
    static const char* const words[] = {nullptr, "not_utf8", "control", "white_space", "invisible"};
    const text* name = PG_GETARG_TEXT_PP(0);
    TupleDesc type = row_type_of(fcinfo);
    const FaultInName found = fault_in_name(view_of(name));
    Datum values[4] = {};
    bool nulls[4] = {true, true, true, true};
    if (found.fault != NameFault::none) {
        values[0] = CStringGetTextDatum(words[static_cast<int>(found.fault)]);
        nulls[0] = false;
    }
    if (found.size > 0) {
        const char* bytes = VARDATA_ANY(name);
        const auto length = static_cast<size_t>(VARSIZE_ANY_EXHDR(name));
        StringInfoData shown;
        initStringInfo(&shown);
        appendBinaryStringInfo(&shown, bytes, static_cast<int>(found.at));
        appendStringInfoChar(&shown, '?');
        const size_t behind = found.at + found.size;
        appendBinaryStringInfo(&shown, bytes + behind, static_cast<int>(length - behind));
        values[1] = CStringGetTextDatum(psprintf("U+%04X", found.code_point));
        values[2] = Int32GetDatum(static_cast<int32>(found.place));
        values[3] = CStringGetTextDatum(shown.data);
        nulls[1] = nulls[2] = nulls[3] = false;
    }
    PG_RETURN_DATUM(make_row(type, values, nulls));
}
