// Rows as SQL results.
#pragma once

#include "pg/server.h"

extern "C" {
#include <utils/tuplestore.h>
}

namespace pgprompt::pg {

// The row type that the function is declared to return, blessed.
TupleDesc row_type_of(FunctionCallInfo fcinfo);

// One row as the function's result.
Datum make_row(TupleDesc type, Datum* values, bool* nulls);

// Makes the function return a set, into a tuplestore in the query's memory.
Tuplestorestate* begin_rows(FunctionCallInfo fcinfo, TupleDesc* type);

}  // namespace pgprompt::pg
