#include "pg/statement.h"

#include "pg/table_layout.h"

extern "C" {
#include <access/table.h>
#include <access/xact.h>
#include <catalog/pg_class.h>
#include <utils/guc.h>
#include <utils/lsyscache.h>
#include <utils/rel.h>
#include <utils/snapmgr.h>
#include <utils/syscache.h>
}

namespace pgprompt::pg {

namespace {

int pin_search_path() {
    const int level = NewGUCNestLevel();
    set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                      0, false);
    return level;
}

void prepare(Statement* statement) {
    if (statement->prepared != nullptr) return;
    SPIPlanPtr prepared =
        SPI_prepare_cursor(statement->sql, statement->argument_count, statement->argument_types,
                           statement->generic ? CURSOR_OPT_GENERIC_PLAN : 0);
    if (prepared == nullptr) {
        elog(ERROR, "could not prepare \"%s\": %s", statement->sql, SPI_result_code_string(SPI_result));
    }
    SPI_keepplan(prepared);
    statement->prepared = prepared;
}

int checked(const Statement* statement, int result) {
    if (result < 0) elog(ERROR, "could not run \"%s\": %s", statement->sql, SPI_result_code_string(result));
    return result;
}

}  // namespace

int connect() {
    SPI_connect();
    return pin_search_path();
}

void finish(int level) {
    AtEOXact_GUC(true, level);
    SPI_finish();
}

int run(Statement* statement, Datum* arguments, const char* nulls, bool read_only, long row_limit) {
    prepare(statement);
    return checked(statement, SPI_execute_plan(statement->prepared, arguments, nulls, read_only, row_limit));
}

int run_on_latest(Statement* statement, Datum* arguments, long row_limit) {
    prepare(statement);
    CommandCounterIncrement();
    return checked(statement,
                   SPI_execute_snapshot(statement->prepared, arguments, nullptr, GetLatestSnapshot(),
                                        InvalidSnapshot, false, false, row_limit));
}

Datum result_column(HeapTuple row, TupleDesc columns, int number, Oid type, const char* table,
                    bool* is_null) {
    Form_pg_attribute column = TupleDescAttr(columns, number - 1);
    if (!is_readable(column->atttypid, type)) {
        refuse_type(table, NameStr(column->attname), type, column->atttypid, column->atttypmod, nullptr);
    }
    bool found_null = false;
    Datum value = SPI_getbinval(row, columns, number, &found_null);
    if (is_null != nullptr) {
        *is_null = found_null;
    } else if (found_null) {
        refuse_null(table, NameStr(column->attname));
    }
    return value;
}

Identity become_owner_of(Oid relation) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for relation %u", relation);
    Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    Identity caller{};
    GetUserIdAndSecContext(&caller.user, &caller.security_context);
    caller.settings_level = pin_search_path();
    SetUserIdAndSecContext(owner,
                           caller.security_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    return caller;
}

void restore(const Identity& identity) {
    SetUserIdAndSecContext(identity.user, identity.security_context);
    AtEOXact_GUC(true, identity.settings_level);
}

}  // namespace pgprompt::pg
