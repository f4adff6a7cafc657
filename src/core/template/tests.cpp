// The tests behind `is`.
#include "core/template/tests.h"

#include "core/template/builtins.h"
#include "core/template/filters.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

using Flavor = ListObject::Flavor;

bool truth_of_remainder(Renderer& r, const Value& v, const Value& divisor) {
    if (!is_number(v) && !v.is(Value::Kind::string)) r.refuse_undefined(v);
    Value rest = r.binary(Op::modulo, v, divisor);
    return r.equals(rest, Value::of(int64_t{0}));
}

const Value& one_argument(Renderer& r, const Arguments& arguments, const char* what) {
    if (arguments.count != 1 || arguments.named_count)
        r.fail(std::string("the test \"") + what + "\" takes one argument");
    return arguments.positional[0];
}

void no_argument(Renderer& r, const Arguments& arguments) {
    if (arguments.count || arguments.named_count) r.fail("the test takes no arguments");
}

bool cased(Renderer& r, const Value& v, bool upper) {
    std::string_view s = r.text_of(v);
    bool any = false;
    for (size_t at = 0; at < s.size();) {
        uint32_t c = text::decode(s, &at);
        bool is_upper = text::is_upper(c) || text::is_title(c), is_lower = text::is_lower(c);
        if (text::is_title(c)) return false;
        if (upper ? is_lower : is_upper) return false;
        any |= is_upper || is_lower;
    }
    return any;
}

}  // namespace

#define PGPROMPT_TEST(name) bool test_##name(Renderer& r, const Value& v, const Arguments& arguments)
#define PGPROMPT_PLAIN(name, condition) \
    PGPROMPT_TEST(name) {               \
        no_argument(r, arguments);      \
        return condition;               \
    }

PGPROMPT_PLAIN(defined, !v.is(Value::Kind::undefined))
PGPROMPT_PLAIN(undefined, v.is(Value::Kind::undefined))
PGPROMPT_PLAIN(none, v.is(Value::Kind::null))
PGPROMPT_PLAIN(boolean, v.is(Value::Kind::boolean))
PGPROMPT_PLAIN(false, v.is(Value::Kind::boolean) && !v.boolean)
PGPROMPT_PLAIN(true, v.is(Value::Kind::boolean) && v.boolean)
PGPROMPT_PLAIN(integer, v.is(Value::Kind::integer) || v.is(Value::Kind::digits))
PGPROMPT_PLAIN(float, v.is(Value::Kind::real))
PGPROMPT_PLAIN(number, is_number(v))
PGPROMPT_PLAIN(string, v.is(Value::Kind::string))
PGPROMPT_PLAIN(mapping, v.is(Value::Kind::map))
PGPROMPT_PLAIN(callable, r.callable(v))
PGPROMPT_PLAIN(escaped, r.is_html(v))
PGPROMPT_PLAIN(lower, cased(r, v, false))
PGPROMPT_PLAIN(upper, cased(r, v, true))
PGPROMPT_PLAIN(even, truth_of_remainder(r, v, Value::of(int64_t{2})))

PGPROMPT_TEST(odd) {
    no_argument(r, arguments);
    r.refuse_undefined(v);
    return r.equals(r.binary(Op::modulo, v, Value::of(int64_t{2})), Value::of(int64_t{1}));
}

PGPROMPT_TEST(sequence) {
    no_argument(r, arguments);
    if (v.is(Value::Kind::undefined)) return r.options().undefined != UndefinedMode::strict;
    if (v.is(Value::Kind::list)) return flavor_of(v) <= Flavor::tuple;
    return v.is(Value::Kind::string) || v.is(Value::Kind::map);
}

PGPROMPT_TEST(iterable) {
    no_argument(r, arguments);
    r.refuse_strict(v);
    const Object* object = as_object(v);
    if (object) return object->kind == ObjectKind::loop;
    return v.is_container() || v.is(Value::Kind::string) || v.is(Value::Kind::undefined);
}

PGPROMPT_TEST(filter) {
    no_argument(r, arguments);
    return v.is(Value::Kind::string) && find_filter(v.view()) != kUnknown;
}

PGPROMPT_TEST(test) {
    no_argument(r, arguments);
    return v.is(Value::Kind::string) && find_test(v.view()) != kUnknown;
}

PGPROMPT_TEST(divisibleby) {
    Parameters<1> p(r, arguments, "divisibleby", {"num"});
    return truth_of_remainder(r, v, p.required(0, "divisibleby's argument"));
}

PGPROMPT_TEST(in) {
    Parameters<1> p(r, arguments, "in", {"seq"});
    return r.contains(p.required(0, "the test's argument"), v);
}

// Python's `is`: one object. Small values of JSON have no identity, so equal ones of one type are the same.
PGPROMPT_TEST(sameas) {
    Parameters<1> p(r, arguments, "sameas", {"other"});
    const Value& other = p.required(0, "sameas's argument");
    if (v.kind != other.kind) return false;
    if (v.is_container() || v.is(Value::Kind::engine)) return v.node == other.node;
    return equal(v, other);
}

PGPROMPT_TEST(equal) {
    return r.equals(v, one_argument(r, arguments, "equalto"));
}
PGPROMPT_TEST(unequal) {
    return !r.equals(v, one_argument(r, arguments, "ne"));
}
PGPROMPT_TEST(less) {
    return r.order(Op::less, v, one_argument(r, arguments, "lessthan"));
}
PGPROMPT_TEST(less_equal) {
    return r.order(Op::less_equal, v, one_argument(r, arguments, "le"));
}
PGPROMPT_TEST(greater) {
    return r.order(Op::greater, v, one_argument(r, arguments, "greaterthan"));
}
PGPROMPT_TEST(greater_equal) {
    return r.order(Op::greater_equal, v, one_argument(r, arguments, "ge"));
}

}  // namespace pgprompt
