#include "pg/metrics_table.h"

extern "C" {
#include <access/table.h>
#include <access/xact.h>
#include <catalog/namespace.h>
#include <catalog/pg_class.h>
#include <commands/trigger.h>
#include <executor/nodeModifyTable.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/optimizer.h>
#include <rewrite/rewriteHandler.h>
#include <storage/bufmgr.h>
#include <storage/bufpage.h>
#include <utils/lsyscache.h>
}

namespace pgprompt::pg {

namespace {

[[noreturn]] void refuse_layout(const char* what, const char* name) {
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s \"%s\" is missing", what, name),
             errdetail("The tables in schema prompt are not those of this library."),
             errhint("Run SELECT prompt.install().")));
    pg_unreachable();
}

#if PG_VERSION_NUM >= 160000
using IndexesToUpdate = TU_UpdateIndexes;
#else
using IndexesToUpdate = bool;
#endif

void insert_index_entries(Table* table, bool is_update, [[maybe_unused]] IndexesToUpdate which) {
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

void check_row(Table* table, CmdType command) {
    TupleConstr* constraints = RelationGetDescr(table->relation)->constr;
    if (constraints == nullptr) return;
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
        if (column->attisdropped || column->attgenerated != '\0' || !column->atthasdef) continue;
        bool ours = false;
        for (int j = 0; j < table->layout->column_count; j++) ours |= table->numbers[j] == i + 1;
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
        int position = table->numbers[i] - 1;
        table->written->tts_values[position] = values[i];
        table->written->tts_isnull[position] = nulls != nullptr && nulls[i];
    }
}

}  // namespace

Oid table_oid(const char* name) {
    Oid schema = get_namespace_oid("prompt", true);
    Oid relation = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
    if (!OidIsValid(relation)) refuse_layout("table", name);
    return relation;
}

void map_columns(TupleDesc row, const char* relation, const char* const* columns, int count,
                 AttrNumber* numbers) {
    int next = 0;
    for (int i = 0; i < count; i++) {
        // Columns mostly stand in our order, so the search starts behind the last one.
        int tried = 0;
        for (; tried < row->natts; tried++, next++) {
            if (next >= row->natts) next = 0;
            Form_pg_attribute column = TupleDescAttr(row, next);
            if (!column->attisdropped && strcmp(NameStr(column->attname), columns[i]) == 0) break;
        }
        if (tried == row->natts) refuse_layout("column", psprintf("%s.%s", relation, columns[i]));
        numbers[i] = static_cast<AttrNumber>(++next);
    }
}

void open_table(Table* table, const TableLayout* layout, LOCKMODE mode) {
    *table = {};
    table->layout = layout;
    table->relation = table_open(table_oid(layout->name), mode);
    Relation relation = table->relation;
    if (relation->rd_rel->relkind != RELKIND_RELATION) {
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"prompt.%s\" is not an ordinary table", layout->name)));
    }
    map_columns(RelationGetDescr(relation), layout->name, layout->columns, layout->column_count,
                table->numbers);
    table->has_surplus = RelationGetDescr(relation)->natts > layout->column_count;
    table->state = CreateExecutorState();
    table->result = makeNode(ResultRelInfo);
    InitResultRelInfo(table->result, relation, 0, nullptr, 0);
    ExecOpenIndices(table->result, false);
    for (int i = 0; i < table->result->ri_NumIndices; i++) {
        Relation index = table->result->ri_IndexRelationDescs[i];
        // Opening an index may rebuild the relation's entry, and rd_pkindex would be gone.
        if (index->rd_index->indisprimary) table->key_index = index;
    }
    if (table->key_index == nullptr) refuse_layout("primary key of table", layout->name);
    table->found = table_slot_create(relation, nullptr);
    table->written = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsVirtual);
}

void close_table(Table* table) {
    ExecDropSingleTupleTableSlot(table->found);
    ExecDropSingleTupleTableSlot(table->written);
    ExecCloseIndices(table->result);
    // Locks stay until the transaction ends.
    table_close(table->relation, NoLock);
    FreeExecutorState(table->state);
}

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
    return find_key(table->relation, table->key_index, key, table->layout->key_count, snapshot, table->found);
}

bool find(Lookup* table, const Datum* key, Snapshot snapshot) {
    return find_key(table->relation, table->key_index, key, table->layout->key_count, snapshot, table->found);
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
    table->relation = table_open(table_oid(layout->name), AccessShareLock);
    map_columns(RelationGetDescr(table->relation), layout->name, layout->columns, layout->column_count,
                table->numbers);
    list_free(RelationGetIndexList(table->relation));  // sets rd_pkindex
    if (!OidIsValid(table->relation->rd_pkindex)) refuse_layout("primary key of table", layout->name);
    table->key_index = index_open(table->relation->rd_pkindex, AccessShareLock);
    table->found = table_slot_create(table->relation, nullptr);
}

void close_lookup(Lookup* table) {
    ExecDropSingleTupleTableSlot(table->found);
    index_close(table->key_index, AccessShareLock);
    table_close(table->relation, AccessShareLock);
}

Datum found_column(Lookup* table, int column, bool* is_null) {
    return slot_getattr(table->found, table->numbers[column], is_null);
}

Datum found_column(Table* table, int column, bool* is_null) {
    return slot_getattr(table->found, table->numbers[column], is_null);
}

void insert(Table* table, const Datum* values, const bool* nulls) {
    ExecClearTuple(table->written);
    int count = RelationGetDescr(table->relation)->natts;
    for (int i = 0; i < count; i++) table->written->tts_isnull[i] = true;
    set_columns(table, values, nulls);
    if (table->has_surplus) fill_defaults(table);
    ExecStoreVirtualTuple(table->written);
    check_row(table, CMD_INSERT);
    table_tuple_insert(table->relation, table->written, GetCurrentCommandId(true), 0, nullptr);
    insert_index_entries(table, false, IndexesToUpdate{});
    ResetPerTupleExprContext(table->state);
}

bool update(Table* table, const Datum* values, const bool* nulls) {
    ExecClearTuple(table->written);
    int count = RelationGetDescr(table->relation)->natts;
    if (table->has_surplus) {
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
    ResetPerTupleExprContext(table->state);
    return true;
}

bool remove(Table* table, ItemPointer row) {
    TM_FailureData failure;
    return table_tuple_delete(table->relation, row, GetCurrentCommandId(true), GetActiveSnapshot(),
                              InvalidSnapshot, false, &failure, false) == TM_Ok;
}

}  // namespace pgprompt::pg
