// Numbers that states give to people.
#include <cstdint>
#include <cstring>
#include <string>

#include "core/guardrail/utf8.h"
#include "core/guardrail/validators/checksums.h"

namespace pgprompt::guardrail {
namespace {

int value(char c) {
    return c - '0';
}

int number(std::string_view digits) {
    int result = 0;
    for (const char c : digits) result = result * 10 + value(c);
    return result;
}

uint64_t big_number(std::string_view digits) {
    uint64_t result = 0;
    for (const char c : digits) result = result * 10 + static_cast<uint64_t>(value(c));
    return result;
}

template <size_t N>
int weighted(std::string_view digits, const int (&weights)[N]) {
    int sum = 0;
    for (size_t i = 0; i < N; ++i) sum += value(digits[i]) * weights[i];
    return sum;
}

bool all_digits(std::string_view text) {
    for (const char c : text) {
        if (!is_ascii_digit(static_cast<unsigned char>(c))) return false;
    }
    return true;
}

bool all_upper(std::string_view text) {
    for (const char c : text) {
        if (!is_ascii_upper(static_cast<unsigned char>(c))) return false;
    }
    return true;
}

bool all_equal(std::string_view digits) {
    return digits.find_first_not_of(digits[0]) == std::string_view::npos;
}

// A date whose century is not told.
bool is_some_date(int two_digit_year, int month, int day) {
    return is_date(1900 + two_digit_year, month, day) || is_date(2000 + two_digit_year, month, day);
}

bool one_of(char c, const char* letters) {
    return c != 0 && std::strchr(letters, c) != nullptr;
}

}  // namespace

bool is_us_ssn(std::string_view d) {
    if (d.size() != 9) return false;
    const int area = number(d.substr(0, 3));
    if (area == 0 || area == 666 || area >= 900) return false;
    if (d.substr(3, 2) == "00" || d.substr(5) == "0000") return false;
    // Numbers that were printed in advertisements and withdrawn.
    return d != "078051120" && d != "219099999" && !all_equal(d);
}

bool is_us_itin(std::string_view d) {
    if (d.size() != 9 || d[0] != '9') return false;
    const int group = number(d.substr(3, 2));
    return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 92) ||
           (group >= 94 && group <= 99);
}

bool is_uk_nhs(std::string_view d) {
    if (d.size() != 10 || all_equal(d)) return false;
    const int check = 11 - weighted(d, {10, 9, 8, 7, 6, 5, 4, 3, 2}) % 11;
    return check != 10 && check % 11 == value(d[9]);
}

bool is_uk_nino(std::string_view n) {
    if (n.size() != 9 || !all_upper(n.substr(0, 2)) || !all_digits(n.substr(2, 6))) return false;
    if (one_of(n[0], "DFIQUV") || one_of(n[1], "DFIOQUV") || !one_of(n[8], "ABCD")) return false;
    for (const char* prefix : {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}) {
        if (n.substr(0, 2) == prefix) return false;
    }
    return true;
}

bool is_uk_driving_licence(std::string_view n) {
    // Five of the surname (9 for missing letters), decade, month (plus 50 for women), day, year, initials,
    // check.
    if (n.size() != 16 && n.size() != 18) return false;
    size_t letters = 0;
    while (letters < 5 && is_ascii_upper(static_cast<unsigned char>(n[letters]))) ++letters;
    if (letters == 0 || n.substr(letters, 5 - letters).find_first_not_of('9') != std::string_view::npos)
        return false;
    if (!all_digits(n.substr(5, 6))) return false;
    const int month = number(n.substr(6, 2)) % 50;
    if (number(n.substr(6, 2)) > 62 ||
        !is_some_date(value(n[5]) * 10 + value(n[10]), month, number(n.substr(8, 2)))) {
        return false;
    }
    for (const char c : n.substr(11, 2)) {
        if (!is_ascii_upper(static_cast<unsigned char>(c)) && c != '9') return false;
    }
    return is_ascii_alnum(static_cast<unsigned char>(n[13])) && all_upper(n.substr(14, 2)) &&
           all_digits(n.substr(16));
}

bool is_in_aadhaar(std::string_view d) {
    return d.size() == 12 && d[0] >= '2' && !all_equal(d) && verhoeff(d);
}

