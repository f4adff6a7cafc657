// SQL: the reading of an experiment and its verdict.
#include "pg/boundary.h"

#include "core/experiment/distributions.h"
#include "core/experiment/reading.h"
#include "pg/arguments.h"
#include "pg/comparison_row.h"
#include "pg/experiment_data.h"
#include "pg/row.h"
#include "pg/statement.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

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

PGPROMPT_FUNCTION(two_sided_p) {
    const double z = PG_GETARG_FLOAT8(0);
    double p = 0;
    enter_core([&] { p = normal_two_sided(z); });
    PG_RETURN_FLOAT8(p);
}

// (experiment_id)
PGPROMPT_FUNCTION(read_experiment) {
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    const int level = connect();
    const ExperimentData data = read_experiment_data(PG_GETARG_DATUM(0));
    Rows<ResultRow> results{};
    enter_core([&] {
        const ExperimentReading reading = read_experiment(experiment_input(data)).take();
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
    const ExperimentData data = read_experiment_data(PG_GETARG_DATUM(0));
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
        const ExperimentReading reading = read_experiment(experiment_input(data)).take();
        const Verdict& verdict = reading.verdict;
        code = verdict_name(verdict.code);
        if (!verdict.winner.empty()) winner = make_text(verdict.winner);
        if (!verdict.harmful.empty()) harmful = make_text(verdict.harmful);
        const text* covariate = data.experiment.covariate;
        explanation = make_text(
            explanation_of(verdict, covariate == nullptr ? std::string_view() : view_of(covariate)));
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
