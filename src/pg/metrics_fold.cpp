#include "pg/metrics_fold.h"

#include "pg/statement.h"
#include "pg/uuid_v7.h"

extern "C" {
#include <access/xact.h>
#include <common/hashfn.h>
#include <storage/lock.h>
#include <utils/fmgrprotos.h>
#include <utils/numeric.h>
#include <utils/resowner.h>
}

namespace pgprompt::pg {

namespace {

constexpr uint32 kFolderLockClass =
    0x70677073;  // first key of the advisory locks, second: hash of the experiment

// Changes of one user, in the order in which they were queued.
struct Unit {
    Delta* first;
    Delta* last;
};

struct Batch {
    Experiment experiment;
    GroupMap units;
    int64 count;
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
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, kFolderLockClass, hash_bytes(id->data, UUID_LEN), 2);
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
// that time.
Batch read_batch(const pg_uuid_t* id, int64 limit, TimestampTz since) {
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
// backend has last seen everything folded; what commits late or is backdated waits for one of those times
// when they look at everything.
struct Progress {
    pg_uuid_t experiment;
    TimestampTz since;
    int folds;
    TimestampTz attended;
};

Progress* progress_of(const pg_uuid_t* id) {
    static Progress known[16];
    static int next = 0;
    for (auto& progress : known) {
        if (memcmp(&progress.experiment, id, UUID_LEN) == 0) return &progress;
    }
    Progress* progress = &known[next];
    next = (next + 1) % static_cast<int>(lengthof(known));
    *progress = {*id, DT_NOBEGIN, 0, DT_NOBEGIN};
    return progress;
}

Datum element_copy(HeapTuple row, TupleDesc columns, int number, bool* is_null, bool by_value, int length) {
    Datum value = SPI_getbinval(row, columns, number, is_null);
    return *is_null ? 0 : SPI_datumTransfer(value, by_value, length);
}

Statement recount_statement = {
    "SELECT variant, first_epoch, first_exposed_at, first_execution_id, exposures, crossover_exposures, "
    "rows, "
    "sums, queued FROM prompt._recount_subject($1, $2, $3, $4)",
    4,
    {UUIDOID, TEXTOID, UUIDARRAYOID, TEXTOID},
    nullptr};

// The user's totals from the executions that the active snapshot sees, less what stays in the queue.
Subject recount_subject(const Experiment& experiment, const Unit& unit, const text* known_variant) {
    int count = 0;
    for (const Delta* d = unit.first; d != nullptr; d = d->next) count++;
    auto* folded = static_cast<Datum*>(palloc(sizeof(Datum) * count));
    int i = 0;
    for (Delta* d = unit.first; d != nullptr; d = d->next) folded[i++] = UUIDPGetDatum(&d->id);
    Datum arguments[] = {
        UUIDPGetDatum(&experiment.id), PointerGetDatum(unit.first->unit),
        PointerGetDatum(construct_array(folded, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR)),
        PointerGetDatum(known_variant == nullptr ? unit.first->variant : known_variant)};
    Identity caller = become_owner_of(table_oid("prompt_subjects"));
    SPI_connect();
    run(&recount_statement, arguments, nullptr, true);
    if (SPI_processed != 1) elog(ERROR, "recount of a user returned " UINT64_FORMAT " rows", SPI_processed);
    HeapTuple row = SPI_tuptable->vals[0];
    TupleDesc columns = SPI_tuptable->tupdesc;
    bool is_null;
    Subject subject = {};
    subject.variant = DatumGetTextPP(element_copy(row, columns, 1, &is_null, false, -1));
    subject.first_epoch = DatumGetInt32(SPI_getbinval(row, columns, 2, &is_null));
    bool has_executions = !is_null;
    if (has_executions) {
        subject.first_exposed_at = DatumGetTimestampTz(SPI_getbinval(row, columns, 3, &is_null));
        subject.first_execution = *DatumGetUUIDP(SPI_getbinval(row, columns, 4, &is_null));
    } else {
        // Whatever comes next is earlier than that, and makes for another recount.
        subject.first_epoch = unit.first->epoch;
        subject.first_exposed_at = DT_NOEND;
        subject.first_execution = unit.first->execution;
    }
    subject.exposures = DatumGetInt64(SPI_getbinval(row, columns, 5, &is_null));
    subject.crossover_exposures = DatumGetInt64(SPI_getbinval(row, columns, 6, &is_null));
    Datum rows = element_copy(row, columns, 7, &is_null, false, -1);
    Datum sums = element_copy(row, columns, 8, &is_null, false, -1);
    int64 queued = DatumGetInt64(SPI_getbinval(row, columns, 9, &is_null));
    SPI_finish();
    restore(caller);
    set_totals(&subject, rows, sums, experiment.count);
    // A user without executions is kept as long as changes are queued that are to cancel out.
    if (!has_executions && queued == 0) subject.variant = nullptr;
    return subject;
}

Statement covariate_statement = {
    "SELECT prompt._covariate_of($1, $2, $3, $4)", 4, {UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID}, nullptr};

// What is known of a user before his first exposure; 0 where nothing is.
Datum covariate_of(const Experiment& experiment, const Unit& unit, const Subject& subject) {
    Datum arguments[] = {UUIDPGetDatum(&experiment.id), PointerGetDatum(unit.first->unit),
                         UUIDPGetDatum(&subject.first_execution),
                         TimestampTzGetDatum(subject.first_exposed_at)};
    Identity caller = become_owner_of(table_oid("prompt_subjects"));
    SPI_connect();
    run(&covariate_statement, arguments, nullptr, true);
    if (SPI_processed != 1) elog(ERROR, "no covariate of a user");
    bool is_null;
    Datum covariate = element_copy(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null, false, -1);
    SPI_finish();
    restore(caller);
    return is_null ? NumericGetDatum(int64_to_numeric(0)) : covariate;
}

// The subject after the unit's changes; `found` says whether it was there before. `disturbed` becomes the
// first exposure that a user had and has no more, if that is earlier.
template <class AnyTable>
Subject fold_unit(AnyTable* subjects, const Experiment& experiment, const Unit& unit, GroupMap* statistics,
                  bool* found, TimestampTz* disturbed) {
    Datum key[] = {UUIDPGetDatum(&experiment.id), PointerGetDatum(unit.first->unit)};
    *found = find(subjects, key, GetActiveSnapshot());
    Subject subject = *found ? copy_subject(subjects, experiment.count) : no_subject(experiment.count);
    const text* known_variant = subject.variant;
    const pg_uuid_t first_execution = subject.first_execution;
    const Datum known_covariate = subject.covariate;
    const TimestampTz known_exposure = subject.first_exposed_at;
    if (*found) count_subject(statistics, experiment, subject, -1);
    if (!apply(&subject, unit.first, experiment.count)) {
        subject = recount_subject(experiment, unit, known_variant);
        subject.covariate = known_covariate;
    }
    subject.entry_epoch = entry_epoch_of(experiment, unit.first->unit, subject.first_epoch);
    const bool is_other = memcmp(&first_execution, &subject.first_execution, UUID_LEN) != 0;
    if (*found && (is_other || subject.variant == nullptr)) *disturbed = Min(*disturbed, known_exposure);
    if (experiment.has_covariate && subject.variant != nullptr && (!*found || is_other)) {
        subject.covariate = covariate_of(experiment, unit, subject);
    }
    count_subject(statistics, experiment, subject, 1);
    return subject;
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

void write_subjects(const Batch& batch, GroupMap* statistics) {
    Table subjects;
    open_table(&subjects, &subject_layout, RowExclusiveLock);
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "pg_prompt fold", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(scratch);
    TimestampTz disturbed = DT_NOEND;
    for (int i = 0; i < batch.units.count; i++) {
        CHECK_FOR_INTERRUPTS();
        const auto& unit = *value_of<Unit>(batch.units.groups[i]);
        bool found;
        Subject subject = fold_unit(&subjects, batch.experiment, unit, statistics, &found, &disturbed);
        Datum values[kMaxColumns];
        bool nulls[kMaxColumns];
        bool done = true;
        if (subject.variant == nullptr) {
            if (found) done = remove(&subjects, &subjects.found->tts_tid);
        } else {
            subject_values(batch.experiment, *unit.first, subject, values, nulls);
            if (found) {
                done = update(&subjects, values, nulls);
            } else {
                insert(&subjects, values, nulls);
            }
        }
        if (!done) refuse_locked(subject_layout.name);
        MemoryContextReset(scratch);
    }
    MemoryContextSwitchTo(caller);
    close_table(&subjects);
    if (batch.experiment.bets && disturbed != DT_NOEND) note_disturbed(batch.experiment, disturbed);
}

void write_statistics(const Batch& batch, GroupMap* statistics) {
    sort(statistics);
    Table table;
    open_table(&table, &statistics_layout, RowExclusiveLock);
    text* tenant = value_of<Unit>(batch.units.groups[0])->first->tenant;
    for (int i = 0; i < statistics->count; i++) {
        Datum values[kStatColumns];
        if (!statistics_values(batch.experiment, statistics->groups[i], tenant, values)) continue;
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
    PushCopiedSnapshot(GetTransactionSnapshot());
    if (view == FoldView::committed_only) GetActiveSnapshot()->curcid = FirstCommandId;
    constexpr int kLooksAtEverything = 64;
    constexpr int64 kMargin = 5 * USECS_PER_SEC;
    Progress* progress = progress_of(id);
    bool everything = view == FoldView::own_changes || ++progress->folds % kLooksAtEverything == 0;
    TimestampTz now = GetCurrentTimestamp();
    Batch batch = read_batch(id, limit, everything ? DT_NOBEGIN : progress->since);
    if (batch.count < limit) progress->since = now - kMargin;
    if (batch.count > 0) {
        GroupMap statistics = make_statistics(context);
        write_subjects(batch, &statistics);
        write_statistics(batch, &statistics);
        empty_queue(batch);
        CommandCounterIncrement();
    }
    PopActiveSnapshot();
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(context);
    return batch.count;
}

void wait_for_folder(const pg_uuid_t* id) {
    claim_folder(id, true);
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
        // Before a cancellation goes on, too: nobody else ends this subtransaction, and the session would stay in it.
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
    Batch batch = read_batch(id, PG_INT64_MAX, DT_NOBEGIN);
    Pending pending = {batch.experiment, make_statistics(CurrentMemoryContext), nullptr};
    if (batch.count == 0) return pending;
    pending.tenant = value_of<Unit>(batch.units.groups[0])->first->tenant;
    Lookup subjects;
    open_lookup(&subjects, &subject_layout);
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "pg_prompt fold", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(scratch);
    for (int i = 0; i < batch.units.count; i++) {
        CHECK_FOR_INTERRUPTS();
        bool found;
        TimestampTz disturbed = DT_NOEND;
        fold_unit(&subjects, batch.experiment, *value_of<Unit>(batch.units.groups[i]), &pending.statistics,
                  &found, &disturbed);
        MemoryContextReset(scratch);
    }
    MemoryContextSwitchTo(caller);
    close_lookup(&subjects);
    return pending;
}

}  // namespace pgprompt::pg
