#include "pg/metrics_recount.h"

#include "pg/statement.h"

extern "C" {
#include <utils/numeric.h>
}

namespace pgprompt::pg {

namespace {

Datum element_copy(HeapTuple row, TupleDesc columns, int number, bool* is_null, bool by_value, int length) {
    Datum value = SPI_getbinval(row, columns, number, is_null);
    return *is_null ? 0 : SPI_datumTransfer(value, by_value, length);
}

Statement recount_statement = {
    "SELECT variant, first_epoch, first_exposed_at, first_execution_id, exposures, crossover_exposures, "
    "rows, sums, queued, unit FROM prompt._recount_subjects($1, $2, $3, $4)",
    4,
    {UUIDOID, TEXTARRAYOID, TEXTARRAYOID, UUIDARRAYOID},
    nullptr};

Subject recounted_subject(HeapTuple row, TupleDesc columns, const Unit& unit, int metric_count) {
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
    set_totals(&subject, rows, sums, metric_count);
    // A user without executions is kept as long as changes are queued that are to cancel out.
    int64 queued = DatumGetInt64(SPI_getbinval(row, columns, 9, &is_null));
    if (!has_executions && queued == 0) subject.variant = nullptr;
    return subject;
}

Statement covariate_statement = {
    "SELECT prompt._covariate_of($1, $2, $3, $4)", 4, {UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID}, nullptr};

}  // namespace

void recount_units(const Experiment& experiment, GroupMap* units, const Disputed& disputed) {
    auto* names = static_cast<Datum*>(palloc(sizeof(Datum) * disputed.count));
    int changes = 0;
    for (int i = 0; i < disputed.count; i++) {
        names[i] = PointerGetDatum(disputed.units[i]->first->unit);
        for (Delta* d = disputed.units[i]->first; d != nullptr; d = d->next) changes++;
    }
    auto* folded = static_cast<Datum*>(palloc(sizeof(Datum) * changes));
    changes = 0;
    for (int i = 0; i < disputed.count; i++) {
        for (Delta* d = disputed.units[i]->first; d != nullptr; d = d->next)
            folded[changes++] = UUIDPGetDatum(&d->id);
    }
    auto texts = [&](Datum* values) {
        return PointerGetDatum(construct_array(values, disputed.count, TEXTOID, -1, false, TYPALIGN_INT));
    };
    Datum arguments[] = {
        UUIDPGetDatum(&experiment.id), texts(names), texts(disputed.variants),
        PointerGetDatum(construct_array(folded, changes, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR))};
    MemoryContext keep = CurrentMemoryContext;
    Identity caller = become_owner_of(table_oid("prompt_subjects"));
    SPI_connect();
    run(&recount_statement, arguments, nullptr, true);
    if (SPI_processed != static_cast<uint64>(disputed.count))
        elog(ERROR, "recount of %d users returned " UINT64_FORMAT " rows", disputed.count, SPI_processed);
    MemoryContextSwitchTo(keep);
    for (uint64 i = 0; i < SPI_processed; i++) {
        HeapTuple row = SPI_tuptable->vals[i];
        TupleDesc columns = SPI_tuptable->tupdesc;
        bool is_null;
        const text* name = DatumGetTextPP(SPI_getbinval(row, columns, 10, &is_null));
        auto* unit = static_cast<Unit*>(
            find_or_add(units, VARDATA_ANY(name), static_cast<int>(VARSIZE_ANY_EXHDR(name))));
        if (unit->first == nullptr) elog(ERROR, "recount of a user that was not asked for");
        auto* subject = static_cast<Subject*>(palloc(sizeof(Subject)));
        *subject = recounted_subject(row, columns, *unit, experiment.count);
        unit->recount = subject;
    }
    SPI_finish();
    restore(caller);
}

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

}  // namespace pgprompt::pg
