// Trigger on prompt_executions and its partitions: keeps the running figures.
#include "pg/boundary.h"
#include "pg/metrics_execution.h"
#include "pg/metrics_figures.h"
#include "pg/metrics_fold.h"
#include "pg/metrics_queue.h"
#include "pg/metrics_table.h"

#include "pg/settings.h"
#include "pg/trigger.h"

extern "C" {
#include <access/xact.h>
#include <commands/async.h>
#include <commands/trigger.h>
#include <executor/executor.h>
#include <utils/fmgrprotos.h>
#include <utils/json.h>
#include <utils/tuplestore.h>
}

namespace {

using namespace pgprompt::pg;

struct Changes {
    FigureChanges figures;
    QueueChanges queue;
    Columns columns;
    MemoryContext row_context;  // scratch of one row
};

Changes make_changes(Relation relation) {
    Changes changes{};
    changes.figures = make_figure_changes(CurrentMemoryContext);
    changes.queue = make_queue_changes(CurrentMemoryContext);
    changes.columns = execution_columns(relation);
    changes.row_context =
        AllocSetContextCreate(CurrentMemoryContext, "pg_prompt execution", ALLOCSET_DEFAULT_SIZES);
    return changes;
}

// On channel prompt_events, at commit.
void announce_block(const Execution& execution) {
    auto text_of = [](const pg_uuid_t* id) {
        return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
    };
    StringInfoData payload;
    initStringInfo(&payload);
    appendStringInfo(
        &payload,
        "{\"event\": \"blocked\", \"execution_id\": \"%s\", \"template_id\": \"%s\", \"tenant_id\": ",
        text_of(execution.id), text_of(execution.template_id));
    escape_json(&payload, text_to_cstring(execution.tenant));
    appendStringInfoChar(&payload, '}');
    constexpr int kMostBytes = 7999;
    if (payload.len <= kMostBytes) Async_Notify("prompt_events", payload.data);
}

void count_row(Changes* changes, TupleTableSlot* row, int sign) {
    MemoryContext caller = MemoryContextSwitchTo(changes->row_context);
    Execution execution = read_execution(row, changes->columns);
    if (sign > 0 && execution.status == ExecutionStatus::blocked && settings.notify_blocks)
        announce_block(execution);
    add_execution(&changes->figures, execution, sign);
    queue_row(&changes->queue, execution, sign);
    MemoryContextSwitchTo(caller);
    MemoryContextReset(changes->row_context);
}

// A transition table read from its start. Another trigger may read it, too, so the position is our own.
struct Rows {
    Tuplestorestate* store;
    TupleTableSlot* row;
    int pointer;
};

Rows rows_of(Tuplestorestate* store, Relation relation) {
    Rows rows{};
    rows.store = store;
    if (store == nullptr) return rows;
    rows.row = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsMinimalTuple);
    rows.pointer = tuplestore_alloc_read_pointer(store, EXEC_FLAG_REWIND);
    tuplestore_select_read_pointer(store, rows.pointer);
    tuplestore_rescan(store);
    return rows;
}

bool next(Rows* rows) {
    if (rows->store == nullptr) return false;
    CHECK_FOR_INTERRUPTS();
    tuplestore_select_read_pointer(rows->store, rows->pointer);
    return tuplestore_gettupleslot(rows->store, true, false, rows->row);
}

