// Readings of runs of characters: base64, hexadecimal digits, tag characters, variation selectors.
#include "core/guardrail/decode.h"
#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

constexpr size_t kLeastBytes = 8;

int base64_value(unsigned char c) {
    if (is_ascii_upper(c)) return c - 'A';
    if (is_ascii_lower(c)) return c - 'a' + 26;
    if (is_ascii_digit(c)) return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

int hex_value(unsigned char c) {
    if (is_ascii_digit(c)) return c - '0';
    if (is_ascii_hex(c)) return (c | 0x20) - 'a' + 10;
    return -1;
}

// A stretch that was decoded to something readable; stretches are lines of the reading.
void append_stretch(std::string_view decoded, size_t start, size_t end, std::string* out, OffsetMap* map) {
    out->append(decoded);
    out->push_back('\n');
    map->replaced(static_cast<uint32_t>(start), static_cast<uint32_t>(end - start),
                  static_cast<uint32_t>(decoded.size() + 1));
}

// The readable beginning of the bytes.
std::string_view readable_part(std::string_view bytes) {
    size_t end = 0;
    while (end < bytes.size()) {
        const auto c = static_cast<unsigned char>(bytes[end]);
        if (c < 0x80) {
            if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F) break;
            ++end;
            continue;
        }
        const size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
        if (!is_utf8(bytes.substr(end, length)) || bytes.size() - end < length) break;
        end += length;
    }
    return bytes.substr(0, end);
}

}  // namespace

bool is_readable(std::string_view bytes) {
    if (bytes.size() < kLeastBytes) return false;
    size_t letters = 0;
    size_t digits = 0;
    for (const char byte : bytes) {
        const auto c = static_cast<unsigned char>(byte);
        letters += is_ascii_alpha(c) || c == ' ' || c >= 0x80;
        digits += is_ascii_digit(c);
    }
    // Numbers, such as a card's, have few letters; random bytes seldom have so few signs.
    return letters * 5 >= bytes.size() * 2 || (letters + digits) * 5 >= bytes.size() * 4;
}

bool decode_base64(std::string_view text, Poll poll, std::string* out, OffsetMap* map) {
    const auto value_at = [&](size_t i) { return base64_value(static_cast<unsigned char>(text[i])); };
    Pacer pacer(poll);
    for (size_t at = 0; at < text.size();) {
        pacer.reached(at);
        if (value_at(at) < 0) {
            ++at;
            continue;
        }
        // A run, which may go on behind a line break.
        size_t end = at;
        size_t line = at;
        std::string digits;
        while (end < text.size()) {
            pacer.did(1);
            if (value_at(end) >= 0) {
                digits.push_back(text[end++]);
                continue;
            }
            size_t next = end;
            while (next < text.size() && (text[next] == '\n' || text[next] == '\r')) ++next;
            if (next == end || end - line < 40 || next == text.size() || value_at(next) < 0) break;
            end = line = next;
        }
        const size_t start = at;
        at = end;
        while (at < text.size() && text[at] == '=') ++at;
        if (digits.size() < 12) continue;
        // Something may stick to the front, such as a slash: try the other alignments.
        for (size_t skip = 0; skip < 4; ++skip) {
            std::string bytes;
            uint32_t bits = 0;
            int have = 0;
            for (size_t i = skip; i < digits.size(); ++i) {
                bits = bits << 6 | static_cast<uint32_t>(base64_value(static_cast<unsigned char>(digits[i])));
                have += 6;
                pacer.did(1);
                if (have >= 8) {
                    have -= 8;
                    bytes.push_back(static_cast<char>(bits >> have & 255));
                    if (bytes.size() == 12 && readable_part(bytes).size() < 9) break;
                }
            }
            const std::string_view readable = readable_part(bytes);
            if (readable.size() * 10 >= (digits.size() - skip) * 6 && is_readable(readable)) {
                append_stretch(readable, start + skip, at, out, map);
                break;
            }
        }
    }
    return !out->empty();
}

