#include <algorithm>

#include "core/template/filters.h"
#include "core/template/format.h"
#include "core/template/text.h"
#include "core/template/wordwrap.h"

namespace pgprompt {
namespace {

// A string made by changing letters; charged by its size.
Value changed(Renderer& r, const Value& v, std::string (*change)(std::string_view)) {
    Value s = soft_text(r, v);
    r.charge(s.length / 16);
    // Letters of ASCII change in place, without a copy on the way.
    return r.text_value(change(s.view()), s.flags);
}

Value ascii_case(Renderer& r, const Value& v, char low, char high, std::string (*change)(std::string_view)) {
    Value s = soft_text(r, v);
    r.charge(s.length / 16);
    if (!text::is_ascii(s.view())) return r.text_value(change(s.view()), s.flags);
    char* to = r.arena().text(s.length);
    for (uint32_t i = 0; i < s.length; ++i) {
        char c = s.text[i];
        to[i] = c >= low && c <= high ? static_cast<char>(c ^ 32) : c;
    }
    Value result = Value::of(std::string_view(to, s.length));
    result.flags = s.flags;
    return result;
}

// The title filter's idea of words: a letter behind white space or an opening bracket.
std::string title_words(std::string_view s) {
    std::string result;
    bool first = true;
    size_t word = 0;
    auto flush = [&](size_t end) {
        if (end > word) {
            std::string_view whole = s.substr(word, end - word);
            size_t at = 0;
            text::decode(whole, &at);
            result += text::upper(whole.substr(0, at));
            result += text::lower(whole.substr(at));
        }
        first = true;
    };
    (void)first;
    for (size_t at = 0; at < s.size();) {
        size_t begin = at;
        uint32_t c = text::decode(s, &at);
        bool separator = c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || text::is_space(c);
        if (!separator) continue;
        flush(begin);
        result += s.substr(begin, at - begin);
        word = at;
    }
    flush(s.size());
    return result;
}

}  // namespace

Value filter_upper(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "upper");
    return ascii_case(r, v, 'a', 'z', text::upper);
}

Value filter_lower(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "lower");
    return ascii_case(r, v, 'A', 'Z', text::lower);
}

Value filter_title(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "title");
    Value plain = changed(r, v, title_words);
    plain.flags = 0;  // Jinja2 joins the words to a plain text, markup or not
    return plain;
}

Value filter_capitalize(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "capitalize");
    return changed(r, v, text::capitalize);
}

Value filter_trim(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "trim", {"chars"});
    Value s = soft_text(r, v);
    std::string_view view = s.view();
    if (p.none(0)) {
        view = text::strip_left(text::strip_right(view));
    } else {
        std::string_view set = r.string_argument(p[0], "trim's argument");
        r.charge(s.length / 64 * (1 + set.size() / 8));
        view = text::strip_left(text::strip_right(view, set), set);
    }
    Value result = Value::of(view);
    result.flags = s.flags;
    return result;
}

Value filter_replace(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<3> p(r, arguments, "replace", {"old", "new", "count"});
    p.required(0, "replace's first argument");
    p.required(1, "replace's second argument");
    Value s = soft_text(r, v), from = soft_text(r, p[0]), to = soft_text(r, p[1]);
    int64_t count = p.none(2) ? -1 : r.integer_argument(p[2], "replace's count");
    uint8_t flags = 0;
    if (r.autoescape()) {
        if (r.is_html(p[0]) || r.is_html(p[1])) s = r.escaped(s);
        flags = s.flags & kSafe;
        if (flags) {
            from = r.escaped(from);
            to = r.escaped(to);
        }
    }
    size_t mark = r.out().size();
    replace_text(r, s.view(), from.view(), to.view(), count);
    return r.take_output(mark, flags);
}

Value filter_center(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "center", {"width"});
    Value s = soft_text(r, v);
    return pad_text(r, s, p.integer(0, 80, "center's width"), Value::of(std::string_view(" ")), '^');
}

