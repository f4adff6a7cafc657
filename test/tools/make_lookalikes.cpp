// Prints src/core/guardrail/data/lookalikes.cpp: the letters beyond ASCII that look like one of a to z,
// derived from ICU's confusables data. A capital counts as the letter it looks like in capitals.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

std::string name_of(UChar32 c) {
    char buffer[128] = "";
    UErrorCode status = U_ZERO_ERROR;
    u_charName(c, U_UNICODE_CHAR_NAME, buffer, sizeof buffer, &status);
    return buffer;
}

// The letter of a small capital, which is what the skeletons of many Cyrillic letters end in.
UChar32 small_capital(UChar32 c) {
    static const std::string kPrefix = "LATIN LETTER SMALL CAPITAL ";
    const std::string name = name_of(c);
    if (c == 0x138) return 'k';
    return name.size() == kPrefix.size() + 1 && name.compare(0, kPrefix.size(), kPrefix) == 0
               ? name.back() + 32
               : 0;
}

// Letters that writers of disguised text use for their shape, which the skeletons do not know.
char by_custom(UChar32 c) {
    switch (c) {
        case 0x3B2:
            return 'b';
        case 0x3B5:
        case 0x454:
            return 'e';
        case 0x3B7:
        case 0x43F:
            return 'n';
        case 0x3BC:
        case 0xB5:
            return 'u';
        case 0x3C3:
            return 'o';
        case 0x3C7:
            return 'x';
        case 0x3C9:
            return 'w';
        default:
            return 0;
    }
}

// The one ASCII letter a character's skeleton consists of, or 0.
char skeleton_letter(const USpoofChecker* checker, UChar32 c) {
    UErrorCode status = U_ZERO_ERROR;
    UChar source[3];
    int32_t length = 0;
    U16_APPEND_UNSAFE(source, length, c);
    UChar skeleton[64];
    const int32_t size = uspoof_getSkeleton(checker, 0, source, length, skeleton, 64, &status);
    if (U_FAILURE(status)) return 0;
    // Marks do not matter: an o with a dot is still read as an o.
    char letter = 0;
    for (int32_t at = 0; at < size;) {
        UChar32 part;
        U16_NEXT(skeleton, at, size, part);
        if ((U_GET_GC_MASK(part) & U_GC_M_MASK) != 0) continue;
        if (part >= 0x80) part = small_capital(part);
        const bool ascii_letter = (part >= 'a' && part <= 'z') || (part >= 'A' && part <= 'Z');
        if (letter != 0 || !ascii_letter) return 0;
        letter = static_cast<char>(part);
    }
    return letter;
}

bool has_ascii_compatibility_form(const UNormalizer2* nfkd, UChar32 c) {
    UErrorCode status = U_ZERO_ERROR;
    UChar form[32];
    const int32_t size = unorm2_getDecomposition(nfkd, c, form, 32, &status);
    return size > 0 && form[0] < 0x80;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

int main() {
    UErrorCode status = U_ZERO_ERROR;
    USpoofChecker* checker = uspoof_open(&status);
    const UNormalizer2* nfkd = unorm2_getNFKDInstance(&status);
    if (U_FAILURE(status)) return 1;
    std::vector<std::pair<UChar32, char>> pairs;
    for (UChar32 c = 0x80; c <= 0x1FFFF; ++c) {
        if (!u_isalpha(c) && u_charType(c) != U_LETTER_NUMBER && u_charType(c) != U_OTHER_SYMBOL) continue;
        const UScriptCode script = uscript_getScript(c, &status);
        if (script == USCRIPT_HAN || script == USCRIPT_HANGUL || script == USCRIPT_HIRAGANA ||
            script == USCRIPT_KATAKANA || script == USCRIPT_ARABIC || script == USCRIPT_HEBREW) {
            continue;
        }
        if (has_ascii_compatibility_form(nfkd, c)) continue;
        const char own = skeleton_letter(checker, c);
        const UChar32 small = u_tolower(c);
        const char small_own = small != c ? skeleton_letter(checker, small) : 0;
        // The skeleton folds i, I, 1 and | into l: the small letter knows better.
        char letter = own != 0 && own != 'l' ? lower(own) : small_own != 0 ? lower(small_own) : own;
        if (letter == 0) letter = by_custom(c);
        const std::string name = name_of(c);
        // Letters that are a Latin letter by name: small capitals, turned and hooked ones.
        static const std::string kSmallCapital = "LATIN LETTER SMALL CAPITAL ";
        static const std::string kCircled = "NEGATIVE CIRCLED LATIN CAPITAL LETTER ";
        static const std::string kSquared = "NEGATIVE SQUARED LATIN CAPITAL LETTER ";
        static const std::string kRegional = "REGIONAL INDICATOR SYMBOL LETTER ";
        for (const std::string& prefix : {kSmallCapital, kCircled, kSquared, kRegional}) {
            if (name.size() == prefix.size() + 1 && name.compare(0, prefix.size(), prefix) == 0) {
                letter = lower(name.back());
            }
        }
        static const std::string kSmallWith = "LATIN SMALL LETTER ";
        static const std::string kCapitalWith = "LATIN CAPITAL LETTER ";
        for (const std::string& prefix : {kSmallWith, kCapitalWith}) {
            if (letter == 0 && name.size() > prefix.size() + 6 &&
                name.compare(0, prefix.size(), prefix) == 0 &&
                name.compare(prefix.size() + 1, 6, " WITH ") == 0) {
                letter = lower(name[prefix.size()]);
            }
        }
        for (const char* word : {"TURNED ", "OPEN ", "SCRIPT ", "REVERSED ", "DOTLESS "}) {
            const std::string prefix = kSmallWith + word;
            if (letter == 0 && name.size() == prefix.size() + 1 &&
                name.compare(0, prefix.size(), prefix) == 0) {
                letter = lower(name.back());
            }
        }
        if (letter >= 'a' && letter <= 'z') pairs.emplace_back(c, letter);
    }
    std::printf("// Printed by test/tools/make_lookalikes.cpp from ICU %s.\n", U_ICU_VERSION);
    std::printf(
        "#include \"core/guardrail/data/lookalikes.h\"\n\n#include <algorithm>\n#include <iterator>\n\n");
    std::printf("namespace pgprompt::guardrail {\nnamespace {\n\n");
    std::printf("// The code point, shifted by eight bits, and the letter.\nconstexpr uint32_t kPairs[] = {");
    for (size_t i = 0; i < pairs.size(); ++i) {
        std::printf("%s0x%06x,", i % 10 == 0 ? "\n    " : " ",
                    static_cast<unsigned>(pairs[i].first) << 8 | static_cast<unsigned char>(pairs[i].second));
    }
    std::printf("\n};\n\n}  // namespace\n\nchar lookalike(uint32_t code_point) {\n");
    std::printf(
        "    const uint32_t* found = std::lower_bound(std::begin(kPairs), std::end(kPairs), code_point << "
        "8);\n");
    std::printf(
        "    return found != std::end(kPairs) && *found >> 8 == code_point ? static_cast<char>(*found & 255) "
        ": 0;\n");
    std::printf("}\n\n}  // namespace pgprompt::guardrail\n");
    uspoof_close(checker);
    return 0;
}
