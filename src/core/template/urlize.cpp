#include "core/template/urlize.h"

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

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}
bool is_hex(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

bool starts_with_any_case(std::string_view s, std::string_view begin) {
    if (s.size() < begin.size()) return false;
    for (size_t i = 0; i < begin.size(); ++i)
        if (lower(s[i]) != begin[i]) return false;
    return true;
}

// Whether s is `least` to `most` characters of words and of `more`.
bool is_label(std::string_view s, std::string_view more, size_t least, size_t most) {
    size_t count = 0;
    for (size_t at = 0; at < s.size(); ++count) {
        uint32_t c = text::decode(s, &at);
        if (!text::is_word(c) && (c >= 0x80 || more.find(static_cast<char>(c)) == std::string_view::npos))
            return false;
    }
    return count >= least && count <= most;
}

bool is_top_domain(std::string_view s) {
    if (starts_with_any_case(s, "xn--") && is_label(s.substr(4), "%", 2, 59)) return true;
    return s.size() >= 2 && s.size() <= 63 && std::all_of(s.begin(), s.end(), is_letter);
}

bool is_common_domain(std::string_view s) {
    static constexpr std::string_view kCommon[] = {"com", "net", "int", "edu", "gov", "org", "info", "mil"};
    return std::any_of(std::begin(kCommon), std::end(kCommon), [&](std::string_view d) {
        return s.size() == d.size() && starts_with_any_case(s, d);
    });
}

bool is_ipv4(std::string_view s) {
    int groups = 0;
    while (true) {
        size_t dot = std::min(s.find('.'), s.size());
        if (dot < 1 || dot > 3 || !std::all_of(s.begin(), s.begin() + dot, is_digit)) return false;
        ++groups;
        if (dot == s.size()) return groups == 4;
        s.remove_prefix(dot + 1);
    }
}

// In brackets: two groups with colons, then up to six whose colons may be missing.
bool is_ipv6(std::string_view s) {
    if (s.size() < 2 || s.front() != '[' || s.back() != ']') return false;
    s = s.substr(1, s.size() - 2);
    size_t at = 0;
    for (int group = 0; group < 8; ++group) {
        for (int digits = 0; digits < 4 && at < s.size() && is_hex(s[at]); ++digits) ++at;
        bool colon = at < s.size() && s[at] == ':';
        if (!colon && group < 2) return false;
        at += colon;
    }
    return at == s.size();
}

// A web address: scheme or "www." and a host, or a host below a common top domain; a port; a path.
bool is_address(std::string_view s) {
    bool scheme = starts_with_any_case(s, "http://") || starts_with_any_case(s, "https://");
    std::string_view rest = s;
    if (scheme) rest.remove_prefix(s.find("//") + 2);
    size_t end = rest.empty() || rest[0] != '[' ? 0 : rest.find(']');
    if (end == std::string_view::npos) return false;
    end = std::min(rest.find_first_of(":/?#", end), rest.size());
    std::string_view host = rest.substr(0, end);
    rest.remove_prefix(end);
    if (!rest.empty() && rest[0] == ':') {
        size_t digits = 1;
        while (digits < rest.size() && is_digit(rest[digits])) ++digits;
        if (digits < 2 || digits > 6) return false;
        rest.remove_prefix(digits);
    }
    if (!rest.empty() && rest[0] != '/' && rest[0] != '?' && rest[0] != '#') return false;
    if (scheme && (is_ipv4(host) || is_ipv6(host))) return true;
    size_t dot = host.rfind('.');
    std::string_view top = dot == std::string_view::npos ? host : host.substr(dot + 1);
    auto labels = [&](std::string_view names, size_t least, size_t most) {
        while (true) {
            size_t next = std::min(names.find('.'), names.size());
            if (!is_label(names.substr(0, next), "%-", least, most)) return false;
            if (next == names.size()) return true;
            names.remove_prefix(next + 1);
        }
    };
    if (scheme || starts_with_any_case(s, "www.")) {
        std::string_view names = dot == std::string_view::npos ? std::string_view() : host.substr(0, dot);
        if (is_top_domain(top) &&
            (names.empty() ? dot == std::string_view::npos : labels(names, 1, SIZE_MAX)))
            return true;
    }
    return !scheme && dot != std::string_view::npos && is_common_domain(top) &&
           labels(host.substr(0, dot), 2, 63);
}

bool is_mail(std::string_view s) {
    size_t at = s.rfind('@');
    if (at == std::string_view::npos || at == 0) return false;
    std::string_view domain = s.substr(at + 1);
    size_t dot = domain.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || !is_label(domain.substr(dot + 1), "", 1, SIZE_MAX))
        return false;
    size_t first = 0;
    return text::is_word(text::decode(domain, &first)) && is_label(domain.substr(0, dot), ".-", 1, SIZE_MAX);
}

