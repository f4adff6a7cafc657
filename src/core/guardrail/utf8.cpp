#include "core/guardrail/utf8.h"

#include <cstring>

namespace pgprompt::guardrail {

size_t ascii_prefix(std::string_view text) noexcept {
    size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        uint64_t word;
        std::memcpy(&word, text.data() + i, 8);
        if ((word & 0x8080808080808080u) != 0) break;
    }
    while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
    return i;
}

bool is_utf8(std::string_view text) noexcept {
    size_t i = ascii_prefix(text);
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
    while (i < text.size()) {
        const unsigned char lead = byte(i);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        size_t length = 0;
        unsigned char low = 0x80;
        unsigned char high = 0xBF;
        if (lead >= 0xC2 && lead <= 0xDF) {
            length = 2;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            length = 3;
            if (lead == 0xE0) low = 0xA0;
            if (lead == 0xED) high = 0x9F;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            length = 4;
            if (lead == 0xF0) low = 0x90;
            if (lead == 0xF4) high = 0x8F;
        } else {
            return false;
        }
        if (text.size() - i < length || byte(i + 1) < low || byte(i + 1) > high) return false;
        for (size_t k = 2; k < length; ++k) {
            if ((byte(i + k) & 0xC0) != 0x80) return false;
        }
        i += length;
    }
    return true;
}

void append_utf8(uint32_t c, std::string* out) {
    if (c < 0x80) {
        out->push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        out->push_back(static_cast<char>(0xC0 | c >> 6));
        out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        out->push_back(static_cast<char>(0xE0 | c >> 12));
        out->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
        out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
    } else {
        out->push_back(static_cast<char>(0xF0 | c >> 18));
        out->push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
        out->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
        out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
    }
}

size_t count_characters(std::string_view text) noexcept {
    size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

uint32_t CharacterCounter::at(uint32_t byte) {
    constexpr size_t kStride = 1024;
    if (byte <= ascii_) return byte;
    if (marks_.empty()) marks_.push_back(static_cast<uint32_t>(ascii_));
    const size_t mark = (byte - ascii_) / kStride;
    while (marks_.size() <= mark) {
        const size_t from = ascii_ + (marks_.size() - 1) * kStride;
        marks_.push_back(marks_.back() +
                         static_cast<uint32_t>(count_characters(text_.substr(from, kStride))));
    }
    const size_t from = ascii_ + mark * kStride;
    return marks_[mark] + static_cast<uint32_t>(count_characters(text_.substr(from, byte - from)));
}

}  // namespace pgprompt::guardrail
