// Triggers that keep what is included: a version or label that other prompts include stays until they are
// changed. Run as the owner of the tables, who sees every tenant's prompts.
#include "pg/boundary.h"
#include "pg/statement.h"
#include "pg/table_layout.h"
#include "pg/trigger.h"

extern "C" {
#include <commands/trigger.h>
#include <lib/stringinfo.h>
#include <utils/array.h>
#include <utils/datum.h>
#include <utils/rel.h>
}

namespace {

using namespace pgprompt::pg;

// What a new version includes is locked as the target of a foreign key is: who deletes it waits for us, and
// then sees us. $1: tenant, $2: references.
Statement lock_templates = {
    "SELECT FROM prompt.prompt_templates t, unnest($2) AS r (reference),"
    " LATERAL (SELECT split_part(r.reference, '@', 2)) AS p (pointer)"
    " WHERE t.tenant_id IN ($1, '') AND t.name = split_part(r.reference, '@', 1)"
    "   AND CASE WHEN p.pointer ~ '^[0-9]{1,9}$' THEN t.version = p.pointer::int"
    "            WHEN t.status = 'production' THEN true"
    "            ELSE NOT EXISTS (SELECT FROM prompt.prompt_templates o"
    "                              WHERE o.tenant_id = t.tenant_id AND o.name = t.name AND o.status = "
    "'production') END"
    "   FOR KEY SHARE OF t",
    2,
    {TEXTOID, TEXTARRAYOID},
    nullptr};
Statement lock_labels = {
    "SELECT FROM prompt.prompt_labels l, unnest($2) AS r (reference)"
    " WHERE l.tenant_id IN ($1, '') AND l.prompt_name = split_part(r.reference, '@', 1)"
    "   AND l.label = split_part(r.reference, '@', 2) FOR KEY SHARE OF l",
    2,
    {TEXTOID, TEXTARRAYOID},
    nullptr};

// Who includes a version that is gone and now finds nothing in its place. $1: tenant, $2: name, $3: version,
// $4: whether it was in production.
Statement template_includers = {
    "SELECT DISTINCT i.name, i.version, i.tenant_id"
    "  FROM prompt.prompt_templates i, unnest(i.includes) AS r (reference)"
    " WHERE i.includes && ARRAY[$2, $2 || '@production', $2 || '@latest', $2 || '@' || $3]"
    "   AND r.reference IN ($2, $2 || '@production', $2 || '@latest', $2 || '@' || $3)"
    "   AND i.status <> 'archived' AND (i.tenant_id = $1 OR $1 = '') AND (i.tenant_id, i.name) <> ($1, $2)"
    "   AND NOT EXISTS (SELECT FROM prompt.prompt_templates t"
    "        WHERE t.tenant_id IN (i.tenant_id, '') AND t.name = $2"
    "          AND CASE WHEN r.reference = $2 || '@' || $3 THEN t.version = $3"
    "                   WHEN r.reference = $2 || '@latest' THEN true"
    "                   ELSE t.status = 'production' OR NOT $4 END)"
    " ORDER BY 3, 1, 2 LIMIT 6",
    4,
    {TEXTOID, TEXTOID, INT4OID, BOOLOID},
    nullptr};
// $1: tenant, $2: name, $3: label.
Statement label_includers = {
    "SELECT i.name, i.version, i.tenant_id FROM prompt.prompt_templates i"
    " WHERE i.includes @> ARRAY[$2 || '@' || $3] AND i.status <> 'archived' AND (i.tenant_id = $1 OR $1 = '')"
    "   AND NOT EXISTS (SELECT FROM prompt.prompt_labels l"
    "        WHERE l.tenant_id IN (i.tenant_id, '') AND l.prompt_name = $2 AND l.label = $3)"
    " ORDER BY 3, 1, 2 LIMIT 6",
    3,
    {TEXTOID, TEXTOID, TEXTOID},
    nullptr};

constexpr LayoutColumn template_columns[] = {
    {"tenant_id", TEXTOID}, {"name", TEXTOID},          {"version", INT4OID},
    {"status", TEXTOID},    {"includes", TEXTARRAYOID},
};
const TableLayout template_layout = {"prompt_templates", template_columns, lengthof(template_columns), 0};
enum { kTenant, kName, kVersion, kStatus, kIncludes };

constexpr LayoutColumn label_columns[] = {
    {"tenant_id", TEXTOID}, {"prompt_name", TEXTOID}, {"label", TEXTOID}};
const TableLayout label_layout = {"prompt_labels", label_columns, lengthof(label_columns), 0};
enum { kLabel = 2 };

// The table that has changed.
struct Changed {
    const TableLayout* layout;
    TupleDesc type;
    Columns columns;
};

Datum column(HeapTuple row, const Changed& table, int number) {
    bool is_null = false;
    Datum value = heap_getattr(row, table.columns.numbers[number], table.type, &is_null);
    if (is_null) refuse_null(table.layout->name, table.layout->columns[number].name);
    return value;
}

bool differs(HeapTuple a, HeapTuple b, const Changed& table, int number) {
    const Form_pg_attribute attribute = TupleDescAttr(table.type, table.columns.numbers[number] - 1);
    return !datumIsEqual(column(a, table, number), column(b, table, number), attribute->attbyval,
                         attribute->attlen);
}

bool status_is(HeapTuple row, const Changed& table, const char* status) {
    return strcmp(TextDatumGetCString(column(row, table, kStatus)), status) == 0;
}

void lock_included(HeapTuple row, const Changed& table) {
    Datum arguments[] = {column(row, table, kTenant), column(row, table, kIncludes)};
    if (ArrayGetNItems(ARR_NDIM(DatumGetArrayTypeP(arguments[1])),
                       ARR_DIMS(DatumGetArrayTypeP(arguments[1]))) == 0)
        return;
    run_on_latest(&lock_templates, arguments);
    run_on_latest(&lock_labels, arguments);
}

// "a" version 1, "b" version 3, ...: the rows that the last statement found.
const char* includers() {
    StringInfoData list;
    initStringInfo(&list);
    for (uint64 i = 0; i < SPI_processed; i++) {
        if (i == 5) {
            appendStringInfoString(&list, " and others");
            break;
        }
        HeapTuple row = SPI_tuptable->vals[i];
        TupleDesc columns = SPI_tuptable->tupdesc;
        const char* tenant = SPI_getvalue(row, columns, 3);
        appendStringInfo(&list, "%sversion %s of prompt \"%s\"", i == 0 ? "" : ", ",
                         SPI_getvalue(row, columns, 2), SPI_getvalue(row, columns, 1));
        if (*tenant != '\0') appendStringInfo(&list, " of tenant \"%s\"", tenant);
    }
    return list.data;
}

[[noreturn]] void refuse(const char* what, const char* by) {
    ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                    errmsg("%s is included by other prompts", what), errdetail("By %s.", by),
                    errhint("Archive or delete what includes it first, once newer versions do without.")));
    pg_unreachable();
}

