#include "pg/metrics_fold.h"

#include "pg/metrics_recount.h"
#include "pg/statement.h"
#include "pg/uuid_v7.h"

extern "C" {
#include <access/xact.h>
#include <catalog/pg_inherits.h>
#include <common/hashfn.h>
#include <storage/lmgr.h>
#include <storage/lock.h>
#include <utils/datum.h>
#include <utils/fmgrprotos.h>
#include <utils/resowner.h>
}

namespace pgprompt::pg {

namespace {

struct Batch {
    Experiment experiment;
    GroupMap units;
    int64 count;
    bool has_late;  // changes that were queued before a time, see read_batch
};

// What the current transaction has folded.
struct {
    FullTransactionId transaction;
    int count;
    pg_uuid_t experiments[16];
} folded;

// Notes that the experiment is being folded. False if this transaction has done so before, or has done so
// many others that it cannot be told.
bool note_folding(const pg_uuid_t* id) {
    FullTransactionId transaction = GetTopFullTransactionId();
    if (!FullTransactionIdEquals(transaction, folded.transaction)) folded = {transaction, 0, {}};
    for (int i = 0; i < folded.count; i++) {
        if (memcmp(&folded.experiments[i], id, UUID_LEN) == 0) return false;
    }
    if (folded.count == lengthof(folded.experiments)) return false;
    folded.experiments[folded.count++] = *id;
    return true;
}

bool claim_folder(const pg_uuid_t* id, bool wait) {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, kFolderLockClass, folder_lock_of(id), 2);
    return LockAcquire(&tag, ExclusiveLock, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
}

void read_deltas(Batch* batch, Lookup* queue, const KeyCondition* conditions, int count, int64 limit) {
    IndexScanDesc scan =
        begin_scan(queue->relation, queue->key_index, conditions, count, GetActiveSnapshot());
    while (batch->count < limit && index_getnext_slot(scan, ForwardScanDirection, queue->found)) {
        CHECK_FOR_INTERRUPTS();
        Delta* delta = copy_delta(queue->found, queue->columns.numbers, batch->experiment.count);
        auto* unit = static_cast<Unit*>(find_or_add(&batch->units, VARDATA_ANY(delta->unit),
                                                    static_cast<int>(VARSIZE_ANY_EXHDR(delta->unit))));
        if (unit->last == nullptr) {
            unit->first = delta;
        } else {
            unit->last->next = delta;
        }
        unit->last = delta;
        batch->count++;
    }
    index_endscan(scan);
}

// What is due: first what is due at once and has been queued since a time, then what has fallen due since
// that time. `seen_until` is before what counts as late.
Batch read_batch(const pg_uuid_t* id, int64 limit, TimestampTz since, TimestampTz seen_until) {
    constexpr int64 kEpochShift = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
    Batch batch{};
    batch.experiment = load_for_folding(id);
    batch.units = make_groups(CurrentMemoryContext, sizeof(Unit));
    Lookup queue;
    open_lookup(&queue, &queue_layout);
    const KeyCondition of_experiment = {0, BTEqualStrategyNumber, UUIDPGetDatum(id)};
    pg_uuid_t* queued_since = least_uuid_v7(since == DT_NOBEGIN ? 0 : since + kEpochShift);
    const KeyCondition at_once[] = {of_experiment,
                                    {1, BTEqualStrategyNumber, TimestampTzGetDatum(DT_NOBEGIN)},
                                    {2, BTGreaterEqualStrategyNumber, UUIDPGetDatum(queued_since)}};
    read_deltas(&batch, &queue, at_once, lengthof(at_once), limit);
    if (batch.count > 0 && seen_until != DT_NOBEGIN) {
        const pg_uuid_t& oldest = value_of<Unit>(batch.units.groups[0])->first->id;
        batch.has_late = memcmp(&oldest, least_uuid_v7(seen_until + kEpochShift), UUID_LEN) < 0;
    }
    const KeyCondition waiting[] = {
        of_experiment,
        {1, BTGreaterStrategyNumber, TimestampTzGetDatum(since)},
        {1, BTLessEqualStrategyNumber, TimestampTzGetDatum(GetCurrentTimestamp())}};
    read_deltas(&batch, &queue, waiting, lengthof(waiting), limit);
    close_lookup(&queue);
    return batch;
}

// Changes that have been folded stay in the index until no transaction can see them any more. Not to pass
// them again and again while a long transaction keeps them, triggers mostly look at what is new since this
// backend has last seen everything folded, and a margin before it; what commits later than that or is
// backdated waits for one of those times when they look at everything. The margin follows what is found then.
struct Progress {
    pg_uuid_t experiment;
    TimestampTz since;
    int64 margin;
    int folds;
    TimestampTz attended;
};

constexpr int64 kLeastMargin = USECS_PER_SEC / 4;
constexpr int64 kMostMargin = USECS_PER_MINUTE;

Progress* progress_of(const pg_uuid_t* id) {
    static Progress known[16];
    static int next = 0;
    for (auto& progress : known) {
        if (memcmp(&progress.experiment, id, UUID_LEN) == 0) return &progress;
    }
    Progress* progress = &known[next];
    next = (next + 1) % static_cast<int>(lengthof(known));
    *progress = {*id, DT_NOBEGIN, kLeastMargin, 0, DT_NOBEGIN};
    return progress;
}

void push_snapshot(FoldView view) {
    PushCopiedSnapshot(GetTransactionSnapshot());
    if (view == FoldView::committed_only) GetActiveSnapshot()->curcid = FirstCommandId;
}

// A partition that is emptied or dropped is so in every snapshot, whatever it shows of the queue: what is
// recounted has a snapshot of its own, taken when nobody can be at it. A trigger does not wait for that.
void lock_executions(FoldView view) {
    ListCell* cell;
    foreach (cell, find_all_inheritors(table_oid("prompt_executions"), NoLock, nullptr)) {
        if (view == FoldView::own_changes) {
            LockRelationOid(lfirst_oid(cell), AccessShareLock);
        } else if (!ConditionalLockRelationOid(lfirst_oid(cell), AccessShareLock)) {
            ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
                            errmsg("a partition of prompt.prompt_executions is locked")));
        }
    }
}

