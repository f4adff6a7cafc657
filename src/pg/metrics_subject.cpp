#include "pg/metrics_subject.h"

extern "C" {
#include <utils/datum.h>
#include <utils/fmgrprotos.h>
}

namespace pgprompt::pg {

namespace {

enum SubjectColumn {
    kExperiment,
    kUnit,
    kTenant,
    kVariant,
    kFirstEpoch,
    kEntryEpoch,
    kFirstExposedAt,
    kFirstExecution,
    kExposures,
    kCrossoverExposures,
    kRows,
    kSums,
    kLateRows,
    kLateSums,
    kCovariate,
    kSubjectColumns
};

constexpr LayoutColumn subject_columns[kSubjectColumns] = {
    {"experiment_id", UUIDOID},
    {"unit", TEXTOID},
    {"tenant_id", TEXTOID},
    {"variant", TEXTOID},
    {"first_epoch", INT4OID},
    {"entry_epoch", INT4OID},
    {"first_exposed_at", TIMESTAMPTZOID},
    {"first_execution_id", UUIDOID},
    {"exposures", INT8OID},
    {"crossover_exposures", INT8OID},
    {"rows", INT8ARRAYOID},
    {"sums", NUMERICARRAYOID},
    {"late_rows", INT8ARRAYOID, true},
    {"late_sums", NUMERICARRAYOID, true},
    {"covariate", NUMERICOID, true},
};

Datum zero() {
    return NumericGetDatum(int64_to_numeric(0));
}

int64* zeros(int count) {
    return static_cast<int64*>(palloc0(sizeof(int64) * Max(count, 1)));
}

Datum* numeric_zeros(int count) {
    auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * Max(count, 1)));
    for (int i = 0; i < count; i++) values[i] = zero();
    return values;
}

// An array of exactly `count` elements; others are an error, since they would be counted for another metric.
Datum* elements(Datum array, Oid type, int length, bool by_value, char alignment, int count) {
    Datum* values;
    bool* nulls;
    int found;
    deconstruct_array(DatumGetArrayTypePCopy(array), type, length, by_value, alignment, &values, &nulls,
                      &found);
    bool has_null = false;
    for (int i = 0; i < found; i++) has_null |= nulls[i];
    if (found != count || has_null) {
        ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                        errmsg("totals of %d metrics where the experiment has %d", found, count),
                        errhint("Run SELECT prompt.rebuild_metrics().")));
    }
    return values;
}

Datum* numerics(Datum array, int count) {
    return elements(array, NUMERICOID, -1, false, TYPALIGN_INT, count);
}

int64* bigints(Datum array, int count) {
    Datum* values = elements(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, count);
    int64* result = zeros(count);
    for (int i = 0; i < count; i++) result[i] = DatumGetInt64(values[i]);
    return result;
}

