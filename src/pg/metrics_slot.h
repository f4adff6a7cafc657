// Slots: which row of a key this transaction may write without waiting for anybody.
#pragma once

#include "pg/server.h"

namespace pgprompt::pg {

// This backend's slot, for one statement's writes. A positive one is the backend's while it lives: a row of
// it that is there is updated without asking anybody. Negative ones belong to this transaction alone: from
// REPEATABLE READ on, so that what the transaction's snapshot sees stays consistent; and in transactions of
// many statements, whose superseded row versions cannot be pruned before their end, so that a row has few of
// them.
int64 own_slot();

// To be called before the first row of a positive slot is inserted: a prepared transaction keeps the slots of
// the backend that it came from, and to insert a row of the same key would wait for it. By an advisory lock
// that lasts as long as the transaction and is never waited for; false if another transaction has it.
bool claim_slot(int64 slot);

// What to try instead of a slot that another transaction has claimed.
int64 other_slot(int64 slot);

// Another slot of the backend whose this one is (not of one that is private), where the page of its row
// has no room for a new version: by the time the backend comes back to a row, its old versions can mostly be
// pruned, and the table does not grow. Where they cannot, since some long transaction might still see them,
// looking for the newest would take longer and longer: then rows that nobody has used before take their
// place.
int64 next_slot(int64 slot);

// To be told of every update: whether the new version found no room beside the old one all the same.
void note_update(bool has_moved);

// Slots from here on are the result of such changes. maintain() may merge them at any time; who finds his row
// gone writes another.
constexpr int64 kFirstRotatedSlot = int64{1} << 32;

// A slot of this transaction alone, for rows that somebody has locked.
int64 private_slot();

}  // namespace pgprompt::pg
