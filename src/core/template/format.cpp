#include "core/template/format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

constexpr uint64_t kHuge = uint64_t{1} << 62;

struct Spec {
    std::string_view fill = " ";
    char align = '\0';
    char sign = '\0';
    bool alternate = false;
    bool no_negative_zero = false;
    uint64_t width = 0;
    char grouping = '\0';
    bool has_precision = false;
    uint64_t precision = 0;
    char type = '\0';
};

uint64_t read_number(std::string_view s, size_t* at) {
    uint64_t value = 0;
    while (*at < s.size() && s[*at] >= '0' && s[*at] <= '9') {
        if (value < kHuge / 16) value = value * 10 + static_cast<uint64_t>(s[*at] - '0');
        ++*at;
    }
    return value;
}

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

void write_aligned(Renderer& r, std::string_view body, const Spec& spec, char otherwise) {
    uint64_t length = text::length(body);
    uint64_t missing = spec.width > length ? spec.width - length : 0;
    char align = spec.align ? spec.align : otherwise;
    uint64_t left = align == '>' || align == '=' ? missing : align == '^' ? missing / 2 : 0;
    pad(r.out(), spec.fill, left);
    r.out().append(body);
    pad(r.out(), spec.fill, missing - left);
}

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

// A number of its parts: sign and prefix before zeros, digits, and what follows them.
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

namespace {

// str.format(): one pass; specs may hold fields themselves, to a depth of two as in Python.
class FieldFormatter {
 public:
    FieldFormatter(Renderer& r, const Arguments& arguments, bool safe)
        : r_(r), arguments_(arguments), safe_(safe) {}

    void run(std::string_view s, int depth) {
        if (depth < 0) r_.fail("Max string recursion exceeded");
        for (size_t at = 0; at < s.size();) {
            size_t brace = s.find_first_of("{}", at);
            r_.out().append(s.substr(at, brace == std::string_view::npos ? brace : brace - at));
            if (brace == std::string_view::npos) return;
            if (brace + 1 < s.size() && s[brace + 1] == s[brace]) {
                r_.out().append(s[brace]);
                at = brace + 2;
                continue;
            }
            if (s[brace] == '}') r_.fail("Single '}' encountered in format string");
            size_t end = closing(s, brace + 1);
            field(s.substr(brace + 1, end - brace - 1), depth);
            at = end + 1;
        }
    }

 private:
    size_t closing(std::string_view s, size_t at) {
        int open = 1;
        for (; at < s.size(); ++at) {
            if (s[at] == '{') ++open;
            if (s[at] == '}' && --open == 0) return at;
        }
        r_.fail("expected '}' before end of string");
    }

    void field(std::string_view field, int depth) {
        r_.charge(1);
        size_t end = 0;
        int brackets = 0;
        while (end < field.size() && (brackets || (field[end] != '!' && field[end] != ':'))) {
            if (field[end] == '[') brackets = 1;
            if (field[end] == ']') brackets = 0;
            ++end;
        }
        Value v = value(field.substr(0, end));
        char conversion = '\0';
        std::string_view spec;
        if (end < field.size() && field[end] == '!') {
            if (end + 1 >= field.size()) r_.fail("end of string while looking for conversion specifier");
            conversion = field[end + 1];
            if (conversion != 'r' && conversion != 's' && conversion != 'a') {
                r_.fail("Unknown conversion specifier " + std::string(1, conversion));
            }
            end += 2;
            if (end < field.size() && field[end] != ':') r_.fail("expected ':' after conversion specifier");
        }
        if (end < field.size()) spec = field.substr(end + 1);
        if (spec.find('{') != std::string_view::npos || spec.find('}') != std::string_view::npos) {
            size_t mark = r_.out().size();
            run(spec, depth - 1);
            spec = r_.take_output(mark).view();
        }
        v = convert_value(r_, v, conversion);
        if (safe_) {
            size_t mark = r_.out().size();
            bool markup = v.is(Value::Kind::string) && v.flags & kSafe;
            format_value(r_, v, spec);
            Value text = r_.take_output(mark, markup ? kSafe : 0);
            r_.out().append(r_.escaped(text).view());
            return;
        }
        format_value(r_, v, spec);
    }

