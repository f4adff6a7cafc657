// SQL: bucket(), assign_variant() and the reading of an experiment.
#include "pg/boundary.h"

extern "C" {
#include <utils/array.h>
#include <utils/uuid.h>
}

#include <string>
#include <vector>

#include "core/experiment/assignment.h"
#include "core/experiment/distributions.h"
#include "core/experiment/reading.h"
#include "pg/arguments.h"
#include "pg/comparison_row.h"
#include "pg/resolve.h"
#include "pg/row.h"
#include "pg/statement.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

// ---------------------------------------------------------------- what the tables hold, as plain data

struct ExperimentRow {
    TextList metrics;
    double alpha;
    double planned_users;
    double minimum_users;
    double minimum_days;
    double days;
    OptionalDouble minimum_detectable_effect;
    int epochs;
    const text* method;
    bool has_covariate;
    bool is_over;
    int looks;
    double information;  // of the last look
    bool bets_disturbed;
};

struct VariantRow {
    const char* name;
    bool is_control;
    double share;
    OptionalDouble log_e;
    bool look_rejects;
};

struct GuardrailMetricRow {
    const char* metric;
    double margin;
    bool relative;
};

struct CellRow {
    int metric;  // from 0; -1: the exposures
    int variant;
    int epoch;  // of the first exposure
    int stratum;
    int64 users;
    const char* sums[9];  // s, ss, m, mm, sm, x, xx, xs, xm
    int64 non_binary;
    int64 crossovers;
};

struct ShareRow {
    int epoch;
    int variant;
    double buckets;
};

template <class Row>
struct Rows {
    Row* items;
    uint64 count;
};

struct ExperimentData {
    ExperimentRow experiment;
    Rows<VariantRow> variants;
    Rows<GuardrailMetricRow> guardrail_metrics;
    Rows<CellRow> cells;
    Rows<ShareRow> shares;
};

Statement experiment_row = {
    "SELECT e.metrics, e.significance_threshold, e.planned_sample_size::float8, "
    "e.minimum_sample_size::float8,"
    " (extract(epoch FROM e.minimum_runtime) / 86400)::float8,"
    " greatest(0, coalesce(extract(epoch FROM coalesce(e.ended_at, now()) - e.started_at) / 86400, "
    "0))::float8,"
    " e.minimum_detectable_effect, jsonb_array_length(e.allocations), e.method, e.covariate IS NOT NULL,"
    " coalesce(e.ends_at <= now(), false), jsonb_array_length(e.looks),"
    " coalesce((e.looks -> -1 ->> 'information')::float8, 0), coalesce(p.bets_disturbed, false)"
    " FROM prompt.ab_test_experiments e LEFT JOIN prompt.ab_test_progress p ON p.experiment_id = e.id"
    " WHERE e.id = $1",
    1,
    {UUIDOID},
    nullptr};

Statement variant_rows = {
    "SELECT v.name, v.is_control, coalesce((e.allocations -> 0 ->> v.name)::float8, v.weight),"
    " (p.bets -> v.name ->> 13)::float8,"
    " coalesce((SELECT bool_or((l -> 'variants' -> v.name ->> 'rejects')::boolean)"
    "             FROM jsonb_array_elements(e.looks) AS l), false)"
    "  FROM prompt.ab_test_variants v JOIN prompt.ab_test_experiments e ON e.id = v.experiment_id"
    "  LEFT JOIN prompt.ab_test_progress p ON p.experiment_id = e.id"
    " WHERE v.experiment_id = $1 ORDER BY v.ordinal",
    1,
    {UUIDOID},
    nullptr};

Statement guardrail_metric_rows = {
    "SELECT g ->> 'metric', (g ->> 'margin')::float8, g ->> 'margin_type' IS DISTINCT FROM 'absolute'"
    "  FROM prompt.ab_test_experiments e, jsonb_array_elements(e.guardrail_metrics) AS g WHERE e.id = $1",
    1,
    {UUIDOID},
    nullptr};

