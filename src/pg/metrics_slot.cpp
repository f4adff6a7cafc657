#include "pg/metrics_slot.h"

extern "C" {
#include <access/xact.h>
#include <storage/lock.h>
#include <storage/proc.h>
#include <utils/timestamp.h>
}

namespace pgprompt::pg {

namespace {

constexpr uint32 kLockClass = 0x70677072;  // first key of the advisory locks, second key: the slot
constexpr uint64 kStatementsPerSlot = 24;
constexpr int kClaims = 16;

struct {
    FullTransactionId transaction;
    uint64 statements;
} writer;

// Rows that a backend goes through in turn: when it comes back to one, the row's old versions can mostly be
// pruned.
constexpr int kPositions = 8;
constexpr int kFutileUpdates = 8;

// `base` starts at the time, once it changes, so that another backend of the same number does not meet the
// rows of this one.
int64 base;
int position;
int since_turn;
int futile_turns;

int32 own_number() {
#if PG_VERSION_NUM >= 170000
    return MyProcNumber + 1;
#else
    return MyBackendId;
#endif
}

void turn() {
    futile_turns = since_turn < kFutileUpdates ? futile_turns + 1 : 0;
    since_turn = 0;
    position = (position + 1) % kPositions;
    if (futile_turns < kPositions) return;
    base = Max(base + kPositions, static_cast<int64>(GetCurrentTimestamp() / USECS_PER_SEC));
    position = futile_turns = 0;
}

}  // namespace

void note_update(bool has_moved) {
    if (has_moved) {
        turn();
    } else {
        since_turn++;
    }
}

int64 next_slot(int64 slot) {
    turn();
    return slot % kFirstRotatedSlot + (base + position) * kFirstRotatedSlot;
}

int64 private_slot() {
    uint64 transaction = U64FromFullTransactionId(GetTopFullTransactionId());
    constexpr uint64 kRotations = 1 << 20;
    return -static_cast<int64>(transaction * kRotations +
                               writer.statements / kStatementsPerSlot % kRotations);
}

int64 own_slot() {
    FullTransactionId transaction = GetTopFullTransactionId();
    if (!FullTransactionIdEquals(transaction, writer.transaction)) writer = {transaction, 0};
    writer.statements++;
    if (IsolationUsesXactSnapshot() || writer.statements > kStatementsPerSlot) return private_slot();
    return own_number() + (base + position) * kFirstRotatedSlot;
}

bool claim_slot(int64 slot) {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, kLockClass, static_cast<uint32>(slot % kFirstRotatedSlot), 2);
    return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

int64 other_slot(int64 slot) {
    const int64 other = slot % kFirstRotatedSlot + MaxBackends;
    if (other / MaxBackends >= kClaims) return private_slot();
    return other + slot / kFirstRotatedSlot * kFirstRotatedSlot;
}

}  // namespace pgprompt::pg