    Value value(std::string_view name) {
        size_t end = std::min(name.find_first_of(".["), name.size());
        std::string_view first = name.substr(0, end);
        Value v;
        bool number = !first.empty() &&
                      std::all_of(first.begin(), first.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (first.empty() || number) {
            uint64_t index = next_;
            if (number) {
                if (next_ > 0 && automatic_) {
                    r_.fail("cannot switch from automatic field numbering to manual field specification");
                }
                automatic_ = false;
                manual_ = true;
                size_t at = 0;
                index = read_number(first, &at);
            } else {
                if (manual_)
                    r_.fail("cannot switch from manual field specification to automatic field numbering");
                automatic_ = true;
                ++next_;
            }
            if (index >= arguments_.count) {
                r_.fail("Replacement index " + std::to_string(index) +
                        " out of range for positional args tuple");
            }
            v = arguments_.positional[index];
        } else {
            const NamedValue* found = nullptr;
            for (uint32_t i = 0; i < arguments_.named_count; ++i)
                if (arguments_.named[i].name == first) found = &arguments_.named[i];
            if (!found) r_.fail("format() got no value for '" + std::string(first) + "'");
            v = found->value;
        }
        while (end < name.size()) {
            if (name[end] == '.') {
                size_t stop = std::min(name.find_first_of(".[", end + 1), name.size());
                std::string_view attribute = name.substr(end + 1, stop - end - 1);
                if (attribute.empty()) r_.fail("Empty attribute in format string");
                v = r_.attribute(v, attribute);
                end = stop;
            } else {
                size_t stop = name.find(']', end);
                if (stop == std::string_view::npos) r_.fail("Missing ']' in format string");
                std::string_view key = name.substr(end + 1, stop - end - 1);
                if (key.empty()) r_.fail("Empty attribute in format string");
                bool index = std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
                size_t at = 0;
                v = r_.item(v,
                            index ? Value::of(static_cast<int64_t>(read_number(key, &at))) : Value::of(key));
                end = stop + 1;
                if (end < name.size() && name[end] != '.' && name[end] != '[') {
                    r_.fail("Only '.' or '[' may follow ']' in format field specifier");
                }
            }
            if (v.is(Value::Kind::undefined)) r_.fail_undefined(v);
        }
        return v;
    }

    Renderer& r_;
    const Arguments& arguments_;
    bool safe_;
    uint64_t next_ = 0;
    bool automatic_ = false, manual_ = false;
};

}  // namespace

Value format_fields(Renderer& r, const Value& format, const Arguments& arguments) {
    size_t mark = r.out().size();
    FieldFormatter(r, arguments, format.flags & kSafe).run(format.view(), 2);
    return r.take_output(mark, format.flags);
}

namespace {

class PercentFormatter {
 public:
    PercentFormatter(Renderer& r, const Value& arguments, bool safe)
        : r_(r), arguments_(arguments), safe_(safe) {
        tuple_ = as_list(arguments);
        if (tuple_ && tuple_->flavor != ListObject::Flavor::tuple) tuple_ = nullptr;
    }

    void run(std::string_view s) {
        for (size_t at = 0; at < s.size();) {
            size_t percent = s.find('%', at);
            r_.out().append(s.substr(at, percent == std::string_view::npos ? percent : percent - at));
            if (percent == std::string_view::npos) break;
            at = percent + 1;
            one(s, &at);
        }
        bool used =
            tuple_ ? next_ >= tuple_->size
                   : used_ || arguments_.is(Value::Kind::map) || arguments_.is(Value::Kind::undefined) ||
                         (arguments_.is(Value::Kind::list) && !tuple_ &&
                          flavor_of(arguments_) <= ListObject::Flavor::tuple);  // a dict's views count as one
        if (!used) r_.fail("not all arguments converted during string formatting");
    }

 private:
    const Value& take() {
        if (tuple_) {
            if (next_ >= tuple_->size) r_.fail("not enough arguments for format string");
            return tuple_->items[next_++];
        }
        if (used_) r_.fail("not enough arguments for format string");
        used_ = true;
        return arguments_;
    }

