#include "pg/arguments.h"

namespace pgprompt::pg {

namespace {

// The elements of an array of eight-byte numbers.
const void* plain_array(ArrayType* array, const char* name, int* count) {
    if (ARR_NDIM(array) > 1 || array_contains_nulls(array)) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s is no list of numbers", name),
                        errdetail("It contains null, or has more than one dimension."),
                        errhint("Give a plain array without null.")));
    }
    *count = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
    return ARR_DATA_PTR(array);
}

}  // namespace

const text* text_argument(FunctionCallInfo fcinfo, int number) {
    return PG_ARGISNULL(number) ? nullptr : PG_GETARG_TEXT_PP(number);
}

const Jsonb* jsonb_argument(FunctionCallInfo fcinfo, int number) {
    return PG_ARGISNULL(number) ? nullptr : PG_GETARG_JSONB_P(number);
}

bool bool_argument(FunctionCallInfo fcinfo, int number, bool otherwise) {
    return PG_ARGISNULL(number) ? otherwise : PG_GETARG_BOOL(number);
}

TextList text_list_argument(FunctionCallInfo fcinfo, int number) {
    TextList list{};
    if (PG_ARGISNULL(number)) return list;
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    deconstruct_array(PG_GETARG_ARRAYTYPE_P(number), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls,
                      &list.count);
    list.items = static_cast<const text**>(palloc(sizeof(text*) * (list.count + 1)));
    for (int i = 0; i < list.count; i++) {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a list contains null")));
        list.items[i] = DatumGetTextPP(elements[i]);
    }
    return list;
}

DoubleList double_list_argument(FunctionCallInfo fcinfo, int number, const char* name) {
    int count = 0;
    return {static_cast<const double*>(plain_array(PG_GETARG_ARRAYTYPE_P(number), name, &count)), count};
}

BigintList bigint_list_argument(FunctionCallInfo fcinfo, int number, const char* name) {
    int count = 0;
    return {static_cast<const int64*>(plain_array(PG_GETARG_ARRAYTYPE_P(number), name, &count)), count};
}

Datum text_array(const TextList& list) {
    auto* elements = static_cast<Datum*>(palloc(sizeof(Datum) * (list.count + 1)));
    for (int i = 0; i < list.count; i++) elements[i] = PointerGetDatum(list.items[i]);
    return PointerGetDatum(construct_array(elements, list.count, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum jsonb_of(const text* json) {
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(json)));
}

}  // namespace pgprompt::pg
