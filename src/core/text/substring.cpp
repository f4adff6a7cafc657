#include "core/text/substring.h"

#include <cstring>
#include <vector>

namespace pgprompt {
namespace {

constexpr size_t kShort = 32;  // up to here comparing at every place is linear enough

}  // namespace

// std::string_view's own search takes the product of the two lengths at worst; memmem does not.
size_t find_first(std::string_view text, std::string_view part, size_t from) noexcept {
    if (from > text.size()) return std::string_view::npos;
    if (part.size() <= kShort) return text.find(part, from);
    const void* at = memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return at == nullptr ? std::string_view::npos
                         : static_cast<size_t>(static_cast<const char*>(at) - text.data());
}

// Knuth, Morris and Pratt (1977), from the end to the beginning.
size_t find_last(std::string_view text, std::string_view part) {
    if (part.size() <= kShort || part.size() > text.size()) return text.rfind(part);
    const size_t size = part.size();
    const auto from_end = [](std::string_view s, size_t i) { return s[s.size() - 1 - i]; };
    std::vector<size_t> border(size + 1, 0);  // of the part's last i characters, the longest at both ends
    for (size_t i = 1, matched = 0; i < size; ++i) {
        while (matched > 0 && from_end(part, i) != from_end(part, matched)) matched = border[matched];
        if (from_end(part, i) == from_end(part, matched)) ++matched;
        border[i + 1] = matched;
    }
    for (size_t i = 0, matched = 0; i < text.size(); ++i) {
        while (matched > 0 && from_end(text, i) != from_end(part, matched)) matched = border[matched];
        if (from_end(text, i) == from_end(part, matched)) ++matched;
        if (matched == size) return text.size() - 1 - i;
    }
    return std::string_view::npos;
}

}  // namespace pgprompt