    void one(std::string_view s, size_t* at) {
        r_.charge(1);
        auto peek = [&] { return *at < s.size() ? s[*at] : '\0'; };
        Value v;
        bool named = false;
        if (peek() == '(') {
            if (!arguments_.is(Value::Kind::map)) r_.fail("format requires a mapping");
            int open = 1;
            size_t begin = ++*at;
            while (*at < s.size() && open > 0) {
                if (s[*at] == '(') ++open;
                if (s[*at] == ')') --open;
                ++*at;
            }
            if (open) r_.fail("incomplete format key");
            std::string_view key = s.substr(begin, *at - begin - 1);
            if (!arguments_.find(key, &v))
                r_.fail("format string names '" + std::string(key) + "', which is not given");
            named = true;
        }
        Spec spec;
        bool left = false, zero = false;
        for (bool more = true; more;) {
            switch (peek()) {
                case '-':
                    left = true;
                    break;
                case '+':
                    spec.sign = '+';
                    break;
                case ' ':
                    if (spec.sign != '+') spec.sign = ' ';
                    break;
                case '#':
                    spec.alternate = true;
                    break;
                case '0':
                    zero = true;
                    break;
                default:
                    more = false;
            }
            if (more) ++*at;
        }
        auto number = [&](bool* negative) -> uint64_t {
            if (peek() == '*') {
                ++*at;
                int64_t given = r_.integer_argument(take(), "the width behind *");
                *negative = given < 0;
                return given < 0 ? static_cast<uint64_t>(-(given + 1)) + 1 : static_cast<uint64_t>(given);
            }
            return read_number(s, at);
        };
        bool negative = false;
        spec.width = number(&negative);
        if (negative) left = true;
        if (peek() == '.') {
            ++*at;
            negative = false;
            spec.has_precision = true;
            spec.precision = number(&negative);
            if (negative) spec.precision = 0;
        }
        while (peek() == 'h' || peek() == 'l' || peek() == 'L') ++*at;
        if (*at >= s.size()) r_.fail("incomplete format");
        char type = s[(*at)++];
        r_.out().check(std::min<uint64_t>(spec.width, kHuge));
        r_.out().check(std::min<uint64_t>(spec.precision, kHuge));
        if (type == '%') {
            r_.out().append('%');
            return;
        }
        if (!named) v = take();
        if (v.is(Value::Kind::undefined) && type != 's' && type != 'r' && type != 'a') r_.fail_undefined(v);
        spec.align = left ? '<' : '>';
        if (type == 's' || type == 'r' || type == 'a') {
            Value text = convert_value(r_, v, type);
            if (safe_)
                text = r_.escaped(v.is(Value::Kind::string) && v.flags & kSafe && type == 's' ? v : text);
            std::string_view body = text.view();
            if (spec.has_precision) body = body.substr(0, text::offset(body, spec.precision));
            return write_aligned(r_, body, spec, '>');
        }
        if (type == 'c') {
            std::string one;
            if (is_integer(v)) {
                int64_t code = clamp_integer(v);
                if (code < 0 || code > 0x10ffff) r_.fail("%c arg not in range(0x110000)");
                text::append(&one, static_cast<uint32_t>(code));
            } else if (v.is(Value::Kind::string) && text::length(v.view()) == 1) {
                one = v.view();
            } else {
                r_.fail("%c requires int or char");
            }
            return write_aligned(r_, one, spec, '>');
        }
        if (zero && !left) {
            spec.align = '=';
            spec.fill = "0";
        }
        if (std::strchr("eEfFgG", type)) {
            if (!is_number(v)) r_.fail("must be real number, not " + std::string(Renderer::type_name(v)));
            spec.type = type;
            return format_real(r_, to_real(v), spec);
        }
        if (!std::strchr("diuoxX", type)) {
            r_.fail("unsupported format character '" + std::string(1, type) + "'");
        }
        if (!is_number(v) || (v.is(Value::Kind::real) && std::strchr("oxX", type))) {
            r_.fail("%" + std::string(1, type) + " format: " +
                    (std::strchr("oxX", type) ? "an integer is required, not "
                                              : "a real number is required, not ") +
                    Renderer::type_name(v));
        }
        Value whole = v.is(Value::Kind::real) ? integer_of_real(v.real, r_.arena()) : v;
        int base = type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
        std::string digits = integer_in_base(whole, base, type == 'X');
        bool minus = digits[0] == '-';
        if (minus) digits.erase(0, 1);
        if (spec.has_precision && spec.precision > digits.size()) {
            digits.insert(0, static_cast<size_t>(spec.precision) - digits.size(), '0');
        }
        std::string prefix = !spec.alternate || base == 10 ? ""
                             : base == 8                   ? "0o"
                             : type == 'X'                 ? "0X"
                                                           : "0x";
        write_number(r_, spec, minus, prefix, digits, {}, 3);
    }

    Renderer& r_;
    const Value& arguments_;
    bool safe_;
    const ListObject* tuple_;
    uint32_t next_ = 0;
    bool used_ = false;
};

}  // namespace

Value format_percent(Renderer& r, const Value& format, const Value& arguments) {
    size_t mark = r.out().size();
    PercentFormatter(r, arguments, format.flags & kSafe).run(format.view());
    return r.take_output(mark, format.flags);
}

}  // namespace pgprompt