bool decode_hexadecimal(std::string_view text, Poll poll, std::string* out, OffsetMap* map) {
    const auto digit = [&](size_t i) {
        return i < text.size() ? hex_value(static_cast<unsigned char>(text[i])) : -1;
    };
    const auto pair_at = [&](size_t i) { return digit(i) >= 0 && digit(i + 1) >= 0; };
    // \x41 or 0x41 or 41
    const auto prefix = [&](size_t i) -> size_t {
        if (i + 1 < text.size() && (text[i] == '\\' || text[i] == '0') && (text[i + 1] | 0x20) == 'x')
            return 2;
        return 0;
    };
    Pacer pacer(poll);
    for (size_t at = 0; at < text.size();) {
        pacer.reached(at);
        const bool fresh = at == 0 || !is_ascii_alnum(static_cast<unsigned char>(text[at - 1]));
        if (!fresh || !pair_at(at + prefix(at))) {
            ++at;
            continue;
        }
        const size_t start = at;
        size_t end = at;
        std::string bytes;
        size_t i = at;
        while (pair_at(i + prefix(i))) {
            pacer.did(2);
            i += prefix(i);
            bytes.push_back(static_cast<char>(digit(i) << 4 | digit(i + 1)));
            i += 2;
            end = i;
            size_t gap = 0;
            while (gap < 2 && i < text.size() &&
                   (text[i] == ' ' || text[i] == ':' || text[i] == ',' || text[i] == '-')) {
                ++i;
                ++gap;
            }
        }
        at = end;
        const bool whole = end >= text.size() || !is_ascii_alnum(static_cast<unsigned char>(text[end]));
        const std::string_view readable = readable_part(bytes);
        if (whole && readable.size() * 10 >= bytes.size() * 9 && is_readable(readable)) {
            append_stretch(readable, start, end, out, map);
        }
        if (at == start) ++at;
    }
    return !out->empty();
}

bool decode_tags(std::string_view text, Poll poll, std::string* out, OffsetMap* map) {
    // All tag characters are four bytes long and begin F3 A0.
    if (text.find("\xF3\xA0") == std::string_view::npos) return false;
    size_t previous_end = 0;
    Pacer pacer(poll);
    for (size_t at = 0; at < text.size();) {
        pacer.reached(at);
        const size_t start = at;
        const uint32_t c = next_code_point(text, &at);
        if (c < 0xE0020 || c > 0xE007E) continue;
        if (!out->empty() && start != previous_end && start - previous_end > 8) {
            out->push_back(' ');
            map->replaced(static_cast<uint32_t>(start), 4, 1);
        }
        out->push_back(static_cast<char>(c - 0xE0000));
        map->replaced(static_cast<uint32_t>(start), 4, 1);
        previous_end = at;
    }
    return out->size() >= 4;
}

bool decode_selectors(std::string_view text, Poll poll, std::string* out, OffsetMap* map) {
    if (text.find("\xF3\xA0") == std::string_view::npos && text.find("\xEF\xB8") == std::string_view::npos)
        return false;
    // One byte a selector: 0 to 15 in the first block, 16 to 255 in the second.
    std::string bytes;
    std::vector<uint32_t> starts;
    std::vector<uint32_t> ends;
    Pacer pacer(poll);
    for (size_t at = 0; at < text.size();) {
        pacer.reached(at);
        const size_t start = at;
        const uint32_t c = next_code_point(text, &at);
        if (c >= 0xFE00 && c <= 0xFE0F) {
            bytes.push_back(static_cast<char>(c - 0xFE00));
        } else if (c >= 0xE0100 && c <= 0xE01EF) {
            bytes.push_back(static_cast<char>(c - 0xE0100 + 16));
        } else {
            continue;
        }
        starts.push_back(static_cast<uint32_t>(start));
        ends.push_back(static_cast<uint32_t>(at));
    }
    const std::string_view readable = readable_part(bytes);
    if (readable.size() != bytes.size() || !is_readable(readable)) return false;
    for (size_t i = 0; i < readable.size(); ++i) {
        pacer.did(1);
        // A character of several bytes is one stretch.
        size_t end = i + 1;
        while (end < readable.size() && (static_cast<unsigned char>(readable[end]) & 0xC0) == 0x80) ++end;
        out->append(readable.substr(i, end - i));
        map->replaced(starts[i], ends[end - 1] - starts[i], static_cast<uint32_t>(end - i));
        i = end - 1;
    }
    return true;
}

}  // namespace pgprompt::guardrail