// What folding the changes of a unit comes to.
struct Fold {
    bool found;                 // the subject was there before
    Subject subject;            // after the changes
    const text* known_variant;  // before them
    TimestampTz disturbed;      // the first exposure that the user had and has no more; DT_NOEND: none
};

// False, and nothing is counted, if the unit's changes cannot be applied and it has not been recounted.
template <class AnyTable>
bool fold_unit(AnyTable* subjects, const Experiment& experiment, const Unit& unit, GroupMap* statistics,
               Fold* fold) {
    Datum key[] = {UUIDPGetDatum(&experiment.id), PointerGetDatum(unit.first->unit)};
    fold->found = find(subjects, key, GetActiveSnapshot());
    fold->disturbed = DT_NOEND;
    Subject subject = fold->found ? copy_subject(subjects, experiment.count) : no_subject(experiment.count);
    fold->known_variant = subject.variant;
    const pg_uuid_t first_execution = subject.first_execution;
    const Datum known_covariate = subject.covariate;
    const TimestampTz known_exposure = subject.first_exposed_at;
    if (fold->found) count_subject(statistics, experiment, subject, -1);
    if (unit.recount != nullptr) {
        subject = *unit.recount;
        subject.covariate = known_covariate;
    } else if (!apply(&subject, unit.first, experiment.count)) {
        if (fold->found) count_subject(statistics, experiment, copy_subject(subjects, experiment.count), 1);
        return false;
    }
    subject.entry_epoch = entry_epoch_of(experiment, unit.first->unit, subject.first_epoch);
    const bool is_other = memcmp(&first_execution, &subject.first_execution, UUID_LEN) != 0;
    if (fold->found && (is_other || subject.variant == nullptr)) fold->disturbed = known_exposure;
    if (experiment.has_covariate && subject.variant != nullptr && (!fold->found || is_other)) {
        subject.covariate = covariate_of(experiment, unit, subject);
    }
    count_subject(statistics, experiment, subject, 1);
    fold->subject = subject;
    return true;
}

// Folds each unit and hands it to `done`, what is allocated for it freed in between: first those whose
// changes tell it all, then the others, recounted at once.
template <class AnyTable, class Recount, class Done>
void fold_units(Batch* batch, AnyTable* subjects, GroupMap* statistics, Recount recount, Done done) {
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "pg_prompt fold", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = CurrentMemoryContext;
    Disputed disputed{static_cast<Unit**>(palloc(sizeof(Unit*) * batch->units.count)),
                      static_cast<Datum*>(palloc(sizeof(Datum) * batch->units.count)), 0};
    auto fold_one = [&](Unit* unit) {
        CHECK_FOR_INTERRUPTS();
        MemoryContextSwitchTo(scratch);
        Fold fold{};
        const bool is_done = fold_unit(subjects, batch->experiment, *unit, statistics, &fold);
        if (is_done) done(*unit, fold);
        MemoryContextSwitchTo(caller);
        if (!is_done) {
            const text* variant = fold.known_variant == nullptr ? unit->first->variant : fold.known_variant;
            disputed.variants[disputed.count] = datumCopy(PointerGetDatum(variant), false, -1);
            disputed.units[disputed.count++] = unit;
        }
        MemoryContextReset(scratch);
    };
    for (int i = 0; i < batch->units.count; i++) fold_one(value_of<Unit>(batch->units.groups[i]));
    if (disputed.count == 0) return;
    const int count = disputed.count;
    recount(disputed);
    for (int i = 0; i < count; i++) fold_one(disputed.units[i]);
}

