#include "core/guardrail/normalise.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#include <cstring>
#include <vector>

#include "core/guardrail/data/lookalikes.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

constexpr uint32_t kTableSize = 0x3000;
constexpr uint16_t kKeep = 0;
constexpr uint16_t kDrop = 1;

const UNormalizer2* compatibility_forms() {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2* nfkd = unorm2_getNFKDInstance(&status);
    if (U_FAILURE(status)) throw Failure(Code::internal, "ICU has no normalisation data");
    return nfkd;
}

bool is_general_mark(uint32_t c) {
    return (c >= 0x0300 && c <= 0x036F) || (c >= 0x0483 && c <= 0x0489) || (c >= 0x1AB0 && c <= 0x1AFF) ||
           (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

// In full: one letter may become several, such as sharp s.
void append_folded(UChar32 c, std::string* out) {
    UChar letter[2];
    int32_t size = 0;
    U16_APPEND_UNSAFE(letter, size, c);
    UChar form[8];
    UErrorCode status = U_ZERO_ERROR;
    const int32_t length = u_strFoldCase(form, 8, letter, size, U_FOLD_CASE_DEFAULT, &status);
    if (U_FAILURE(status)) {
        append_utf8(static_cast<uint32_t>(c), out);
        return;
    }
    for (int32_t at = 0; at < length;) {
        UChar32 part;
        U16_NEXT(form, at, length, part);
        append_utf8(static_cast<uint32_t>(part), out);
    }
}

// One character behind a decomposition, as it is to be kept.
void append_simple(uint32_t c, std::string* out) {
    if (is_general_mark(c) || is_hidden(c)) return;
    if (c < 0x80) {
        out->push_back(static_cast<char>(c));
        return;
    }
    const auto code = static_cast<UChar32>(c);
    const int32_t digit = u_charDigitValue(code);
    if (digit >= 0 && digit <= 9 && u_charType(code) == U_DECIMAL_DIGIT_NUMBER) {
        out->push_back(static_cast<char>('0' + digit));
        return;
    }
    switch (u_charType(code)) {
        case U_DASH_PUNCTUATION:
            out->push_back('-');
            return;
        case U_SPACE_SEPARATOR:
            out->push_back(' ');
            return;
        case U_LINE_SEPARATOR:
        case U_PARAGRAPH_SEPARATOR:
            out->push_back('\n');
            return;
        default:
            break;
    }
    switch (c) {
        case 0x2018:
        case 0x2019:
        case 0x201A:
        case 0x201B:
        case 0x2032:
            out->push_back('\'');
            return;
        case 0x201C:
        case 0x201D:
        case 0x201E:
        case 0x201F:
        case 0x00AB:
        case 0x00BB:
        case 0x2033:
            out->push_back('"');
            return;
        case 0x2212:
            out->push_back('-');
            return;
        case 0x2044:
        case 0x2215:
            out->push_back('/');
            return;
        case 0x3002:
            out->push_back('.');
            return;
        default:
            append_folded(code, out);
    }
}

// What stands for a character beyond ASCII.
void append_normal(uint32_t c, std::string* out) {
    if (is_hidden(c) || is_general_mark(c)) return;
    UErrorCode status = U_ZERO_ERROR;
    UChar form[40];
    // Syllables and ideographs stay whole; only their compatibility forms are resolved.
    const bool hangul = c >= 0xAC00 && c <= 0xD7A3;
    const int32_t size =
        hangul ? -1
               : unorm2_getDecomposition(compatibility_forms(), static_cast<UChar32>(c), form, 40, &status);
    if (size < 0 || U_FAILURE(status)) {
        append_simple(c, out);
        return;
    }
    for (int32_t at = 0; at < size;) {
        UChar32 part;
        U16_NEXT(form, at, size, part);
        append_simple(static_cast<uint32_t>(part), out);
    }
}

// append_normal() for the characters of most alphabets, looked up once.
class FoldTable {
 public:
    FoldTable() : action_(kTableSize, kKeep) {
        texts_.resize(2);
        std::string own;
        std::string normal;
        for (uint32_t c = 0x80; c < kTableSize; ++c) {
            own.clear();
            normal.clear();
            append_utf8(c, &own);
            append_normal(c, &normal);
            if (normal == own) continue;
            if (normal.empty()) {
                action_[c] = kDrop;
                continue;
            }
            action_[c] = static_cast<uint16_t>(texts_.size());
            texts_.push_back(normal);
        }
    }
    uint16_t action(uint32_t c) const { return action_[c]; }
    const std::string& text(uint16_t action) const { return texts_[action]; }

 private:
    std::vector<uint16_t> action_;
    std::vector<std::string> texts_;
};

const FoldTable& fold_table() {
    static const FoldTable table;
    return table;
}

// The capital (A to Z) that a Greek or Cyrillic capital looks like, or 0. Its small letter may look like
// another, or like none.
char capital_lookalike(uint32_t c) {
    switch (c) {
        case 0x0391:
        case 0x0410:
            return 'A';
        case 0x0392:
        case 0x0412:
            return 'B';
        case 0x03F9:
        case 0x0421:
            return 'C';
        case 0x0395:
        case 0x0415:
            return 'E';
        case 0x050C:
            return 'G';
        case 0x0397:
        case 0x041D:
            return 'H';
        case 0x0399:
        case 0x0406:
        case 0x04C0:
            return 'I';
        case 0x037F:
        case 0x0408:
            return 'J';
        case 0x039A:
        case 0x041A:
            return 'K';
        case 0x039C:
        case 0x041C:
            return 'M';
        case 0x039D:
            return 'N';
        case 0x039F:
        case 0x041E:
            return 'O';
        case 0x03A1:
        case 0x0420:
            return 'P';
        case 0x051A:
            return 'Q';
        case 0x0405:
            return 'S';
        case 0x03A4:
        case 0x0422:
            return 'T';
        case 0x0474:
            return 'V';
        case 0x051C:
            return 'W';
        case 0x03A7:
        case 0x0425:
            return 'X';
        case 0x03A5:
        case 0x04AE:
        case 0x0423:
            return 'Y';
        case 0x0396:
            return 'Z';
        default:
            return 0;
    }
}

char latin_of(uint32_t c, bool capitals) {
    const char capital = capitals ? capital_lookalike(c) : '\0';
    return capital != 0 ? capital : lookalike(c);
}

bool is_dropped_control(unsigned char c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v') || c == 0x7F;
}

}  // namespace

bool is_hidden(uint32_t c) {
    if (c < 0xA0) return c >= 0x7F || is_dropped_control(static_cast<unsigned char>(c));
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 ||
           (c >= 0xFFF9 && c <= 0xFFFB);
}

bool is_plain(std::string_view text) noexcept {
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        if ((word & 0x8080808080808080u) != 0) return false;
        // Some byte below 0x20, or 0x7F.
        if ((((word - 0x2020202020202020u) | (word + 0x0101010101010101u)) & 0x8080808080808080u) == 0)
            continue;
        for (size_t i = at; i < at + 8; ++i) {
            if (is_dropped_control(static_cast<unsigned char>(text[i]))) return false;
        }
    }
    for (; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c >= 0x80 || is_dropped_control(c)) return false;
    }
    return true;
}

