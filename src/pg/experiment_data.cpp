#include "pg/experiment_data.h"

#include "pg/boundary.h"
#include "pg/statement.h"

extern "C" {
#include <utils/array.h>
#include <utils/uuid.h>
}

#include <vector>

namespace pgprompt::pg {

namespace {

Statement experiment_row = {
    "SELECT e.metrics, e.significance_threshold, e.planned_sample_size::float8, "
    "e.minimum_sample_size::float8,"
    " (extract(epoch FROM e.minimum_runtime) / 86400)::float8,"
    " greatest(0, coalesce(extract(epoch FROM coalesce(e.ended_at, now()) - e.started_at) / 86400, "
    "0))::float8,"
    " e.minimum_detectable_effect, jsonb_array_length(e.allocations), e.method, e.covariate,"
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

}  // namespace

ExperimentData read_experiment_data(Datum experiment) {
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
            const Datum covariate = SPI_getbinval(t, c, 10, &is_null);
            if (!is_null) row.covariate = DatumGetTextPCopy(covariate);
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

ExperimentInput experiment_input(const ExperimentData& data) {
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
        if (e.covariate != nullptr) {
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
    input.adjust = e.covariate != nullptr;
    for (SampleRatioStratum& stratum : input.exposures) {
        if (stratum.shares.empty()) stratum.shares = shares[0];
    }
    if (e.minimum_detectable_effect.present)
        input.minimum_detectable_effect = e.minimum_detectable_effect.value;
    return input;
}

}  // namespace pgprompt::pg
