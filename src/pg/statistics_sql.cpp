// SQL: the tests on sufficient statistics, as pure functions.
#include "pg/boundary.h"

extern "C" {
#include <utils/array.h>
}

#include <vector>

#include "core/experiment/means.h"
#include "core/experiment/proportions.h"
#include "core/experiment/sample_ratio.h"
#include "pg/arguments.h"
#include "pg/comparison_row.h"
#include "pg/row.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

Datum comparison_result(FunctionCallInfo fcinfo, const PlainComparison& comparison) {
    TupleDesc type = row_type_of(fcinfo);
    Datum values[9] = {};
    bool nulls[9] = {};
    set_comparison(comparison, values, nulls);
    return make_row(type, values, nulls);
}

std::vector<int64_t> counts(const BigintList& list) {
    return {list.items, list.items + list.count};
}
std::vector<double> numbers(const DoubleList& list) {
    return {list.items, list.items + list.count};
}

}  // namespace

// (x_a, n_a, x_b, n_b, alpha)
PGPROMPT_FUNCTION(two_proportion_test) {
    const int64 x_a = PG_GETARG_INT64(0), n_a = PG_GETARG_INT64(1);
    const int64 x_b = PG_GETARG_INT64(2), n_b = PG_GETARG_INT64(3);
    const double alpha = PG_GETARG_FLOAT8(4);
    PlainComparison result{};
    enter_core([&] { result = plain(two_proportion_test(x_a, n_a, x_b, n_b, alpha).take()); });
    return comparison_result(fcinfo, result);
}

// (n_a, mean_a, var_a, n_b, mean_b, var_b, alpha)
PGPROMPT_FUNCTION(welch_test) {
    const int64 n_a = PG_GETARG_INT64(0), n_b = PG_GETARG_INT64(3);
    const double mean_a = PG_GETARG_FLOAT8(1), var_a = PG_GETARG_FLOAT8(2);
    const double mean_b = PG_GETARG_FLOAT8(4), var_b = PG_GETARG_FLOAT8(5);
    const double alpha = PG_GETARG_FLOAT8(6);
    PlainComparison result{};
    enter_core([&] { result = plain(welch_test(n_a, mean_a, var_a, n_b, mean_b, var_b, alpha).take()); });
    return comparison_result(fcinfo, result);
}

// (observed, weights)
PGPROMPT_FUNCTION(srm_test) {
    const BigintList observed = bigint_list_argument(fcinfo, 0, "observed");
    const DoubleList weights = double_list_argument(fcinfo, 1, "weights");
    ChiSquare fixed;
    SequentialSampleRatio sequential;
    enter_core([&] {
        fixed = sample_ratio_chi_square(counts(observed), numbers(weights)).take();
        sequential = sample_ratio_sequential(counts(observed), numbers(weights)).take();
    });
    TupleDesc type = row_type_of(fcinfo);
    Datum values[] = {
        Float8GetDatum(fixed.statistic),    Float8GetDatum(fixed.df),
        Float8GetDatum(fixed.p_value),      Float8GetDatum(sequential.log_e),
        Float8GetDatum(sequential.p_value), BoolGetDatum(sequential.p_value < kSampleRatioAlarm)};
    bool nulls[6] = {};
    return make_row(type, values, nulls);
}
