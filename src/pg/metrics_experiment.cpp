#include "pg/metrics_experiment.h"

#include "pg/metrics_table.h"

extern "C" {
#include <access/table.h>
#include <utils/fmgrprotos.h>
#include <utils/multirangetypes.h>
#include <utils/typcache.h>
}

#include <string_view>

#include "core/experiment/assignment.h"

namespace pgprompt::pg {

namespace {

// A row that is counted needs the first of them, a fold all.
enum Column { kId, kMetrics, kWindows, kLayer, kEntered, kCovariate, kMethod, kTenant, kColumnCount };

constexpr LayoutColumn columns[kColumnCount] = {
    {"id", UUIDOID},     {"metrics", TEXTARRAYOID},           {"windows", INTERVALARRAYOID},
    {"layer", TEXTOID},  {"entered", INT4MULTIRANGEARRAYOID}, {"covariate", TEXTOID, true},
    {"method", TEXTOID}, {"tenant_id", TEXTOID},
};
const TableLayout experiment_layout = {"ab_test_experiments", columns, kWindows + 1, 1};
const TableLayout folding_layout = {"ab_test_experiments", columns, kColumnCount, 1};

// Elements of an array whose nulls nobody means.
Datum* elements(Lookup* found, Column column, Oid type, int length, char alignment, int* count) {
    bool is_null;
    ArrayType* array = DatumGetArrayTypePCopy(found_column(found, column, &is_null));
    Datum* values;
    bool* nulls;
    deconstruct_array(array, type, length, false, alignment, &values, &nulls, count);
    for (int i = 0; i < *count; i++) {
        if (!nulls[i]) continue;
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("a null is in \"%s\" of an experiment", columns[column].name),
                        errhint("prompt.create_experiment() and prompt.start_experiment() fill it.")));
    }
    return values;
}

MetricKind kind_of(const char* name) {
    static const struct {
        const char* name;
        MetricKind kind;
    } kinds[] = {{"success_rate", MetricKind::success_rate},
                 {"error_rate", MetricKind::error_rate},
                 {"conversion", MetricKind::conversion},
                 {"rating", MetricKind::rating},
                 {"quality_score", MetricKind::quality_score},
                 {"response_time_ms", MetricKind::response_time_ms},
                 {"cost_usd", MetricKind::cost_usd},
                 {"tokens", MetricKind::tokens},
                 {"input_tokens", MetricKind::input_tokens},
                 {"output_tokens", MetricKind::output_tokens},
                 {"escalation_rate", MetricKind::escalation_rate},
                 {"executions_per_user", MetricKind::executions_per_user}};
    for (const auto& kind : kinds) {
        if (strcmp(kind.name, name) == 0) return kind.kind;
    }
    bool is_metadata = strncmp(name, kMetadataPrefix, strlen(kMetadataPrefix)) == 0;
    return is_metadata ? MetricKind::metadata : MetricKind::unknown;
}

int64 microseconds(const Interval* window) {
    return window->time + (window->day + window->month * int64{DAYS_PER_MONTH}) * USECS_PER_DAY;
}

Contribution whole(bool enters, int64 value) {
    return {enters, nullptr, enters ? value : 0};
}

Contribution of_int(bool enters, const OptionalInt& value) {
    return whole(enters && value.known, value.value);
}

// With at most 12 decimal places, so that no single value can make sums of squares too long to be read.
Numeric of_bounded_scale(Numeric value) {
    constexpr int kMostPlaces = 12;
    Datum scale = DirectFunctionCall1(numeric_scale, NumericGetDatum(value));
    if (DatumGetInt32(scale) <= kMostPlaces) return value;
    return DatumGetNumeric(
        DirectFunctionCall2(numeric_round, NumericGetDatum(value), Int32GetDatum(kMostPlaces)));
}

Contribution of_numeric(bool enters, Numeric value) {
    return enters && value != nullptr ? Contribution{true, of_bounded_scale(value), 0} : Contribution{};
}

// Below 10^15 either way, as a conversion is.
bool is_countable(Numeric value) {
    Datum size = DirectFunctionCall1(numeric_abs, NumericGetDatum(value));
    Datum limit = NumericGetDatum(int64_to_numeric(INT64CONST(1000000000000000)));
    return DatumGetBool(DirectFunctionCall2(numeric_lt, size, limit));
}

Contribution of_metadata(bool enters, Datum metadata, const char* name) {
    if (!enters || metadata == 0) return {};
    Jsonb* object = DatumGetJsonbP(metadata);
    if (!JB_ROOT_IS_OBJECT(object)) return {};
    JsonbValue value;
    const char* key = name + strlen(kMetadataPrefix);
    if (getKeyJsonValueFromContainer(&object->root, key, static_cast<int>(strlen(key)), &value) == nullptr)
        return {};
    if (value.type != jbvNumeric || !is_countable(value.val.numeric)) return {};
    return of_numeric(true, value.val.numeric);
}