bool has_capital_lookalike(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        const uint32_t c = next_code_point(text, &at);
        if (c >= 0x37F && c <= 0x51C && capital_lookalike(c) != 0) return true;
    }
    return false;
}

void normalise(std::string_view text, Poll poll, std::string* out, OffsetMap* map, bool keep_capitals) {
    const FoldTable& table = fold_table();
    out->clear();
    out->reserve(text.size());
    std::string buffer;
    size_t polled = 0;
    for (size_t at = 0; at < text.size();) {
        if (at - polled > 32768) {
            polled = at;
            if (poll != nullptr && poll()) throw Failure(Code::cancelled, "cancelled");
        }
        size_t plain = at;
        while (plain < text.size() && static_cast<unsigned char>(text[plain]) < 0x80 &&
               !is_dropped_control(static_cast<unsigned char>(text[plain]))) {
            ++plain;
        }
        if (plain > at) {
            out->append(text.substr(at, plain - at));
            map->copied(static_cast<uint32_t>(at), static_cast<uint32_t>(plain - at));
            at = plain;
            continue;
        }
        const size_t start = at;
        const uint32_t c = next_code_point(text, &at);
        if (c < 0x80) continue;  // a control character
        const std::string* replacement = nullptr;
        if (c < kTableSize) {
            const uint16_t action = table.action(c);
            if (action == kDrop) continue;
            if (action != kKeep && !(keep_capitals && capital_lookalike(c) != 0))
                replacement = &table.text(action);
        } else if (!((c >= 0x3400 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) ||
                     (c >= 0x3041 && c <= 0x3096))) {
            buffer.clear();
            append_normal(c, &buffer);
            if (buffer.empty()) continue;
            if (buffer != text.substr(start, at - start)) replacement = &buffer;
        }
        if (replacement == nullptr) {
            out->append(text.substr(start, at - start));
            map->copied(static_cast<uint32_t>(start), static_cast<uint32_t>(at - start));
        } else {
            out->append(*replacement);
            map->replaced(static_cast<uint32_t>(start), static_cast<uint32_t>(at - start),
                          static_cast<uint32_t>(replacement->size()));
        }
    }
}

