// The pprint filter: pprint.pformat() with its width of 80.
#include <algorithm>
#include <vector>

#include "core/template/filters.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

using Flavor = ListObject::Flavor;

class PrettyPrinter {
 public:
    explicit PrettyPrinter(Renderer& r) : r_(r) {}

    // `indent`: the column where the value begins; `allowance`: characters that follow it on its last line.
    void print(const Value& v, uint64_t indent, uint64_t allowance, int depth) {
        if (depth > 100) throw Failure(Code::limit_exceeded, "the value is nested too deeply for pprint");
        size_t mark = r_.out().size();
        repr(v);
        uint64_t width = text::length(r_.out().from(mark));
        if (width <= (kWidth > indent + allowance ? kWidth - indent - allowance : 0)) return;
        if (v.is(Value::Kind::map) && v.size()) {
            r_.out().truncate(mark);
            return print_map(v, indent, allowance, depth);
        }
        if (is_plain_list(v) && v.size()) {
            r_.out().truncate(mark);
            return print_list(v, indent, allowance, depth);
        }
        if (v.is(Value::Kind::string) && v.length && !(v.flags & kSafe)) {
            r_.out().truncate(mark);
            print_string(v, indent, allowance, depth);
        }
    }

 private:
    static constexpr uint64_t kWidth = 80;

    // Groups print themselves in Python: on one line, and their dicts unsorted.
    static bool is_plain_list(const Value& v) {
        if (!v.is(Value::Kind::list) || as_range(v) || flavor_of(v) > Flavor::tuple) return false;
        const ListObject* list = as_list(v);
        return list == nullptr || list->label != "group";
    }

    // repr() with the keys of dicts sorted.
    void repr(const Value& v) {
        r_.check_stack();
        r_.charge(1);
        if (v.is(Value::Kind::map)) {
            r_.out().append('{');
            bool first = true;
            for (const auto& [key, value] : sorted(v)) {
                if (!first) r_.out().append(", ");
                first = false;
                repr(key);
                r_.out().append(": ");
                repr(value);
            }
            r_.out().append('}');
        } else if (is_plain_list(v)) {
            bool tuple = flavor_of(v) == Flavor::tuple;
            r_.out().append(tuple ? '(' : '[');
            Container::Cursor cursor;
            Value item;
            uint32_t n = 0;
            for (; v.next(&cursor, nullptr, &item); ++n) {
                if (n) r_.out().append(", ");
                repr(item);
            }
            if (tuple && n == 1) r_.out().append(',');
            r_.out().append(tuple ? ')' : ']');
        } else {
            r_.write_repr(v);
        }
    }

    std::vector<std::pair<Value, Value>> sorted(const Value& v) {
        std::vector<std::pair<Value, Value>> pairs;
        Container::Cursor cursor;
        Value key, value;
        while (v.next(&cursor, &key, &value)) pairs.emplace_back(key, value);
        r_.charge(pairs.size() * 4);
        std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
            return compare(a.first, b.first) == Order::less;
        });
        return pairs;
    }

    void line(uint64_t indent) {
        r_.out().append('\n');
        r_.out().append(static_cast<size_t>(indent), ' ');
    }

    void print_map(const Value& v, uint64_t indent, uint64_t allowance, int depth) {
        r_.out().append('{');
        std::vector<std::pair<Value, Value>> pairs = sorted(v);
        for (size_t i = 0; i < pairs.size(); ++i) {
            if (i) {
                r_.out().append(',');
                line(indent + 1);
            }
            size_t mark = r_.out().size();
            repr(pairs[i].first);
            r_.out().append(": ");
            uint64_t key = text::length(r_.out().from(mark));
            print(pairs[i].second, indent + 1 + key, i + 1 == pairs.size() ? allowance + 1 : 1, depth + 1);
        }
        r_.out().append('}');
    }

    void print_list(const Value& v, uint64_t indent, uint64_t allowance, int depth) {
        bool tuple = flavor_of(v) == Flavor::tuple;
        std::string_view end = !tuple ? "]" : v.size() == 1 ? ",)" : ")";
        r_.out().append(tuple ? '(' : '[');
        Container::Cursor cursor;
        Value item;
        for (uint32_t i = 0; v.next(&cursor, nullptr, &item); ++i) {
            if (i) {
                r_.out().append(',');
                line(indent + 1);
            }
            print(item, indent + 1, i + 1 == v.size() ? allowance + end.size() : 1, depth + 1);
        }
        r_.out().append(end);
    }

    // Long strings are cut at white space into adjacent literals.
    void print_string(const Value& v, uint64_t indent, uint64_t allowance, int depth) {
        std::string_view s = v.view();
        bool outermost = depth == 0;
        if (outermost) {
            ++indent;
            ++allowance;
        }
        std::vector<std::string> parts;
        std::vector<std::string_view> lines;
        for (size_t at = 0; at < s.size();) {
            size_t begin = at;
            while (at < s.size()) {
                uint32_t c = text::decode(s, &at);
                if (!text::is_line_break(c)) continue;
                if (c == '\r' && at < s.size() && s[at] == '\n') ++at;
                break;
            }
            lines.push_back(s.substr(begin, at - begin));
        }
        uint64_t room = kWidth > indent ? kWidth - indent : 0;
        for (size_t i = 0; i < lines.size(); ++i) {
            uint64_t limit = room;
            bool last_line = i + 1 == lines.size();
            std::string whole = quoted(lines[i]);
            if (text::length(whole) <= (last_line && limit >= allowance ? limit - allowance : limit)) {
                parts.push_back(whole);
                continue;
            }
            // Words with the white space behind them.
            std::string current;
            std::string_view rest = lines[i];
            while (!rest.empty()) {
                size_t at = 0;
                while (at < rest.size() && !is_ascii_space(rest[at])) ++at;
                while (at < rest.size() && is_ascii_space(rest[at])) ++at;
                std::string candidate = current + std::string(rest.substr(0, at));
                bool last = at == rest.size() && last_line;
                if (text::length(quoted(candidate)) >
                    (last && limit >= allowance ? limit - allowance : limit)) {
                    if (!current.empty()) parts.push_back(quoted(current));
                    current = rest.substr(0, at);
                } else {
                    current = candidate;
                }
                rest.remove_prefix(at);
                r_.charge(1 + current.size() / 16);
            }
            if (!current.empty()) parts.push_back(quoted(current));
        }
        if (parts.size() == 1) {
            r_.out().append(parts[0]);
            return;
        }
        if (outermost) r_.out().append('(');
        for (size_t i = 0; i < parts.size(); ++i) {
            if (i) line(indent);
            r_.out().append(parts[i]);
        }
        if (outermost) r_.out().append(')');
    }

    static bool is_ascii_space(char c) { return c == ' ' || (c >= 9 && c <= 13); }

    std::string quoted(std::string_view s) {
        size_t mark = r_.out().size();
        r_.write_repr(Value::of(s));
        std::string result(r_.out().from(mark));
        r_.out().truncate(mark);
        return result;
    }

    Renderer& r_;
};

}  // namespace

Value filter_pprint(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "pprint");
    r.refuse_strict(v);
    size_t mark = r.out().size();
    PrettyPrinter(r).print(v, 0, 0, 0);
    return r.take_output(mark);
}

}  // namespace pgprompt
