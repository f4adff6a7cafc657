// Readings of escaped characters: percent encoding, HTML entities, backslash escapes.
#include "core/guardrail/decode.h"
#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

uint32_t hex_value(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return is_ascii_digit(byte) ? byte - '0' : (byte | 0x20u) - 'a' + 10u;
}

bool is_character(uint32_t c) {
    return c > 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

// Up to `most` hexadecimal digits at `at`; how many there were.
size_t read_hex(std::string_view text, size_t at, size_t most, uint32_t* value) {
    size_t digits = 0;
    *value = 0;
    while (digits < most && at + digits < text.size() &&
           is_ascii_hex(static_cast<unsigned char>(text[at + digits]))) {
        *value = *value * 16 + hex_value(text[at + digits++]);
    }
    return digits;
}

struct Named {
    std::string_view name;
    uint32_t character;
};
constexpr Named kNamed[] = {{"lt;", '<'},    {"gt;", '>'},   {"amp;", '&'},    {"quot;", '"'},
                            {"apos;", '\''}, {"nbsp;", ' '}, {"commat;", '@'}, {"period;", '.'}};

// &#65; &#x41; &lt;
size_t read_entity(std::string_view text, size_t at, uint32_t* c) {
    if (text.size() - at < 3) return 0;
    if (text[at + 1] != '#') {
        for (const Named& named : kNamed) {
            if (text.substr(at + 1, named.name.size()) == named.name) {
                *c = named.character;
                return named.name.size() + 1;
            }
        }
        return 0;
    }
    size_t i = at + 2;
    *c = 0;
    if ((text[i] | 0x20) == 'x') {
        const size_t digits = read_hex(text, i + 1, 6, c);
        if (digits == 0) return 0;
        i += 1 + digits;
    } else {
        const size_t first = i;
        while (i < text.size() && i - first < 7 && is_ascii_digit(static_cast<unsigned char>(text[i]))) {
            *c = *c * 10 + static_cast<uint32_t>(text[i++] - '0');
        }
        if (i == first) return 0;
    }
    if (i < text.size() && text[i] == ';') ++i;
    return is_character(*c) ? i - at : 0;
}

// \u0041 \u{41} \U00000041 \x41, surrogate pairs included
size_t read_backslash(std::string_view text, size_t at, uint32_t* c) {
    if (text.size() - at < 4) return 0;
    const char kind = text[at + 1];
    if (kind == 'x') {
        return read_hex(text, at + 2, 2, c) == 2 && *c < 0x80 && is_character(*c) ? 4 : 0;
    }
    if (kind != 'u' && kind != 'U') return 0;
    if (text[at + 2] == '{') {
        const size_t digits = read_hex(text, at + 3, 6, c);
        const size_t end = at + 3 + digits;
        return digits > 0 && end < text.size() && text[end] == '}' && is_character(*c) ? digits + 4 : 0;
    }
    const size_t wanted = kind == 'u' ? 4 : 8;
    if (read_hex(text, at + 2, wanted, c) != wanted) return 0;
    uint32_t low = 0;
    if (*c >= 0xD800 && *c <= 0xDBFF && text.substr(at + 6, 2) == "\\u" &&
        read_hex(text, at + 8, 4, &low) == 4 && low >= 0xDC00 && low <= 0xDFFF) {
        *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
        return 12;
    }
    return is_character(*c) ? wanted + 2 : 0;
}

// %41, and the several bytes of a character beyond ASCII.
size_t read_percent(std::string_view text, size_t at, std::string* bytes) {
    bytes->clear();
    uint32_t value = 0;
    size_t i = at;
    size_t wanted = 1;
    while (bytes->size() < wanted && i + 2 < text.size() + 0 && text[i] == '%' &&
           read_hex(text, i + 1, 2, &value) == 2) {
        bytes->push_back(static_cast<char>(value));
        if (bytes->size() == 1) wanted = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : value >= 0xC0 ? 2 : 1;
        i += 3;
    }
    return bytes->size() == wanted && (*bytes)[0] != 0 && is_utf8(*bytes) ? i - at : 0;
}

}  // namespace

bool decode_escapes(std::string_view text, Poll poll, std::string* out, OffsetMap* map) {
    Pacer pacer(poll);
    bool changed = false;
    bool percent = false;
    std::string bytes;
    for (size_t at = 0; at < text.size();) {
        pacer.reached(at);
        size_t length = 0;
        uint32_t c = 0;
        bytes.clear();
        if (text[at] == '%') {
            length = read_percent(text, at, &bytes);
            percent = percent || length > 0;
        } else if (text[at] == '&') {
            length = read_entity(text, at, &c);
        } else if (text[at] == '\\') {
            length = read_backslash(text, at, &c);
        } else if (text[at] == '+' && percent) {
            length = 1;
            c = ' ';
        }
        if (length == 0) {
            out->push_back(text[at]);
            map->copied(static_cast<uint32_t>(at), 1);
            ++at;
            continue;
        }
        if (bytes.empty()) append_utf8(c, &bytes);
        out->append(bytes);
        map->replaced(static_cast<uint32_t>(at), static_cast<uint32_t>(length),
                      static_cast<uint32_t>(bytes.size()));
        at += length;
        changed = true;
    }
    return changed;
}

}  // namespace pgprompt::guardrail