void read_metrics(Lookup* found, Experiment* experiment) {
    int window_count;
    Datum* names = elements(found, kMetrics, TEXTOID, -1, TYPALIGN_INT, &experiment->count);
    Datum* windows = elements(found, kWindows, INTERVALOID, sizeof(Interval), TYPALIGN_DOUBLE, &window_count);
    experiment->metrics = static_cast<Metric*>(palloc(sizeof(Metric) * Max(experiment->count, 1)));
    for (int i = 0; i < experiment->count; i++) {
        char* name = TextDatumGetCString(names[i]);
        int64 window = i < window_count ? microseconds(DatumGetIntervalP(windows[i])) : 0;
        experiment->metrics[i] = {kind_of(name), name, Max(window, int64{0})};
    }
}

std::string_view bytes_of(const text* value) {
    return {VARDATA_ANY(value), static_cast<size_t>(VARSIZE_ANY_EXHDR(value))};
}

}  // namespace

Experiment load_experiment(const pg_uuid_t* id) {
    Experiment experiment{};
    experiment.id = *id;
    Lookup lookup;
    open_lookup(&lookup, &experiment_layout);
    Datum key = UUIDPGetDatum(id);
    if (find(&lookup, &key, GetActiveSnapshot())) read_metrics(&lookup, &experiment);
    close_lookup(&lookup);
    return experiment;
}

Experiment load_for_folding(const pg_uuid_t* id) {
    Experiment experiment{};
    experiment.id = *id;
    experiment.tenant = cstring_to_text("");
    Lookup lookup;
    open_lookup(&lookup, &folding_layout);
    Datum key = UUIDPGetDatum(id);
    if (find(&lookup, &key, GetActiveSnapshot())) {
        read_metrics(&lookup, &experiment);
        bool is_null;
        experiment.layer = DatumGetTextPCopy(found_column(&lookup, kLayer, &is_null));
        experiment.tenant = DatumGetTextPCopy(found_column(&lookup, kTenant, &is_null));
        experiment.entered =
            elements(&lookup, kEntered, INT4MULTIRANGEOID, -1, TYPALIGN_INT, &experiment.epoch_count);
        found_column(&lookup, kCovariate, &is_null);
        experiment.has_covariate = !is_null;
        experiment.bets =
            bytes_of(DatumGetTextPCopy(found_column(&lookup, kMethod, &is_null))) == "e_process";
    }
    close_lookup(&lookup);
    return experiment;
}

int entry_epoch_of(const Experiment& experiment, const text* unit, int first_epoch) {
    if (experiment.epoch_count == 0) return first_epoch;
    TypeCacheEntry* type = lookup_type_cache(INT4MULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
    const Datum place = Int32GetDatum(bucket(bytes_of(experiment.layer), bytes_of(unit)));
    for (int epoch = 1; epoch <= Min(experiment.epoch_count, first_epoch); epoch++) {
        MultirangeType* ranges = DatumGetMultirangeTypeP(experiment.entered[epoch - 1]);
        if (multirange_contains_elem_internal(type->rngtype, ranges, place)) return epoch;
    }
    return first_epoch;
}

Contribution contribution_of(const Execution& e, const Metric& metric) {
    bool is_final = e.status == ExecutionStatus::success || e.status == ExecutionStatus::error ||
                    e.status == ExecutionStatus::timeout;
    switch (metric.kind) {
        case MetricKind::success_rate:
            return whole(is_final, e.status == ExecutionStatus::success);
        case MetricKind::error_rate:
            return whole(is_final, e.status != ExecutionStatus::success);
        case MetricKind::conversion:
            if (e.conversion == nullptr) return whole(metric.window > 0, 0);
            return of_numeric(true, e.conversion);
        case MetricKind::rating:
            return of_int(true, e.rating);
        case MetricKind::quality_score:
            return of_numeric(is_final, e.quality);
        case MetricKind::response_time_ms:
            return of_int(is_final, e.response_time_ms);
        case MetricKind::cost_usd:
            return of_numeric(is_final, e.cost);
        case MetricKind::tokens:
            return whole(is_final && (e.input_tokens.known || e.output_tokens.known),
                         static_cast<int64>(e.input_tokens.value) + e.output_tokens.value);
        case MetricKind::input_tokens:
            return of_int(is_final, e.input_tokens);
        case MetricKind::output_tokens:
            return of_int(is_final, e.output_tokens);
        case MetricKind::escalation_rate:
            return whole(is_final, e.escalated);
        case MetricKind::metadata:
            return of_metadata(is_final, e.metadata, metric.name);
        case MetricKind::executions_per_user:
        case MetricKind::unknown:
            break;
    }
    return {};
}

}  // namespace pgprompt::pg
