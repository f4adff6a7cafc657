// The algorithms that several kinds of numbers share, and the numbers of banks and cards.
#include "core/guardrail/validators/checksums.h"

#include <cstdint>

#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

// Verhoeff's tables: the dihedral group of ten elements, and the permutations by position.
constexpr uint8_t kGroup[10][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
                                    {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
                                    {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
                                    {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
                                    {8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};
constexpr uint8_t kPermutation[8][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
                                         {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
                                         {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
                                         {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};

// Lengths of the ISO 13616 registry.
struct IbanLength {
    char country[3];
    uint8_t length;
};
constexpr IbanLength kIbanLengths[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27},
    {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
    {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27},
    {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28},
    {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31},
    {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30}};

int number(std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}

}  // namespace

bool luhn(std::string_view digits) {
    int sum = 0;
    bool twice = false;
    for (size_t i = digits.size(); i > 0; --i) {
        int digit = digits[i - 1] - '0';
        if (twice) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
        sum += digit;
        twice = !twice;
    }
    return !digits.empty() && sum % 10 == 0;
}

bool verhoeff(std::string_view digits) {
    int check = 0;
    for (size_t i = 0; i < digits.size(); ++i) {
        check = kGroup[check][kPermutation[i % 8][digits[digits.size() - 1 - i] - '0']];
    }
    return check == 0;
}

bool iso7064_mod11_10(std::string_view digits) {
    int product = 10;
    for (size_t i = 0; i + 1 < digits.size(); ++i) {
        int sum = (digits[i] - '0' + product) % 10;
        if (sum == 0) sum = 10;
        product = sum * 2 % 11;
    }
    return (11 - product) % 10 == digits.back() - '0';
}

int iso7064_mod97(std::string_view alphanumeric) {
    int remainder = 0;
    for (const char c : alphanumeric) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_ascii_digit(byte)) {
            remainder = (remainder * 10 + (c - '0')) % 97;
        } else {
            remainder = (remainder * 100 + (to_ascii_lower(c) - 'a' + 10)) % 97;
        }
    }
    return remainder;
}

bool is_date(int year, int month, int day) {
    static constexpr int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1 || day > kDays[month - 1]) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month != 2 || day < 29 || leap;
}

bool is_payment_card(std::string_view d) {
    if (d.size() < 13 || d.size() > 19 || !luhn(d)) return false;
    const int two = number(d.substr(0, 2));
    const int three = number(d.substr(0, 3));
    const int four = number(d.substr(0, 4));
    const size_t n = d.size();
    if (d[0] == '4') return n == 13 || n == 16 || n == 19;                           // Visa
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return n == 16;  // Mastercard
    if (two == 34 || two == 37) return n == 15;                                      // American Express
    if (four == 6011 || two == 65 || (three >= 644 && three <= 649)) return n >= 16 && n <= 19;  // Discover
    if (four >= 3528 && four <= 3589) return n >= 16 && n <= 19;                                 // JCB
    if ((three >= 300 && three <= 305) || two == 36 || two == 38 || two == 39)
        return n >= 14 && n <= 19;                                                        // Diners
    if (two == 62) return n >= 16 && n <= 19;                                             // UnionPay
    if (two == 50 || (two >= 56 && two <= 58) || two == 63 || two == 67) return n >= 13;  // Maestro
    if (four >= 2200 && four <= 2204) return n >= 16 && n <= 19;                          // Mir
    if (two == 60 || two == 81 || two == 82) return n == 16;                              // RuPay
    return false;
}

bool is_iban(std::string_view iban) {
    if (iban.size() < 15 || iban.size() > 34) return false;
    for (const IbanLength& entry : kIbanLengths) {
        if (iban.substr(0, 2) != entry.country) continue;
        if (iban.size() != entry.length) return false;
        const std::string_view head = iban.substr(0, 4);
        const int rest = iso7064_mod97(iban.substr(4));
        // The head goes to the end: two letters and two digits are six decimal places.
        int remainder = rest;
        for (const char c : head) {
            const auto byte = static_cast<unsigned char>(c);
            if (is_ascii_digit(byte)) {
                remainder = (remainder * 10 + (c - '0')) % 97;
            } else {
                remainder = (remainder * 100 + (c - 'A' + 10)) % 97;
            }
        }
        return remainder == 1;
    }
    return false;
}

bool is_us_routing(std::string_view d) {
    if (d.size() != 9) return false;
    const int district = number(d.substr(0, 2));
    const bool in_use = district <= 12 || (district >= 21 && district <= 32) ||
                        (district >= 61 && district <= 72) || district == 80;
    if (!in_use || d == "000000000") return false;
    static constexpr int kWeights[] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    int sum = 0;
    for (size_t i = 0; i < 9; ++i) sum += (d[i] - '0') * kWeights[i];
    return sum % 10 == 0;
}

}  // namespace pgprompt::guardrail