Datum array_of_bigints(const int64* values, int count) {
    auto* datums = static_cast<Datum*>(palloc(sizeof(Datum) * Max(count, 1)));
    for (int i = 0; i < count; i++) datums[i] = Int64GetDatum(values[i]);
    return PointerGetDatum(
        construct_array(datums, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

Datum array_of_numerics(Datum* values, int count) {
    return PointerGetDatum(construct_array(values, count, NUMERICOID, -1, false, TYPALIGN_INT));
}

text* copy_text(Datum value) {
    return DatumGetTextPCopy(value);
}

bool is_same(const text* a, const text* b) {
    return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
           memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

int compare_exposure(TimestampTz at, const pg_uuid_t& id, TimestampTz other_at, const pg_uuid_t& other_id) {
    if (at != other_at) return at < other_at ? -1 : 1;
    return memcmp(&id, &other_id, UUID_LEN);
}

}  // namespace

const TableLayout subject_layout = {"prompt_subjects", subject_columns, kSubjectColumns, 2, true};

Delta* copy_delta(TupleTableSlot* row, const AttrNumber* numbers, int metric_count) {
    slot_getallattrs(row);
    auto value = [&](int column) {
        if (row->tts_isnull[numbers[column] - 1])
            refuse_null(queue_layout.name, queue_layout.columns[column].name);
        return row->tts_values[numbers[column] - 1];
    };
    auto* delta = static_cast<Delta*>(palloc0(sizeof(Delta)));
    delta->position = row->tts_tid;
    delta->id = *DatumGetUUIDP(value(kQueueId));
    delta->tenant = copy_text(value(kQueueTenant));
    delta->unit = copy_text(value(kQueueUnit));
    delta->variant = copy_text(value(kQueueVariant));
    delta->epoch = DatumGetInt32(value(kQueueEpoch));
    delta->exposed_at = DatumGetTimestampTz(value(kQueueExposedAt));
    delta->execution = *DatumGetUUIDP(value(kQueueExecution));
    delta->is_late = DatumGetBool(value(kQueueIsLate));
    delta->exposures = DatumGetInt32(value(kQueueExposures));
    Datum* rows = elements(value(kQueueRows), INT4OID, sizeof(int32), true, TYPALIGN_INT, metric_count);
    delta->rows = static_cast<int32*>(palloc(sizeof(int32) * Max(metric_count, 1)));
    for (int i = 0; i < metric_count; i++) delta->rows[i] = DatumGetInt32(rows[i]);
    delta->sums = numerics(value(kQueueSums), metric_count);
    return delta;
}

template <class AnyTable>
Subject copy_subject(AnyTable* table, int metric_count) {
    bool is_null;
    auto value = [&](int column) { return found_column(table, column, &is_null); };
    Subject subject{};
    subject.variant = copy_text(value(kVariant));
    subject.first_epoch = DatumGetInt32(value(kFirstEpoch));
    subject.entry_epoch = DatumGetInt32(value(kEntryEpoch));
    subject.first_exposed_at = DatumGetTimestampTz(value(kFirstExposedAt));
    subject.first_execution = *DatumGetUUIDP(value(kFirstExecution));
    subject.exposures = DatumGetInt64(value(kExposures));
    subject.crossover_exposures = DatumGetInt64(value(kCrossoverExposures));
    subject.rows = bigints(value(kRows), metric_count);
    subject.sums = numerics(value(kSums), metric_count);
    Datum late = value(kLateRows);
    if (!is_null) {
        subject.late_rows = bigints(late, metric_count);
        subject.late_sums = numerics(value(kLateSums), metric_count);
    }
    Datum covariate = value(kCovariate);
    if (!is_null) subject.covariate = PointerGetDatum(PG_DETOAST_DATUM_COPY(covariate));
    return subject;
}

template Subject copy_subject(Table* table, int metric_count);
template Subject copy_subject(Lookup* table, int metric_count);

Subject no_subject(int metric_count) {
    Subject subject{};
    subject.rows = zeros(metric_count);
    subject.sums = numeric_zeros(metric_count);
    return subject;
}

void set_totals(Subject* subject, Datum rows, Datum sums, int metric_count) {
    subject->rows = bigints(rows, metric_count);
    subject->sums = numerics(sums, metric_count);
}

bool apply(Subject* subject, const Delta* deltas, int metric_count) {
    // First: who the user is. A row that is new may be earlier than any known one.
    bool is_known = subject->variant != nullptr;
    for (const Delta* d = deltas; d != nullptr; d = d->next) {
        if (d->exposures <= 0) continue;
        bool is_first = subject->variant == nullptr ||
                        compare_exposure(d->exposed_at, d->execution, subject->first_exposed_at,
                                         subject->first_execution) < 0;
        if (!is_first) continue;
        // It may be gone again: changes of different transactions are not queued in the order of their
        // commits.
        if (is_known) return false;
        subject->variant = d->variant;
        subject->first_epoch = d->epoch;
        subject->first_exposed_at = d->exposed_at;
        subject->first_execution = d->execution;
    }
    if (subject->variant == nullptr) return false;
    for (const Delta* d = deltas; d != nullptr; d = d->next) {
        if (d->exposures >= 0) continue;
        if (subject->late_rows != nullptr) return false;
        if (compare_exposure(d->exposed_at, d->execution, subject->first_exposed_at,
                             subject->first_execution) <= 0) {
            return false;
        }
    }
    for (const Delta* d = deltas; d != nullptr; d = d->next) {
        if (!is_same(d->variant, subject->variant)) {
            subject->crossover_exposures += d->exposures;
            continue;
        }
        subject->exposures += d->exposures;
        if (d->is_late && subject->late_rows == nullptr) {
            subject->late_rows = zeros(metric_count);
            subject->late_sums = numeric_zeros(metric_count);
        }
        int64* rows = d->is_late ? subject->late_rows : subject->rows;
        Datum* sums = d->is_late ? subject->late_sums : subject->sums;
        for (int i = 0; i < metric_count; i++) {
            rows[i] += d->rows[i];
            sums[i] = DirectFunctionCall2(numeric_add, sums[i], d->sums[i]);
        }
    }
    return subject->exposures > 0 && subject->crossover_exposures >= 0;
}

void subject_values(const Experiment& experiment, const Delta& delta, const Subject& subject, Datum* values,
                    bool* nulls) {
    for (int i = 0; i < kSubjectColumns; i++) nulls[i] = false;
    values[kExperiment] = UUIDPGetDatum(&experiment.id);
    values[kUnit] = PointerGetDatum(delta.unit);
    values[kTenant] = PointerGetDatum(delta.tenant);
    values[kVariant] = PointerGetDatum(subject.variant);
    values[kFirstEpoch] = Int32GetDatum(subject.first_epoch);
    values[kEntryEpoch] = Int32GetDatum(subject.entry_epoch);
    values[kFirstExposedAt] = TimestampTzGetDatum(subject.first_exposed_at);
    values[kFirstExecution] = UUIDPGetDatum(&subject.first_execution);
    values[kExposures] = Int64GetDatum(subject.exposures);
    values[kCrossoverExposures] = Int64GetDatum(subject.crossover_exposures);
    values[kRows] = array_of_bigints(subject.rows, experiment.count);
    values[kSums] = array_of_numerics(subject.sums, experiment.count);
    nulls[kLateRows] = nulls[kLateSums] = subject.late_rows == nullptr;
    if (subject.late_rows != nullptr) {
        values[kLateRows] = array_of_bigints(subject.late_rows, experiment.count);
        values[kLateSums] = array_of_numerics(subject.late_sums, experiment.count);
    }
    values[kCovariate] = subject.covariate;
    nulls[kCovariate] = subject.covariate == 0;
}

}  // namespace pgprompt::pg
