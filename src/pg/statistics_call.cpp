#include "pg/statistics_call.h"

extern "C" {
#include <utils/array.h>
#include <utils/numeric.h>
#include <utils/syscache.h>
}

#include <cmath>

#include "core/experiment/arguments.h"
#include "pg/row.h"

namespace pgprompt::pg {

Answer& Answer::put(Cell cell) {
    cells_.push_back(cell);
    return *this;
}

Answer& Answer::operator<<(double value) {
    if (std::isnan(value)) {
        arguments::beyond_precision();
    }
    Cell cell{};
    cell.kind = Cell::number;
    cell.as_number = value;
    return put(cell);
}

Answer& Answer::operator<<(int64_t value) {
    Cell cell{};
    cell.kind = Cell::integer;
    cell.as_integer = value;
    return put(cell);
}

Answer& Answer::operator<<(bool value) {
    Cell cell{};
    cell.kind = Cell::boolean;
    cell.as_boolean = value;
    return put(cell);
}

Answer& Answer::operator<<(const char* value) {
    Cell cell{};
    if (value != nullptr && value[0] != '\0') {
        cell.kind = Cell::words;
        cell.as_text = make_text(value);
    }
    return put(cell);
}

Answer& Answer::operator<<(const std::vector<double>& values) {
    Cell cell{};
    cell.kind = Cell::numbers;
    cell.count = static_cast<int>(values.size());
    cell.as_items = static_cast<Datum*>(allocate(sizeof(Datum) * (values.size() + 1)));
    static_assert(FLOAT8PASSBYVAL, "a double is kept in a Datum");
    for (size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i])) *this << values[i];  // raises
        cell.as_items[i] = Float8GetDatum(values[i]);
    }
    return put(cell);
}

Answer& Answer::operator<<(const Flags& values) {
    Cell cell{};
    cell.kind = Cell::flags;
    cell.count = static_cast<int>(values.size());
    cell.as_items = static_cast<Datum*>(allocate(sizeof(Datum) * (values.size() + 1)));
    for (size_t i = 0; i < values.size(); ++i) cell.as_items[i] = BoolGetDatum(values[i]);
    return put(cell);
}

Answer& Answer::operator<<(const Comparison& c) {
    *this << c.difference << c.ci_low << c.ci_high << c.statistic << c.p_value << c.lift << c.lift_low
          << c.lift_high;
    // Fieller's set may be two rays; the note tells what the two ends then mean.
    return *this << (c.lift_set == LiftSet::two_rays ? "the lift is below lift_high or above lift_low"
                                                     : c.note);
}

Cells Answer::plain() const {
    auto* copy = static_cast<Cell*>(allocate(sizeof(Cell) * (cells_.size() + 1)));
    for (size_t i = 0; i < cells_.size(); ++i) copy[i] = cells_[i];
    return {copy, cells_.size()};
}

namespace statistics_call {

namespace {

// The SQL name of an argument, for error messages.
const char* argument_name(FunctionCallInfo fcinfo, int number) {
    HeapTuple function = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
    if (!HeapTupleIsValid(function)) return "an argument";
    Oid* types = nullptr;
    char** names = nullptr;
    char* modes = nullptr;
    const int count = get_func_arg_info(function, &types, &names, &modes);
    ReleaseSysCache(function);
    return names != nullptr && number < count ? names[number] : "an argument";
}

// The elements of an array argument; raises for null elements and several dimensions.
ArrayType* plain_array(FunctionCallInfo fcinfo, int number, int* count) {
    ArrayType* array = PG_GETARG_ARRAYTYPE_P(number);
    if (ARR_NDIM(array) > 1 || array_contains_nulls(array)) {
        ereport(
            ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("%s is no plain list", argument_name(fcinfo, number)),
             errdetail("It contains null, or has more than one dimension."),
             errhint("Leave units without a value out before aggregating: array_agg(...) FILTER (WHERE ... "
                     "IS NOT NULL).")));
    }
    *count = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
    return array;
}

}  // namespace

Argument<Exact>::Plain Argument<Exact>::fetch(FunctionCallInfo fcinfo, int number) {
    return DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(number)));
}