void check_template(HeapTuple row, const Changed& table) {
    Datum arguments[] = {column(row, table, kTenant), column(row, table, kName), column(row, table, kVersion),
                         BoolGetDatum(status_is(row, table, "production"))};
    run_on_latest(&template_includers, arguments, 6);
    if (SPI_processed == 0) return;
    refuse(psprintf("version %d of prompt \"%s\"", DatumGetInt32(arguments[2]),
                    TextDatumGetCString(arguments[1])),
           includers());
}

void check_label(HeapTuple row, const Changed& table) {
    Datum arguments[] = {column(row, table, kTenant), column(row, table, kName), column(row, table, kLabel)};
    run_on_latest(&label_includers, arguments, 6);
    if (SPI_processed == 0) return;
    refuse(psprintf("label \"%s\" of prompt \"%s\"", TextDatumGetCString(arguments[2]),
                    TextDatumGetCString(arguments[1])),
           includers());
}

}  // namespace

PGPROMPT_FUNCTION(guard_includes) {
    static const char* const tables[] = {"prompt_templates", "prompt_labels"};
    TriggerData* trigger = trigger_on(fcinfo, tables, lengthof(tables));
    Relation relation = trigger->tg_relation;
    HeapTuple row = trigger->tg_trigtuple;
    HeapTuple new_row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : nullptr;
    const bool is_template = strcmp(RelationGetRelationName(relation), template_layout.name) == 0;
    const TableLayout& layout = is_template ? template_layout : label_layout;
    const Changed table = {&layout, RelationGetDescr(relation), columns_of(relation, layout)};
    // The first columns are what others name it by.
    auto is_renamed = [&] {
        return new_row == nullptr || differs(row, new_row, table, 0) || differs(row, new_row, table, 1) ||
               differs(row, new_row, table, 2);
    };
    SPI_connect();
    Identity caller = become_owner_of(RelationGetRelid(relation));
    if (!is_template) {
        if (is_renamed()) check_label(row, table);
    } else if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event)) {
        lock_included(row, table);
    } else {
        if (is_renamed()) check_template(row, table);
        if (new_row != nullptr &&
            (differs(row, new_row, table, kIncludes) || differs(row, new_row, table, kTenant) ||
             status_is(row, table, "archived"))) {
            lock_included(new_row, table);
        }
    }
    restore(caller);
    SPI_finish();
    return PointerGetDatum(nullptr);
}
