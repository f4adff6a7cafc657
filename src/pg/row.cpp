#include "pg/row.h"

namespace pgprompt::pg {

TupleDesc row_type_of(FunctionCallInfo fcinfo) {
    TupleDesc type = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &type) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "the function returns no row");
    return BlessTupleDesc(type);
}

Datum make_row(TupleDesc type, Datum* values, bool* nulls) {
    return HeapTupleGetDatum(heap_form_tuple(type, values, nulls));
}

Tuplestorestate* begin_rows(FunctionCallInfo fcinfo, TupleDesc* type) {
    InitMaterializedSRF(fcinfo, 0);
    auto* info = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    *type = info->setDesc;
    return info->setResult;
}

}  // namespace pgprompt::pg
