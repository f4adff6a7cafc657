// UUIDs of version 7 (RFC 9562): 48 bits of Unix milliseconds, then 12 bits of the fraction of the
// millisecond (method 3 of section 6.2), then 62 random bits.
#pragma once

#include "pg/server.h"

extern "C" {
#include <utils/uuid.h>
}

namespace pgprompt::pg {

// A new one for a time in microseconds since 1970, in the current memory context.
pg_uuid_t* new_uuid_v7(int64 unix_microseconds);

// The least one of the time's millisecond, whoever generated it.
pg_uuid_t* least_uuid_v7(int64 unix_microseconds);

// Makes the id the next one: for many of one statement, in order and without new random bits.
void count_up(pg_uuid_t* id);

}  // namespace pgprompt::pg
