// Folding: queued changes go into the users' totals and into the sums over users.
#pragma once

#include "pg/metrics_statistics.h"

namespace pgprompt::pg {

// What a folder sees of its own transaction: everything, or only what others have committed. A trigger fires
// amid a statement, when rows may be there whose changes are not in the queue yet, so it must not look at
// them.
enum class FoldView { own_changes, committed_only };

// Folds up to `limit` changes of one experiment whose windows have closed. Returns how many; none if another
// transaction is folding this experiment, or if this one's snapshot is older than what it may fold (isolation
// levels above READ COMMITTED).
int64 fold_experiment(const pg_uuid_t* id, int64 limit, FoldView view);

// Keys of the advisory lock that the folder of an experiment holds until its transaction ends.
constexpr uint32 kFolderLockClass = 0x70677073;
uint32 folder_lock_of(const pg_uuid_t* id);

// Waits until no other transaction folds this experiment, and keeps others from it until this one ends.
void wait_for_folder(const pg_uuid_t* id);

// What is due beside folding: bets, completion, weights (prompt._after_fold), as the owner of the tables and
// in a subtransaction. False if that failed, which is logged; nothing is done while another transaction
// folds.
bool attend_experiment(const pg_uuid_t* id);

// Folds committed changes, once per transaction, in a subtransaction whose failure is logged and leaves the
// queue as it was.
void fold_quietly(const pg_uuid_t* id, int64 limit);

// What folding everything that the active snapshot sees would add to ab_test_statistics; writes nothing.
struct Pending {
    Experiment experiment;
    GroupMap statistics;
};
Pending pending_statistics(const pg_uuid_t* id);

}  // namespace pgprompt::pg
