// The methods of str.
#include <algorithm>

#include "core/template/filters.h"
#include "core/template/format.h"
#include "core/template/methods.h"
#include "core/template/text.h"
#include "core/text/substring.h"
#include "core/template/wordwrap.h"

namespace pgprompt {
namespace {

using Flavor = ListObject::Flavor;

class StringMethod {
 public:
    StringMethod(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments)
        : r_(r), self_(self), s_(self.view()), method_(method), arguments_(arguments) {}
    Value run();

 private:
    [[noreturn]] void fail(std::string message) {
        r_.fail(std::string(method_name(method_)) + "(): " + message);
    }
    void expect(uint32_t least, uint32_t most) {
        if (arguments_.named_count) fail("takes no keyword arguments");
        expect_count(least, most);
    }
    void expect_count(uint32_t least, uint32_t most) {
        if (arguments_.count < least || arguments_.count > most) {
            fail("takes " +
                 std::string(least == most              ? ""
                             : arguments_.count < least ? "at least "
                                                        : "at most ") +
                 std::to_string(arguments_.count < least ? least : most) + " argument(s), " +
                 std::to_string(arguments_.count) + " given");
        }
    }
    std::string_view string_at(uint32_t i) {
        return r_.string_argument(arguments_.positional[i], "the argument");
    }
    int64_t integer_at(uint32_t i) { return r_.integer_argument(arguments_.positional[i], "the argument"); }
    Value part(std::string_view s) {
        Value v = Value::of(s);
        v.flags = self_.flags;
        return v;
    }
    Value made(const std::string& s) { return r_.text_value(s, self_.flags); }

    Value strip(bool left, bool right);
    Value split(bool from_right);
    Value splitlines();
    Value partition(bool from_right);
    Value affix(bool end);
    Value find(bool from_right, bool must);
    Value count();
    Value join();
    Value property(bool (*is)(uint32_t), bool empty);
    Value cased(bool upper);
    Value titled();
    Value expandtabs();
    // The part of the string that optional arguments `first` and `first + 1` bound; false if they are out of
    // order.
    bool bounded(uint32_t first, std::string_view* part, size_t* characters_before);