[[noreturn]] void refuse_locked(const char* table) {
    ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("a row of prompt.%s is locked", table)));
    pg_unreachable();
}

Statement disturbed_statement = {
    "UPDATE prompt.ab_test_progress SET bets_disturbed = true"
    " WHERE experiment_id = $1 AND bet_until >= $2 AND NOT bets_disturbed",
    2,
    {UUIDOID, TIMESTAMPTZOID},
    nullptr};

// A factor that has been folded for a user is never taken back; that he is gone is told.
void note_disturbed(const Experiment& experiment, TimestampTz exposed_at) {
    Datum arguments[] = {UUIDPGetDatum(&experiment.id), TimestampTzGetDatum(exposed_at)};
    Identity caller = become_owner_of(table_oid("ab_test_progress"));
    SPI_connect();
    run(&disturbed_statement, arguments, nullptr, false);
    SPI_finish();
    restore(caller);
}

void write_subjects(Batch* batch, GroupMap* statistics, FoldView view) {
    Table subjects;
    open_table(&subjects, &subject_layout, RowExclusiveLock);
    TimestampTz disturbed = DT_NOEND;
    auto recount = [&](const Disputed& disputed) {
        lock_executions(view);
        push_snapshot(view);
        recount_units(batch->experiment, &batch->units, disputed);
        PopActiveSnapshot();
    };
    fold_units(batch, &subjects, statistics, recount, [&](const Unit& unit, const Fold& fold) {
        Datum values[kMaxColumns];
        bool nulls[kMaxColumns];
        bool is_written = true;
        disturbed = Min(disturbed, fold.disturbed);
        if (fold.subject.variant == nullptr) {
            if (fold.found) is_written = remove(&subjects, &subjects.found->tts_tid);
        } else {
            subject_values(batch->experiment, *unit.first, fold.subject, values, nulls);
            if (fold.found) {
                is_written = update(&subjects, values, nulls);
            } else {
                insert(&subjects, values, nulls);
            }
        }
        if (!is_written) refuse_locked(subject_layout.name);
    });
    close_table(&subjects);
    if (batch->experiment.bets && disturbed != DT_NOEND) note_disturbed(batch->experiment, disturbed);
}

void write_statistics(const Batch& batch, GroupMap* statistics) {
    sort(statistics);
    Table table;
    open_table(&table, &statistics_layout, RowExclusiveLock);
    for (int i = 0; i < statistics->count; i++) {
        Datum values[kStatColumns];
        if (!statistics_values(batch.experiment, statistics->groups[i], values)) continue;
        if (!find(&table, values, GetActiveSnapshot())) {
            insert(&table, values, nullptr);
            continue;
        }
        bool is_null;
        constexpr int kCounts[] = {kStatUsers, kStatNonBinary, kStatCrossovers};
        for (int column : kCounts) {
            int64 old = DatumGetInt64(found_column(&table, column, &is_null));
            values[column] = Int64GetDatum(old + DatumGetInt64(values[column]));
        }
        for (int column = kStatRows; column < kStatColumns; column++) {
            if (column == kStatNonBinary || column == kStatCrossovers) continue;
            values[column] =
                DirectFunctionCall2(numeric_add, found_column(&table, column, &is_null), values[column]);
        }
        if (!update(&table, values, nullptr)) refuse_locked(statistics_layout.name);
    }
    close_table(&table);
}

void empty_queue(const Batch& batch) {
    Table queue;
    open_table(&queue, &queue_layout, RowExclusiveLock);
    for (int i = 0; i < batch.units.count; i++) {
        for (Delta* d = value_of<Unit>(batch.units.groups[i])->first; d != nullptr; d = d->next) {
            if (!remove(&queue, &d->position)) refuse_locked(queue_layout.name);
        }
    }
    close_table(&queue);
}

}  // namespace

