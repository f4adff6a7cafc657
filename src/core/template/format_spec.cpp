// Format specs: "{:>10.2f}".
#include "core/template/format_spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "core/template/format.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {

uint64_t read_number(std::string_view s, size_t* at) {
    uint64_t value = 0;
    while (*at < s.size() && s[*at] >= '0' && s[*at] <= '9') {
        if (value < kHuge / 16) value = value * 10 + static_cast<uint64_t>(s[*at] - '0');
        ++*at;
    }
    return value;
}

namespace {

bool is_align(char c) {
    return c == '<' || c == '>' || c == '=' || c == '^';
}

// `type` is what a spec without one means, `align` where a value of this sort stands by itself.
Spec parse_spec(const Renderer& r, std::string_view s, char type, char align) {
    Spec spec;
    spec.type = type;
    size_t at = 0;
    bool has_fill = false;
    if (!s.empty()) {
        size_t after_first = 0;
        text::decode(s, &after_first);
        if (after_first < s.size() && is_align(s[after_first])) {
            spec.fill = s.substr(0, after_first);
            has_fill = true;
            spec.align = s[after_first];
            at = after_first + 1;
        } else if (is_align(s[0])) {
            spec.align = s[0];
            at = 1;
        }
    }
    auto peek = [&] { return at < s.size() ? s[at] : '\0'; };
    if (peek() == '+' || peek() == '-' || peek() == ' ') spec.sign = s[at++];
    if (peek() == 'z') spec.no_negative_zero = true, ++at;
    if (peek() == '#') spec.alternate = true, ++at;
    if (peek() == '0' && !has_fill) {
        spec.fill = "0";
        if (spec.align == '\0' && align == '>') spec.align = '=';
        ++at;
    }
    spec.width = read_number(s, &at);
    if (peek() == ',' || peek() == '_') spec.grouping = s[at++];
    if (peek() == '.') {
        ++at;
        if (peek() < '0' || peek() > '9') r.fail("Format specifier missing precision");
        spec.has_precision = true;
        spec.precision = read_number(s, &at);
    }
    if (at < s.size()) spec.type = s[at++];
    if (at < s.size()) r.fail("Invalid format specifier '" + std::string(s) + "'");
    const char* groups = spec.grouping == '_' ? "deEfFgG%boxX" : "deEfFgG%";
    if (spec.grouping && spec.type && !std::strchr(groups, spec.type)) {
        r.fail("Cannot specify '" + std::string(1, spec.grouping) + "' with '" + spec.type + "'.");
    }
    return spec;
}

void pad(Output& out, std::string_view fill, uint64_t count) {
    if (count == 0) return;
    out.check(count * fill.size());
    if (fill.size() == 1) {
        out.append(static_cast<size_t>(count), fill[0]);
    } else {
        for (uint64_t i = 0; i < count; ++i) out.append(fill);
    }
}

}  // namespace

void write_aligned(Renderer& r, std::string_view body, const Spec& spec, char otherwise) {
    uint64_t length = text::length(body);
    uint64_t missing = spec.width > length ? spec.width - length : 0;
    char align = spec.align ? spec.align : otherwise;
    uint64_t left = align == '>' || align == '=' ? missing : align == '^' ? missing / 2 : 0;
    pad(r.out(), spec.fill, left);
    r.out().append(body);
    pad(r.out(), spec.fill, missing - left);
}

namespace {

// Digits with separators every three (or four, for other bases), filled with zeros up to `width` if asked
// for.
std::string grouped(std::string_view digits, char separator, size_t every, uint64_t width) {
    std::string result;
    for (size_t count = 0; count < digits.size() || result.size() < width; ++count) {
        if (count && count % every == 0) result.push_back(separator);
        result.push_back(count < digits.size() ? digits[digits.size() - 1 - count] : '0');
    }
    std::reverse(result.begin(), result.end());
    return result;
}

}  // namespace

void write_number(Renderer& r, const Spec& spec, bool negative, std::string_view prefix,
                  std::string_view digits, std::string_view rest, size_t every) {
    std::string head;
    if (negative)
        head = "-";
    else if (spec.sign == '+' || spec.sign == ' ')
        head = std::string(1, spec.sign);
    head += prefix;
    std::string body;
    bool zeros = spec.align == '=' && spec.fill == "0";
    if (spec.grouping) {
        uint64_t taken = head.size() + rest.size();
        uint64_t width = zeros && spec.width > taken ? spec.width - taken : 0;
        r.out().check(width);
        body = grouped(digits, spec.grouping, every, width);
    } else {
        body = digits;
    }
    uint64_t length = head.size() + body.size() + rest.size();
    uint64_t missing = spec.width > length ? spec.width - length : 0;
    char align = spec.align ? spec.align : '>';
    uint64_t left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
    Output& out = r.out();
    pad(out, spec.fill, left);
    out.append(head);
    if (align == '=') pad(out, spec.fill, missing);
    out.append(body);
    out.append(rest);
    if (align == '<' || align == '^') pad(out, spec.fill, missing - left);
}

