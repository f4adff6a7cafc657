// Filters about HTML and URLs.
#include <algorithm>
#include <vector>

#include "core/template/filters.h"
#include "core/template/html_entities.h"
#include "core/template/text.h"
#include "core/template/urlize.h"

namespace pgprompt {

Value filter_escape(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "escape");
    return r.escaped(v);
}

Value filter_forceescape(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "forceescape");
    size_t mark = r.out().size();
    r.write_escaped(r.text_of(v));
    return r.take_output(mark, kSafe);
}

Value filter_safe(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "safe");
    Value s = soft_text(r, v);
    s.flags |= kSafe;
    return s;
}

Value filter_striptags(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "striptags");
    std::string_view s = soft_text(r, v).view();
    r.charge(s.size() / 32);
    // Comments go first, then tags, then runs of white space; at last entities become characters.
    std::string plain;
    for (size_t at = 0; at < s.size();) {
        size_t open = s.find("<!--", at);
        size_t close = open == std::string_view::npos ? open : s.find("-->", open + 4);
        if (close == std::string_view::npos) {
            plain += s.substr(at);
            break;
        }
        plain += s.substr(at, open - at);
        at = close + 3;
    }
    std::string untagged;
    for (size_t at = 0; at < plain.size();) {
        size_t open = plain.find('<', at);
        size_t close = open == std::string::npos ? open : plain.find('>', open);
        if (close == std::string::npos) {
            untagged += plain.substr(at);
            break;
        }
        untagged += plain.substr(at, open - at);
        at = close + 1;
    }
    std::string words;
    bool space = false;
    for (size_t at = 0; at < untagged.size();) {
        size_t begin = at;
        uint32_t c = text::decode(untagged, &at);
        if (text::is_space(c)) {
            space = !words.empty();
            continue;
        }
        if (space) words += ' ';
        space = false;
        words.append(untagged, begin, at - begin);
    }
    return r.text_value(unescape_html(words));
}

namespace {

void quote(Renderer& r, std::string_view s, bool for_query) {
    static const char kHex[] = "0123456789ABCDEF";
    for (char ch : s) {
        auto c = static_cast<unsigned char>(ch);
        bool plain = (c < 0x80 && text::is_alnum(c)) || c == '_' || c == '.' || c == '-' || c == '~' ||
                     (c == '/' && !for_query);
        if (plain) {
            r.out().append(ch);
        } else if (c == ' ' && for_query) {
            r.out().append('+');
        } else {
            const char code[] = {'%', kHex[c >> 4], kHex[c & 15]};
            r.out().append(std::string_view(code, 3));
        }
    }
}

}  // namespace

Value filter_urlencode(Renderer& r, const Value& v, const Arguments& arguments) {
    no_arguments(r, arguments, "urlencode");
    bool pairs = v.is_container() || v.is(Value::Kind::undefined);
    if (!pairs) {
        std::string_view s = r.text_of(v);
        size_t mark = r.out().size();
        quote(r, s, false);
        return r.take_output(mark);
    }
    std::vector<std::pair<std::string_view, std::string_view>> items;
    if (v.is(Value::Kind::map)) {
        Container::Cursor cursor;
        Value key, value;
        while (v.next(&cursor, &key, &value)) items.emplace_back(r.text_of(key), r.text_of(value));
    } else {
        Iterator it = r.iterate(v);
        Value item;
        while (it.next(&item)) {
            r.charge(1);
            ListObject* pair = r.list_of(item);
            if (pair->size != 2) r.fail("urlencode needs pairs");
            items.emplace_back(r.text_of(pair->items[0]), r.text_of(pair->items[1]));
        }
    }
    size_t mark = r.out().size();
    bool first = true;
    for (const auto& [key, value] : items) {
        if (!first) r.out().append('&');
        first = false;
        quote(r, key, true);
        r.out().append('=');
        quote(r, value, true);
    }
    return r.take_output(mark);
}

Value filter_xmlattr(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "xmlattr", {"autospace"});
    bool space = p.flag(0, true);
    r.refuse_undefined(v);
    if (!v.is(Value::Kind::map))
        r.fail(std::string("xmlattr needs a mapping, not ") + Renderer::type_name(v));
    r.charge(v.size());
    size_t mark = r.out().size();
    Container::Cursor cursor;
    Value key, value;
    bool first = true;
    while (v.next(&cursor, &key, &value)) {
        if (value.is(Value::Kind::null) || value.is(Value::Kind::undefined)) continue;
        std::string_view name = r.string_argument(key, "an attribute's name");
        if (name.find_first_of(" \t\n\r\f\v/>=") != std::string_view::npos) {
            r.fail("Invalid character in attribute name: '" + std::string(name) + "'");
        }
        std::string_view shown = r.escaped(value).view();
        if (!first || space) r.out().append(' ');
        first = false;
        r.out().append(r.escaped(key).view());
        r.out().append("=\"");
        r.out().append(shown);
        r.out().append('"');
    }
    return r.take_output(mark, r.autoescape() ? kSafe : 0);
}

Value filter_urlize(Renderer& r, const Value& v, const Arguments& arguments) {
    Parameters<5> p(r, arguments, "urlize", {"trim_url_limit", "nofollow", "target", "rel", "extra_schemes"});
    UrlizeOptions options;
    if (!p.none(0)) options.limit = r.integer_argument(p[0], "urlize's trim_url_limit");
    std::vector<std::string> rel;
    auto add_words = [&](std::string_view s) {
        while (true) {
            s = text::strip_left(s);
            if (s.empty()) return;
            size_t end = 0;
            while (end < s.size() && !text::is_space(static_cast<unsigned char>(s[end]))) ++end;
            rel.emplace_back(s.substr(0, end));
            s.remove_prefix(end);
        }
    };
    if (!p.none(3)) add_words(r.string_argument(p[3], "urlize's rel"));
    if (p.flag(1, false)) rel.emplace_back("nofollow");
    rel.emplace_back("noopener");
    std::sort(rel.begin(), rel.end());
    rel.erase(std::unique(rel.begin(), rel.end()), rel.end());
    for (const std::string& word : rel) options.rel += (options.rel.empty() ? "" : " ") + word;
    if (!p.none(2)) options.target = r.string_argument(p[2], "urlize's target");
    if (!p.none(4)) {
        ListObject* schemes = r.list_of(p[4]);
        for (uint32_t i = 0; i < schemes->size; ++i) {
            std::string_view scheme = r.string_argument(schemes->items[i], "urlize's scheme");
            if (!is_scheme(scheme)) r.fail("'" + std::string(scheme) + "' is not a valid URI scheme prefix");
            options.schemes.emplace_back(scheme);
        }
    }
    Value s = soft_text(r, v);
    std::string_view source = r.escaped(s).view();
    size_t mark = r.out().size();
    urlize(r, source, options);
    return r.take_output(mark, r.autoescape() ? kSafe : 0);
}

}  // namespace pgprompt