Argument<Exacts>::Plain Argument<Exacts>::fetch(FunctionCallInfo fcinfo, int number) {
    PlainList list{};
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    deconstruct_array(plain_array(fcinfo, number, &list.count), NUMERICOID, -1, false, TYPALIGN_INT,
                      &elements, &nulls, &list.count);
    auto* items = static_cast<const char**>(palloc(sizeof(char*) * (list.count + 1)));
    for (int i = 0; i < list.count; i++)
        items[i] = DatumGetCString(DirectFunctionCall1(numeric_out, elements[i]));
    list.items = items;
    return list;
}

PlainList number_list(FunctionCallInfo fcinfo, int number) {
    PlainList list{};
    list.items = ARR_DATA_PTR(plain_array(fcinfo, number, &list.count));
    return list;
}

PlainList flag_list(FunctionCallInfo fcinfo, int number) {
    PlainList list{};
    list.items = ARR_DATA_PTR(plain_array(fcinfo, number, &list.count));
    return list;
}

PlainList text_list(FunctionCallInfo fcinfo, int number) {
    PlainList list{};
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    deconstruct_array(plain_array(fcinfo, number, &list.count), TEXTOID, -1, false, TYPALIGN_INT, &elements,
                      &nulls, &list.count);
    auto* items = static_cast<const text**>(palloc(sizeof(text*) * (list.count + 1)));
    for (int i = 0; i < list.count; i++) items[i] = DatumGetTextPP(elements[i]);
    list.items = items;
    return list;
}

namespace {

Datum datum_of(const Cell& cell, Oid type) {
    switch (cell.kind) {
        case Cell::absent:
            return 0;
        case Cell::number:
            return Float8GetDatum(cell.as_number);
        case Cell::integer:
            return type == INT4OID ? Int32GetDatum(static_cast<int32>(cell.as_integer))
                                   : Int64GetDatum(cell.as_integer);
        case Cell::boolean:
            return BoolGetDatum(cell.as_boolean);
        case Cell::words:
            return PointerGetDatum(cell.as_text);
        case Cell::numbers:
            return PointerGetDatum(
                construct_array(cell.as_items, cell.count, FLOAT8OID, 8, true, TYPALIGN_DOUBLE));
        case Cell::flags:
            return PointerGetDatum(
                construct_array(cell.as_items, cell.count, BOOLOID, 1, true, TYPALIGN_CHAR));
    }
    return 0;
}

void fill(const Cell* cells, TupleDesc columns, Datum* values, bool* nulls) {
    for (int i = 0; i < columns->natts; i++) {
        values[i] = datum_of(cells[i], TupleDescAttr(columns, i)->atttypid);
        nulls[i] = cells[i].kind == Cell::absent;
    }
}

void check_width(Cells cells, int width) {
    if (cells.count % width != 0)
        elog(ERROR, "a function wrote %zu columns into rows of %d", cells.count, width);
}

}  // namespace

Datum finish(FunctionCallInfo fcinfo, Cells cells) {
    if (fcinfo->flinfo->fn_retset) {
        TupleDesc columns = nullptr;
        Tuplestorestate* rows = begin_rows(fcinfo, &columns);
        check_width(cells, columns->natts);
        auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * columns->natts));
        auto* nulls = static_cast<bool*>(palloc(sizeof(bool) * columns->natts));
        for (size_t at = 0; at < cells.count; at += columns->natts) {
            fill(cells.items + at, columns, values, nulls);
            tuplestore_putvalues(rows, columns, values, nulls);
        }
        return 0;
    }
    if (cells.items == nullptr) PG_RETURN_NULL();
    TupleDesc columns = nullptr;
    Oid type = InvalidOid;
    if (get_call_result_type(fcinfo, &type, &columns) == TYPEFUNC_SCALAR) {
        if (cells.count != 1) elog(ERROR, "a function wrote %zu columns for one value", cells.count);
        if (cells.items[0].kind == Cell::absent) PG_RETURN_NULL();
        return datum_of(cells.items[0], type);
    }
    columns = BlessTupleDesc(columns);
    if (cells.count != static_cast<size_t>(columns->natts))
        elog(ERROR, "a function wrote %zu columns into a row of %d", cells.count, columns->natts);
    auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * columns->natts));
    auto* nulls = static_cast<bool*>(palloc(sizeof(bool) * columns->natts));
    fill(cells.items, columns, values, nulls);
    return make_row(columns, values, nulls);
}

}  // namespace statistics_call

}  // namespace pgprompt::pg