int64 fold_experiment(const pg_uuid_t* id, int64 limit, FoldView view) {
    if (IsolationUsesXactSnapshot() || limit <= 0) return 0;
    // A second fold must see the first one's changes.
    if (!note_folding(id) && view == FoldView::committed_only) return 0;
    if (!claim_folder(id, false)) return 0;
    MemoryContext context =
        AllocSetContextCreate(CurrentMemoryContext, "pg_prompt folder", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(context);
    // Taken after the lock: it sees all that the last folder has done.
    push_snapshot(view);
    constexpr int kLooksAtEverything = 64;
    Progress* progress = progress_of(id);
    bool everything = view == FoldView::own_changes || ++progress->folds % kLooksAtEverything == 0;
    TimestampTz now = GetCurrentTimestamp();
    Batch batch = read_batch(id, limit, everything ? DT_NOBEGIN : progress->since, progress->since);
    if (everything) {
        progress->margin =
            batch.has_late ? Min(progress->margin * 4, kMostMargin) : Max(progress->margin / 2, kLeastMargin);
    }
    if (batch.count < limit) {
        progress->since = now - progress->margin;
    } else if (batch.has_late) {
        progress->since = DT_NOBEGIN;  // there may be more of them
    }
    if (batch.count > 0) {
        GroupMap statistics = make_statistics(context);
        write_subjects(&batch, &statistics, view);
        write_statistics(batch, &statistics);
        empty_queue(batch);
        CommandCounterIncrement();
    }
    PopActiveSnapshot();
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
    return batch.count;
}

uint32 folder_lock_of(const pg_uuid_t* id) {
    return hash_bytes(id->data, UUID_LEN);
}

void wait_for_folder(const pg_uuid_t* id) {
    claim_folder(id, true);
    // Whoever waits changes totals, which this transaction's triggers would find changed and not see.
    note_folding(id);
}

// Runs `body` in a subtransaction whose failure is logged; a cancellation goes on. False if it failed.
template <class Body>
static bool run_quietly(const char* what, const char* detail, Body body) {
    MemoryContext caller = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    volatile bool done = false;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(caller);
    PG_TRY();
    {
        body();
        ReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(caller);
        CurrentResourceOwner = owner;
        done = true;
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        ErrorData* error = CopyErrorData();
        FlushErrorState();
        // Before a cancellation goes on, too: nobody else ends this subtransaction, and the session would
        // stay in it.
        RollbackAndReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(caller);
        CurrentResourceOwner = owner;
        if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)
            ReThrowError(error);
        ereport(LOG, (errcode(error->sqlerrcode), errmsg("%s: %s", what, error->message),
                      errdetail("%s", detail)));
        FreeErrorData(error);
    }
    PG_END_TRY();
    return done;
}

static Statement attend_statement = {"SELECT prompt._after_fold($1)", 1, {UUIDOID}, nullptr};

bool attend_experiment(const pg_uuid_t* id) {
    if (IsolationUsesXactSnapshot() || !claim_folder(id, false)) return true;
    progress_of(id)->attended = GetCurrentTimestamp();
    return run_quietly("an experiment was not attended to", "It is tried again after another fold.", [&] {
        Datum argument = UUIDPGetDatum(id);
        Identity caller = become_owner_of(table_oid("ab_test_progress"));
        SPI_connect();
        run(&attend_statement, &argument, nullptr, false);
        SPI_finish();
        restore(caller);
    });
}

void fold_quietly(const pg_uuid_t* id, int64 limit) {
    constexpr int64 kAttendAfter = 200 * INT64CONST(1000);  // microseconds
    if (IsolationUsesXactSnapshot()) return;
    int64 count = 0;
    const bool done =
        run_quietly("users' totals were not folded", "The changes stay in prompt.prompt_subject_queue.",
                    [&] { count = fold_experiment(id, limit, FoldView::committed_only); });
    if (!done || count == 0) return;
    if (GetCurrentTimestamp() >= progress_of(id)->attended + kAttendAfter) attend_experiment(id);
}

Pending pending_statistics(const pg_uuid_t* id) {
    Batch batch = read_batch(id, PG_INT64_MAX, DT_NOBEGIN, DT_NOBEGIN);
    Pending pending = {batch.experiment, make_statistics(CurrentMemoryContext)};
    if (batch.count == 0) return pending;
    Lookup subjects;
    open_lookup(&subjects, &subject_layout);
    auto recount = [&](const Disputed& disputed) {
        recount_units(batch.experiment, &batch.units, disputed);
    };
    fold_units(&batch, &subjects, &pending.statistics, recount, [](const Unit&, const Fold&) {});
    close_lookup(&subjects);
    return pending;
}

}  // namespace pgprompt::pg
