// Where this backend has last written which row: its next version is then written without going through the
// index and through the chain of the versions before.
#pragma once

#include "pg/metrics_table.h"

namespace pgprompt::pg {

// A place to look at first, by find_at(), which tells whether the row is there still; null: none is known.
const RowPlace* remembered_place(Oid relation, uint32 key_hash);

void remember_place(Oid relation, uint32 key_hash, const RowPlace& place);

}  // namespace pgprompt::pg