// Positions of metrics and variants count from 0. A stratum is the epoch of first exposure with the epoch in
// which the user's bucket entered; their order is the same at every look. Strata of epochs that the
// experiment never had tell nothing about it.
Statement cell_rows = {
    "SELECT coalesce(array_position(e.metrics, s.metric), 0) - 1, v.position - 1, s.first_epoch - 1,"
    "       dense_rank() OVER (ORDER BY s.first_epoch, s.entry_epoch)::int - 1, s.users,"
    "       s.sums::text, s.sum_squares::text, s.rows::text, s.row_squares::text, s.cross_sums::text,"
    "       s.covariate_sums::text, s.covariate_squares::text, s.covariate_by_sums::text,"
    "       s.covariate_by_rows::text, s.non_binary, s.crossovers"
    "  FROM prompt.ab_test_experiments e"
    " CROSS JOIN prompt._experiment_sums(e.id) AS s"
    "  JOIN (SELECT name, row_number() OVER (ORDER BY ordinal)::int AS position"
    "          FROM prompt.ab_test_variants WHERE experiment_id = $1) AS v ON v.name = s.variant"
    " WHERE e.id = $1 AND s.first_epoch BETWEEN 1 AND jsonb_array_length(e.allocations)",
    1,
    {UUIDOID},
    nullptr};

// How many buckets each variant had in each epoch.
Statement share_rows = {
    "SELECT a.epoch::int - 1, v.position - 1, coalesce((a.buckets ->> v.name)::float8, 0)"
    "  FROM prompt.ab_test_experiments e"
    " CROSS JOIN jsonb_array_elements(e.allocations) WITH ORDINALITY AS a (buckets, epoch)"
    " CROSS JOIN (SELECT name, row_number() OVER (ORDER BY ordinal)::int AS position"
    "               FROM prompt.ab_test_variants WHERE experiment_id = $1) AS v"
    " WHERE e.id = $1",
    1,
    {UUIDOID},
    nullptr};

// Reads the rows of a statement into plain data in the current context.
template <class Row, class Read>
Rows<Row> read_rows(Statement* statement, Datum experiment, Read read) {
    run(statement, &experiment, nullptr, true);
    Rows<Row> rows{static_cast<Row*>(palloc0(sizeof(Row) * (SPI_processed + 1))), SPI_processed};
    for (uint64 i = 0; i < rows.count; i++)
        rows.items[i] = read(SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
    return rows;
}

double number(HeapTuple tuple, TupleDesc columns, int column) {
    bool is_null = false;
    return DatumGetFloat8(SPI_getbinval(tuple, columns, column, &is_null));
}

int integer(HeapTuple tuple, TupleDesc columns, int column) {
    bool is_null = false;
    return DatumGetInt32(SPI_getbinval(tuple, columns, column, &is_null));
}

int64 bigint(HeapTuple tuple, TupleDesc columns, int column) {
    bool is_null = false;
    return DatumGetInt64(SPI_getbinval(tuple, columns, column, &is_null));
}

bool boolean(HeapTuple tuple, TupleDesc columns, int column) {
    bool is_null = false;
    return DatumGetBool(SPI_getbinval(tuple, columns, column, &is_null));
}

TextList text_list(ArrayType* array) {
    TextList list{};
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &list.count);
    list.items = static_cast<const text**>(palloc(sizeof(text*) * (list.count + 1)));
    for (int i = 0; i < list.count; i++) list.items[i] = DatumGetTextPP(elements[i]);
    return list;
}

