// SQL: folding and what is pending in the queue of an experiment.
#include "pg/boundary.h"
#include "pg/metrics_fold.h"
#include "pg/statement.h"

extern "C" {
#include <access/xact.h>
#include <pgstat.h>
#include <utils/acl.h>
#include <utils/backend_status.h>
#include <utils/timestamp.h>
}

namespace {

using namespace pgprompt::pg;

// Rows are read directly, so the caller's rights and policies are asked for explicitly.
Statement visible_experiment = {
    "SELECT 1 FROM prompt.ab_test_experiments WHERE id = $1", 1, {UUIDOID}, nullptr};

Statement prepared_transactions = {
    "SELECT 1 FROM pg_prepared_xacts WHERE database = current_database()", 0, {}, nullptr};

// Who has prepared a transaction that holds an advisory lock: the one that holds its own id by the same
// virtual transaction. $1, $2: the keys.
Statement prepared_holder = {
    "SELECT x.gid FROM pg_locks l JOIN pg_locks t ON t.virtualtransaction = l.virtualtransaction AND t.pid "
    "IS NULL"
    "   AND t.locktype = 'transactionid' AND t.granted"
    "  JOIN pg_prepared_xacts x ON x.transaction = t.transactionid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.pid IS NULL AND x.database = current_database()"
    "   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())"
    "   AND l.classid = $1::oid AND l.objid = $2::oid",
    2,
    {INT8OID, INT8OID},
    nullptr};

// A prepared transaction may stay for as long as its owner likes, and no session shows that it is waited for.
void warn_of_prepared_folder(const pg_uuid_t* experiment) {
    Datum keys[] = {Int64GetDatum(kFolderLockClass), Int64GetDatum(folder_lock_of(experiment))};
    SPI_connect();
    run(&prepared_transactions, nullptr, nullptr, true, 1);
    if (SPI_processed > 0) {
        run(&prepared_holder, keys, nullptr, true, 1);
        if (SPI_processed > 0) {
            const char* name = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
            ereport(WARNING, (errmsg("waiting for the prepared transaction \"%s\"", name),
                              errdetail("It has folded the totals of an experiment."),
                              errhint("COMMIT PREPARED or ROLLBACK PREPARED ends it.")));
        }
    }
    SPI_finish();
}

bool may_read(Datum experiment) {
    const char* const tables[] = {"prompt_subjects", "prompt_subject_queue", "ab_test_statistics"};
    for (const char* table : tables) {
        Oid relation = table_oid(table);
        AclResult result = pg_class_aclcheck(relation, GetUserId(), ACL_SELECT);
        if (result != ACLCHECK_OK) aclcheck_error(result, OBJECT_TABLE, table);
    }
    SPI_connect();
    run(&visible_experiment, &experiment, nullptr, true, 1);
    bool is_visible = SPI_processed > 0;
    SPI_finish();
    return is_visible;
}

// Folding writes directly; whoever asks for it must have the right to write the totals himself.
void require_writer() {
    AclResult result = pg_class_aclcheck(table_oid("prompt_subjects"), GetUserId(), ACL_UPDATE);
    if (result != ACLCHECK_OK) aclcheck_error(result, OBJECT_TABLE, "prompt_subjects");
}

}  // namespace

PGPROMPT_FUNCTION(fold_experiment) {
    require_writer();
    if (IsolationUsesXactSnapshot()) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_STATE),
                        errmsg("folding needs isolation level READ COMMITTED"),
                        errdetail("An older snapshot would miss what another session has folded.")));
    }
    PG_RETURN_INT64(fold_experiment(PG_GETARG_UUID_P(0), PG_GETARG_INT64(1), FoldView::own_changes));
}

PGPROMPT_FUNCTION(attend) {
    require_writer();
    PG_RETURN_BOOL(attend_experiment(PG_GETARG_UUID_P(0)));
}

// When the oldest transaction of this database began, whoever's it is. Null while there are prepared ones, of
// which that is not known, or while the server does not track activities.
PGPROMPT_FUNCTION(oldest_transaction) {
    if (!pgstat_track_activities) PG_RETURN_NULL();
    SPI_connect();
    run(&prepared_transactions, nullptr, nullptr, true, 1);
    const bool any_prepared = SPI_processed > 0;
    SPI_finish();
    if (any_prepared) PG_RETURN_NULL();
    TimestampTz oldest = GetCurrentTransactionStartTimestamp();
    pgstat_clear_snapshot();
    const int count = pgstat_fetch_stat_numbackends();
    for (int i = 1; i <= count; i++) {
#if PG_VERSION_NUM >= 160000
        const PgBackendStatus& backend = pgstat_get_local_beentry_by_index(i)->backendStatus;
#else
        const PgBackendStatus& backend = pgstat_fetch_stat_local_beentry(i)->backendStatus;
#endif
        if (backend.st_procpid == 0 || backend.st_databaseid != MyDatabaseId) continue;
        if (backend.st_xact_start_timestamp == 0) continue;
        oldest = Min(oldest, backend.st_xact_start_timestamp);
    }
    PG_RETURN_TIMESTAMPTZ(oldest);
}

PGPROMPT_FUNCTION(wait_for_folder) {
    require_writer();
    warn_of_prepared_folder(PG_GETARG_UUID_P(0));
    wait_for_folder(PG_GETARG_UUID_P(0));
    PG_RETURN_VOID();
}

PGPROMPT_FUNCTION(pending_statistics) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    if (!may_read(PG_GETARG_DATUM(0))) return Datum{0};
    Pending pending = pending_statistics(PG_GETARG_UUID_P(0));
    for (int i = 0; i < pending.statistics.count; i++) {
        Datum values[kStatColumns];
        bool nulls[kStatColumns] = {};
        if (!statistics_values(pending.experiment, pending.statistics.groups[i], values)) continue;
        // The key's first column is the argument.
        tuplestore_putvalues(result->setResult, result->setDesc, values + kStatMetric, nulls);
    }
    return Datum{0};
}
