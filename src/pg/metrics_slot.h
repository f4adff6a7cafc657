// Slots: which row of a key this transaction may write without waiting for anybody.
#pragma once

#include "pg/server.h"

namespace pgprompt::pg {

// A slot that no other transaction holds, for one statement's writes. Positive slots are claimed by an
// advisory lock that lasts as long as the transaction and is never waited for. Negative ones belong to this
// transaction alone: from REPEATABLE READ on, so that what the transaction's snapshot sees stays consistent;
// and in transactions of many statements, whose superseded row versions cannot be pruned before their end, so
// that a row has few of them.
int64 claim_slot();

// A slot of this transaction alone, for rows that somebody has locked.
int64 private_slot();

}  // namespace pgprompt::pg