ExperimentData read_data(Datum experiment) {
    ExperimentData data{};
    const auto experiments =
        read_rows<ExperimentRow>(&experiment_row, experiment, [](HeapTuple t, TupleDesc c) {
            bool is_null = false;
            ExperimentRow row{};
            row.metrics = text_list(DatumGetArrayTypePCopy(SPI_getbinval(t, c, 1, &is_null)));
            row.alpha = number(t, c, 2);
            row.planned_users = number(t, c, 3);
            row.minimum_users = number(t, c, 4);
            row.minimum_days = number(t, c, 5);
            row.days = number(t, c, 6);
            row.minimum_detectable_effect.value = DatumGetFloat8(SPI_getbinval(t, c, 7, &is_null));
            row.minimum_detectable_effect.present = !is_null;
            row.epochs = integer(t, c, 8);
            row.method = DatumGetTextPCopy(SPI_getbinval(t, c, 9, &is_null));
            row.has_covariate = boolean(t, c, 10);
            row.is_over = boolean(t, c, 11);
            row.looks = integer(t, c, 12);
            row.information = number(t, c, 13);
            row.bets_disturbed = boolean(t, c, 14);
            return row;
        });
    if (experiments.count == 0) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no such experiment")));
    }
    data.experiment = experiments.items[0];
    data.variants = read_rows<VariantRow>(&variant_rows, experiment, [](HeapTuple t, TupleDesc c) {
        bool is_null = false;
        VariantRow row{SPI_getvalue(t, c, 1), boolean(t, c, 2), number(t, c, 3), {}, boolean(t, c, 5)};
        row.log_e.value = DatumGetFloat8(SPI_getbinval(t, c, 4, &is_null));
        row.log_e.present = !is_null;
        return row;
    });
    data.guardrail_metrics =
        read_rows<GuardrailMetricRow>(&guardrail_metric_rows, experiment, [](HeapTuple t, TupleDesc c) {
            return GuardrailMetricRow{SPI_getvalue(t, c, 1), number(t, c, 2), boolean(t, c, 3)};
        });
    data.cells = read_rows<CellRow>(&cell_rows, experiment, [](HeapTuple t, TupleDesc c) {
        CellRow row{};
        row.metric = integer(t, c, 1);
        row.variant = integer(t, c, 2);
        row.epoch = integer(t, c, 3);
        row.stratum = integer(t, c, 4);
        row.users = bigint(t, c, 5);
        for (int i = 0; i < 9; i++) row.sums[i] = SPI_getvalue(t, c, 6 + i);
        row.non_binary = bigint(t, c, 15);
        row.crossovers = bigint(t, c, 16);
        return row;
    });
    data.shares = read_rows<ShareRow>(&share_rows, experiment, [](HeapTuple t, TupleDesc c) {
        return ShareRow{integer(t, c, 1), integer(t, c, 2), number(t, c, 3)};
    });
    return data;
}

// ---------------------------------------------------------------- the core's part

