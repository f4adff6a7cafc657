// Fetching arguments and making values, with plain data only.
#pragma once

#include "pg/server.h"

extern "C" {
#include <utils/array.h>
#include <utils/jsonb.h>
}

namespace pgprompt::pg {

// Detoasted; null where the argument is.
const text* text_argument(FunctionCallInfo fcinfo, int number);
const Jsonb* jsonb_argument(FunctionCallInfo fcinfo, int number);
bool bool_argument(FunctionCallInfo fcinfo, int number, bool otherwise);

struct TextList {
    const text** items;
    int count;
};
// Empty where the argument is null. Raises for null elements.
TextList text_list_argument(FunctionCallInfo fcinfo, int number);

struct DoubleList {
    const double* items;
    int count;
};
struct BigintList {
    const int64* items;
    int count;
};
// These raise for null elements and more than one dimension.
DoubleList double_list_argument(FunctionCallInfo fcinfo, int number, const char* name);
BigintList bigint_list_argument(FunctionCallInfo fcinfo, int number, const char* name);

Datum text_array(const TextList& list);
Datum jsonb_of(const text* json);

}  // namespace pgprompt::pg
