// UTF-8 by hand: the few operations every part of the guardrail needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgprompt::guardrail {

inline bool is_ascii_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}
inline bool is_ascii_upper(unsigned char c) {
    return c >= 'A' && c <= 'Z';
}
inline bool is_ascii_lower(unsigned char c) {
    return c >= 'a' && c <= 'z';
}
inline bool is_ascii_alpha(unsigned char c) {
    return is_ascii_lower(c | 0x20);
}
inline bool is_ascii_alnum(unsigned char c) {
    return is_ascii_digit(c) || is_ascii_alpha(c);
}
inline bool is_ascii_hex(unsigned char c) {
    return is_ascii_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}
inline char to_ascii_lower(char c) {
    return is_ascii_upper(static_cast<unsigned char>(c)) ? static_cast<char>(c | 0x20) : c;
}

// True for well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). NUL is allowed.
bool is_utf8(std::string_view text) noexcept;

// The length of the leading ASCII part.
size_t ascii_prefix(std::string_view text) noexcept;

// Decodes the character at `at` of well-formed text and moves `at` behind it.
inline uint32_t next_code_point(std::string_view text, size_t* at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(*at);
    if (lead < 0x80) return text[(*at)++];
    if (lead < 0xE0) {
        const uint32_t c = (lead & 0x1Fu) << 6 | (byte(*at + 1) & 0x3Fu);
        *at += 2;
        return c;
    }
    if (lead < 0xF0) {
        const uint32_t c = (lead & 0x0Fu) << 12 | (byte(*at + 1) & 0x3Fu) << 6 | (byte(*at + 2) & 0x3Fu);
        *at += 3;
        return c;
    }
    const uint32_t c = (lead & 0x07u) << 18 | (byte(*at + 1) & 0x3Fu) << 12 | (byte(*at + 2) & 0x3Fu) << 6 |
                       (byte(*at + 3) & 0x3Fu);
    *at += 4;
    return c;
}

// The start of the character before `at` (at > 0).
inline size_t previous_start(std::string_view text, size_t at) {
    do {
        --at;
    } while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    return at;
}

void append_utf8(uint32_t code_point, std::string* out);

// The number of characters in well-formed text.
size_t count_characters(std::string_view text) noexcept;

// Turns growing byte positions into character positions in one pass.
class CharacterCounter {
 public:
    explicit CharacterCounter(std::string_view text) : text_(text), ascii_(ascii_prefix(text)) {}
    // Positions may come in any order; each costs no more than a short stretch of the text once.
    uint32_t at(uint32_t byte);

 private:
    std::string_view text_;
    size_t ascii_;
    std::vector<uint32_t> marks_;  // characters before every so many bytes behind the ASCII part
};

}  // namespace pgprompt::guardrail