// The server stores both images of a row one after the other, so the two tables run in parallel. Where a
// user's trigger has kept a row out of the partition that it should move to, they do not, and each is counted
// for itself.
void count_updates(Changes* changes, Rows* old_rows, Rows* new_rows) {
    for (;;) {
        bool has_old = next(old_rows);
        bool has_new = next(new_rows);
        if (!has_old && !has_new) break;
        MemoryContext caller = MemoryContextSwitchTo(changes->row_context);
        Execution before{};
        Execution after{};
        if (has_old) before = read_execution(old_rows->row, changes->columns);
        if (has_new) after = read_execution(new_rows->row, changes->columns);
        if (settings.notify_blocks && has_new && after.status == ExecutionStatus::blocked &&
            (!has_old || before.status != ExecutionStatus::blocked)) {
            announce_block(after);
        }
        if (has_old) add_execution(&changes->figures, before, -1);
        if (has_new) add_execution(&changes->figures, after, 1);
        if (has_old && has_new) {
            queue_change(&changes->queue, before, after);
        } else if (has_old) {
            queue_row(&changes->queue, before, -1);
        } else {
            queue_row(&changes->queue, after, 1);
        }
        MemoryContextSwitchTo(caller);
        MemoryContextReset(changes->row_context);
    }
}

void count_transition_tables(Changes* changes, const TriggerData* trigger) {
    Rows old_rows = rows_of(trigger->tg_oldtable, trigger->tg_relation);
    Rows new_rows = rows_of(trigger->tg_newtable, trigger->tg_relation);
    if (old_rows.store != nullptr && new_rows.store != nullptr) {
        count_updates(changes, &old_rows, &new_rows);
    } else {
        while (next(&old_rows)) count_row(changes, old_rows.row, -1);
        while (next(&new_rows)) count_row(changes, new_rows.row, 1);
    }
    if (old_rows.row != nullptr) ExecDropSingleTupleTableSlot(old_rows.row);
    if (new_rows.row != nullptr) ExecDropSingleTupleTableSlot(new_rows.row);
}

// The transaction that has last emptied a partition. Its rows are gone for whoever recounts users before it
// commits, so it leaves folding to others.
FullTransactionId emptying;

// All rows are about to go; the lock that TRUNCATE holds keeps them as they are.
void take_back_partition(Changes* changes, Relation relation) {
    TupleTableSlot* row = table_slot_create(relation, nullptr);
    Snapshot latest = RegisterSnapshot(GetLatestSnapshot());
    TableScanDesc scan = table_beginscan(relation, latest, 0, nullptr);
    while (table_scan_getnextslot(scan, ForwardScanDirection, row)) {
        CHECK_FOR_INTERRUPTS();
        count_row(changes, row, -1);
    }
    table_endscan(scan);
    UnregisterSnapshot(latest);
    ExecDropSingleTupleTableSlot(row);
    emptying = GetTopFullTransactionId();
}

// The queue is folded by those who fill it: after so many changes of its own a backend folds some more of
// anybody's. A failure would fail the same way at once, so it is not tried again before that many changes.
void fold_at_times(const QueueChanges& queue, int queued) {
    constexpr int kFoldAfter = 32;
    constexpr int kMostAtOnce = 256;
    static int unfolded = 0;
    unfolded = Min(unfolded + queued, kMostAtOnce / 2);
    if (unfolded < kFoldAfter || FullTransactionIdEquals(GetTopFullTransactionId(), emptying)) return;
    int most = unfolded * 2;
    unfolded = 0;
    for (int i = 0; i < queue.experiments.count; i++) {
        const Experiment* experiment = *value_of<Experiment*>(queue.experiments.groups[i]);
        if (experiment->count > 0) fold_quietly(&experiment->id, most);
    }
}

}  // namespace

PGPROMPT_FUNCTION(count_executions) {
    TriggerData* trigger = trigger_on_executions(fcinfo);
    if (trigger == nullptr) return PointerGetDatum(nullptr);
    if (!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event)) elog(ERROR, "not called for a statement");
    Changes changes = make_changes(trigger->tg_relation);
    if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event)) {
        take_back_partition(&changes, trigger->tg_relation);
    } else {
        count_transition_tables(&changes, trigger);
    }
    write_figures(&changes.figures);
    int queued = write_queue(&changes.queue);
    CommandCounterIncrement();
    if (queued > 0) fold_at_times(changes.queue, queued);
    return PointerGetDatum(nullptr);
}
