#include <cmath>

#include "core/template/filters.h"
#include "core/template/numbers.h"

namespace pgprompt {

Value filter_abs(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "abs");
    r.refuse_undefined(v);
    if (!is_number(v)) r.fail(std::string("bad operand type for abs(): '") + Renderer::type_name(v) + "'");
    return absolute(v, r.arena());
}

Value filter_int(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<2> p(r, arguments, "int", {"default", "base"});
    int64_t base = p.integer(1, 10, "int's base");
    r.refuse_strict(v);
    Value result;
    auto of_real = [&](double d) {
        // int(inf) is Python's OverflowError, int(nan) a ValueError that the default answers.
        if (std::isnan(d)) return p.get(0, Value::of(int64_t{0}));
        return integer_of_real(d, r.arena());
    };
    switch (v.kind) {
        case Value::Kind::string: {
            r.charge(v.length / 16);
            const bool has_base = base == 0 || (base >= 2 && base <= 36);
            if (has_base && parse_integer(v.view(), static_cast<int>(base), r.arena(), &result))
                return result;
            double d;
            if (parse_real(v.view(), &d) && std::isfinite(d)) return of_real(d);
            break;
        }
        case Value::Kind::boolean:
            return Value::of(small_integer(v));
        case Value::Kind::integer:
        case Value::Kind::digits:
            return v;
        case Value::Kind::real:
            return of_real(v.real);
        case Value::Kind::undefined:
            r.fail_undefined(v);
        default:
            break;
    }
    return p.get(0, Value::of(int64_t{0}));
}

Value filter_float(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "float", {"default"});
    if (v.is(Value::Kind::undefined)) r.fail_undefined(v);
    if (is_number(v)) return Value::of(to_real(v));
    double d;
    if (v.is(Value::Kind::string) && parse_real(v.view(), &d)) return Value::of(d);
    return p.get(0, Value::of(0.0));
}

Value filter_round(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<2> p(r, arguments, "round", {"precision", "method"});
    int64_t precision = p.integer(0, 0, "round's precision");
    std::string_view method =
        p.has(1) ? r.string_argument(p[1], "round's method") : std::string_view("common");
    if (method != "common" && method != "ceil" && method != "floor") {
        r.fail("round's method must be common, ceil or floor");
    }
    r.refuse_undefined(v);
    if (!is_number(v)) r.fail(std::string("type ") + Renderer::type_name(v) + " cannot be rounded");
    if (precision > 400) precision = 400;
    if (precision < -400) precision = -400;
    if (method == "common") {
        if (v.is(Value::Kind::real)) return Value::of(round_real(v.real, static_cast<int>(precision)));
        if (precision >= 0) return v.is(Value::Kind::boolean) ? Value::of(small_integer(v)) : v;
        // Integers round half to even, too.
        Arena& arena = r.arena();
        Value ten = Value::of(int64_t{10});
        Value unit = arithmetic(Arithmetic::power, ten, Value::of(-precision), arena);
        Value rest = arithmetic(Arithmetic::modulo, v, unit, arena);
        Value down = arithmetic(Arithmetic::subtract, v, rest, arena);
        Value twice = arithmetic(Arithmetic::multiply, rest, Value::of(int64_t{2}), arena);
        int c = compare_integers(twice, unit);
        if (c == 0) {
            Value quotient = arithmetic(Arithmetic::floor_divide, down, unit, arena);
            Value odd = arithmetic(Arithmetic::modulo, quotient, Value::of(int64_t{2}), arena);
            c = odd.integer ? 1 : -1;
        }
        return c > 0 ? arithmetic(Arithmetic::add, down, unit, arena) : down;
    }
    // func(value * 10**precision) / 10**precision
    Arena& arena = r.arena();
    Value power = arithmetic(Arithmetic::power, Value::of(int64_t{10}), Value::of(precision), arena);
    Value scaled = arithmetic(Arithmetic::multiply, v, power, arena);
    Value whole =
        scaled.is(Value::Kind::real)
            ? integer_of_real(method == "ceil" ? std::ceil(scaled.real) : std::floor(scaled.real), arena)
            : scaled;
    return arithmetic(Arithmetic::divide, whole, power, arena);
}

Value filter_filesizeformat(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "filesizeformat", {"binary"});
    bool binary = p.flag(0, false);
    r.refuse_undefined(v);
    double bytes;
    if (is_number(v))
        bytes = to_real(v);
    else if (!v.is(Value::Kind::string) || !parse_real(v.view(), &bytes)) {
        r.fail("filesizeformat needs a number");
    }
    double base = binary ? 1024 : 1000;
    if (bytes == 1) return Value::of(std::string_view("1 Byte"));
    char buffer[400];
    if (bytes < base) {
        std::string text(r.text_of(integer_of_real(bytes, r.arena())));
        return r.text_value(text + " Bytes");
    }
    static const char* const kBinary[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
    static const char* const kDecimal[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
    double unit = base;
    int i = 0;
    for (; i < 8; ++i) {
        unit *= base;
        // The double 1e24 is below the integer that Python compares with.
        if (bytes < unit || (!binary && i == 6 && bytes == unit)) break;
    }
    if (i == 8) i = 7;
    int n = std::snprintf(buffer, sizeof buffer, "%.1f %s", base * bytes / unit,
                          binary ? kBinary[i] : kDecimal[i]);
    return r.text_value(std::string_view(buffer, static_cast<size_t>(n)));
}

}  // namespace pgprompt
