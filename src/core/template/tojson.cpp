// The tojson filter, in both customs.
//
// Jinja2's own writes ASCII only and escapes < > & ' so that the text may stand in HTML; keys are sorted. The
// chat templates' (JsonStyle::chat) writes UTF-8, escapes no more than JSON asks for, and keeps the order of
// keys; it takes ensure_ascii, indent, separators and sort_keys as Python's json.dumps does.
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/template/filters.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

class JsonWriter {
 public:
    JsonWriter(Renderer& r) : r_(r), out_(r.out()) {}

    bool html = false, ascii = false, sort_keys = false, indented = false;
    std::string_view indent;
    std::string_view item_separator = ", ", key_separator = ": ";

    void write(const Value& v, uint32_t level) {
        r_.charge(1);
        switch (v.kind) {
            case Value::Kind::null:
                out_.append("null");
                return;
            case Value::Kind::boolean:
                out_.append(v.boolean ? "true" : "false");
                return;
            case Value::Kind::integer:
            case Value::Kind::digits:
                r_.write(v);
                return;
            case Value::Kind::real:
                write_number(v.real);
                return;
            case Value::Kind::string:
                write_string(v.view());
                return;
            case Value::Kind::list:
                if (as_range(v) || flavor_of(v) > ListObject::Flavor::tuple) break;
                write_list(v, level);
                return;
            case Value::Kind::map:
                write_map(v, level);
                return;
            case Value::Kind::undefined:
                r_.refuse_strict(v);
                break;
            default:
                break;
        }
        r_.fail("Object of type " + std::string(Renderer::type_name(v)) + " is not JSON serializable",
                v.is(Value::Kind::list)        ? "Make a list of it first: | list | tojson."
                : v.is(Value::Kind::undefined) ? "Give it a default: | default(none) | tojson."
                                               : "");
    }

 private:
    class Level {
     public:
        explicit Level(JsonWriter& w) : w_(w) {
            if (++w.depth_ > 500) r_fail();
        }
        ~Level() { --w_.depth_; }

     private:
        [[noreturn]] void r_fail() {
            throw Failure(Code::limit_exceeded, "the value is nested too deeply for tojson");
        }
        JsonWriter& w_;
    };

    void write_number(double d) {
        if (std::isnan(d))
            out_.append("NaN");
        else if (std::isinf(d))
            out_.append(d < 0 ? "-Infinity" : "Infinity");
        else
            r_.write(Value::of(d));
    }

    void line(uint32_t level) {
        if (!indented) return;
        out_.append('\n');
        for (uint32_t i = 0; i < level; ++i) out_.append(indent);
    }

    void write_list(const Value& v, uint32_t level) {
        Level deeper(*this);
        Container::Cursor cursor;
        Value item;
        bool first = true;
        out_.append('[');
        while (v.next(&cursor, nullptr, &item)) {
            if (!first) out_.append(item_separator);
            first = false;
            line(level + 1);
            write(item, level + 1);
        }
        if (!first) line(level);
        out_.append(']');
    }

    void write_key(const Value& key) {
        switch (key.kind) {
            case Value::Kind::string:
                write_string(key.view());
                return;
            case Value::Kind::boolean:
                out_.append(key.boolean ? "\"true\"" : "\"false\"");
                return;
            case Value::Kind::null:
                out_.append("\"null\"");
                return;
            case Value::Kind::integer:
            case Value::Kind::digits:
            case Value::Kind::real:
                out_.append('"');
                write(key, 0);
                out_.append('"');
                return;
            default:
                r_.fail("keys must be str, int, float, bool or None, not " +
                        std::string(Renderer::type_name(key)));
        }
    }

    void write_pair(const Value& key, const Value& value, bool first, uint32_t level) {
        if (!first) out_.append(item_separator);
        line(level + 1);
        write_key(key);
        out_.append(key_separator);
        write(value, level + 1);
    }

    void write_map(const Value& v, uint32_t level) {
        Level deeper(*this);
        Container::Cursor cursor;
        Value key, value;
        bool first = true;
        out_.append('{');
        if (!sort_keys) {
            for (; v.next(&cursor, &key, &value); first = false) write_pair(key, value, first, level);
        } else {
            uint32_t count = v.size();
            Value* keys = r_.arena().array<Value>(count);
            Value* values = r_.arena().array<Value>(count);
            uint32_t n = 0;
            bool sorted = true;
            while (n < count && v.next(&cursor, &key, &value)) {
                keys[n] = key;
                values[n] = value;
                if (n && r_.compare_or_fail(keys[n], keys[n - 1], "<") == Order::less) sorted = false;
                ++n;
            }
            if (!sorted) sort_by_keys(r_, values, keys, n, false);
            for (uint32_t i = 0; i < n; ++i, first = false) write_pair(keys[i], values[i], first, level);
        }
        if (!first) line(level);
        out_.append('}');
    }

