#include "pg/metrics_statistics.h"

extern "C" {
#include <utils/fmgrprotos.h>
}

namespace pgprompt::pg {

namespace {

constexpr LayoutColumn statistics_columns[kStatColumns] = {
    {"experiment_id", UUIDOID},
    {"metric", TEXTOID},
    {"variant", TEXTOID},
    {"first_epoch", INT4OID},
    {"entry_epoch", INT4OID},
    {"tenant_id", TEXTOID},
    {"users", INT8OID},
    {"rows", NUMERICOID},
    {"row_squares", NUMERICOID},
    {"sums", NUMERICOID},
    {"sum_squares", NUMERICOID},
    {"cross_sums", NUMERICOID},
    {"non_binary", INT8OID},
    {"crossovers", INT8OID},
    {"covariate_sums", NUMERICOID},
    {"covariate_squares", NUMERICOID},
    {"covariate_by_sums", NUMERICOID},
    {"covariate_by_rows", NUMERICOID},
};

// Where each of the numeric sums is kept.
constexpr int kValues = 9;
constexpr StatisticsColumn kValueColumns[kValues] = {kStatRows,
                                                     kStatRowSquares,
                                                     kStatSums,
                                                     kStatSumSquares,
                                                     kStatCrossSums,
                                                     kStatCovariateSums,
                                                     kStatCovariateSquares,
                                                     kStatCovariateBySums,
                                                     kStatCovariateByRows};

struct Sums {
    int64 users;
    int64 non_binary;
    int64 crossovers;
    Datum values[kValues];  // numeric, in the order of kValueColumns; 0: null
};

Datum times(Datum a, Datum b) {
    return DirectFunctionCall2(numeric_mul, a, b);
}

void add_to(MemoryContext context, Datum* sum, Datum value, int sign) {
    MemoryContext caller = MemoryContextSwitchTo(context);
    Datum old = *sum == 0 ? NumericGetDatum(int64_to_numeric(0)) : *sum;
    *sum = DirectFunctionCall2(sign > 0 ? numeric_add : numeric_sub, old, value);
    pfree(DatumGetPointer(old));
    MemoryContextSwitchTo(caller);
}

Sums* sums_of(GroupMap* statistics, int metric, const Subject& subject) {
    int length = static_cast<int>(VARSIZE_ANY_EXHDR(subject.variant));
    auto* buffer = static_cast<char*>(palloc(32 + length));
    KeyWriter key{buffer, buffer};
    key.bytes(&metric, sizeof metric);
    key.text_of(VARDATA_ANY(subject.variant), length);
    key.bytes(&subject.first_epoch, sizeof subject.first_epoch);
    key.bytes(&subject.entry_epoch, sizeof subject.entry_epoch);
    return static_cast<Sums*>(find_or_add(statistics, buffer, key.length()));
}

bool is_zero_or_one(Datum value) {
    Datum zero = NumericGetDatum(int64_to_numeric(0));
    Datum one = NumericGetDatum(int64_to_numeric(1));
    return DatumGetBool(DirectFunctionCall2(numeric_eq, value, zero)) ||
           DatumGetBool(DirectFunctionCall2(numeric_eq, value, one));
}

}  // namespace

const TableLayout statistics_layout = {"ab_test_statistics", statistics_columns, kStatColumns, 5, true};

GroupMap make_statistics(MemoryContext context) {
    return make_groups(context, sizeof(Sums));
}

void count_subject(GroupMap* statistics, const Experiment& experiment, const Subject& subject, int sign) {
    if (subject.variant == nullptr || subject.exposures <= 0) return;
    Sums* exposed = sums_of(statistics, -1, subject);
    exposed->users += sign;
    if (subject.crossover_exposures > 0) exposed->crossovers += sign;
    Datum exposures = NumericGetDatum(int64_to_numeric(subject.exposures));
    add_to(statistics->context, &exposed->values[0], exposures, sign);
    add_to(statistics->context, &exposed->values[1], times(exposures, exposures), sign);
    for (int i = 0; i < experiment.count; i++) {
        // The number of a user's executions is a value per user: one row, however many executions.
        bool is_per_user = experiment.metrics[i].kind == MetricKind::executions_per_user;
        int64 rows = is_per_user ? 1 : subject.rows[i];
        Datum sum = is_per_user ? exposures : subject.sums[i];
        Datum m = NumericGetDatum(int64_to_numeric(rows));
        Sums* sums = sums_of(statistics, i, subject);
        if (rows > 0) sums->users += sign;
        if (rows > 0 && (rows != 1 || !is_zero_or_one(sum))) sums->non_binary += sign;
        add_to(statistics->context, &sums->values[0], m, sign);
        add_to(statistics->context, &sums->values[1], times(m, m), sign);
        add_to(statistics->context, &sums->values[2], sum, sign);
        add_to(statistics->context, &sums->values[3], times(sum, sum), sign);
        add_to(statistics->context, &sums->values[4], times(sum, m), sign);
        if (subject.covariate == 0 || rows == 0) continue;
        Datum x = subject.covariate;
        add_to(statistics->context, &sums->values[5], x, sign);
        add_to(statistics->context, &sums->values[6], times(x, x), sign);
        add_to(statistics->context, &sums->values[7], times(x, sum), sign);
        add_to(statistics->context, &sums->values[8], times(x, m), sign);
    }
}

bool statistics_values(const Experiment& experiment, const Group& group, Datum* values) {
    const auto& sums = *value_of<Sums>(group);
    Datum zero = NumericGetDatum(int64_to_numeric(0));
    bool changes = sums.users != 0 || sums.non_binary != 0 || sums.crossovers != 0;
    for (int i = 0; i < kValues; i++) {
        Datum value = sums.values[i] == 0 ? zero : sums.values[i];
        values[kValueColumns[i]] = value;
        changes |= !DatumGetBool(DirectFunctionCall2(numeric_eq, value, zero));
    }
    if (!changes) return false;
    KeyReader key{group.key};
    int metric;
    memcpy(&metric, key.bytes(sizeof metric), sizeof metric);
    values[kStatExperiment] = UUIDPGetDatum(&experiment.id);
    values[kStatMetric] = CStringGetTextDatum(metric < 0 ? "" : experiment.metrics[metric].name);
    values[kStatVariant] = PointerGetDatum(key.text_of());
    int32 epoch;
    memcpy(&epoch, key.bytes(sizeof epoch), sizeof epoch);
    values[kStatFirstEpoch] = Int32GetDatum(epoch);
    memcpy(&epoch, key.bytes(sizeof epoch), sizeof epoch);
    values[kStatEntryEpoch] = Int32GetDatum(epoch);
    values[kStatTenant] = PointerGetDatum(experiment.tenant);
    values[kStatUsers] = Int64GetDatum(sums.users);
    values[kStatNonBinary] = Int64GetDatum(sums.non_binary);
    values[kStatCrossovers] = Int64GetDatum(sums.crossovers);
    return true;
}

}  // namespace pgprompt::pg
