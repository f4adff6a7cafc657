// Addresses of the net: e-mail, URLs with credentials, IPv4, IPv6, MAC.
#include <algorithm>
#include <string>

#include "core/guardrail/detectors/pii_scan.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

bool is_local_character(unsigned char c) {
    constexpr std::string_view kSigns = "._%+-'&=!#$*/?^`{|}~";
    return is_ascii_alnum(c) || (c != 0 && kSigns.find(static_cast<char>(c)) != std::string_view::npos);
}

// A letter of an alphabet written with spaces between words, at `i`: Latin with marks, Greek, Cyrillic. Its
// length, or 0.
size_t letter_beyond_ascii(const PiiScan& scan, size_t i) {
    const unsigned char lead = scan.at(i);
    if (lead < 0xC3 || lead > 0xD4 || (lead == 0xC3 && (scan.at(i + 1) == 0x97 || scan.at(i + 1) == 0xB7)))
        return 0;
    return 2;
}

// Ends of file names, not top-level domains: logo@2x.png
bool is_file_ending(std::string_view name) {
    static constexpr std::string_view kEndings[] = {
        "png", "jpg", "jpeg", "gif", "svg", "webp", "js",  "css", "json", "html", "htm", "txt",
        "pdf", "csv", "tsx",  "jsx", "py",  "php",  "xml", "yml", "yaml", "ico",  "mp4", "mp3"};
    for (const std::string_view ending : kEndings) {
        if (name.size() == ending.size() &&
            std::equal(name.begin(), name.end(), ending.begin(),
                       [](char a, char b) { return to_ascii_lower(a) == b; })) {
            return true;
        }
    }
    return false;
}

bool is_hex_pair(const PiiScan& scan, size_t at) {
    return is_ascii_hex(scan.at(at)) && is_ascii_hex(scan.at(at + 1));
}

}  // namespace

void scan_email(PiiScan& scan, size_t at_sign) {
    const std::string_view text = scan.text();
    size_t start = at_sign;
    while (start > 0 && at_sign - start < 64) {
        if (is_local_character(scan.before(start))) {
            --start;
        } else if (start > 1 && letter_beyond_ascii(scan, start - 2) == 2) {
            start -= 2;
        } else {
            break;
        }
    }
    // Markup and punctuation around an address are no part of it.
    while (start < at_sign && !is_ascii_alnum(scan.at(start)) && scan.at(start) < 0x80 &&
           scan.at(start) != '_' && scan.at(start) != '+') {
        ++start;
    }
    // Of name=ann@example.com, mailto/ann@example.com and the like the last part.
    for (size_t i = start; i < at_sign; ++i) {
        const unsigned char c = scan.at(i);
        if (c == '=' || c == '/' || c == '|' || c == '?' || c == '`' || c == '*' || c == '{' || c == '}')
            start = i + 1;
    }
    if (start == at_sign || scan.before(at_sign) == '.' || (scan.at(start) & 0xC0) == 0x80) return;
    if (text.substr(start, at_sign - start).find("..") != std::string_view::npos) return;
    size_t end = at_sign + 1;
    size_t last_dot = 0;
    size_t label = 0;
    while (end < text.size() && end - at_sign < 255) {
        const unsigned char c = scan.at(end);
        if (is_ascii_alnum(c) || (c == '-' && label > 0)) {
            ++label;
        } else if (letter_beyond_ascii(scan, end) == 2) {
            ++end;
            ++label;
        } else if (c == '.' && label > 0 &&
                   (is_ascii_alnum(scan.at(end + 1)) || letter_beyond_ascii(scan, end + 1) == 2)) {
            last_dot = end;
            label = 0;
        } else {
            break;
        }
        ++end;
    }
    while (end > at_sign && scan.before(end) == '-') --end;
    if (last_dot == 0) return;
    std::string_view top = text.substr(last_dot + 1, end - last_dot - 1);
    // A sentence may begin right behind: ann@example.com.Please
    if (top.size() > 3 && is_ascii_upper(static_cast<unsigned char>(top[0])) &&
        is_ascii_lower(static_cast<unsigned char>(top[1])) && is_ascii_lower(scan.before(last_dot))) {
        const size_t dot = text.rfind('.', last_dot - 1);
        if (dot != std::string_view::npos && dot > at_sign) {
            end = last_dot;
            top = text.substr(dot + 1, end - dot - 1);
        }
    }
    if (top.size() < 2 || top.size() > 24) return;
    for (const char c : top) {
        const auto byte = static_cast<unsigned char>(c);
        if (!is_ascii_alpha(byte) && byte < 0x80 && top.substr(0, 4) != "xn--") return;
    }
    if (is_file_ending(top)) return;
    // git@host:path is where a repository lies; user:password@host is a URL's matter.
    if (text.substr(start, at_sign - start) == "git" && scan.at(end) == ':') return;
    scan.found(Pii::email, start, end, 0.95, false);
}