bool is_in_pan(std::string_view p) {
    return p.size() == 10 && all_upper(p.substr(0, 5)) && one_of(p[3], "ABCFGHLJPTK") &&
           all_digits(p.substr(5, 4)) && p.substr(5, 4) != "0000" && all_upper(p.substr(9));
}

bool is_pl_pesel(std::string_view d) {
    if (d.size() != 11) return false;
    // The century is in the month: 1900 plain, 2000 +20, 2100 +40, 2200 +60, 1800 +80.
    static constexpr int kCenturies[] = {1900, 2000, 2100, 2200, 1800};
    const int month = number(d.substr(2, 2));
    if (!is_date(kCenturies[month / 20] + number(d.substr(0, 2)), month % 20, number(d.substr(4, 2))))
        return false;
    const int sum = weighted(d, {1, 3, 7, 9, 1, 3, 7, 9, 1, 3});
    return (10 - sum % 10) % 10 == value(d[10]);
}

bool is_es_nif(std::string_view n) {
    return n.size() == 9 && all_digits(n.substr(0, 8)) &&
           n[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[number(n.substr(0, 8)) % 23] && n.substr(0, 8) != "00000000";
}

bool is_es_nie(std::string_view n) {
    if (n.size() != 9 || n[0] < 'X' || n[0] > 'Z' || !all_digits(n.substr(1, 7))) return false;
    return n[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[((n[0] - 'X') * 10000000 + number(n.substr(1, 7))) % 23];
}

bool is_it_codice_fiscale(std::string_view code) {
    if (code.size() != 16) return false;
    // Where digits belong, letters may stand for them to tell namesakes apart.
    std::string plain(code);
    for (const size_t i : {6, 7, 9, 10, 12, 13, 14}) {
        static constexpr char kOmocodia[] = "LMNPQRSTUV";
        if (is_ascii_digit(static_cast<unsigned char>(plain[i]))) continue;
        const char* found = plain[i] == 0 ? nullptr : std::strchr(kOmocodia, plain[i]);
        if (found == nullptr) return false;
        plain[i] = static_cast<char>('0' + (found - kOmocodia));
    }
    if (!all_upper(std::string_view(plain).substr(0, 6)) || !one_of(plain[8], "ABCDEHLMPRST") ||
        !all_upper(std::string_view(plain).substr(11, 1)) || !all_upper(std::string_view(plain).substr(15))) {
        return false;
    }
    const int day = number(std::string_view(plain).substr(9, 2)) % 40;  // plus 40 for women
    const int month = static_cast<int>(std::string_view("ABCDEHLMPRST").find(plain[8])) + 1;
    if (!is_some_date(number(std::string_view(plain).substr(6, 2)), month, day)) return false;
    static constexpr int kOdd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                   20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    int sum = 0;
    for (size_t i = 0; i < 15; ++i) {
        const char c = code[i];
        const int rank = is_ascii_digit(static_cast<unsigned char>(c)) ? c - '0' : c - 'A';
        sum += i % 2 == 0 ? kOdd[rank] : rank;
    }
    return code[15] == 'A' + sum % 26;
}

bool is_de_tax_id(std::string_view d) {
    if (d.size() != 11 || d[0] == '0') return false;
    // Of the first ten digits one occurs twice or three times, never three times in a row; the others at most
    // once.
    int count[10] = {};
    for (size_t i = 0; i < 10; ++i) ++count[value(d[i])];
    int twice = 0;
    int thrice = 0;
    for (const int n : count) {
        if (n > 3) return false;
        twice += n == 2;
        thrice += n == 3;
    }
    if (twice + thrice != 1) return false;
    for (size_t i = 0; i + 2 < 10; ++i) {
        if (d[i] == d[i + 1] && d[i] == d[i + 2]) return false;
    }
    return iso7064_mod11_10(d);
}

bool is_au_tfn(std::string_view d) {
    if (d.size() == 9) return !all_equal(d) && weighted(d, {1, 4, 3, 7, 5, 8, 6, 9, 10}) % 11 == 0;
    return d.size() == 8 && !all_equal(d) && weighted(d, {10, 7, 8, 4, 6, 3, 5, 1}) % 11 == 0;
}

bool is_au_abn(std::string_view d) {
    // The first two digits are the check digits, 11 to 99.
    if (d.size() != 11 || number(d.substr(0, 2)) < 11) return false;
    return (weighted(d, {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19}) - 10) % 89 == 0;
}

bool is_au_medicare(std::string_view d) {
    if ((d.size() != 10 && d.size() != 11) || d[0] < '2' || d[0] > '6') return false;
    return weighted(d, {1, 3, 7, 9, 1, 3, 7, 9}) % 10 == value(d[8]) && d[9] != '0';
}

bool is_ca_sin(std::string_view d) {
    return d.size() == 9 && d[0] != '0' && d[0] != '8' && luhn(d) && !all_equal(d);
}

bool is_kr_rrn(std::string_view d, bool* checked) {
    *checked = false;
    if (d.size() != 13) return false;
    // The seventh digit tells century, sex and whether a foreigner.
    static constexpr int kCenturies[] = {1800, 1900, 1900, 2000, 2000, 1900, 1900, 2000, 2000, 1800};
    if (!is_date(kCenturies[value(d[6])] + number(d.substr(0, 2)), number(d.substr(2, 2)),
                 number(d.substr(4, 2)))) {
        return false;
    }
    const int sum = weighted(d, {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5});
    const bool foreign = d[6] >= '5' && d[6] <= '8';
    *checked = ((foreign ? 13 : 11) - sum % 11) % 10 == value(d[12]);
    return true;
}

bool is_sg_nric(std::string_view n) {
    if (n.size() != 9 || !one_of(n[0], "STFGM") || !all_digits(n.substr(1, 7))) return false;
    int sum = weighted(n.substr(1), {2, 7, 6, 5, 4, 3, 2});
    if (n[0] == 'T' || n[0] == 'G') sum += 4;
    if (n[0] == 'M') sum += 3;
    const int rest = sum % 11;
    if (n[0] == 'S' || n[0] == 'T') return n[8] == "JZIHGFEDCBA"[rest];
    if (n[0] == 'M') return n[8] == "XWUTRQPNJLK"[rest];
    return n[8] == "XWUTRQPNMLK"[rest];
}

bool is_fi_hetu(std::string_view h) {
    if (h.size() != 11 || !all_digits(h.substr(0, 6)) || !all_digits(h.substr(7, 3))) return false;
    int century = 0;
    if (h[6] == '+') {
        century = 1800;
    } else if (one_of(h[6], "-UVWXY")) {
        century = 1900;
    } else if (one_of(h[6], "ABCDEF")) {
        century = 2000;
    } else {
        return false;
    }
    if (!is_date(century + number(h.substr(4, 2)), number(h.substr(2, 2)), number(h.substr(0, 2))))
        return false;
    if (number(h.substr(7, 3)) < 2) return false;
    const uint64_t n = big_number(h.substr(0, 6)) * 1000 + big_number(h.substr(7, 3));
    return h[10] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[n % 31];
}

bool is_tr_kimlik(std::string_view d) {
    if (d.size() != 11 || d[0] == '0') return false;
    int odd = 0;
    int even = 0;
    for (size_t i = 0; i < 9; ++i) (i % 2 == 0 ? odd : even) += value(d[i]);
    const int tenth = ((odd * 7 - even) % 10 + 10) % 10;
    return tenth == value(d[9]) && (odd + even + tenth) % 10 == value(d[10]);
}

bool is_th_id(std::string_view d) {
    if (d.size() != 13 || d[0] == '0' || d[0] == '9' || all_equal(d)) return false;
    return (11 - weighted(d, {13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) % 11) % 10 == value(d[12]);
}

bool is_za_id(std::string_view d) {
    return d.size() == 13 &&
           is_some_date(number(d.substr(0, 2)), number(d.substr(2, 2)), number(d.substr(4, 2))) &&
           (d[10] == '0' || d[10] == '1' || d[10] == '2') && luhn(d);
}

bool is_br_cpf(std::string_view d) {
    if (d.size() != 11 || all_equal(d)) return false;
    const int first = weighted(d, {10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10;
    const int second = weighted(d, {11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10;
    return first == value(d[9]) && second == value(d[10]);
}

bool is_br_cnpj(std::string_view d) {
    if (d.size() != 14 || all_equal(d)) return false;
    const int first = weighted(d, {5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2}) % 11;
    const int second = weighted(d, {6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2}) % 11;
    return (first < 2 ? 0 : 11 - first) == value(d[12]) && (second < 2 ? 0 : 11 - second) == value(d[13]);
}

bool is_cn_id(std::string_view id) {
    if (id.size() != 18 || !all_digits(id.substr(0, 17)) || id[0] == '0' || id[0] == '9') return false;
    const int year = number(id.substr(6, 4));
    if (year < 1850 || year > 2100 || !is_date(year, number(id.substr(10, 2)), number(id.substr(12, 2))))
        return false;
    const int rest = weighted(id, {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}) % 11;
    return (id[17] == 'x' ? 'X' : id[17]) == "10X98765432"[rest];
}

bool is_fr_nir(std::string_view nir) {
    if (nir.size() != 15 || (nir[0] != '1' && nir[0] != '2')) return false;
    // Corsica's departments are 2A and 2B: 19 and 18 in the sum.
    std::string digits(nir.substr(0, 13));
    if (nir[6] == 'A' || nir[6] == 'B') {
        if (nir[5] != '2') return false;
        digits[5] = '1';
        digits[6] = nir[6] == 'A' ? '9' : '8';
    }
    if (!all_digits(digits) || !all_digits(nir.substr(13))) return false;
    const int month = number(nir.substr(3, 2));
    if (!((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50)) return false;
    return 97 - big_number(digits) % 97 == big_number(nir.substr(13));
}

bool is_ch_ahv(std::string_view d) {
    if (d.size() != 13 || d.substr(0, 3) != "756") return false;
    return (10 - weighted(d, {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3}) % 10) % 10 == value(d[12]);
}

bool is_nl_bsn(std::string_view d) {
    if (d.size() != 9 || all_equal(d)) return false;
    return (weighted(d, {9, 8, 7, 6, 5, 4, 3, 2}) - value(d[8])) % 11 == 0;
}

bool is_be_national(std::string_view d) {
    if (d.size() != 11) return false;
    const int month = number(d.substr(2, 2));
    const int day = number(d.substr(4, 2));
    if (month % 20 > 12 || month > 52 || day > 31 || (month % 20 > 0 && day == 0)) return false;
    const uint64_t check = big_number(d.substr(9));
    return 97 - big_number(d.substr(0, 9)) % 97 == check ||
           97 - (2000000000ull + big_number(d.substr(0, 9))) % 97 == check;  // born in 2000 or later
}

bool is_se_personnummer(std::string_view d) {
    if (d.size() == 12) {
        const int century = number(d.substr(0, 2));
        if (century < 18 || century > 20) return false;
        d.remove_prefix(2);
    }
    if (d.size() != 10) return false;
    const int day = number(d.substr(4, 2));
    return is_some_date(number(d.substr(0, 2)), number(d.substr(2, 2)), day > 60 ? day - 60 : day) && luhn(d);
}

bool is_no_fodselsnummer(std::string_view d) {
    if (d.size() != 11) return false;
    const int day = number(d.substr(0, 2));
    const int month = number(d.substr(2, 2));
    if (!is_some_date(number(d.substr(4, 2)), month > 40 ? month - 40 : month, day > 40 ? day - 40 : day))
        return false;
    // Which numbers a year has tells its century.
    const int year = number(d.substr(4, 2));
    const int individual = number(d.substr(6, 3));
    if (individual >= 500 && year >= 40 && !(individual < 750 && year >= 54) && individual < 900) return false;
    const int first = (11 - weighted(d, {3, 7, 6, 1, 8, 9, 4, 5, 2}) % 11) % 11;
    const int second = (11 - weighted(d, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11) % 11;
    return first == value(d[9]) && second == value(d[10]);
}

bool is_dk_cpr(std::string_view d) {
    return d.size() == 10 &&
           is_some_date(number(d.substr(4, 2)), number(d.substr(2, 2)), number(d.substr(0, 2)));
}

}  // namespace pgprompt::guardrail