namespace {

// printf's conversion of a finite, non-negative double; a precision beyond what doubles have is filled with
// zeros.
std::string print_real(double v, char type, uint64_t precision, bool alternate) {
    constexpr uint64_t kMost = 1100;
    uint64_t used = std::min(precision, kMost);
    char format[8] = {'%'};
    size_t n = 1;
    if (alternate) format[n++] = '#';
    format[n++] = '.';
    format[n++] = '*';
    format[n++] = type;
    format[n] = '\0';
    std::string text(1600, '\0');
    int length = std::snprintf(text.data(), text.size(), format, static_cast<int>(used), v);
    text.resize(static_cast<size_t>(length));
    if (precision > used && (type == 'f' || type == 'F' || type == 'e' || type == 'E')) {
        size_t at = type == 'f' || type == 'F' ? text.size() : text.find_first_of("eE");
        text.insert(at, static_cast<size_t>(precision - used), '0');
    }
    return text;
}

// format(float, ".N") without a type: as g, but always with a digit behind the point.
std::string print_general(double v, uint64_t precision, bool alternate) {
    int wanted = static_cast<int>(std::max<uint64_t>(1, std::min<uint64_t>(precision, 1000)));
    std::string e = print_real(v, 'e', static_cast<uint64_t>(wanted - 1), false);
    size_t mark = e.find('e');
    int whole = std::atoi(e.c_str() + mark + 1) + 1;  // digits before the point
    std::string digits;
    for (char c : e.substr(0, mark))
        if (c != '.') digits.push_back(c);
    while (!alternate && digits.size() > 1 && digits.back() == '0') digits.pop_back();
    if (whole < -3 || whole >= wanted) {
        std::string point = digits.size() > 1 || alternate ? "." : "";
        return digits.substr(0, 1) + point + digits.substr(1) + e.substr(mark);
    }
    if (whole <= 0) return "0." + std::string(static_cast<size_t>(-whole), '0') + digits;
    auto length = static_cast<size_t>(whole);
    if (digits.size() <= length) return digits + std::string(length - digits.size(), '0') + ".0";
    return digits.substr(0, length) + "." + digits.substr(length);
}

}  // namespace

void format_real(Renderer& r, double v, const Spec& spec) {
    bool negative = std::signbit(v) && !std::isnan(v);
    std::string body;
    uint64_t precision = spec.has_precision ? spec.precision : 6;
    r.out().check(std::min<uint64_t>(precision, kHuge));
    char type = spec.type;
    if (type == 'n') type = 'g';
    double magnitude = std::fabs(v);
    if (type == '%') magnitude *= 100;
    if (!std::isfinite(magnitude)) {
        body = std::isnan(magnitude) ? "nan" : "inf";
        if (type == 'E' || type == 'F' || type == 'G') body = text::upper(body);
        if (type == '%') body += "%";
        Spec plain = spec;
        plain.grouping = '\0';
        return write_number(r, plain, negative, {}, {}, body, 3);
    }
    switch (type) {
        case '\0':
            if (spec.has_precision) {
                body = print_general(magnitude, precision, spec.alternate);
            } else {
                char buffer[32];
                body.assign(buffer, write_real(magnitude, buffer));
                if (spec.alternate && body.find('.') == std::string::npos) body.insert(body.find('e'), ".");
            }
            break;
        case 'e':
        case 'E':
        case 'f':
        case 'F':
            body = print_real(magnitude, type, precision, spec.alternate);
            break;
        case 'g':
        case 'G':
            precision = std::max<uint64_t>(1, precision);
            body = print_real(magnitude, type, precision, spec.alternate);
            // The C library forgets the zeros of a number that is rounded up to a power of ten.
            if (const size_t e = body.find_first_of("eE"); spec.alternate && e <= precision)
                body.insert(e, static_cast<size_t>(precision + 1 - e), '0');
            break;
        case '%':
            body = print_real(magnitude, 'f', precision, spec.alternate) + "%";
            break;
        default:
            r.fail("Unknown format code '" + std::string(1, spec.type) + "' for object of type 'float'");
    }
    if (spec.no_negative_zero && negative && body.find_first_of("123456789") == std::string::npos)
        negative = false;
    size_t whole = body.find_first_not_of("0123456789");
    if (whole == std::string::npos) whole = body.size();
    std::string_view view = body;
    write_number(r, spec, negative, {}, view.substr(0, whole), view.substr(whole), 3);
}