void scan_url(PiiScan& scan, size_t colon) {
    const std::string_view text = scan.text();
    if (colon < scan.url_end) return;  // inside another one
    size_t start = colon;
    while (start > 0 && colon - start < 24 &&
           (is_ascii_alnum(scan.before(start)) || scan.before(start) == '+' || scan.before(start) == '-' ||
            scan.before(start) == '.')) {
        --start;
    }
    if (start == colon || !is_ascii_alpha(scan.at(start))) return;
    // user:password@host
    size_t i = colon + 3;
    size_t split = 0;
    while (i < text.size() && i - colon < 320 && scan.at(i) > ' ' && scan.at(i) != '/' && scan.at(i) != '@' &&
           scan.at(i) != '"' && scan.at(i) != '\'' && scan.at(i) != '<') {
        if (scan.at(i) == ':' && split == 0) split = i;
        ++i;
    }
    // A password may hold a slash or another @: the last @ before the host counts.
    size_t at_sign = scan.at(i) == '@' ? i : 0;
    if (at_sign == 0 || split == 0 || split == colon + 3 || split + 1 >= at_sign) return;
    size_t end = at_sign + 1;
    while (end < text.size() && scan.at(end) > ' ' && scan.at(end) != '"' && scan.at(end) != '\'' &&
           scan.at(end) != '<' && scan.at(end) != '>' && scan.at(end) != '`' && scan.at(end) != ')' &&
           scan.at(end) < 0x80) {
        ++end;
    }
    while (end > at_sign + 1 &&
           (scan.before(end) == '.' || scan.before(end) == ',' || scan.before(end) == ';'))
        --end;
    scan.url_end = end;
    const std::string_view password = text.substr(split + 1, at_sign - split - 1);
    const bool sample = password.find('<') != std::string_view::npos ||
                        password.find('{') != std::string_view::npos || password.find('$') == 0 ||
                        password.find('*') == 0;
    scan.found(Pii::url_credentials, start, end, sample ? 0.4 : 0.97, !sample);
}

// One to three digits and a dot.
bool is_short_number(const PiiScan& scan, size_t start) {
    size_t digits = 0;
    while (digits < 4 && is_ascii_digit(scan.at(start + digits))) ++digits;
    return digits < 4 && scan.at(start + digits) == '.';
}

void scan_dotted(PiiScan& scan, size_t start) {
    if (scan.wants(Pii::ip_address) && is_ascii_digit(scan.at(start)) && is_short_number(scan, start)) {
        const unsigned char left = scan.before(start);
        if (left == '.' || is_ascii_alnum(left) || left == '_') return;
        if (left == '-' && start > 1 && is_ascii_alnum(scan.before(start - 1))) return;
        size_t at = start;
        int octets = 0;
        bool wide = false;
        bool first_zero = false;
        while (octets < 4) {
            size_t digits = 0;
            int value = 0;
            while (digits < 4 && is_ascii_digit(scan.at(at))) {
                value = value * 10 + (scan.at(at) - '0');
                ++digits;
                ++at;
            }
            if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && scan.at(at - digits) == '0'))
                return;
            if (octets == 0 && value == 0) first_zero = true;
            wide = wide || digits > 1;
            if (++octets < 4 && scan.at(at++) != '.') return;
        }
        if (is_ascii_alnum(scan.at(at)) || scan.at(at) == '_' ||
            (scan.at(at) == '.' && is_ascii_digit(scan.at(at + 1))))
            return;
        if (scan.at(at) == '-' && is_ascii_alnum(scan.at(at + 1))) return;
        double score = wide && !first_zero ? 0.85 : 0.4;
        const bool said = scan.near(Context::address_ip, start, at);
        if (said) score += 0.2;
        if (!said && scan.near(Context::version, start, at)) score = 0.3;
        // No computer of anybody's: the own one (127.*), all of them (255.255.255.255), a whole network (/24).
        const std::string_view address = scan.text().substr(start, at - start);
        const bool network = scan.at(at) == '/' && is_ascii_digit(scan.at(at + 1)) &&
                             address.substr(address.size() - 2) == ".0";
        if (address.substr(0, 4) == "127." || address == "255.255.255.255" || network) score = 0.3;
        scan.found(Pii::ip_address, start, at, score, false);
        return;
    }
    if (!scan.wants(Pii::mac_address)) return;
    // 01-23-45-67-89-ab
    if (scan.at(start + 2) == '-' && !is_ascii_alnum(scan.before(start)) && scan.before(start) != '-') {
        size_t at = start;
        int pairs = 0;
        while (pairs < 6 && is_hex_pair(scan, at) && (pairs == 5 || scan.at(at + 2) == '-')) {
            at += pairs == 5 ? 2 : 3;
            ++pairs;
        }
        if (pairs == 6 && !is_ascii_alnum(scan.at(at)) && scan.at(at) != '-') {
            scan.found(Pii::mac_address, start, at, 0.85, false);
        }
        return;
    }
    // 0123.4567.89ab
    size_t at = start;
    if (is_ascii_alnum(scan.before(start)) || scan.before(start) == '.') return;
    for (int group = 0; group < 3; ++group) {
        for (int i = 0; i < 4; ++i) {
            if (!is_ascii_hex(scan.at(at++))) return;
        }
        if (group < 2 && scan.at(at++) != '.') return;
    }
    if (is_ascii_alnum(scan.at(at)) || (scan.at(at) == '.' && is_ascii_alnum(scan.at(at + 1)))) return;
    const std::string_view address = scan.text().substr(start, at - start);
    const bool letters = std::any_of(address.begin(), address.end(),
                                     [](char c) { return is_ascii_alpha(static_cast<unsigned char>(c)); });
    scan.found(Pii::mac_address, start, at, letters ? 0.85 : 0.4, false);
}

