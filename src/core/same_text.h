// Equality of short texts, inline: names and keys of a few bytes, which memcmp's call would cost most of.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace pgprompt {

__attribute__((always_inline)) inline bool same_text(std::string_view a, std::string_view b) noexcept {
    const size_t size = a.size();
    if (size != b.size()) return false;
    const char *x = a.data(), *y = b.data();
    // Two words that overlap cover every length from one word to two.
    auto words = [&](auto word) {
        decltype(word) x1, x2, y1, y2;
        std::memcpy(&x1, x, sizeof word);
        std::memcpy(&y1, y, sizeof word);
        std::memcpy(&x2, x + size - sizeof word, sizeof word);
        std::memcpy(&y2, y + size - sizeof word, sizeof word);
        return ((x1 ^ y1) | (x2 ^ y2)) == 0;
    };
    if (size >= 8) return size <= 16 ? words(uint64_t{}) : std::memcmp(x, y, size) == 0;
    if (size >= 4) return words(uint32_t{});
    if (size >= 2) return words(uint16_t{});
    return size == 0 || *x == *y;
}

}  // namespace pgprompt