namespace {

void format_integer(Renderer& r, const Value& v, const Spec& spec) {
    if (!std::strchr("eEfFgG%", spec.type)) {
        if (spec.has_precision) r.fail("Precision not allowed in integer format specifier");
        if (spec.no_negative_zero)
            r.fail("Negative zero coercion (z) not allowed in integer format specifier");
    }
    int base = 10;
    std::string prefix;
    switch (spec.type) {
        case 'd':
        case 'n':
            break;
        case 'b':
            base = 2, prefix = "0b";
            break;
        case 'o':
            base = 8, prefix = "0o";
            break;
        case 'x':
            base = 16, prefix = "0x";
            break;
        case 'X':
            base = 16, prefix = "0X";
            break;
        case 'c': {
            int64_t code = clamp_integer(v);
            if (code < 0 || code > 0x10ffff) r.fail("%c arg not in range(0x110000)");
            if (spec.sign || spec.alternate) {
                r.fail(std::string(spec.sign ? "Sign" : "Alternate form (#)") +
                       " not allowed with integer format specifier 'c'");
            }
            std::string one;
            text::append(&one, static_cast<uint32_t>(code));
            return write_aligned(r, one, spec, '>');
        }
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
        case '%':
            return format_real(r, to_real(v), spec);
        default:
            r.fail("Unknown format code '" + std::string(1, spec.type) + "' for object of type 'int'");
    }
    std::string digits = integer_in_base(v, base, spec.type == 'X');
    bool negative = digits[0] == '-';
    if (negative) digits.erase(0, 1);
    write_number(r, spec, negative, spec.alternate ? prefix : std::string(), digits, {}, base == 10 ? 3 : 4);
}

}  // namespace

void format_value(Renderer& r, const Value& v, std::string_view s) {
    r.refuse_strict(v);
    if (s.empty()) return r.write(v);
    if (v.is(Value::Kind::undefined)) r.fail_undefined(v);
    const bool is_text = v.is(Value::Kind::string);
    const char type = is_text ? 's' : v.is(Value::Kind::real) ? '\0' : 'd';
    Spec spec = parse_spec(r, s, type, is_text ? '<' : '>');
    r.out().check(std::min<uint64_t>(spec.width, kHuge));
    switch (v.kind) {
        case Value::Kind::string: {
            if (spec.type != 's') {
                r.fail("Unknown format code '" + std::string(1, spec.type) + "' for object of type 'str'");
            }
            if (spec.align == '=') r.fail("'=' alignment not allowed in string format specifier");
            if (spec.sign || spec.alternate || spec.no_negative_zero) {
                r.fail("the format specifier '" + std::string(s) + "' is not for strings");
            }
            std::string_view body = v.view();
            if (spec.has_precision) body = body.substr(0, text::offset(body, spec.precision));
            return write_aligned(r, body, spec, '<');
        }
        case Value::Kind::boolean:  // bool has int's __format__
        case Value::Kind::integer:
        case Value::Kind::digits:
            return format_integer(r, v, spec);
        case Value::Kind::real:
            return format_real(r, v.real, spec);
        default:
            r.fail(std::string("unsupported format string passed to ") + Renderer::type_name(v) +
                   ".__format__");
    }
}

Value convert_value(Renderer& r, const Value& v, char conversion) {
    if (conversion == 's') return Value::of(r.text_of(v));
    if (conversion != 'r' && conversion != 'a') return v;
    size_t mark = r.out().size();
    r.write_repr(v);
    if (conversion == 'r') return r.take_output(mark);
    std::string_view shown = r.take_output(mark).view();
    for (size_t at = 0; at < shown.size();) {
        size_t begin = at;
        uint32_t c = text::decode(shown, &at);
        char escaped[16];
        if (c < 0x80)
            r.out().append(shown.substr(begin, at - begin));
        else {
            const char* format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
            int n = std::snprintf(escaped, sizeof escaped, format, c);
            r.out().append(std::string_view(escaped, static_cast<size_t>(n)));
        }
    }
    return r.take_output(mark);
}

}  // namespace pgprompt
