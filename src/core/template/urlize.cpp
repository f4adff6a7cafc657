#include "core/template/urlize.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "core/template/text.h"

namespace pgprompt {
namespace {

bool ends_with(std::string_view s, std::string_view end) {
    return s.size() >= end.size() && s.substr(s.size() - end.size()) == end;
}
bool starts_with(std::string_view s, std::string_view begin) {
    return s.substr(0, begin.size()) == begin;
}

size_t count_of(std::string_view s, std::string_view what) {
    size_t count = 0;
    for (size_t at = s.find(what); at != std::string_view::npos; at = s.find(what, at + what.size())) ++count;
    return count;
}

// What makes a word a link: a web address, a mail address.
class Patterns {
 public:
    Patterns()
        : http_(address(), options()), mail_("\\S+@[\\pL\\pN_][\\pL\\pN_.-]*\\.[\\pL\\pN_]+", options()) {}
    bool is_address(std::string_view s) const { return matches(http_, s); }
    bool is_mail(std::string_view s) const { return matches(mail_, s); }

 private:
    static RE2::Options options() {
        RE2::Options o;
        o.set_case_sensitive(false);
        o.set_log_errors(false);
        return o;
    }
    static std::string address() {
        const std::string name = "[\\pL\\pN_%-]";
        const std::string host =
            "(?:https?://|www\\.)(?:(?:" + name + "+\\.)+)?(?:[a-z]{2,63}|xn--[\\pL\\pN_%]{2,59})";
        const std::string domain = "(?:" + name + "{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)";
        const std::string number =
            "https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}|\\[(?:[\\da-f]{0,4}:){2}(?:[\\da-f]{0,4}:?){1,6}\\])";
        return "(?:" + host + "|" + domain + "|" + number + ")(?::\\d{1,5})?(?:[/?#]\\S*)?";
    }
    static bool matches(const RE2& re, std::string_view s) {
        return RE2::FullMatch(re2::StringPiece(s.data(), s.size()), re);
    }
    RE2 http_, mail_;
};

}  // namespace

bool is_scheme(std::string_view s) {
    size_t slashes = 0;
    while (slashes < 2 && ends_with(s, "/")) {
        s.remove_suffix(1);
        ++slashes;
    }
    if (!ends_with(s, ":")) return false;
    s.remove_suffix(1);
    if (text::length(s) < 2) return false;
    for (size_t at = 0; at < s.size();) {
        uint32_t c = text::decode(s, &at);
        if (!text::is_word(c) && c != '.' && c != '+' && c != '-') return false;
    }
    return true;
}

void urlize(Renderer& r, std::string_view source, const UrlizeOptions& options) {
    Patterns patterns;
    Output& out = r.out();
    std::string rel = " rel=\"" + options.rel + "\"";
    std::string target;
    if (!options.target.empty()) {
        target =
            " target=\"" + std::string(r.escaped(Value::of(std::string_view(options.target))).view()) + "\"";
    }
    auto link = [&](std::string_view prefix, std::string_view url, std::string_view attributes,
                    std::string_view shown) {
        out.append("<a href=\"");
        out.append(prefix);
        out.append(url);
        out.append('"');
        out.append(attributes);
        out.append('>');
        if (options.limit >= 0 && !attributes.empty() &&
            text::length(shown) > static_cast<uint64_t>(options.limit)) {
            out.append(shown.substr(0, text::offset(shown, static_cast<size_t>(options.limit))));
            out.append("...");
        } else {
            out.append(shown);
        }
        out.append("</a>");
    };
    std::string attributes = rel + target;
    for (size_t at = 0; at < source.size();) {
        size_t begin = at;
        bool space = false;
        while (at < source.size()) {
            size_t next = at;
            bool is_space = text::is_space(text::decode(source, &next));
            if (at == begin) space = is_space;
            if (is_space != space) break;
            at = next;
        }
        std::string_view word = source.substr(begin, at - begin);
        if (space) {
            out.append(word);
            continue;
        }
        r.charge(4 + word.size() / 8);
        std::string_view middle = word;
        size_t head = 0;
        while (true) {
            if (head < word.size() && (word[head] == '(' || word[head] == '<'))
                ++head;
            else if (starts_with(word.substr(head), "&lt;"))
                head += 4;
            else
                break;
        }
        middle.remove_prefix(head);
        std::string_view tail;
        size_t end = middle.size();
        while (end > 0) {
            if (std::memchr(")>.,\n", middle[end - 1], 5))
                --end;
            else if (ends_with(middle.substr(0, end), "&gt;"))
                end -= 4;
            else
                break;
        }
        size_t middle_length = end;
        tail = middle.substr(end);
        // Brackets opened in the link are closed in it, too.
        static const char* const kPairs[][2] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};
        for (const auto& pair : kPairs) {
            std::string_view now = middle.substr(0, middle_length);
            size_t open = count_of(now, pair[0]);
            if (open <= count_of(now, pair[1])) continue;
            for (size_t n = std::min(open, count_of(tail, pair[1])); n > 0; --n) {
                size_t moved = tail.find(pair[1]) + std::strlen(pair[1]);
                middle_length += moved;
                tail.remove_prefix(moved);
            }
        }
        middle = middle.substr(0, middle_length);
        out.append(word.substr(0, head));
        if (patterns.is_address(middle)) {
            bool has_scheme = starts_with(middle, "https://") || starts_with(middle, "http://");
            link(has_scheme ? "" : "https://", middle, attributes, middle);
        } else if (starts_with(middle, "mailto:") && patterns.is_mail(middle.substr(7))) {
            link("", middle, {}, middle.substr(7));
        } else if (middle.find('@') != std::string_view::npos && !starts_with(middle, "www.") &&
                   middle[0] != '@' && middle.find(':') == std::string_view::npos &&
                   patterns.is_mail(middle)) {
            link("mailto:", middle, {}, middle);
        } else {
            bool linked = false;
            for (const std::string& scheme : options.schemes) {
                if (middle == scheme || !starts_with(middle, scheme)) continue;
                link("", middle, attributes, middle);
                linked = true;
                break;
            }
            if (!linked) out.append(middle);
        }
        out.append(tail);
    }
}

