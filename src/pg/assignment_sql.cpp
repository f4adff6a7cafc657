// SQL: bucket(), assign_variant() and who gets what.
#include "pg/boundary.h"

extern "C" {
#include <utils/array.h>
#include <utils/uuid.h>
}

#include <vector>

#include "core/experiment/assignment.h"
#include "pg/arguments.h"
#include "pg/resolve.h"
#include "pg/row.h"
#include "pg/statement.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

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
    struct {
        Range* items;
        int count;
    } ranges{};
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
    for (int i = 0; i < ranges.count; i++) {
        Datum values[] = {Int32GetDatum(ranges.items[i].variant), Int32GetDatum(ranges.items[i].low),
                          Int32GetDatum(ranges.items[i].high)};
        bool nulls[3] = {};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    return Datum{0};
}
