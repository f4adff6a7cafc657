#include "core/template/text.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstring>

#include "core/status.h"

namespace pgprompt::text {

uint32_t decode(std::string_view s, size_t* at) noexcept {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
    size_t i = *at;
    uint32_t c = byte(i);
    if (c < 0x80) {
        *at = i + 1;
        return c;
    }
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    if (more == 0 || i + more >= s.size()) {
        *at = i + 1;
        return c;
    }
    uint32_t value = c & (0x3f >> more);
    for (int k = 1; k <= more; ++k) {
        if ((byte(i + k) & 0xc0) != 0x80) {
            *at = i + 1;
            return c;
        }
        value = value << 6 | (byte(i + k) & 0x3f);
    }
    *at = i + more + 1;
    return value;
}

uint32_t decode_back(std::string_view s, size_t* at) noexcept {
    size_t i = *at - 1;
    while (i > 0 && *at - i < 4 && (static_cast<unsigned char>(s[i]) & 0xc0) == 0x80) --i;
    size_t end = i;
    uint32_t c = decode(s, &end);
    if (end != *at) {
        i = *at - 1;
        c = static_cast<unsigned char>(s[i]);
    }
    *at = i;
    return c;
}

void append(std::string* to, uint32_t c) {
    if (c < 0x80) {
        to->push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        to->push_back(static_cast<char>(0xc0 | c >> 6));
        to->push_back(static_cast<char>(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        to->push_back(static_cast<char>(0xe0 | c >> 12));
        to->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
        to->push_back(static_cast<char>(0x80 | (c & 0x3f)));
    } else {
        to->push_back(static_cast<char>(0xf0 | c >> 18));
        to->push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
        to->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
        to->push_back(static_cast<char>(0x80 | (c & 0x3f)));
    }
}

bool is_ascii(std::string_view s) noexcept {
    const char* p = s.data();
    size_t n = s.size();
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;
        std::memcpy(&word, p, 8);
        if (word & 0x8080808080808080u) return false;
    }
    for (; n; ++p, --n)
        if (*p & 0x80) return false;
    return true;
}

bool is_valid_utf8(std::string_view s) noexcept {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
    for (size_t i = 0; i < s.size();) {
        unsigned c = byte(i);
        if (c < 0x80) {
            ++i;
            for (uint64_t word; i + 8 <= s.size(); i += 8) {
                std::memcpy(&word, s.data() + i, 8);
                if (word & 0x8080808080808080u) break;
            }
            continue;
        }
        size_t more = c >= 0xf0 && c <= 0xf4 ? 3 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0 ? 1 : 0;
        if (more == 0 || i + more >= s.size()) return false;
        unsigned second = byte(i + 1);
        unsigned low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        unsigned high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high) return false;
        for (size_t k = 2; k <= more; ++k)
            if ((byte(i + k) & 0xc0) != 0x80) return false;
        i += more + 1;
    }
    return true;
}

size_t length(std::string_view s) noexcept {
    size_t count = 0;
    for (char c : s) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

size_t offset(std::string_view s, size_t index) noexcept {
    size_t i = 0;
    for (; i < s.size(); ++i) {
        if ((static_cast<unsigned char>(s[i]) & 0xc0) == 0x80) continue;
        if (index-- == 0) break;
    }
    return i;
}

bool is_space(uint32_t c) noexcept {
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_line_break(uint32_t c) noexcept {
    return (c >= 10 && c <= 13) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

std::string_view strip_left(std::string_view s) noexcept {
    size_t at = 0;
    while (at < s.size()) {
        size_t next = at;
        if (!is_space(decode(s, &next))) break;
        at = next;
    }
    return s.substr(at);
}

std::string_view strip_right(std::string_view s) noexcept {
    size_t end = s.size();
    while (end > 0) {
        size_t before = end;
        if (!is_space(decode_back(s, &before))) break;
        end = before;
    }
    return s.substr(0, end);
}

namespace {

bool contains(std::string_view set, uint32_t c) {
    for (size_t at = 0; at < set.size();)
        if (decode(set, &at) == c) return true;
    return false;
}

}  // namespace

std::string_view strip_left(std::string_view s, std::string_view set) noexcept {
    size_t at = 0;
    while (at < s.size()) {
        size_t next = at;
        if (!contains(set, decode(s, &next))) break;
        at = next;
    }
    return s.substr(at);
}

std::string_view strip_right(std::string_view s, std::string_view set) noexcept {
    size_t end = s.size();
    while (end > 0) {
        size_t before = end;
        if (!contains(set, decode_back(s, &before))) break;
        end = before;
    }
    return s.substr(0, end);
}

namespace {

icu::UnicodeString wide(std::string_view s) {
    return icu::UnicodeString::fromUTF8(icu::StringPiece(s.data(), static_cast<int32_t>(s.size())));
}

std::string narrow(const icu::UnicodeString& s) {
    std::string result;
    s.toUTF8String(result);
    return result;
}

std::string narrow_title(uint32_t c) {
    icu::UnicodeString one(static_cast<UChar32>(c));
    return narrow(one.toTitle(nullptr, icu::Locale::getRoot(),
                              U_TITLECASE_NO_LOWERCASE | U_TITLECASE_NO_BREAK_ADJUSTMENT));
}

}  // namespace

std::string upper(std::string_view s) {
    if (is_ascii(s)) {
        std::string result(s);
        for (char& c : result)
            if (c >= 'a' && c <= 'z') c -= 32;
        return result;
    }
    return narrow(wide(s).toUpper(icu::Locale::getRoot()));
}

std::string lower(std::string_view s) {
    if (is_ascii(s)) {
        std::string result(s);
        for (char& c : result)
            if (c >= 'A' && c <= 'Z') c += 32;
        return result;
    }
    return narrow(wide(s).toLower(icu::Locale::getRoot()));
}

std::string case_fold(std::string_view s) {
    return narrow(wide(s).foldCase());
}

namespace {

constexpr uint32_t kCapitalSigma = 0x3a3;

bool has_property(uint32_t c, UProperty property) {
    return u_hasBinaryProperty(static_cast<UChar32>(c), property) != 0;
}

// The character between `begin` and `end` of s in lower case: a sigma at the end of a word has a form of its
// own.
std::string lower_within(std::string_view s, size_t begin, size_t end, uint32_t c) {
    if (c != kCapitalSigma) return lower(s.substr(begin, end - begin));
    bool cased_before = false;
    for (size_t at = begin; at > 0;) {
        do --at;
        while (at > 0 && (s[at] & 0xc0) == 0x80);
        size_t next = at;
        const uint32_t before = decode(s, &next);
        if (has_property(before, UCHAR_CASE_IGNORABLE)) continue;
        cased_before = has_property(before, UCHAR_CASED);
        break;
    }
    bool cased_behind = false;
    for (size_t at = end; cased_before && at < s.size();) {
        const uint32_t behind = decode(s, &at);
        if (has_property(behind, UCHAR_CASE_IGNORABLE)) continue;
        cased_behind = has_property(behind, UCHAR_CASED);
        break;
    }
    return cased_before && !cased_behind ? "\xcf\x82" : "\xcf\x83";
}

}  // namespace

std::string title(std::string_view s) {
    std::string result;
    bool cased = false;
    size_t at = 0;
    while (at < s.size()) {
        size_t begin = at;
        uint32_t c = decode(s, &at);
        if (c < 0x80) {
            char a = static_cast<char>(c);
            bool up = a >= 'A' && a <= 'Z', low = a >= 'a' && a <= 'z';
            if (low && !cased) a -= 32;
            if (up && cased) a += 32;
            result.push_back(a);
            cased = up || low;
            continue;
        }
        result += cased ? lower_within(s, begin, at, c) : narrow_title(c);
        cased = is_cased(c);
    }
    return result;
}

std::string capitalize(std::string_view s) {
    if (s.empty()) return {};
    size_t at = 0;
    uint32_t first = decode(s, &at);
    // The whole in lower case, as a sigma at its end looks at what is before it.
    return narrow_title(first) + lower(s).substr(lower(s.substr(0, at)).size());
}

std::string swap_case(std::string_view s) {
    std::string result;
    for (size_t at = 0; at < s.size();) {
        size_t begin = at;
        uint32_t c = decode(s, &at);
        std::string_view one = s.substr(begin, at - begin);
        if (is_upper(c))
            result += lower_within(s, begin, at, c);
        else if (is_lower(c))
            result += upper(one);
        else
            result += one;
    }
    return result;
}

bool is_alpha(uint32_t c) noexcept {
    if (c < 0x80) return (c | 32) >= 'a' && (c | 32) <= 'z';
    switch (u_charType(static_cast<UChar32>(c))) {
        case U_UPPERCASE_LETTER:
        case U_LOWERCASE_LETTER:
        case U_TITLECASE_LETTER:
        case U_MODIFIER_LETTER:
        case U_OTHER_LETTER:
            return true;
        default:
            return false;
    }
}

bool is_decimal(uint32_t c) noexcept {
    if (c < 0x80) return c >= '0' && c <= '9';
    return u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER;
}

bool is_digit(uint32_t c) noexcept {
    if (c < 0x80) return c >= '0' && c <= '9';
    auto type = u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE);
    return type == U_NT_DECIMAL || type == U_NT_DIGIT;
}

bool is_numeric(uint32_t c) noexcept {
    if (c < 0x80) return c >= '0' && c <= '9';
    return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

bool is_upper(uint32_t c) noexcept {
    if (c < 0x80) return c >= 'A' && c <= 'Z';
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_UPPERCASE);
}

bool is_lower(uint32_t c) noexcept {
    if (c < 0x80) return c >= 'a' && c <= 'z';
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_LOWERCASE);
}

bool is_title(uint32_t c) noexcept {
    return c >= 0x80 && u_charType(static_cast<UChar32>(c)) == U_TITLECASE_LETTER;
}

bool is_cased(uint32_t c) noexcept {
    return is_upper(c) || is_lower(c) || is_title(c);
}

bool is_printable(uint32_t c) noexcept {
    if (c < 0x80) return c >= 0x20 && c < 0x7f;
    switch (u_charType(static_cast<UChar32>(c))) {
        case U_CONTROL_CHAR:
        case U_FORMAT_CHAR:
        case U_SURROGATE:
        case U_PRIVATE_USE_CHAR:
        case U_UNASSIGNED:
        case U_LINE_SEPARATOR:
        case U_PARAGRAPH_SEPARATOR:
        case U_SPACE_SEPARATOR:
            return false;
        default:
            return true;
    }
}

bool is_identifier_start(uint32_t c) noexcept {
    if (c < 0x80) return is_alpha(c) || c == '_';
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_XID_START);
}

bool is_identifier_part(uint32_t c) noexcept {
    if (c < 0x80) return is_alpha(c) || c == '_' || (c >= '0' && c <= '9');
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_XID_CONTINUE);
}

}  // namespace pgprompt::text