// A word without spaces: brackets and punctuation around what may be a link.
struct Word {
    std::string_view head, middle, tail;
};

size_t size_of_head(std::string_view word) {
    size_t size = 0;
    while (true) {
        if (size < word.size() && (word[size] == '(' || word[size] == '<'))
            ++size;
        else if (starts_with(word.substr(size), "&lt;"))
            size += 4;
        else
            return size;
    }
}

// Where the punctuation at the end of the text begins.
size_t begin_of_tail(std::string_view s) {
    size_t end = s.size();
    while (end > 0) {
        if (std::memchr(")>.,\n", s[end - 1], 5))
            --end;
        else if (ends_with(s.substr(0, end), "&gt;"))
            end -= 4;
        else
            break;
    }
    return end;
}

// Brackets opened in the middle are closed in it, too.
Word take_apart(std::string_view word) {
    const size_t head = size_of_head(word);
    const std::string_view rest = word.substr(head);
    size_t end = begin_of_tail(rest);
    static const char* const kPairs[][2] = {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};
    for (const auto& [opening, closing] : kPairs) {
        const size_t open = count_of(rest.substr(0, end), opening);
        if (open <= count_of(rest.substr(0, end), closing)) continue;
        for (size_t n = std::min(open, count_of(rest.substr(end), closing)); n > 0; --n)
            end = rest.find(closing, end) + std::strlen(closing);
    }
    return {word.substr(0, head), rest.substr(0, end), rest.substr(end)};
}

// The run of spaces, or of other characters, that begins the text.
std::string_view first_run(std::string_view s, bool* is_space) {
    size_t at = 0;
    while (at < s.size()) {
        size_t next = at;
        const bool space = text::is_space(text::decode(s, &next));
        if (at == 0) *is_space = space;
        if (space != *is_space) break;
        at = next;
    }
    return s.substr(0, at);
}

class LinkWriter {
 public:
    LinkWriter(Renderer& r, const UrlizeOptions& options) : out_(r.out()), options_(options) {
        attributes_ = " rel=\"" + options.rel + "\"";
        if (options.target.empty()) return;
        const Value target = r.escaped(Value::of(std::string_view(options.target)));
        attributes_ += " target=\"" + std::string(target.view()) + "\"";
    }

    // The text as it is, or as a link if it is an address.
    void write(std::string_view s) {
        if (is_address(s)) {
            const bool has_scheme = starts_with(s, "https://") || starts_with(s, "http://");
            link(has_scheme ? "" : "https://", s, attributes_, s);
        } else if (starts_with(s, "mailto:") && is_mail(s.substr(7))) {
            link("", s, {}, s.substr(7));
        } else if (is_bare_mail(s)) {
            link("mailto:", s, {}, s);
        } else if (has_further_scheme(s)) {
            link("", s, attributes_, s);
        } else {
            out_.append(s);
        }
    }

 private:
    static bool is_bare_mail(std::string_view s) {
        return s.find('@') != std::string_view::npos && s[0] != '@' && !starts_with(s, "www.") &&
               s.find(':') == std::string_view::npos && is_mail(s);
    }

    bool has_further_scheme(std::string_view s) const {
        return std::any_of(options_.schemes.begin(), options_.schemes.end(),
                           [&](const std::string& scheme) { return s != scheme && starts_with(s, scheme); });
    }

    void link(std::string_view prefix, std::string_view url, std::string_view attributes,
              std::string_view shown) {
        out_.append("<a href=\"");
        out_.append(prefix);
        out_.append(url);
        out_.append('"');
        out_.append(attributes);
        out_.append('>');
        const bool is_mail_link = attributes.empty();
        if (options_.limit >= 0 && !is_mail_link &&
            text::length(shown) > static_cast<uint64_t>(options_.limit)) {
            out_.append(shown.substr(0, text::offset(shown, static_cast<size_t>(options_.limit))));
            out_.append("...");
        } else {
            out_.append(shown);
        }
        out_.append("</a>");
    }

    Output& out_;
    const UrlizeOptions& options_;
    std::string attributes_;
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
    LinkWriter links(r, options);
    while (!source.empty()) {
        bool is_space;
        const std::string_view run = first_run(source, &is_space);
        source.remove_prefix(run.size());
        if (is_space) {
            r.out().append(run);
            continue;
        }
        r.charge(4 + run.size() / 8);
        const Word word = take_apart(run);
        r.out().append(word.head);
        links.write(word.middle);
        r.out().append(word.tail);
    }
}

}  // namespace pgprompt