Value filter_indent(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<3> p(r, arguments, "indent", {"width", "first", "blank"});
    r.refuse_undefined(v);
    if (!v.is(Value::Kind::string))
        r.fail(std::string("indent needs a string, not ") + Renderer::type_name(v));
    std::string_view s = v.view();
    std::string spaces;
    std::string_view indent;
    if (p.has(0) && p[0].is(Value::Kind::string)) {
        indent = p[0].view();
    } else {
        int64_t width = std::max<int64_t>(0, p.integer(0, 4, "indent's width"));
        r.out().check(static_cast<uint64_t>(width));
        spaces.assign(static_cast<size_t>(width), ' ');
        indent = spaces;
    }
    bool first = p.flag(1, false), blank = p.flag(2, false);
    size_t mark = r.out().size();
    Output& out = r.out();
    if (first) out.append(indent);
    bool behind_first = false;
    LineSplitter lines(s);
    std::string_view line;
    while (lines.next(&line)) {
        r.charge(1);
        if (behind_first) {
            out.append('\n');
            if (blank || !line.empty()) out.append(indent);
        }
        out.append(line);
        behind_first = true;
    }
    // What ends with a line break has one more, empty line.
    if (!s.empty() && lines.ended_with_break()) {
        out.append('\n');
        if (blank) out.append(indent);
    }
    return r.take_output(mark, v.flags);
}

Value filter_truncate(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<4> p(r, arguments, "truncate", {"length", "killwords", "end", "leeway"});
    int64_t length = p.integer(0, 255, "truncate's length");
    bool killwords = p.flag(1, false);
    std::string_view end = p.has(2) ? r.string_argument(p[2], "truncate's end") : std::string_view("...");
    int64_t leeway = p.none(3) ? 5 : r.integer_argument(p[3], "truncate's leeway");
    auto end_length = static_cast<int64_t>(text::length(end));
    if (length < end_length) r.fail("truncate's length must be at least " + std::to_string(end_length));
    if (leeway < 0) r.fail("truncate's leeway must not be negative");
    int64_t size = r.length_of(v);
    if (size <= length || size - length <= leeway) return v;
    if (!v.is(Value::Kind::string))
        r.fail(std::string("truncate needs a string, not ") + Renderer::type_name(v));
    std::string_view s = v.view();
    std::string_view kept = s.substr(0, text::offset(s, static_cast<size_t>(length - end_length)));
    if (!killwords) {
        size_t space = kept.rfind(' ');
        if (space != std::string_view::npos) kept = kept.substr(0, space);
    }
    size_t mark = r.out().size();
    r.out().append(kept);
    if (v.flags & kSafe && p.has(2))
        r.out().append(r.escaped(p[2]).view());
    else
        r.out().append(end);
    return r.take_output(mark, v.flags);
}

Value filter_wordwrap(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<4> p(r, arguments, "wordwrap",
                    {"width", "break_long_words", "wrapstring", "break_on_hyphens"});
    r.refuse_undefined(v);
    if (!v.is(Value::Kind::string))
        r.fail(std::string("wordwrap needs a string, not ") + Renderer::type_name(v));
    int64_t width = p.integer(0, 79, "wordwrap's width");
    if (width <= 0 && v.length > 0) r.fail("wordwrap's width must be at least 1");
    std::string_view between =
        p.none(2) ? std::string_view("\n") : r.string_argument(p[2], "wordwrap's wrapstring");
    size_t mark = r.out().size();
    LineSplitter lines(v.view());
    std::string_view line;
    for (bool first = true; lines.next(&line); first = false) {
        r.charge(1 + line.size() / 16);
        if (!first) r.out().append(between);
        wrap_line(r.out(), line, static_cast<uint64_t>(width), p.flag(1, true), p.flag(3, true), between);
    }
    return r.take_output(mark);
}

Value filter_wordcount(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "wordcount");
    std::string_view s = soft_text(r, v).view();
    r.charge(s.size() / 64);
    int64_t count = 0;
    bool in_word = false;
    for (size_t at = 0; at < s.size();) {
        bool word = text::is_word(text::decode(s, &at));
        count += word && !in_word;
        in_word = word;
    }
    return Value::of(count);
}

Value filter_string(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "string");
    return soft_text(r, v);
}

Value filter_format(Renderer& r, const Value& v, const Arguments& arguments) {
    Value s = soft_text(r, v);
    if (arguments.count && arguments.named_count) {
        r.fail("format takes positional or named arguments, not both");
    }
    if (arguments.named_count) {
        DictObject* named = make_dict(r.arena(), arguments.named_count);
        for (uint32_t i = 0; i < arguments.named_count; ++i) {
            dict_set(r.arena(), named, Value::of(arguments.named[i].name), arguments.named[i].value);
        }
        return format_percent(r, s, dict_value(named));
    }
    ListObject* all = make_list(r.arena(), arguments.count, ListObject::Flavor::tuple);
    for (uint32_t i = 0; i < arguments.count; ++i) push(r.arena(), all, arguments.positional[i]);
    return format_percent(r, s, list_value(all));
}

}  // namespace pgprompt
