#include "core/report/display_width.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace pgprompt {
namespace {

int width_of(UChar32 c) {
    if (c < 0) return 1;
    switch (u_charType(c)) {
        case U_NON_SPACING_MARK:
        case U_ENCLOSING_MARK:
        case U_FORMAT_CHAR:
        case U_CONTROL_CHAR:
            return 0;
        default:
            break;
    }
    if (c >= 0x1160 && c <= 0x11ff) return 0;  // vowels and finals that join a Hangul syllable
    const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace

int display_width(std::string_view text) {
    int width = 0;
    const auto length = static_cast<int32_t>(text.size());
    for (int32_t at = 0; at < length;) {
        UChar32 c;
        U8_NEXT(text.data(), at, length, c);
        width += width_of(c);
    }
    return width;
}

std::string fitted(std::string_view text, int width) {
    std::string out;
    int used = 0;
    const bool cut = display_width(text) > width;
    const auto length = static_cast<int32_t>(text.size());
    for (int32_t at = 0; at < length;) {
        const int32_t start = at;
        UChar32 c;
        U8_NEXT(text.data(), at, length, c);
        const bool control = c >= 0 && u_charType(c) == U_CONTROL_CHAR;
        const int columns = control ? 1 : width_of(c);
        if (used + columns > width - (cut ? 1 : 0)) break;
        used += columns;
        if (control) {
            out += ' ';
        } else {
            out.append(text.substr(static_cast<size_t>(start), static_cast<size_t>(at - start)));
        }
    }
    if (cut) {
        out += "\u2026";
        ++used;
    }
    if (used < width) out.append(static_cast<size_t>(width - used), ' ');
    return out;
}

}  // namespace pgprompt
