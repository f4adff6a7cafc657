#include "core/template/operators.h"

#include <algorithm>

#include "core/status.h"
#include "core/template/numbers.h"
#include "core/template/objects.h"

namespace pgprompt {
namespace {

constexpr int kMaxDepth = 500;

void check_depth(int depth) {
    if (depth > kMaxDepth) {
        throw Failure(Code::limit_exceeded, "values nested more than " + std::to_string(kMaxDepth) +
                                                " levels deep cannot be compared");
    }
}

bool same_sequence_type(const Value& a, const Value& b) {
    auto type = [](const Value& v) {
        if (as_range(v)) return 100;
        return static_cast<int>(flavor_of(v));
    };
    return type(a) == type(b);
}

}  // namespace

bool equal(const Value& a, const Value& b, bool strict, int depth) {
    auto refused = [](const Value& v) {
        return v.is(Value::Kind::undefined) && v.flags != static_cast<uint8_t>(UndefinedSort::conditional);
    };
    if (strict && (refused(a) || refused(b))) {
        throw Failure(Code::undefined_name, "an undefined value is compared");
    }
    if (a.kind == b.kind) {
        switch (a.kind) {
            case Value::Kind::undefined:
            case Value::Kind::null:
                return true;
            case Value::Kind::boolean:
                return a.boolean == b.boolean;
            case Value::Kind::integer:
                return a.integer == b.integer;
            case Value::Kind::real:
                return a.real == b.real;
            case Value::Kind::digits:
            case Value::Kind::string:
                return a.view() == b.view();
            case Value::Kind::engine:
                return a.node == b.node;
            case Value::Kind::list: {
                if (a.node == b.node && a.container == b.container) return true;
                if (!same_sequence_type(a, b)) return false;
                ListObject::Flavor flavor = flavor_of(a);
                if (flavor == ListObject::Flavor::generator || flavor == ListObject::Flavor::reversed ||
                    flavor == ListObject::Flavor::values) {
                    return false;
                }
                // As in Python, tuples are compared up to the end of the shorter one: an undefined item may fail.
                const bool is_same_size = a.size() == b.size();
                if (!is_same_size && !(strict && flavor == ListObject::Flavor::tuple)) return false;
                check_depth(depth);
                Container::Cursor x, y;
                Value p, q;
                while (a.next(&x, nullptr, &p) && b.next(&y, nullptr, &q))
                    if (!equal(p, q, strict, depth + 1)) return false;
                return is_same_size;
            }
            case Value::Kind::map: {
                if (a.node == b.node && a.container == b.container) return true;
                if (a.size() != b.size()) return false;
                check_depth(depth);
                Container::Cursor x;
                Value key, p, q;
                while (a.next(&x, &key, &p)) {
                    if (const DictObject* dict = as_dict(b)) {
                        const Value* found = dict_find(dict, key);
                        if (!found) return false;
                        q = *found;
                    } else if (!key.is(Value::Kind::string) || !b.find(key.view(), &q)) {
                        return false;
                    }
                    if (!equal(p, q, strict, depth + 1)) return false;
                }
                return true;
            }
        }
    }
    if (is_number(a) && is_number(b)) {
        if (a.is(Value::Kind::real)) return compare_integer_real(b, a.real) == 0;
        if (b.is(Value::Kind::real)) return compare_integer_real(a, b.real) == 0;
        return compare_integers(a, b) == 0;
    }
    return false;
}

Order compare(const Value& a, const Value& b, int depth) {
    auto order = [](int c) { return c < 0 ? Order::less : c > 0 ? Order::greater : Order::equal; };
    if (is_number(a) && is_number(b)) {
        if (a.is(Value::Kind::real) && b.is(Value::Kind::real)) {
            if (a.real != a.real || b.real != b.real) return Order::unordered;
            return order(a.real < b.real ? -1 : a.real > b.real);
        }
        if (a.is(Value::Kind::real)) {
            int c = compare_integer_real(b, a.real);
            return c == 2 ? Order::unordered : order(-c);
        }
        if (b.is(Value::Kind::real)) {
            int c = compare_integer_real(a, b.real);
            return c == 2 ? Order::unordered : order(c);
        }
        return order(compare_integers(a, b));
    }
    // Bytes of UTF-8 are ordered as the code points are.
    if (a.is(Value::Kind::string) && b.is(Value::Kind::string)) return order(a.view().compare(b.view()));
    if (a.is(Value::Kind::list) && b.is(Value::Kind::list) && same_sequence_type(a, b) && !as_range(a) &&
        flavor_of(a) <= ListObject::Flavor::tuple) {
        check_depth(depth);
        Container::Cursor x, y;
        Value p, q;
        while (true) {
            bool more_a = a.next(&x, nullptr, &p), more_b = b.next(&y, nullptr, &q);
            if (!more_a || !more_b) return order(static_cast<int>(more_a) - static_cast<int>(more_b));
            if (!equal(p, q, false, depth + 1)) return compare(p, q, depth + 1);
        }
    }
    return Order::incomparable;
}

}  // namespace pgprompt