    void write_string(std::string_view s) {
        out_.append('"');
        size_t from = 0;
        for (size_t i = 0; i < s.size();) {
            auto c = static_cast<unsigned char>(s[i]);
            bool plain = c >= 0x20 && c != '"' && c != '\\' && (c < 0x7f || !ascii);
            if (plain && html && (c == '<' || c == '>' || c == '&' || c == '\'')) plain = false;
            if (plain) {
                ++i;
                continue;
            }
            out_.append(s.substr(from, i - from));
            size_t next = i;
            uint32_t code = text::decode(s, &next);
            i = from = next;
            escape(code);
        }
        out_.append(s.substr(from));
        out_.append('"');
    }

    void escape(uint32_t c) {
        switch (c) {
            case '"':
                out_.append("\\\"");
                return;
            case '\\':
                out_.append("\\\\");
                return;
            case '\n':
                out_.append("\\n");
                return;
            case '\r':
                out_.append("\\r");
                return;
            case '\t':
                out_.append("\\t");
                return;
            case '\f':
                out_.append("\\f");
                return;
            case '\b':
                out_.append("\\b");
                return;
            default:
                break;
        }
        char buffer[16];
        int n;
        if (c < 0x10000) {
            n = std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
        } else {
            c -= 0x10000;
            n = std::snprintf(buffer, sizeof buffer, "\\u%04x\\u%04x", 0xd800 + (c >> 10),
                              0xdc00 + (c & 0x3ff));
        }
        out_.append(std::string_view(buffer, static_cast<size_t>(n)));
    }

    Renderer& r_;
    Output& out_;
    uint32_t depth_ = 0;
};

}  // namespace

Value filter_tojson(Renderer& r, const Value& v, const Arguments& arguments) {
    JsonWriter writer(r);
    Value indent = missing_value();
    bool chat = r.options().json == JsonStyle::chat;
    // Jinja2's own would refuse these: whoever writes one means json.dumps.
    for (uint32_t i = 0; i < arguments.named_count; ++i) chat |= arguments.named[i].name != "indent";
    if (chat) {
        Parameters<4> p(r, arguments, "tojson", {"ensure_ascii", "indent", "separators", "sort_keys"});
        // Alone and positional, it is Jinja2's indent.
        bool bare = p.has(0) && is_number(p[0]) && !p[0].is(Value::Kind::boolean) && !p.has(1);
        writer.ascii = !bare && p.flag(0, false);
        indent = bare ? p[0] : p[1];
        writer.sort_keys = p.flag(3, false);
        if (!is_missing(indent) && !indent.is(Value::Kind::null)) writer.item_separator = ",";
        if (!p.none(2)) {
            ListObject* pair = r.list_of(p[2]);
            if (pair->size != 2) r.fail("tojson's separators are a pair");
            writer.item_separator = r.string_argument(pair->items[0], "tojson's separators");
            writer.key_separator = r.string_argument(pair->items[1], "tojson's separators");
        }
    } else {
        Parameters<1> p(r, arguments, "tojson", {"indent"});
        writer.html = writer.ascii = writer.sort_keys = true;
        indent = p[0];
        if (!is_missing(indent) && !indent.is(Value::Kind::null)) writer.item_separator = ",";
    }
    // Of a text, Python does not look at it.
    if (!is_missing(indent) && !indent.is(Value::Kind::null) && !v.is(Value::Kind::string)) {
        writer.indented = true;
        if (indent.is(Value::Kind::string)) {
            writer.indent = indent.view();
        } else {
            int64_t width = std::max<int64_t>(0, r.integer_argument(indent, "tojson's indent"));
            r.out().check(static_cast<uint64_t>(width));
            char* spaces = r.arena().text(static_cast<size_t>(width));
            std::fill(spaces, spaces + width, ' ');
            writer.indent = {spaces, static_cast<size_t>(width)};
        }
    }
    size_t mark = r.out().size();
    writer.write(v, 0);
    return r.take_output(mark, chat ? 0 : kSafe);
}

}  // namespace pgprompt
