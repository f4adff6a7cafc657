// Trigger on prompt_executions and its partitions: keeps the running figures.
#include "pg/boundary.h"
#include "pg/metrics_execution.h"
#include "pg/metrics_figures.h"
#include "pg/metrics_table.h"

extern "C" {
#include <access/xact.h>
#include <commands/trigger.h>
#include <executor/executor.h>
#include <utils/tuplestore.h>
}

namespace {

using namespace pgprompt::pg;

struct Changes {
    FigureChanges figures;
    ExecutionColumns columns;
    MemoryContext row_context;  // scratch of one row
};

Changes make_changes(Relation relation) {
    Changes changes{};
    changes.figures = make_figure_changes(CurrentMemoryContext);
    changes.columns = map_execution_columns(RelationGetDescr(relation), RelationGetRelationName(relation));
    changes.row_context =
        AllocSetContextCreate(CurrentMemoryContext, "pg_prompt execution", ALLOCSET_DEFAULT_SIZES);
    return changes;
}

void count_row(Changes* changes, TupleTableSlot* row, int sign) {
    MemoryContext caller = MemoryContextSwitchTo(changes->row_context);
    Execution execution = read_execution(row, changes->columns);
    add_execution(&changes->figures, execution, sign);
    MemoryContextSwitchTo(caller);
    MemoryContextReset(changes->row_context);
}

// Another trigger may read the same transition table, so the position is our own.
void count_rows(Changes* changes, Tuplestorestate* rows, TupleTableSlot* row, int sign) {
    int pointer = tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND);
    tuplestore_select_read_pointer(rows, pointer);
    tuplestore_rescan(rows);
    while (tuplestore_gettupleslot(rows, true, false, row)) {
        CHECK_FOR_INTERRUPTS();
        count_row(changes, row, sign);
    }
}

void count_transition_tables(Changes* changes, const TriggerData* trigger) {
    TupleTableSlot* row =
        MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple);
    if (trigger->tg_oldtable != nullptr) count_rows(changes, trigger->tg_oldtable, row, -1);
    if (trigger->tg_newtable != nullptr) count_rows(changes, trigger->tg_newtable, row, 1);
    ExecDropSingleTupleTableSlot(row);
}

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
}

}  // namespace

PGPROMPT_FUNCTION(count_executions) {
    if (!CALLED_AS_TRIGGER(fcinfo)) elog(ERROR, "not called by the trigger manager");
    auto* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
    if (!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event)) elog(ERROR, "not called for a statement");
    Changes changes = make_changes(trigger->tg_relation);
    if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event)) {
        take_back_partition(&changes, trigger->tg_relation);
    } else {
        count_transition_tables(&changes, trigger);
    }
    write_figures(&changes.figures);
    CommandCounterIncrement();
    return PointerGetDatum(nullptr);
}
