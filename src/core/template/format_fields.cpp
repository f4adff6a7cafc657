// str.format().
#include <algorithm>
#include <cstring>
#include <string>

#include "core/template/format.h"
#include "core/template/format_spec.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {

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

}  // namespace pgprompt