    Renderer& r_;
    const Value& self_;
    std::string_view s_;
    uint16_t method_;
    const Arguments& arguments_;
};

Value StringMethod::strip(bool left, bool right) {
    expect(0, 1);
    std::string_view s = s_;
    if (arguments_.count == 0 || arguments_.positional[0].is(Value::Kind::null)) {
        if (right) s = text::strip_right(s);
        if (left) s = text::strip_left(s);
        return part(s);
    }
    std::string_view set = string_at(0);
    r_.charge(s.size() / 64 * (1 + set.size() / 8));
    if (right) s = text::strip_right(s, set);
    if (left) s = text::strip_left(s, set);
    return part(s);
}

Value StringMethod::split(bool from_right) {
    Parameters<2> p(r_, arguments_, from_right ? "rsplit" : "split", {"sep", "maxsplit"});
    int64_t most = p.integer(1, -1, "maxsplit");
    ListObject* parts = make_list(r_.arena(), 4);
    if (most < 0) most = INT64_MAX;
    auto add = [&](std::string_view s) {
        r_.charge(1);
        push(r_.arena(), parts, part(s));
    };
    r_.charge(s_.size() / 64);
    if (!p.none(0)) {
        std::string_view separator = r_.string_argument(p[0], "the separator");
        if (separator.empty()) fail("empty separator");
        std::string_view rest = s_;
        while (most-- > 0) {
            size_t at = from_right ? find_last(rest, separator) : find_first(rest, separator);
            if (at == std::string_view::npos) break;
            if (from_right) {
                add(rest.substr(at + separator.size()));
                rest = rest.substr(0, at);
            } else {
                add(rest.substr(0, at));
                rest = rest.substr(at + separator.size());
            }
        }
        add(rest);
    } else if (!from_right) {
        std::string_view rest = text::strip_left(s_);
        while (!rest.empty()) {
            if (most-- <= 0) {
                add(rest);
                break;
            }
            size_t at = 0, end = 0;
            while (at < rest.size()) {
                end = at;
                if (text::is_space(text::decode(rest, &at))) break;
                end = at;
            }
            add(rest.substr(0, end));
            rest = text::strip_left(rest.substr(end));
        }
    } else {
        std::string_view rest = text::strip_right(s_);
        while (!rest.empty()) {
            if (most-- <= 0) {
                add(rest);
                break;
            }
            size_t at = rest.size(), begin = rest.size();
            while (at > 0) {
                begin = at;
                if (text::is_space(text::decode_back(rest, &at))) break;
                begin = at;
            }
            add(rest.substr(begin));
            rest = text::strip_right(rest.substr(0, begin));
        }
    }
    if (from_right) std::reverse(parts->items, parts->items + parts->size);
    return list_value(parts);
}

Value StringMethod::splitlines() {
    Parameters<1> p(r_, arguments_, "splitlines", {"keepends"});
    bool keep = p.has(0) && r_.integer_argument(p[0], "keepends") != 0;
    ListObject* lines = make_list(r_.arena(), 4);
    LineSplitter splitter(s_);
    std::string_view line;
    while (splitter.next(&line, keep)) {
        r_.charge(1 + line.size() / 64);
        push(r_.arena(), lines, part(line));
    }
    return list_value(lines);
}

Value StringMethod::partition(bool from_right) {
    expect(1, 1);
    // MarkupSafe escapes whatever it is.
    std::string_view separator =
        self_.flags & kSafe ? r_.escaped(arguments_.positional[0]).view() : string_at(0);
    if (separator.empty()) fail("empty separator");
    r_.charge(s_.size() / 64);
    size_t at = from_right ? find_last(s_, separator) : find_first(s_, separator);
    ListObject* parts = make_list(r_.arena(), 3, Flavor::tuple);
    std::string_view empty;
    if (at == std::string_view::npos) {
        push(r_.arena(), parts, part(from_right ? empty : s_));
        push(r_.arena(), parts, part(empty));
        push(r_.arena(), parts, part(from_right ? s_ : empty));
    } else {
        push(r_.arena(), parts, part(s_.substr(0, at)));
        push(r_.arena(), parts, part(separator));
        push(r_.arena(), parts, part(s_.substr(at + separator.size())));
    }
    return list_value(parts);
}

bool StringMethod::bounded(uint32_t first, std::string_view* part, size_t* before) {
    *part = s_;
    *before = 0;
    if (arguments_.count <= first) return true;
    auto size = static_cast<int64_t>(text::length(s_));
    auto bound = [&](uint32_t i, int64_t otherwise) {
        if (arguments_.count <= i || arguments_.positional[i].is(Value::Kind::null)) return otherwise;
        int64_t at = integer_at(i);
        return at < 0 ? std::max<int64_t>(0, at + size) : at;
    };
    int64_t start = bound(first, 0), stop = std::min(bound(first + 1, size), size);
    if (start > stop) return false;
    size_t from = text::offset(s_, static_cast<size_t>(start));
    *part = s_.substr(from, text::offset(s_.substr(from), static_cast<size_t>(stop - start)));
    *before = static_cast<size_t>(start);
    return true;
}

Value StringMethod::affix(bool end) {
    expect(1, 3);
    std::string_view s;
    size_t before;
    bool good = bounded(1, &s, &before);
    auto has = [&](const Value& v) {
        std::string_view affix = r_.string_argument(v, end ? "endswith's argument" : "startswith's argument");
        if (!good || affix.size() > s.size()) return false;
        return (end ? s.substr(s.size() - affix.size()) : s.substr(0, affix.size())) == affix;
    };
    const Value& first = arguments_.positional[0];
    if (first.is(Value::Kind::list) && flavor_of(first) == Flavor::tuple) {
        Container::Cursor cursor;
        Value item;
        while (first.next(&cursor, nullptr, &item))
            if (has(item)) return Value::of(true);
        return Value::of(false);
    }
    return Value::of(has(first));
}

Value StringMethod::find(bool from_right, bool must) {
    expect(1, 3);
    std::string_view what = string_at(0), s;
    size_t before;
    size_t at = std::string_view::npos;
    r_.charge(s_.size() / 64);
    if (bounded(1, &s, &before)) at = from_right ? find_last(s, what) : find_first(s, what);
    if (at != std::string_view::npos)
        return Value::of(static_cast<int64_t>(before + text::length(s.substr(0, at))));
    if (must) fail("substring not found");
    return Value::of(int64_t{-1});
}

Value StringMethod::count() {
    expect(1, 3);
    std::string_view what = string_at(0), s;
    size_t before;
    if (!bounded(1, &s, &before)) return Value::of(int64_t{0});
    r_.charge(s.size() / 64);
    if (what.empty()) return Value::of(static_cast<int64_t>(text::length(s)) + 1);
    int64_t count = 0;
    for (size_t at = find_first(s, what); at != std::string_view::npos; at = find_first(s, what, at + what.size())) {
        ++count;
    }
    return Value::of(count);
}

Value StringMethod::join() {
    expect(1, 1);
    const Value& items = arguments_.positional[0];
    Iterator it = r_.iterate(items);
    Value item;
    size_t mark = r_.out().size();
    uint8_t flags = self_.flags;
    for (int64_t i = 0; it.next(&item); ++i) {
        r_.charge(1);
        if (i) r_.out().append(s_);
        if (flags & kSafe) {
            Value shown = r_.escaped(item);
            r_.out().append(shown.view());
            continue;
        }
        r_.refuse_undefined(item);
        if (!item.is(Value::Kind::string)) {
            r_.fail("sequence item " + std::to_string(i) + ": expected str instance, " +
                        Renderer::type_name(item) + " found",
                    "The filter | join makes text of its items.");
        }
        r_.out().append(item.view());
    }
    return r_.take_output(mark, flags);
}

Value StringMethod::property(bool (*is)(uint32_t), bool empty) {
    expect(0, 0);
    if (s_.empty()) return Value::of(empty);
    r_.charge(s_.size() / 64);
    for (size_t at = 0; at < s_.size();)
        if (!is(text::decode(s_, &at))) return Value::of(false);
    return Value::of(true);
}

Value StringMethod::cased(bool upper) {
    expect(0, 0);
    r_.charge(s_.size() / 64);
    bool any = false;
    for (size_t at = 0; at < s_.size();) {
        uint32_t c = text::decode(s_, &at);
        if (text::is_title(c) || (upper ? text::is_lower(c) : text::is_upper(c))) return Value::of(false);
        any |= upper ? text::is_upper(c) : text::is_lower(c);
    }
    return Value::of(any);
}

Value StringMethod::titled() {
    expect(0, 0);
    r_.charge(s_.size() / 64);
    bool any = false, behind_cased = false;
    for (size_t at = 0; at < s_.size();) {
        uint32_t c = text::decode(s_, &at);
        if (text::is_upper(c) || text::is_title(c)) {
            if (behind_cased) return Value::of(false);
            behind_cased = any = true;
        } else if (text::is_lower(c)) {
            if (!behind_cased) return Value::of(false);
            behind_cased = any = true;
        } else {
            behind_cased = false;
        }
    }
    return Value::of(any);
}

Value StringMethod::expandtabs() {
    Parameters<1> p(r_, arguments_, "expandtabs", {"tabsize"});
    int64_t size = p.integer(0, 8, "tabsize");
    size_t mark = r_.out().size();
    int64_t column = 0;
    for (size_t at = 0; at < s_.size();) {
        size_t begin = at;
        uint32_t c = text::decode(s_, &at);
        if (c == '\t') {
            if (size > 0) {
                int64_t spaces = size - column % size;
                r_.out().append(static_cast<size_t>(spaces), ' ');
                column += spaces;
            }
            continue;
        }
        r_.out().append(s_.substr(begin, at - begin));
        column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
    return r_.take_output(mark, self_.flags);
}

Value StringMethod::run() {
    switch (method_) {
        case kCapitalize:
            expect(0, 0);
            return made(text::capitalize(s_));
        case kCasefold:
            expect(0, 0);
            return r_.text_value(text::case_fold(s_));
        case kLower:
            expect(0, 0);
            return filter_lower(r_, self_, {});
        case kUpper:
            expect(0, 0);
            return filter_upper(r_, self_, {});
        case kTitle:
            expect(0, 0);
            return made(text::title(s_));
        case kSwapcase:
            expect(0, 0);
            return made(text::swap_case(s_));
        case kCenter:
        case kLjust:
        case kRjust: {
            expect(1, 2);
            Value fill = arguments_.count > 1 ? arguments_.positional[1] : Value::of(std::string_view(" "));
            return pad_text(r_, self_, integer_at(0), fill,
                            method_ == kCenter  ? '^'
                            : method_ == kLjust ? '<'
                                                : '>');
        }
        case kZfill: {
            expect(1, 1);
            int64_t missing = integer_at(0) - static_cast<int64_t>(text::length(s_));
            if (missing <= 0) return self_;
            size_t mark = r_.out().size();
            bool sign = !s_.empty() && (s_[0] == '-' || s_[0] == '+');
            if (sign) r_.out().append(s_[0]);
            r_.out().check(static_cast<uint64_t>(missing));
            r_.out().append(static_cast<size_t>(missing), '0');
            r_.out().append(s_.substr(sign));
            return r_.take_output(mark, self_.flags);
        }
        case kStrip:
            return strip(true, true);
        case kLstrip:
            return strip(true, false);
        case kRstrip:
            return strip(false, true);
        case kSplit:
            return split(false);
        case kRsplit:
            return split(true);
        case kSplitlines:
            return splitlines();
        case kPartition:
            return partition(false);
        case kRpartition:
            return partition(true);
        case kStartswith:
            return affix(false);
        case kEndswith:
            return affix(true);
        case kFind:
            return find(false, false);
        case kRfind:
            return find(true, false);
        case kIndex:
            return find(false, true);
        case kRindex:
            return find(true, true);
        case kCount:
            return count();
        case kJoin:
            return join();
        case kReplace: {
            expect(2, 3);
            int64_t count = arguments_.count > 2 ? integer_at(2) : -1;
            Value from = arguments_.positional[0], to = arguments_.positional[1];
            if (self_.flags & kSafe) {
                if (!r_.is_html(from)) string_at(0);
                if (!r_.is_html(to)) string_at(1);
                from = r_.escaped(from);
                to = r_.escaped(to);
            } else {
                string_at(0);
                string_at(1);
            }
            size_t mark = r_.out().size();
            replace_text(r_, s_, from.view(), to.view(), count);
            return r_.take_output(mark, self_.flags);
        }
        case kRemoveprefix: {
            expect(1, 1);
            std::string_view affix = string_at(0);
            return Value::of(s_.substr(0, affix.size()) == affix ? s_.substr(affix.size()) : s_);
        }
        case kRemovesuffix: {
            expect(1, 1);
            std::string_view affix = string_at(0);
            bool has = affix.size() <= s_.size() && s_.substr(s_.size() - affix.size()) == affix;
            return Value::of(has ? s_.substr(0, s_.size() - affix.size()) : s_);
        }
        case kFormat:
            return format_fields(r_, self_, arguments_);
        case kFormatMap: {
            expect(1, 1);
            const Value& map = arguments_.positional[0];
            if (!map.is(Value::Kind::map)) fail("takes a mapping");
            auto* named = r_.arena().array<NamedValue>(map.size());
            Arguments arguments;
            arguments.named = named;
            Container::Cursor cursor;
            Value key, value;
            r_.charge(map.size());
            while (map.next(&cursor, &key, &value))
                if (key.is(Value::Kind::string)) named[arguments.named_count++] = {key.view(), value};
            return format_fields(r_, self_, arguments);
        }
        case kExpandtabs:
            return expandtabs();
        case kIsalnum:
            return property([](uint32_t c) { return text::is_alnum(c); }, false);
        case kIsalpha:
            return property([](uint32_t c) { return text::is_alpha(c); }, false);
        case kIsascii:
            return property([](uint32_t c) { return c < 0x80; }, true);
        case kIsdecimal:
            return property([](uint32_t c) { return text::is_decimal(c); }, false);
        case kIsdigit:
            return property([](uint32_t c) { return text::is_digit(c); }, false);
        case kIsnumeric:
            return property([](uint32_t c) { return text::is_numeric(c); }, false);
        case kIsprintable:
            return property([](uint32_t c) { return c == ' ' || text::is_printable(c); }, true);
        case kIsspace:
            return property([](uint32_t c) { return text::is_space(c); }, false);
        case kIsidentifier: {
            expect(0, 0);
            size_t at = 0;
            if (s_.empty() || !text::is_identifier_start(text::decode(s_, &at))) return Value::of(false);
            while (at < s_.size())
                if (!text::is_identifier_part(text::decode(s_, &at))) return Value::of(false);
            return Value::of(true);
        }
        case kIslower:
            return cased(false);
        case kIsupper:
            return cased(true);
        case kIstitle:
            return titled();
        default:
            fail("is not available");
    }
}

}  // namespace

Value call_string_method(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments) {
    r.charge(self.length / 256);
    return StringMethod(r, self, method, arguments).run();
}

}  // namespace pgprompt
