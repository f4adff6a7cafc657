#include "core/template/handlebars_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/template/text.h"

namespace pgprompt::javascript {
namespace {

constexpr int kMaxDepth = 200;

// The index that a property's name is, if it is one in canonical form.
bool is_index(std::string_view name, uint32_t* index) {
    if (name.empty() || name.size() > 9 || (name[0] == '0' && name.size() > 1)) return false;
    uint32_t n = 0;
    for (char c : name) {
        if (c < '0' || c > '9') return false;
        n = n * 10 + static_cast<uint32_t>(c - '0');
    }
    *index = n;
    return true;
}

// JavaScript counts UTF-16 units.
uint32_t units_of(std::string_view s) {
    uint32_t units = 0;
    for (char c : s) {
        auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
}

// The unit at an index as a text; half of a pair is what it becomes in UTF-8.
Value unit_at(std::string_view s, uint32_t index) {
    uint32_t unit = 0;
    for (size_t at = 0; at < s.size();) {
        size_t begin = at;
        uint32_t wide = text::decode(s, &at) >= 0x10000 ? 2 : 1;
        if (index < unit + wide) return Value::of(wide == 1 ? s.substr(begin, at - begin) : "\xef\xbf\xbd");
        unit += wide;
    }
    return {};
}

template <class Replacement>
void escape(Output& out, std::string_view text, const char* special, Replacement replacement) {
    while (!text.empty()) {
        size_t plain = std::min(text.find_first_of(special), text.size());
        out.append(text.substr(0, plain));
        if (plain == text.size()) return;
        out.append(replacement(text[plain]));
        text.remove_prefix(plain + 1);
    }
}

std::string_view entity(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#x27;";
        case '`':
            return "&#x60;";
        default:
            return "&#x3D;";
    }
}

}  // namespace

bool truth(const Value& v) {
    switch (v.kind) {
        case Value::Kind::undefined:
        case Value::Kind::null:
            return false;
        case Value::Kind::boolean:
            return v.boolean;
        case Value::Kind::integer:
            return v.integer != 0;
        case Value::Kind::real:
            return v.real != 0 && !std::isnan(v.real);
        case Value::Kind::string:
            return v.length != 0;
        default:
            return true;
    }
}

bool is_empty(const Value& v) {
    if (v.is(Value::Kind::list)) return v.size() == 0;
    if (v.is(Value::Kind::integer)) return false;
    if (v.is(Value::Kind::real)) return std::isnan(v.real);
    return !truth(v);
}

bool same(const Value& a, const Value& b) {
    if (is_nothing(a) || is_nothing(b)) return is_nothing(a) && is_nothing(b);
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Value::Kind::boolean:
            return a.boolean == b.boolean;
        case Value::Kind::integer:
            return a.integer == b.integer;
        case Value::Kind::real:
            return a.real == b.real;
        case Value::Kind::digits:
        case Value::Kind::string:
            return a.view() == b.view();
        default:
            return a.container == b.container && a.node == b.node;
    }
}

size_t write_real(double value, char* to) {
    if (std::isnan(value)) return std::memcpy(to, "NaN", 3), 3;
    if (std::isinf(value)) {
        size_t n = value < 0 ? 9 : 8;
        return std::memcpy(to, value < 0 ? "-Infinity" : "Infinity", n), n;
    }
    if (value == 0) return *to = '0', 1;
    // Shortest digits d.ddd and the exponent; then placed as ECMAScript's Number::toString has it.
    char text[40];
    auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    char* at = to;
    char* from = text;
    if (*from == '-') *at++ = *from++;
    char* e = std::find(from, end, 'e');
    char digits[24];
    int count = 0;
    for (char* c = from; c < e; ++c)
        if (*c != '.') digits[count++] = *c;
    int exponent = 0;
    std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
    int point = exponent + 1;  // digits before the point
    auto put = [&](const char* s, int n) { std::memcpy(at, s, static_cast<size_t>(n)), at += n; };
    if (point >= count && point <= 21) {
        put(digits, count);
        for (int i = count; i < point; ++i) *at++ = '0';
    } else if (point > 0 && point <= 21) {
        put(digits, point);
        *at++ = '.';
        put(digits + point, count - point);
    } else if (point > -6 && point <= 0) {
        put("0.", 2);
        for (int i = point; i < 0; ++i) *at++ = '0';
        put(digits, count);
    } else {
        *at++ = digits[0];
        if (count > 1) {
            *at++ = '.';
            put(digits + 1, count - 1);
        }
        *at++ = 'e';
        *at++ = exponent < 0 ? '-' : '+';
        at = std::to_chars(at, at + 5, exponent < 0 ? -exponent : exponent).ptr;
    }
    return static_cast<size_t>(at - to);
}

void write(Output& out, const Value& v, int depth) {
    switch (v.kind) {
        case Value::Kind::undefined:
        case Value::Kind::null:
            return;
        case Value::Kind::boolean:
            out.append(v.boolean ? "true" : "false");
            return;
        case Value::Kind::integer: {
            char* to = out.reserve(24);
            out.commit(static_cast<size_t>(std::to_chars(to, to + 24, v.integer).ptr - to));
            return;
        }
        case Value::Kind::real:
            out.commit(write_real(v.real, out.reserve(40)));
            return;
        case Value::Kind::digits:
        case Value::Kind::string:
            out.append(v.view());
            return;
        case Value::Kind::list: {
            if (depth > kMaxDepth)
                throw Failure(Code::limit_exceeded, "lists are nested too deeply to be printed");
            Container::Cursor cursor;
            Value item;
            bool first = true;
            while (v.next(&cursor, nullptr, &item)) {
                if (!first) out.append(',');
                first = false;
                write(out, item, depth + 1);
            }
            return;
        }
        default:
            out.append("[object Object]");
    }
}

std::string_view key_text(const Value& v, Arena& arena) {
    switch (v.kind) {
        case Value::Kind::undefined:
            return "undefined";
        case Value::Kind::null:
            return "null";
        case Value::Kind::boolean:
            return v.boolean ? "true" : "false";
        case Value::Kind::string:
        case Value::Kind::digits:
            return v.view();
        case Value::Kind::integer: {
            char text[24];
            return arena.copy(
                {text, static_cast<size_t>(std::to_chars(text, text + 24, v.integer).ptr - text)});
        }
        case Value::Kind::real: {
            char text[40];
            return arena.copy({text, write_real(v.real, text)});
        }
        default: {
            Output out(64, 1 << 20);
            write(out, v);
            return arena.copy(out.from(0));
        }
    }
}

bool find(const Value& object, std::string_view name, Value* found) {
    uint32_t index;
    switch (object.kind) {
        case Value::Kind::map:
            return object.find(name, found);
        case Value::Kind::list:
            if (name == "length") return *found = Value::of(int64_t{object.size()}), true;
            if (!is_index(name, &index) || index >= object.size()) return false;
            return *found = object.at(index), true;
        case Value::Kind::string:
            if (name == "length") return *found = Value::of(int64_t{units_of(object.view())}), true;
            if (!is_index(name, &index)) return false;
            *found = unit_at(object.view(), index);
            return !found->is(Value::Kind::undefined);
        default:
            return false;
    }
}

void escape_handlebars(Output& out, std::string_view text) {
    escape(out, text, "&<>\"'`=", entity);
}

void escape_mustache(Output& out, std::string_view text) {
    escape(out, text, "&<>\"", entity);
}

}  // namespace pgprompt::javascript
