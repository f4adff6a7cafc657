#include "pg/table_layout.h"

extern "C" {
#include <access/table.h>
#include <catalog/namespace.h>
#include <catalog/pg_class.h>
#include <catalog/pg_index.h>
#include <catalog/pg_type.h>
#include <lib/stringinfo.h>
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

// What install() gives the columns that we write: figures begin at nothing. Null: there is no such value.
const char* default_of(const TableLayout& layout, int column) {
    if (!layout.is_written || layout.columns[column].may_be_null) return nullptr;
    switch (layout.columns[column].type) {
        case INT8OID:
        case NUMERICOID:
            return "0";
        case TEXTOID:
        case BYTEAOID:
            return "''";
        case BOOLOID:
            return "false";
        default:
            return nullptr;
    }
}

[[noreturn]] void refuse_missing_column(const TableLayout& layout, int column) {
    const LayoutColumn& missing = layout.columns[column];
    const char* value = default_of(layout, column);
    ereport(
        ERROR,
        (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
         errmsg("column \"%s\" of table \"%s\" is missing", missing.name, layout.name),
         errdetail("It is of type %s.", format_type_be(missing.type)),
         errhint("Give it its name again, or add it: ALTER TABLE prompt.%s ADD COLUMN %s %s%s%s; then run "
                 "SELECT prompt.install()%s.",
                 layout.name, quote_identifier(missing.name), format_type_be(missing.type),
                 value == nullptr ? "" : " NOT NULL DEFAULT ", value == nullptr ? "" : value,
                 layout.is_written ? ", prompt.rebuild_metrics()" : "")));
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
            if (!column->attisdropped && strcmp(NameStr(column->attname), layout.columns[i].name) == 0) break;
        }
        if (tried == row->natts) refuse_missing_column(layout, i);
        numbers[i] = static_cast<AttrNumber>(++next);
    }
}

void check_types(Relation relation, const TableLayout& layout, const AttrNumber* numbers) {
    for (int i = 0; i < layout.column_count; i++) {
        Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), numbers[i] - 1);
        const LayoutColumn& wanted = layout.columns[i];
        const bool fits = layout.is_written ? column->atttypid == wanted.type && column->atttypmod == -1
                                            : is_readable(column->atttypid, wanted.type);
        if (fits) continue;
        refuse_type(layout.name, wanted.name, wanted.type, column->atttypid, column->atttypmod,
                    default_of(layout, i));
    }
}

const char* key_of(const TableLayout& layout) {
    StringInfoData list;
    initStringInfo(&list);
    for (int i = 0; i < layout.key_count; i++)
        appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", layout.columns[i].name);
    return list.data;
}

// A key of the same columns in another order would be searched by the wrong values.
void check_key(const TableLayout& layout, const Columns& columns) {
    if (!OidIsValid(columns.key_index) || layout.key_count == 0) return;
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
             errhint("ALTER TABLE prompt.%s DROP CONSTRAINT %s, ADD PRIMARY KEY (%s);", layout.name,
                     quote_identifier(get_rel_name(columns.key_index)), key_of(layout))));
}

}  // namespace

void refuse_missing(const char* what, const char* name) {
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s \"%s\" is missing", what, name),
             errdetail("The tables in schema prompt are not those of this library."),
             errhint("Run SELECT prompt.install().")));
    pg_unreachable();
}

void refuse_type(const char* table, const char* column, Oid wanted, Oid type, int32 modifier,
                 const char* value) {
    const char* name = quote_identifier(column);
    const char* type_name = format_type_be(wanted);
    StringInfoData repair;
    initStringInfo(&repair);
    appendStringInfo(&repair, "ALTER TABLE prompt.%s ", table);
    // A default does not always follow its column from type to type.
    if (value != nullptr) appendStringInfo(&repair, "ALTER COLUMN %s DROP DEFAULT, ", name);
    appendStringInfo(&repair, "ALTER COLUMN %s TYPE %s USING %s::%s", name, type_name, name, type_name);
    if (value != nullptr) appendStringInfo(&repair, ", ALTER COLUMN %s SET DEFAULT %s", name, value);
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("column \"%s\" of table \"%s\" has the wrong type", column, table),
                    errdetail("It is %s, not %s.", format_type_with_typemod(type, modifier), type_name),
                    errhint("%s;", repair.data)));
    pg_unreachable();
}

bool is_readable(Oid type, Oid wanted) {
    return type == wanted || (type == VARCHAROID && wanted == TEXTOID);
}

void refuse_null(const char* table, const char* column) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("column \"%s\" of table \"%s\" is null in a row", column, table),
                    errdetail("prompt.install() made it NOT NULL."),
                    errhint("Fill it, and make it NOT NULL again.")));
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
                        errmsg("\"prompt.%s\" is not an ordinary table", layout.name),
                        errdetail_relkind_not_supported(relation->rd_rel->relkind),
                        errhint("Rename or drop it, and run SELECT prompt.install().")));
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
