#include "pg/table_layout.h"

extern "C" {
#include <access/table.h>
#include <catalog/namespace.h>
#include <catalog/pg_class.h>
#include <catalog/pg_index.h>
#include <utils/builtins.h>
#include <utils/inval.h>
#include <utils/lsyscache.h>
#include <utils/rel.h>
#include <utils/syscache.h>
}

namespace pgprompt::pg {

namespace {

// ---- what is known, until the server says that it has changed

// Direct-mapped: a second relation in the place of a first drives it out.
struct Known {
    Oid relation;  // invalid: nothing is known
    const TableLayout* layout;
    Columns columns;
};
constexpr int kKnown = 64;
Known known[kKnown];

struct Place {
    const TableLayout* layout;
    Oid relation;  // invalid: not known
};
constexpr int kPlaces = 16;
Place places[kPlaces];

void forget_relation(Datum, Oid relation) {
    for (Known& entry : known) {
        if (!OidIsValid(relation) || entry.relation == relation) entry.relation = InvalidOid;
    }
    for (Place& place : places) {
        if (!OidIsValid(relation) || place.relation == relation) place.relation = InvalidOid;
    }
}

void forget_schemas(Datum, int, uint32) {
    forget_relation(0, InvalidOid);
}

void listen_for_changes() {
    static bool listens = false;
    if (listens) return;
    CacheRegisterRelcacheCallback(forget_relation, 0);
    CacheRegisterSyscacheCallback(NAMESPACEOID, forget_schemas, 0);
    listens = true;
}

Place* place_of(const TableLayout& layout) {
    for (Place& place : places) {
        if (place.layout == nullptr) place.layout = &layout;
        if (place.layout == &layout) return &place;
    }
    elog(ERROR, "there are more than %d layouts of tables", kPlaces);
    pg_unreachable();
}

void map_columns(Relation relation, const TableLayout& layout, AttrNumber* numbers) {
    TupleDesc row = RelationGetDescr(relation);
    int next = 0;
    for (int i = 0; i < layout.column_count; i++) {
        // Columns mostly stand in our order, so the search starts behind the last one.
        int tried = 0;
        for (; tried < row->natts; tried++, next++) {
            if (next >= row->natts) next = 0;
            Form_pg_attribute column = TupleDescAttr(row, next);
            if (!column->attisdropped && strcmp(NameStr(column->attname), layout.columns[i]) == 0) break;
        }
        if (tried == row->natts)
            refuse_missing("column", psprintf("%s.%s", RelationGetRelationName(relation), layout.columns[i]));
        numbers[i] = static_cast<AttrNumber>(++next);
    }
}

void check_types(Relation relation, const TableLayout& layout, const AttrNumber* numbers) {
    if (layout.types == nullptr) return;
    for (int i = 0; i < layout.column_count; i++) {
        const Oid type = TupleDescAttr(RelationGetDescr(relation), numbers[i] - 1)->atttypid;
        if (type == layout.types[i]) continue;
        ereport(ERROR,
                (errcode(ERRCODE_DATATYPE_MISMATCH),
                 errmsg("column \"%s\" of \"%s\" has the wrong type", layout.columns[i],
                        RelationGetRelationName(relation)),
                 errdetail("It is %s, not %s.", format_type_be(type), format_type_be(layout.types[i])),
                 errhint("Add a column of your own, and leave this one as prompt.install() made it.")));
    }
}

// A key of the same columns in another order would be searched by the wrong values.
void check_key(const TableLayout& layout, const Columns& columns) {
    if (!OidIsValid(columns.key_index)) return;
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(columns.key_index));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for index %u", columns.key_index);
    auto* index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    bool is_ours = index->indnkeyatts == layout.key_count;
    for (int i = 0; is_ours && i < layout.key_count; i++) {
        is_ours = index->indkey.values[i] == columns.numbers[i];
    }
    ReleaseSysCache(tuple);
    if (is_ours) return;
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the primary key of table \"%s\" is not the one prompt.install() made", layout.name),
             errhint("Make it of the columns it had, in their order.")));
}

}  // namespace

void refuse_missing(const char* what, const char* name) {
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s \"%s\" is missing", what, name),
             errdetail("The tables in schema prompt are not those of this library."),
             errhint("Run SELECT prompt.install().")));
    pg_unreachable();
}

Oid table_oid(const char* name) {
    Oid schema = get_namespace_oid("prompt", true);
    Oid relation = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
    if (!OidIsValid(relation)) refuse_missing("table", name);
    return relation;
}

Relation open_relation(const TableLayout& layout, LOCKMODE mode) {
    listen_for_changes();
    Place* place = place_of(layout);
    Relation relation = nullptr;
    if (OidIsValid(place->relation)) {
        // Waiting for the lock may tell that the table is gone, or another one in its place.
        relation = try_table_open(place->relation, mode);
        if (relation != nullptr && place->relation != RelationGetRelid(relation)) {
            table_close(relation, mode);
            relation = nullptr;
        }
    }
    if (relation != nullptr) return relation;
    relation = table_open(table_oid(layout.name), mode);
    if (relation->rd_rel->relkind != RELKIND_RELATION) {
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"prompt.%s\" is not an ordinary table", layout.name)));
    }
    place->relation = RelationGetRelid(relation);
    return relation;
}

Columns columns_of(Relation relation, const TableLayout& layout) {
    listen_for_changes();
    const Oid oid = RelationGetRelid(relation);
    Known* entry = &known[oid % kKnown];
    if (entry->relation == oid && entry->layout == &layout) return entry->columns;
    Columns columns{};
    map_columns(relation, layout, columns.numbers);
    check_types(relation, layout, columns.numbers);
    columns.has_surplus = RelationGetDescr(relation)->natts > layout.column_count;
    list_free(RelationGetIndexList(relation));  // sets rd_pkindex
    columns.key_index = relation->rd_pkindex;
    check_key(layout, columns);
    *entry = {oid, &layout, columns};
    return columns;
}

}  // namespace pgprompt::pg