std::string folded(std::string_view text) {
    std::string out;
    OffsetMap map;
    normalise(text, nullptr, &out, &map);
    for (char& c : out) c = to_ascii_lower(c);
    return out;
}

bool unmask_lookalikes(std::string_view text, Poll poll, std::string* out, OffsetMap* map, bool capitals) {
    size_t polled = 0;
    const auto check = [&](size_t at) {
        if (at - polled < 32768) return;
        polled = at;
        if (poll != nullptr && poll()) throw Failure(Code::cancelled, "cancelled");
    };
    // A text of another script is not read as Latin: most of its letters look like none.
    size_t latin = 0;
    size_t imitating = 0;
    size_t other = 0;
    for (size_t at = 0; at < text.size();) {
        check(at);
        const uint32_t c = next_code_point(text, &at);
        if (c < 0x80) {
            latin += is_ascii_alpha(static_cast<unsigned char>(c));
        } else if (latin_of(c, capitals) != 0) {
            ++imitating;
        } else {
            other += u_isalpha(static_cast<UChar32>(c)) != 0;
        }
    }
    if (imitating == 0) return false;
    const bool mostly_latin = (latin + imitating) * 20 >= (latin + imitating + other) * 17;

    out->clear();
    out->reserve(text.size());
    bool changed = false;
    polled = 0;
    for (size_t at = 0; at < text.size();) {
        check(at);
        // A word: up to the next ASCII character that is no letter or digit.
        const size_t start = at;
        size_t end = at;
        size_t word_latin = 0;
        size_t word_imitating = 0;
        while (end < text.size()) {
            const size_t here = end;
            const uint32_t c = next_code_point(text, &end);
            if (c < 0x80 && !is_ascii_alnum(static_cast<unsigned char>(c))) {
                end = here == start ? end : here;
                break;
            }
            word_latin += c < 0x80 && is_ascii_alpha(static_cast<unsigned char>(c));
            word_imitating += c >= 0x80 && latin_of(c, capitals) != 0;
        }
        if (word_imitating == 0 || !(word_latin > 0 || mostly_latin)) {
            out->append(text.substr(start, end - start));
            map->copied(static_cast<uint32_t>(start), static_cast<uint32_t>(end - start));
            at = end;
            continue;
        }
        while (at < end) {
            check(at);
            const size_t here = at;
            const uint32_t c = next_code_point(text, &at);
            const char letter = c < 0x80 ? '\0' : latin_of(c, capitals);
            if (letter == 0) {
                out->append(text.substr(here, at - here));
                map->copied(static_cast<uint32_t>(here), static_cast<uint32_t>(at - here));
            } else {
                out->push_back(letter);
                map->replaced(static_cast<uint32_t>(here), static_cast<uint32_t>(at - here), 1);
                changed = true;
            }
        }
    }
    return changed;
}

}  // namespace pgprompt::guardrail
