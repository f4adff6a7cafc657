#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "core/guardrail/matcher.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

bool is_word_character(uint32_t c) {
    if (c < 0x80) return is_ascii_alnum(static_cast<unsigned char>(c));
    const auto code = static_cast<UChar32>(c);
    return u_isalnum(code) != 0 || (U_GET_GC_MASK(code) & U_GC_M_MASK) != 0;
}

bool is_written_without_spaces(uint32_t c) {
    if (c < 0x0E00) return false;
    UErrorCode status = U_ZERO_ERROR;
    switch (uscript_getScript(static_cast<UChar32>(c), &status)) {
        case USCRIPT_HAN:
        case USCRIPT_HIRAGANA:
        case USCRIPT_KATAKANA:
        case USCRIPT_KATAKANA_OR_HIRAGANA:
        case USCRIPT_HANGUL:
        case USCRIPT_BOPOMOFO:
        case USCRIPT_THAI:
        case USCRIPT_LAO:
        case USCRIPT_KHMER:
        case USCRIPT_MYANMAR:
        case USCRIPT_YI:
            return true;
        default:
            return c == 0x30FC;  // the kana length mark is shared between scripts
    }
}

}  // namespace

bool is_word_boundary(uint32_t left, uint32_t right) {
    if (!is_word_character(left) || !is_word_character(right)) return true;
    return is_written_without_spaces(left) || is_written_without_spaces(right);
}

}  // namespace pgprompt::guardrail