std::string unescape_html(std::string_view s) {
    struct Entity {
        std::string_view name;
        uint32_t code;
    };
    static constexpr Entity kEntities[] = {
        {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
        {"nbsp", 0xa0},    {"copy", 0xa9},    {"reg", 0xae},     {"trade", 0x2122}, {"hellip", 0x2026},
        {"mdash", 0x2014}, {"ndash", 0x2013}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c},
        {"rdquo", 0x201d}, {"laquo", 0xab},   {"raquo", 0xbb},   {"euro", 0x20ac},  {"pound", 0xa3},
        {"yen", 0xa5},     {"cent", 0xa2},    {"sect", 0xa7},    {"deg", 0xb0},     {"middot", 0xb7},
        {"bull", 0x2022},  {"times", 0xd7},   {"auml", 0xe4},    {"ouml", 0xf6},    {"uuml", 0xfc},
        {"Auml", 0xc4},    {"Ouml", 0xd6},    {"Uuml", 0xdc},    {"szlig", 0xdf},   {"eacute", 0xe9},
        {"egrave", 0xe8},
    };
    std::string result;
    for (size_t at = 0; at < s.size();) {
        size_t amp = s.find('&', at);
        if (amp == std::string_view::npos) {
            result += s.substr(at);
            break;
        }
        result += s.substr(at, amp - at);
        size_t end = s.find(';', amp);
        std::string_view name =
            end == std::string_view::npos ? std::string_view() : s.substr(amp + 1, end - amp - 1);
        uint32_t code = 0;
        if (name.size() > 1 && name.size() < 10 && name[0] == '#') {
            bool hex = name[1] == 'x' || name[1] == 'X';
            for (char c : name.substr(hex ? 2 : 1)) {
                int digit = c >= '0' && c <= '9'                        ? c - '0'
                            : hex && (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                                        : -1;
                if (digit < 0) {
                    code = 0;
                    break;
                }
                code = code * (hex ? 16 : 10) + static_cast<uint32_t>(digit);
            }
            if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd;
        } else {
            for (const Entity& entity : kEntities)
                if (entity.name == name) code = entity.code;
        }
        if (code) {
            text::append(&result, code);
            at = end + 1;
        } else {
            result += '&';
            at = amp + 1;
        }
    }
    return result;
}

}  // namespace pgprompt
