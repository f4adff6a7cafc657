// The tests behind `is`; all have the shape of TestFunction. The table is in builtins.cpp.
#pragma once

#include "core/template/renderer.h"

namespace pgprompt {

#define PGPROMPT_TEST(name) bool test_##name(Renderer& r, const Value& v, const Arguments& arguments)
PGPROMPT_TEST(defined);
PGPROMPT_TEST(undefined);
PGPROMPT_TEST(none);
PGPROMPT_TEST(boolean);
PGPROMPT_TEST(false);
PGPROMPT_TEST(true);
PGPROMPT_TEST(integer);
PGPROMPT_TEST(float);
PGPROMPT_TEST(number);
PGPROMPT_TEST(string);
PGPROMPT_TEST(mapping);
PGPROMPT_TEST(callable);
PGPROMPT_TEST(escaped);
PGPROMPT_TEST(lower);
PGPROMPT_TEST(upper);
PGPROMPT_TEST(even);
PGPROMPT_TEST(odd);
PGPROMPT_TEST(sequence);
PGPROMPT_TEST(iterable);
PGPROMPT_TEST(filter);
PGPROMPT_TEST(test);
PGPROMPT_TEST(divisibleby);
PGPROMPT_TEST(in);
PGPROMPT_TEST(sameas);
PGPROMPT_TEST(equal);
PGPROMPT_TEST(unequal);
PGPROMPT_TEST(less);
PGPROMPT_TEST(less_equal);
PGPROMPT_TEST(greater);
PGPROMPT_TEST(greater_equal);
#undef PGPROMPT_TEST

}  // namespace pgprompt