// Behind four numbers up to 255 and the dots between them, or 0.
size_t ipv4_end(const PiiScan& scan, size_t at) {
    for (int octet = 0; octet < 4; ++octet) {
        int value = 0;
        size_t digits = 0;
        for (; digits < 4 && is_ascii_digit(scan.at(at)); ++at, ++digits)
            value = value * 10 + (scan.at(at) - '0');
        if (digits == 0 || value > 255) return 0;
        if (octet < 3 && scan.at(at++) != '.') return 0;
    }
    return is_ascii_alnum(scan.at(at)) || (scan.at(at) == '.' && is_ascii_digit(scan.at(at + 1))) ? 0 : at;
}

// IPv6 and MAC addresses, from their first colon.
void scan_colons(PiiScan& scan, size_t colon) {
    const std::string_view text = scan.text();
    size_t start = colon;
    while (start > 0 && colon - start < 4 && is_ascii_hex(scan.before(start))) --start;
    if (is_ascii_alnum(scan.before(start)) || scan.before(start) == ':' || scan.before(start) == '_') return;

    if (scan.wants(Pii::mac_address) && colon - start == 2) {
        size_t at = start;
        int pairs = 0;
        while (pairs < 6 && is_hex_pair(scan, at) && (pairs == 5 || scan.at(at + 2) == ':')) {
            at += pairs == 5 ? 2 : 3;
            ++pairs;
        }
        if (pairs == 6 && !is_ascii_alnum(scan.at(at)) && scan.at(at) != ':') {
            scan.found(Pii::mac_address, start, at, 0.9, false);
            return;
        }
    }
    if (!scan.wants(Pii::ip_address)) return;
    size_t at = start;
    int groups = 0;
    int digits_seen = 0;
    bool gap = false;
    while (at < text.size()) {
        if (scan.at(at) == ':' && scan.at(at + 1) == ':') {
            if (gap) return;
            gap = true;
            at += 2;
            if (!is_ascii_hex(scan.at(at))) break;
            continue;
        }
        size_t digits = 0;
        while (digits < 5 && is_ascii_hex(scan.at(at + digits))) {
            digits_seen += is_ascii_digit(scan.at(at + digits));
            ++digits;
        }
        if (digits == 0 || digits > 4) return;
        // The last two groups may be an IPv4 address: ::ffff:192.0.2.128
        if (const size_t tail = gap || groups == 6 ? ipv4_end(scan, at) : 0; tail != 0) {
            at = tail;
            groups += 2;
            digits_seen += 4;
            break;
        }
        at += digits;
        ++groups;
        if (scan.at(at) == ':' && is_ascii_hex(scan.at(at + 1)) && groups < 8) {
            ++at;
            continue;
        }
        if (scan.at(at) == ':' && scan.at(at + 1) == ':') continue;
        break;
    }
    if (is_ascii_alnum(scan.at(at)) || scan.at(at) == '_' ||
        (scan.at(at) == ':' && is_ascii_alnum(scan.at(at + 1))))
        return;
    if (gap ? groups > 7 : groups != 8) return;
    // std::dec or a::b is a name, not an address.
    if (groups < 1 || (digits_seen == 0 && groups < 4) ||
        (groups == 1 && !scan.near(Context::address_ip, start, at)))
        return;
    scan.found(Pii::ip_address, start, at, groups >= 3 ? 0.9 : 0.7, groups == 8);
}

}  // namespace pgprompt::guardrail
