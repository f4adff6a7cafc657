// SQL: sparse counts of prompt_metrics (the sketch of response times, the minutes of an hour), gathered,
// merged and read.
#include "core/metrics/latency_sketch.h"
#include "core/metrics/minutes.h"
#include "pg/boundary.h"
#include "pg/metrics_execution.h"

extern "C" {
#include <utils/numeric.h>
}

#include <cmath>

namespace {

using namespace pgprompt;

SparseCounts* state_of(FunctionCallInfo fcinfo) {
    MemoryContext context;
    if (!AggCheckCallContext(fcinfo, &context)) elog(ERROR, "aggregate function called out of an aggregate");
    if (!PG_ARGISNULL(0)) return reinterpret_cast<SparseCounts*>(PG_GETARG_POINTER(0));
    return static_cast<SparseCounts*>(MemoryContextAllocZero(context, sizeof(SparseCounts)));
}

void add_argument(SparseCounts* counts, FunctionCallInfo fcinfo, int number, int64 sign) {
    const bytea* other = PG_GETARG_BYTEA_PP(number);
    add_encoded(counts, VARDATA_ANY(other), VARSIZE_ANY_EXHDR(other), sign);
}

bytea* bytes_of(const SparseCounts& counts) {
    auto* result = static_cast<bytea*>(palloc(VARHDRSZ + kMostCountBytes));
    SET_VARSIZE(result, VARHDRSZ + encode(counts, VARDATA(result)));
    return result;
}

}  // namespace

PGPROMPT_FUNCTION(sketch_add) {
    SparseCounts* counts = state_of(fcinfo);
    if (!PG_ARGISNULL(1)) counts->counts[sketch_bucket(PG_GETARG_INT32(1))]++;
    PG_RETURN_POINTER(counts);
}

// (state, created_at, status, response_time_ms)
PGPROMPT_FUNCTION(minutes_add) {
    SparseCounts* counts = state_of(fcinfo);
    const int minute = pg::minute_of(PG_GETARG_TIMESTAMPTZ(1));
    const char status = *VARDATA_ANY(PG_GETARG_TEXT_PP(2));
    counts->counts[minute_count(minute, kMinuteExecutions)]++;
    if (status == 's') counts->counts[minute_count(minute, kMinuteSuccesses)]++;
    if (status == 'e' || status == 't') counts->counts[minute_count(minute, kMinuteFailures)]++;
    if (!PG_ARGISNULL(3)) {
        counts->counts[minute_count(minute, kMinuteTimed)]++;
        counts->counts[minute_count(minute, kMinuteTimes)] += PG_GETARG_INT32(3);
    }
    PG_RETURN_POINTER(counts);
}

PGPROMPT_FUNCTION(counts_add) {
    SparseCounts* counts = state_of(fcinfo);
    if (!PG_ARGISNULL(1)) add_argument(counts, fcinfo, 1, 1);
    PG_RETURN_POINTER(counts);
}

PGPROMPT_FUNCTION(counts_add_entry) {
    SparseCounts* counts = state_of(fcinfo);
    if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2)) {
        const int32 index = PG_GETARG_INT32(1);
        if (index < 0 || index >= kMostCounts) {
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no count %d", index)));
        }
        counts->counts[index] += PG_GETARG_INT64(2);
    }
    PG_RETURN_POINTER(counts);
}

PGPROMPT_FUNCTION(counts_result) {
    static const SparseCounts empty{};
    PG_RETURN_BYTEA_P(
        bytes_of(PG_ARGISNULL(0) ? empty : *reinterpret_cast<SparseCounts*>(PG_GETARG_POINTER(0))));
}

PGPROMPT_FUNCTION(counts_combine) {
    SparseCounts counts{};
    add_argument(&counts, fcinfo, 0, 1);
    add_argument(&counts, fcinfo, 1, PG_GETARG_INT32(2));
    PG_RETURN_BYTEA_P(bytes_of(counts));
}

PGPROMPT_FUNCTION(counts_entries) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    SparseCounts counts{};
    add_argument(&counts, fcinfo, 0, 1);
    for (int i = 0; i < kMostCounts; i++) {
        if (counts.counts[i] == 0) continue;
        Datum values[2] = {Int32GetDatum(i), Int64GetDatum(counts.counts[i])};
        bool nulls[2] = {};
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    }
    return Datum{0};
}

PGPROMPT_FUNCTION(minutes_of) {
    InitMaterializedSRF(fcinfo, 0);
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    SparseCounts counts{};
    add_argument(&counts, fcinfo, 0, 1);
    for (int minute = 0; minute < 60; minute++) {
        const int64* figures = counts.counts + minute_count(minute, kMinuteExecutions);
        Datum values[1 + kMinuteFigures] = {Int32GetDatum(minute)};
        bool nulls[1 + kMinuteFigures] = {};
        bool has_any = false;
        for (int i = 0; i < kMinuteFigures; i++) {
            values[1 + i] = Int64GetDatum(figures[i]);
            has_any |= figures[i] != 0;
        }
        if (has_any) tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    }
    return Datum{0};
}

PGPROMPT_FUNCTION(response_time_percentile) {
    const float8 fraction = PG_GETARG_FLOAT8(1);
    if (!(fraction >= 0 && fraction <= 1)) {
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no percentile %g", fraction),
                 errhint("It is between 0 and 1: 0.95 for the response time that 95 %% do not exceed.")));
    }
    SparseCounts counts{};
    add_argument(&counts, fcinfo, 0, 1);
    const double value = sketch_percentile(counts, fraction);
    if (value < 0) PG_RETURN_NULL();
    PG_RETURN_NUMERIC(int64_div_fast_to_numeric(static_cast<int64>(std::lround(value * 100)), 2));
}
