// Python's comparisons between values, without a renderer.
#pragma once

#include "core/value.h"

namespace pgprompt {

// Whether a == b; lists and maps by their contents, to a bounded depth. With `strict`, comparing an undefined
// value is an error.
bool equal(const Value& a, const Value& b, bool strict = false, int depth = 0);

enum class Order : int8_t { less = -1, equal = 0, greater = 1, unordered = 2, incomparable = 3 };

// How a and b are ordered: numbers, strings by code points, lists and tuples by elements. unordered: a NaN is
// in it. incomparable: Python raises TypeError.
Order compare(const Value& a, const Value& b, int depth = 0);

}  // namespace pgprompt
