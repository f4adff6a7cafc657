// Operators on any values: comparing, adding, repeating. On numbers alone they are in numbers.cpp.
#include <algorithm>

#include "core/template/format.h"
#include "core/template/numbers.h"
#include "core/template/renderer.h"

namespace pgprompt {

using Flavor = ListObject::Flavor;

bool Renderer::equals(const Value& a, const Value& b) {
    refuse_strict(a);
    refuse_strict(b);
    if (a.is_container()) charge(1 + a.size() / 4);
    return equal(a, b, options_.undefined == UndefinedMode::strict);
}

Order Renderer::compare_or_fail(const Value& a, const Value& b, const char* sign) {
    Order result = compare(a, b);
    if (result != Order::incomparable) return result;
    refuse_undefined(a);
    refuse_undefined(b);
    fail("'" + std::string(sign) + "' not supported between instances of '" + type_name(a) + "' and '" +
         type_name(b) + "'");
}

bool Renderer::order(Op op, const Value& a, const Value& b) {
    static const char* const kSigns[] = {"<", "<=", ">", ">="};
    Order result = compare_or_fail(a, b, kSigns[static_cast<int>(op) - static_cast<int>(Op::less)]);
    switch (op) {
        case Op::less:
            return result == Order::less;
        case Op::less_equal:
            return result == Order::less || result == Order::equal;
        case Op::greater:
            return result == Order::greater;
        default:
            return result == Order::greater || result == Order::equal;
    }
}

Value Renderer::add(const Value& a, const Value& b) {
    refuse_undefined(a);
    if (b.is(Value::Kind::undefined) && is_html(b) && is_html(a)) return a;
    refuse_undefined(b);
    if (is_number(a) && is_number(b)) return arithmetic(Arithmetic::add, a, b, arena_);
    if (a.is(Value::Kind::string) && b.is(Value::Kind::string)) {
        Value x = a, y = b;
        uint8_t flags = (a.flags | b.flags) & kSafe;
        if (flags) {
            x = escaped(a);
            y = escaped(b);
        }
        size_t length = size_t{x.length} + y.length;
        out_.check(length);
        char* to = arena_.text(length);
        if (x.length) std::memcpy(to, x.text, x.length);
        if (y.length) std::memcpy(to + x.length, y.text, y.length);
        Value sum = Value::of(std::string_view(to, length));
        sum.flags = flags;
        return sum;
    }
    if (a.is(Value::Kind::list) && b.is(Value::Kind::list) && !as_range(a) && !as_range(b) &&
        flavor_of(a) == flavor_of(b) && flavor_of(a) <= Flavor::tuple) {
        uint64_t size = uint64_t{a.size()} + b.size();
        charge(size);
        if (size > UINT32_MAX) fail("the list would be too long");
        ListObject* sum = make_list(arena_, static_cast<uint32_t>(size), flavor_of(a));
        Container::Cursor x, y;
        Value v;
        while (a.next(&x, nullptr, &v)) sum->items[sum->size++] = v;
        while (b.next(&y, nullptr, &v)) sum->items[sum->size++] = v;
        return list_value(sum);
    }
    if (a.is(Value::Kind::string)) {
        fail("can only concatenate str (not \"" + std::string(type_name(b)) + "\") to str",
             "Join with ~ instead, which makes text of both sides.");
    }
    if (a.is(Value::Kind::list) && flavor_of(a) <= Flavor::tuple && !as_range(a)) {
        fail("can only concatenate " + std::string(type_name(a)) + " (not \"" + type_name(b) + "\") to " +
             type_name(a));
    }
    fail("unsupported operand type(s) for +: '" + std::string(type_name(a)) + "' and '" + type_name(b) + "'",
         b.is(Value::Kind::string) ? "Join with ~ instead, which makes text of both sides." : "");
}

Value Renderer::binary(Op op, const Value& a, const Value& b) {
    refuse_undefined(a);
    if (op == Op::modulo && a.is(Value::Kind::string)) return format_percent(*this, a, b);
    refuse_undefined(b);
    static const char* const kSigns[] = {"-", "*", "/", "//", "%", "** or pow()"};
    int index = static_cast<int>(op) - static_cast<int>(Op::subtract);
    if (is_number(a) && is_number(b)) {
        return arithmetic(static_cast<Arithmetic>(index + 1), a, b, arena_);
    }
    if (op == Op::multiply) {
        const Value& sequence = is_integer(a) ? b : a;
        const Value& times = is_integer(a) ? a : b;
        bool repeatable =
            sequence.is(Value::Kind::string) ||
            (sequence.is(Value::Kind::list) && !as_range(sequence) && flavor_of(sequence) <= Flavor::tuple);
        if (repeatable && is_integer(times)) {
            int64_t count = std::max<int64_t>(0, clamp_integer(times));
            const bool is_empty =
                sequence.is(Value::Kind::string) ? sequence.length == 0 : sequence.size() == 0;
            // Python refuses such a number even where nothing would be repeated.
            if (times.is(Value::Kind::digits) && (count == 0 || is_empty)) {
                fail("the number of repetitions is too large");
            }
            if (sequence.is(Value::Kind::string)) {
                if (sequence.length &&
                    static_cast<uint64_t>(count) > options_.max_output_bytes / sequence.length) {
                    out_.check(UINT64_MAX);
                }
                uint64_t length = sequence.length * static_cast<uint64_t>(count);
                out_.check(length);
                charge(length / 256);
                char* to = arena_.text(length);
                if (sequence.length == 1) {
                    std::memset(to, sequence.text[0], length);
                } else {
                    for (int64_t i = 0; i < count && sequence.length; ++i) {
                        std::memcpy(to + static_cast<size_t>(i) * sequence.length, sequence.text,
                                    sequence.length);
                    }
                }
                Value v = Value::of(std::string_view(to, length));
                v.flags = sequence.flags;
                return v;
            }
            uint64_t size = sequence.size();
            if (size && static_cast<uint64_t>(count) > options_.max_memory_bytes / sizeof(Value) / size)
                charge(UINT64_MAX);
            size *= static_cast<uint64_t>(count);
            charge(size);
            ListObject* list = make_list(arena_, static_cast<uint32_t>(size), flavor_of(sequence));
            for (int64_t i = 0; i < count && size; ++i) {  // nothing is nothing however often
                Container::Cursor cursor;
                Value v;
                while (sequence.next(&cursor, nullptr, &v)) list->items[list->size++] = v;
            }
            return list_value(list);
        }
    }
    fail("unsupported operand type(s) for " + std::string(kSigns[index]) + ": '" + type_name(a) + "' and '" +
         type_name(b) + "'");
}

}  // namespace pgprompt
