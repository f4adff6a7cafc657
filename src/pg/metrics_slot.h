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

// To be told of every update of a slot's row: whether the new version found no room beside the old one. Where
// this happens often, old versions cannot be pruned, since some long transaction might still see them, and
// looking for the newest would take longer and longer; then later statements use another slot.
void note_update(bool has_moved);

// Slots from here on are the result of such changes; nobody comes back to them for long.
constexpr int64 kFirstRotatedSlot = int64{1} << 32;

// A slot of this transaction alone, for rows that somebody has locked.
int64 private_slot();

}  // namespace pgprompt::pg