ExperimentInput input_of(const ExperimentData& data) {
    ExperimentInput input;
    const ExperimentRow& e = data.experiment;
    for (uint64 i = 0; i < data.variants.count; i++) {
        const VariantRow& v = data.variants.items[i];
        VariantDefinition variant{v.name, v.is_control, v.share, {}, v.look_rejects};
        if (v.log_e.present) variant.betting_log_e = v.log_e.value;
        input.variants.push_back(std::move(variant));
    }
    for (int i = 0; i < e.metrics.count; i++) input.metrics.emplace_back(view_of(e.metrics.items[i]));
    for (uint64 i = 0; i < data.guardrail_metrics.count; i++) {
        const GuardrailMetricRow& g = data.guardrail_metrics.items[i];
        input.guardrail_metrics.push_back({g.metric, g.margin, g.relative});
    }
    std::vector<std::vector<double>> shares(e.epochs, std::vector<double>(input.variants.size()));
    for (uint64 i = 0; i < data.shares.count; i++) {
        const ShareRow& row = data.shares.items[i];
        shares[row.epoch][row.variant] = row.buckets;
    }
    for (uint64 i = 0; i < data.cells.count; i++) {
        const CellRow& row = data.cells.items[i];
        if (row.metric < 0) {
            // The exposures, without those who met more than one variant.
            while (input.exposures.size() <= static_cast<size_t>(row.stratum)) {
                input.exposures.push_back({std::vector<int64_t>(input.variants.size()), {}});
            }
            SampleRatioStratum& stratum = input.exposures[row.stratum];
            stratum.observed[row.variant] = row.users - row.crossovers;
            stratum.shares = shares[row.epoch];
            input.crossovers += row.crossovers;
            continue;
        }
        CellSums cell;
        cell.metric = static_cast<size_t>(row.metric);
        cell.variant = static_cast<size_t>(row.variant);
        cell.stratum = static_cast<size_t>(row.stratum);
        cell.sums.users = row.users;
        cell.sums.s = row.sums[0];
        cell.sums.ss = row.sums[1];
        cell.sums.m = row.sums[2];
        cell.sums.mm = row.sums[3];
        cell.sums.sm = row.sums[4];
        if (e.has_covariate) {
            cell.sums.x = row.sums[5];
            cell.sums.xx = row.sums[6];
            cell.sums.xs = row.sums[7];
            cell.sums.xm = row.sums[8];
        }
        cell.non_binary = row.non_binary;
        input.cells.push_back(cell);
    }
    input.alpha = e.alpha;
    input.planned_users = e.planned_users;
    input.minimum_users = e.minimum_users;
    input.minimum_days = e.minimum_days;
    input.days = e.days;
    input.method = method_named(view_of(e.method));
    input.is_over = e.is_over;
    input.looks = e.looks;
    input.last_information = e.information;
    input.bets_disturbed = e.bets_disturbed;
    input.adjust = e.has_covariate;
    for (SampleRatioStratum& stratum : input.exposures) {
        if (stratum.shares.empty()) stratum.shares = shares[0];
    }
    if (e.minimum_detectable_effect.present)
        input.minimum_detectable_effect = e.minimum_detectable_effect.value;
    return input;
}

struct IntList {
    const int* items;
    int count;
};

IntList int_list_argument(FunctionCallInfo fcinfo, int number, const char* name) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(number);
    if (ARR_NDIM(array) > 1 || array_contains_nulls(array)) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s must be a list of numbers without nulls", name)));
    }
    return {reinterpret_cast<const int*>(ARR_DATA_PTR(array)),
            ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array))};
}

// One row of experiment_results(), as plain data.
struct ResultRow {
    int variant;
    int metric;
    int64 users;
    double executions;
    OptionalDouble value;
    PlainComparison fixed;
    PlainComparison always_valid;
    OptionalDouble adjusted_p;
    OptionalDouble chance_to_win;
    OptionalDouble expected_loss;
};

}  // namespace

PGPROMPT_FUNCTION(bucket) {
    const text* salt = PG_GETARG_TEXT_PP(0);
    const text* unit = PG_GETARG_TEXT_PP(1);
    PG_RETURN_INT32(bucket(view_of(salt), view_of(unit)));
}

// (salt, unit_id, weights)
PGPROMPT_FUNCTION(assign_variant) {
    const text* salt = PG_GETARG_TEXT_PP(0);
    const text* unit = PG_GETARG_TEXT_PP(1);
    const DoubleList weights = double_list_argument(fcinfo, 2, "weights");
    int variant = 0;
    enter_core([&] {
        variant =
            assign(bucket(view_of(salt), view_of(unit)), weights.items, static_cast<size_t>(weights.count))
                .take();
    });
    PG_RETURN_INT32(variant + 1);
}

