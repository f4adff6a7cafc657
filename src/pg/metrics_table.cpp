#include "pg/metrics_table.h"

extern "C" {
#include <access/heapam.h>
#include <access/table.h>
#include <access/xact.h>
#include <commands/trigger.h>
#include <executor/nodeModifyTable.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/optimizer.h>
#include <rewrite/rewriteHandler.h>
#include <storage/bufmgr.h>
#include <storage/bufpage.h>
#include <utils/datum.h>
#include <utils/lsyscache.h>
}

namespace pgprompt::pg {

namespace {

#if PG_VERSION_NUM >= 160000
using IndexesToUpdate = TU_UpdateIndexes;
#else
using IndexesToUpdate = bool;
#endif

// Most updates need none of it, and making it costs as much as they do.
void prepare_executor(Table* table) {
    if (table->state != nullptr) return;
    MemoryContext caller = MemoryContextSwitchTo(table->context);
    table->state = CreateExecutorState();
    table->result = makeNode(ResultRelInfo);
    InitResultRelInfo(table->result, table->relation, 0, nullptr, 0);
    ExecOpenIndices(table->result, false);
    MemoryContextSwitchTo(caller);
}

void insert_index_entries(Table* table, bool is_update, [[maybe_unused]] IndexesToUpdate which) {
    prepare_executor(table);
    if (table->result->ri_NumIndices == 0) return;
#if PG_VERSION_NUM >= 160000
    List* recheck = ExecInsertIndexTuples(table->result, table->written, table->state, is_update, false,
                                          nullptr, NIL, is_update && which == TU_Summarizing);
#else
    List* recheck =
        ExecInsertIndexTuples(table->result, table->written, table->state, is_update, false, nullptr, NIL);
#endif
    list_free(recheck);
}

// An update leaves the user's columns as they are and makes none of ours null.
void check_row(Table* table, CmdType command) {
    TupleConstr* constraints = RelationGetDescr(table->relation)->constr;
    if (constraints == nullptr) return;
    if (command == CMD_UPDATE && constraints->num_check == 0 && !constraints->has_generated_stored) return;
    prepare_executor(table);
    if (constraints->has_generated_stored) {
        ExecComputeStoredGenerated(table->result, table->state, table->written, command);
    }
    ExecConstraints(table->result, table->written, table->state);
}

// Values of the columns that the user has added.
void fill_defaults(Table* table) {
    TupleDesc row = RelationGetDescr(table->relation);
    for (int i = 0; i < row->natts; i++) {
        Form_pg_attribute column = TupleDescAttr(row, i);
        if (column->attisdropped || column->attgenerated != '\0') continue;
        bool ours = false;
        for (int j = 0; j < table->layout->column_count; j++) ours |= table->columns.numbers[j] == i + 1;
        if (ours) continue;
        auto* expression = reinterpret_cast<Expr*>(build_column_default(table->relation, i + 1));
        if (expression == nullptr) continue;
        ExprState* prepared = ExecPrepareExpr(expression, table->state);
        table->written->tts_values[i] =
            ExecEvalExpr(prepared, GetPerTupleExprContext(table->state), &table->written->tts_isnull[i]);
    }
}

void set_columns(Table* table, const Datum* values, const bool* nulls) {
    for (int i = 0; i < table->layout->column_count; i++) {
        int position = table->columns.numbers[i] - 1;
        table->written->tts_values[position] = values[i];
        table->written->tts_isnull[position] = nulls != nullptr && nulls[i];
    }
}

}  // namespace

void open_table(Table* table, const TableLayout* layout, LOCKMODE mode) {
    *table = {};
    table->layout = layout;
    table->context = CurrentMemoryContext;
    table->relation = open_relation(*layout, mode);
    table->columns = columns_of(table->relation, *layout);
    table->found = table_slot_create(table->relation, nullptr);
    table->written = MakeSingleTupleTableSlot(RelationGetDescr(table->relation), &TTSOpsVirtual);
}

void close_table(Table* table) {
    ExecDropSingleTupleTableSlot(table->found);
    ExecDropSingleTupleTableSlot(table->written);
    if (table->key_index != nullptr) index_close(table->key_index, NoLock);
    if (table->state != nullptr) {
        ExecCloseIndices(table->result);
        FreeExecutorState(table->state);
    }
    // Locks stay until the transaction ends.
    table_close(table->relation, NoLock);
}

namespace {

Relation open_key_index(const TableLayout& layout, const Columns& columns) {
    if (!OidIsValid(columns.key_index)) refuse_missing("primary key of table", layout.name);
    return index_open(columns.key_index, AccessShareLock);
}

}  // namespace

IndexScanDesc begin_scan(Relation relation, Relation key_index, const KeyCondition* conditions, int count,
                         Snapshot snapshot) {
    auto* keys = static_cast<ScanKeyData*>(palloc(sizeof(ScanKeyData) * Max(count, 1)));
    for (int i = 0; i < count; i++) {
        const KeyCondition& condition = conditions[i];
        Oid type = key_index->rd_opcintype[condition.column];
        Oid compares =
            get_opfamily_member(key_index->rd_opfamily[condition.column], type, type, condition.strategy);
        ScanKeyEntryInitialize(&keys[i], 0, condition.column + 1, condition.strategy, type,
                               key_index->rd_indcollation[condition.column], get_opcode(compares),
                               condition.value);
    }
#if PG_VERSION_NUM >= 180000
    IndexScanDesc scan = index_beginscan(relation, key_index, snapshot, nullptr, count, 0);
#else
    IndexScanDesc scan = index_beginscan(relation, key_index, snapshot, count, 0);
#endif
    index_rescan(scan, keys, count, nullptr, 0);
    return scan;
}

namespace {

bool find_key(Relation relation, Relation key_index, const Datum* key, int count, Snapshot snapshot,
              TupleTableSlot* found) {
    KeyCondition conditions[INDEX_MAX_KEYS];
    for (int i = 0; i < count; i++) conditions[i] = {i, BTEqualStrategyNumber, key[i]};
    IndexScanDesc scan = begin_scan(relation, key_index, conditions, count, snapshot);
    bool is_found = index_getnext_slot(scan, ForwardScanDirection, found);
    index_endscan(scan);
    return is_found;
}

}  // namespace

bool find(Table* table, const Datum* key, Snapshot snapshot) {
    if (table->key_index == nullptr) table->key_index = open_key_index(*table->layout, table->columns);
    return find_key(table->relation, table->key_index, key, table->layout->key_count, snapshot, table->found);
}

bool find(Lookup* table, const Datum* key, Snapshot snapshot) {
    return find_key(table->relation, table->key_index, key, table->layout->key_count, snapshot, table->found);
}

namespace {

auto file_of(Relation relation) {
#if PG_VERSION_NUM >= 160000
    return relation->rd_locator;
#else
    return relation->rd_node;
#endif
}

}  // namespace

bool find_at(Table* table, const RowPlace& place, const Datum* key, Snapshot snapshot) {
    // Only where the page still is: it may have been cut off the table since, or have made room for another.
    if (!ReadRecentBuffer(file_of(table->relation), MAIN_FORKNUM, ItemPointerGetBlockNumber(&place.row),
                          place.buffer)) {
        return false;
    }
    // Reading through the index prunes the pages it comes to; a table that is only updated needs it here.
    heap_page_prune_opt(table->relation, place.buffer);
    ItemPointerData row = place.row;
    bool is_found = table_tuple_fetch_row_version(table->relation, &row, snapshot, table->found);
    ReleaseBuffer(place.buffer);
    for (int i = 0; is_found && i < table->layout->key_count; i++) {
        Form_pg_attribute column =
            TupleDescAttr(RelationGetDescr(table->relation), table->columns.numbers[i] - 1);
        bool is_null;
        Datum value = found_column(table, i, &is_null);
        is_found = !is_null && datum_image_eq(value, key[i], column->attbyval, column->attlen);
    }
    return is_found;
}

RowPlace updated_place(const Table* table) {
    const auto* found = reinterpret_cast<const BufferHeapTupleTableSlot*>(table->found);
    return {table->written->tts_tid, found->buffer};
}

bool has_room(Table* table) {
    if (!TTS_IS_BUFFERTUPLE(table->found)) return true;
    const auto* found = reinterpret_cast<const BufferHeapTupleTableSlot*>(table->found);
    if (!BufferIsValid(found->buffer)) return true;
    // Counts grow by a byte now and then.
    constexpr Size kGrowth = 32;
    return PageGetHeapFreeSpace(BufferGetPage(found->buffer)) >= MAXALIGN(found->base.tuple->t_len) + kGrowth;
}

void open_lookup(Lookup* table, const TableLayout* layout) {
    *table = {};
    table->layout = layout;
    table->relation = open_relation(*layout, AccessShareLock);
    table->columns = columns_of(table->relation, *layout);
    table->key_index = open_key_index(*layout, table->columns);
    table->found = table_slot_create(table->relation, nullptr);
}

void close_lookup(Lookup* table) {
    ExecDropSingleTupleTableSlot(table->found);
    index_close(table->key_index, AccessShareLock);
    table_close(table->relation, AccessShareLock);
}

static void allow_null(const TableLayout& layout, int column) {
    if (!layout.columns[column].may_be_null) refuse_null(layout.name, layout.columns[column].name);
}

Datum found_column(Lookup* table, int column, bool* is_null) {
    Datum value = slot_getattr(table->found, table->columns.numbers[column], is_null);
    if (*is_null) allow_null(*table->layout, column);
    return value;
}

Datum found_column(Table* table, int column, bool* is_null) {
    Datum value = slot_getattr(table->found, table->columns.numbers[column], is_null);
    if (*is_null) allow_null(*table->layout, column);
    return value;
}

void insert(Table* table, const Datum* values, const bool* nulls) {
    ExecClearTuple(table->written);
    int count = RelationGetDescr(table->relation)->natts;
    for (int i = 0; i < count; i++) table->written->tts_isnull[i] = true;
    set_columns(table, values, nulls);
    if (table->columns.has_surplus) {
        prepare_executor(table);
        fill_defaults(table);
    }
    ExecStoreVirtualTuple(table->written);
    check_row(table, CMD_INSERT);
    table_tuple_insert(table->relation, table->written, GetCurrentCommandId(true), 0, nullptr);
    insert_index_entries(table, false, IndexesToUpdate{});
    if (table->state != nullptr) ResetPerTupleExprContext(table->state);
}

bool update(Table* table, const Datum* values, const bool* nulls) {
    ExecClearTuple(table->written);
    int count = RelationGetDescr(table->relation)->natts;
    if (table->columns.has_surplus) {
        slot_getallattrs(table->found);
        memcpy(table->written->tts_values, table->found->tts_values, count * sizeof(Datum));
        memcpy(table->written->tts_isnull, table->found->tts_isnull, count * sizeof(bool));
    }
    set_columns(table, values, nulls);
    ExecStoreVirtualTuple(table->written);
    check_row(table, CMD_UPDATE);
    TM_FailureData failure;
    LockTupleMode lock_mode;
    IndexesToUpdate which{};
    TM_Result outcome =
        table_tuple_update(table->relation, &table->found->tts_tid, table->written, GetCurrentCommandId(true),
                           GetActiveSnapshot(), InvalidSnapshot, false, &failure, &lock_mode, &which);
    if (outcome != TM_Ok) return false;
    table->has_moved = which != IndexesToUpdate{};
    if (table->has_moved) insert_index_entries(table, true, which);
    if (table->state != nullptr) ResetPerTupleExprContext(table->state);
    return true;
}

bool remove(Table* table, ItemPointer row) {
    TM_FailureData failure;
    return table_tuple_delete(table->relation, row, GetCurrentCommandId(true), GetActiveSnapshot(),
                              InvalidSnapshot, false, &failure, false) == TM_Ok;
}

}  // namespace pgprompt::pg