PGPROMPT_FUNCTION(bucket_boundaries) {
    const DoubleList weights = double_list_argument(fcinfo, 0, "weights");
    auto* boundaries = static_cast<Datum*>(palloc(sizeof(Datum) * (weights.count + 1)));
    enter_core([&] {
        const auto sizes = bucket_counts({weights.items, weights.items + weights.count}).take();
        int boundary = 0;
        for (size_t i = 0; i < sizes.size(); i++) boundaries[i] = Int32GetDatum(boundary += sizes[i]);
    });
    PG_RETURN_ARRAYTYPE_P(
        construct_array(boundaries, weights.count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

PGPROMPT_FUNCTION(two_sided_p) {
    const double z = PG_GETARG_FLOAT8(0);
    double p = 0;
    enter_core([&] { p = normal_two_sided(z); });
    PG_RETURN_FLOAT8(p);
}

// (tenant, prompt_name, unit)
PGPROMPT_FUNCTION(assignment) {
    const text* tenant = PG_GETARG_TEXT_PP(0);
    const text* name = PG_GETARG_TEXT_PP(1);
    const text* unit = PG_GETARG_TEXT_PP(2);
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    MemoryContext caller = CurrentMemoryContext;
    const int level = connect();
    ResolvedPrompt chosen{};
    if (resolve_experiment(tenant, name, unit, caller, &chosen)) {
        Datum values[] = {UUIDPGetDatum(&chosen.experiment_id), PointerGetDatum(chosen.variant),
                          Int32GetDatum(chosen.allocation_epoch), UUIDPGetDatum(&chosen.template_id)};
        bool nulls[4] = {};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    finish(level);
    return Datum{0};
}

// (owners, lows, highs, weights)
PGPROMPT_FUNCTION(relayout) {
    const IntList owners = int_list_argument(fcinfo, 0, "owners");
    const IntList lows = int_list_argument(fcinfo, 1, "lows");
    const IntList highs = int_list_argument(fcinfo, 2, "highs");
    const DoubleList weights = double_list_argument(fcinfo, 3, "weights");
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    struct Range {
        int variant, low, high;
    };
    Rows<Range> ranges{};
    enter_core([&] {
        if (lows.count != owners.count || highs.count != owners.count) {
            throw Failure(Code::invalid_parameter,
                          "ranges of buckets need an owner, a low and a high end each");
        }
        std::vector<Buckets> current(static_cast<size_t>(weights.count));
        for (int i = 0; i < owners.count; i++) {
            if (owners.items[i] < 1 || owners.items[i] > weights.count) {
                throw Failure(Code::invalid_parameter, "a range of buckets has no owner");
            }
            current[static_cast<size_t>(owners.items[i]) - 1].push_back({lows.items[i], highs.items[i]});
        }
        const auto layout = relayout(current, {weights.items, weights.items + weights.count}).take();
        size_t count = 0;
        for (const Buckets& buckets : layout) count += buckets.size();
        ranges.items = static_cast<Range*>(allocate(sizeof(Range) * (count + 1)));
        for (size_t i = 0; i < layout.size(); i++) {
            for (const BucketRange& range : layout[i]) {
                ranges.items[ranges.count++] = {static_cast<int>(i) + 1, range.low, range.high};
            }
        }
    });
    for (uint64 i = 0; i < ranges.count; i++) {
        Datum values[] = {Int32GetDatum(ranges.items[i].variant), Int32GetDatum(ranges.items[i].low),
                          Int32GetDatum(ranges.items[i].high)};
        bool nulls[3] = {};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    return Datum{0};
}

// (experiment_id)
PGPROMPT_FUNCTION(read_experiment) {
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    const int level = connect();
    const ExperimentData data = read_data(PG_GETARG_DATUM(0));
    Rows<ResultRow> results{};
    enter_core([&] {
        const ExperimentReading reading = read_experiment(input_of(data)).take();
        results.items = static_cast<ResultRow*>(allocate(sizeof(ResultRow) * (reading.rows.size() + 1)));
        for (const MetricReading& row : reading.rows) {
            results.items[results.count++] = {static_cast<int>(row.variant),
                                              static_cast<int>(row.metric),
                                              row.users,
                                              row.executions,
                                              plain(row.value),
                                              plain(row.fixed),
                                              plain(row.always_valid),
                                              plain(row.adjusted_p),
                                              plain(row.chance_to_win),
                                              plain(row.expected_loss)};
        }
    });
    for (uint64 i = 0; i < results.count; i++) {
        const ResultRow& row = results.items[i];
        Datum values[18] = {};
        bool nulls[18] = {};
        values[0] = CStringGetTextDatum(data.variants.items[row.variant].name);
        values[1] = BoolGetDatum(data.variants.items[row.variant].is_control);
        values[2] = PointerGetDatum(data.experiment.metrics.items[row.metric]);
        values[3] = Int64GetDatum(row.users);
        values[4] = Int64GetDatum(static_cast<int64>(row.executions + 0.5));
        set_double(row.value, &values[5], &nulls[5]);
        set_double(row.fixed.lift, &values[6], &nulls[6]);
        set_double(row.fixed.lift_low, &values[7], &nulls[7]);
        set_double(row.fixed.lift_high, &values[8], &nulls[8]);
        set_double(row.fixed.p_value, &values[9], &nulls[9]);
        set_double(row.always_valid.p_value, &values[10], &nulls[10]);
        set_double(row.adjusted_p, &values[11], &nulls[11]);
        set_double(row.chance_to_win, &values[12], &nulls[12]);
        set_double(row.expected_loss, &values[13], &nulls[13]);
        set_double(row.fixed.statistic, &values[14], &nulls[14]);
        set_double(row.always_valid.lift_low, &values[15], &nulls[15]);
        set_double(row.always_valid.lift_high, &values[16], &nulls[16]);
        const char* note =
            row.fixed.note != nullptr && row.fixed.note[0] != '\0' ? row.fixed.note : row.always_valid.note;
        nulls[17] = note == nullptr || note[0] == '\0';
        if (!nulls[17]) values[17] = CStringGetTextDatum(note);
        tuplestore_putvalues(rows, type, values, nulls);
    }
    finish(level);
    return Datum{0};
}

// (experiment_id)
PGPROMPT_FUNCTION(judge_experiment) {
    MemoryContext caller = CurrentMemoryContext;
    TupleDesc type = row_type_of(fcinfo);
    const int level = connect();
    const ExperimentData data = read_data(PG_GETARG_DATUM(0));
    MemoryContextSwitchTo(caller);
    const text* method = DatumGetTextPCopy(PointerGetDatum(data.experiment.method));
    const char* code = nullptr;
    const text* winner = nullptr;
    const text* explanation = nullptr;
    const text* harmful = nullptr;
    TextList missing{};
    double srm_p = 1;
    OptionalDouble days_to_go{};
    bool may_complete = false;
    enter_core([&] {
        const ExperimentReading reading = read_experiment(input_of(data)).take();
        const Verdict& verdict = reading.verdict;
        code = verdict_name(verdict.code);
        if (!verdict.winner.empty()) winner = make_text(verdict.winner);
        if (!verdict.harmful.empty()) harmful = make_text(verdict.harmful);
        explanation = make_text(verdict.explanation);
        missing.items = static_cast<const text**>(allocate(sizeof(text*) * (verdict.missing.size() + 1)));
        for (const MissingItem& item : verdict.missing) missing.items[missing.count++] = make_text(item.text);
        srm_p = reading.sample_ratio.p_value;
        days_to_go = plain(verdict.days_to_go);
        may_complete = verdict.may_complete;
    });
    finish(level);
    Datum values[9] = {};
    bool nulls[9] = {};
    values[8] = PointerGetDatum(method);
    values[0] = CStringGetTextDatum(code);
    values[1] = PointerGetDatum(winner);
    nulls[1] = winner == nullptr;
    values[2] = PointerGetDatum(explanation);
    values[3] = Float8GetDatum(srm_p);
    values[4] = PointerGetDatum(harmful);
    nulls[4] = harmful == nullptr;
    values[5] = text_array(missing);
    set_double(days_to_go, &values[6], &nulls[6]);
    values[7] = BoolGetDatum(may_complete);
    return make_row(type, values, nulls);
}
