// Telephone numbers: international form by country code and length (ITU-T E.164), the North American plan,
// and national forms with a leading zero.
#include <string>

#include "core/guardrail/detectors/pii_scan.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

// Country codes with the least and greatest number of digits behind them.
struct CountryCode {
    uint16_t code;
    uint8_t least;
    uint8_t most;
};
constexpr CountryCode kCodes[] = {
    {1, 10, 10},  {7, 10, 10}, {20, 8, 10},  {27, 9, 9},   {30, 10, 10}, {31, 9, 9},   {32, 8, 9},
    {33, 9, 9},   {34, 9, 9},  {36, 8, 9},   {39, 6, 11},  {40, 9, 9},   {41, 9, 9},   {43, 7, 13},
    {44, 9, 10},  {45, 8, 8},  {46, 7, 10},  {47, 8, 8},   {48, 9, 9},   {49, 6, 12},  {51, 8, 9},
    {52, 10, 11}, {53, 6, 8},  {54, 10, 11}, {55, 10, 11}, {56, 9, 9},   {57, 8, 10},  {58, 10, 10},
    {60, 7, 10},  {61, 9, 9},  {62, 8, 12},  {63, 8, 10},  {64, 8, 10},  {65, 8, 8},   {66, 8, 9},
    {81, 9, 10},  {82, 8, 11}, {84, 9, 10},  {86, 10, 11}, {90, 10, 10}, {91, 10, 10}, {92, 9, 10},
    {93, 9, 9},   {94, 9, 9},  {95, 7, 10},  {98, 10, 10}};

bool length_fits(std::string_view digits) {
    for (const CountryCode& entry : kCodes) {
        const size_t size = entry.code < 10 ? 1 : 2;
        if (digits.size() < size) continue;
        const int head = size == 1 ? digits[0] - '0' : (digits[0] - '0') * 10 + (digits[1] - '0');
        if (head != entry.code) continue;
        const size_t rest = digits.size() - size;
        // A trunk zero in brackets is often kept: +44 (0)20 ...
        if (entry.code == 1 && rest == 10) return digits[1] >= '2';
        return rest >= entry.least && rest <= entry.most + (digits[size] == '0' ? 1u : 0u);
    }
    // The remaining codes are of three digits.
    const char first = digits[0];
    if (first != '2' && first != '3' && first != '4' && first != '5' && first != '6' && first != '8' &&
        first != '9')
        return false;
    return digits.size() >= 9 && digits.size() <= 15;
}

struct Number {
    std::string digits;
    std::string shape;  // 'd' for a digit, else the separator
    size_t end = 0;
    size_t groups = 0;
};

// Digits with the separators people write between them: one space, hyphen, dot or slash, and brackets.
Number read_number(const PiiScan& scan, size_t at, size_t most) {
    Number number;
    bool in_group = false;
    while (number.digits.size() < most) {
        const unsigned char c = scan.at(at);
        if (is_ascii_digit(c)) {
            number.digits.push_back(static_cast<char>(c));
            number.shape.push_back('d');
            number.groups += !in_group;
            in_group = true;
            number.end = ++at;
            continue;
        }
        in_group = false;
        size_t skip = 0;
        const unsigned char next = scan.at(at + 1);
        if ((c == ' ' || c == '-' || c == '.' || c == '/') && (is_ascii_digit(next) || next == '(')) {
            skip = 1;
        } else if (c == ')' && (is_ascii_digit(next) || ((next == ' ' || next == '-' || next == '.') &&
                                                         is_ascii_digit(scan.at(at + 2))))) {
            skip = is_ascii_digit(next) ? 1 : 2;
        } else if (c == '(' && is_ascii_digit(next)) {
            skip = 1;
        } else if (c == ' ' && next == '-' && scan.at(at + 2) == ' ' && is_ascii_digit(scan.at(at + 3))) {
            skip = 3;
        } else {
            break;
        }
        for (size_t i = 0; i < skip; ++i) number.shape.push_back(static_cast<char>(scan.at(at + i)));
        at += skip;
    }
    return number;
}

// x123, ext. 123
size_t extension_end(const PiiScan& scan, size_t end) {
    size_t at = end;
    while (scan.at(at) == ' ' || scan.at(at) == ',') ++at;
    if ((scan.at(at) | 0x20) == 'e' && (scan.at(at + 1) | 0x20) == 'x' && (scan.at(at + 2) | 0x20) == 't') {
        at += 3;
        while (is_ascii_alpha(scan.at(at))) ++at;
        if (scan.at(at) == '.') ++at;
    } else if ((scan.at(at) | 0x20) == 'x') {
        ++at;
    } else {
        return end;
    }
    while (scan.at(at) == ' ' || scan.at(at) == ':') ++at;
    const size_t first = at;
    while (is_ascii_digit(scan.at(at)) && at - first < 6) ++at;
    return at > first && !is_ascii_alnum(scan.at(at)) ? at : end;
}

bool sticks_out(const PiiScan& scan, size_t end) {
    const unsigned char right = scan.at(end);
    if (is_ascii_alnum(right) || right == '_' || right == '%') return true;
    return (right == '-' || right == '.' || right == '/' || right == ',' || right == ':') &&
           is_ascii_digit(scan.at(end + 1));
}

bool is_north_american(std::string_view d) {
    return d.size() == 10 && d[0] >= '2' && !(d[1] == '1' && d[2] == '1');
}

void try_international(PiiScan& scan, size_t first, size_t start) {
    Number number = read_number(scan, first, 16);
    while (number.digits.size() >= 8) {
        const size_t end = extension_end(scan, number.end);
        if (number.digits.size() <= 16 && length_fits(number.digits) && !sticks_out(scan, end)) {
            scan.found(Pii::phone, start, end, scan.near(Context::phone, start, end) ? 0.99 : 0.9, false);
            return;
        }
        // What follows may be another number: leave the last group out.
        const size_t before = number.shape.find_last_not_of('d');
        if (before == std::string::npos) return;
        size_t cut = 0;
        for (size_t i = before; i < number.shape.size(); ++i) cut += number.shape[i] == 'd';
        size_t last = number.shape.find_last_of('d', before);
        if (last == std::string::npos) return;
        number.digits.resize(number.digits.size() - cut);
        number.end -= number.shape.size() - last - 1;
        number.shape.resize(last + 1);
        --number.groups;
    }
}

void try_north_american(PiiScan& scan, size_t first, size_t start) {
    size_t at = first;
    if (scan.at(at) == '1' && !is_ascii_digit(scan.at(at + 1))) {  // 1-202-555-0123
        at += scan.at(at + 1) == ' ' && scan.at(at + 2) == '(' ? 3 : 2;
        if (scan.at(at) == '(') ++at;
        if (!is_ascii_digit(scan.at(at))) return;
    }
    const Number number = read_number(scan, at, 10);
    const size_t end = extension_end(scan, number.end);
    if (!is_north_american(number.digits) || sticks_out(scan, end)) return;
    // Exchange codes begin with 2 to 9 and do not end in 11.
    const bool exchange = number.digits[3] >= '2' && number.digits.compare(4, 2, "11") != 0;
    std::string lengths;
    size_t run = 0;
    for (const char c : number.shape + " ") {
        if (c == 'd') {
            ++run;
        } else if (run > 0) {
            lengths.push_back(static_cast<char>('0' + run % 10));
            run = 0;
        }
    }
    if (lengths != "334" && lengths != "37" && lengths != "0" && lengths != "64") return;
    if (number.shape.find('/') != std::string::npos && number.shape.find_first_of("-.") == std::string::npos)
        return;
    const bool said = scan.near(Context::phone, start, end);
    const bool bracketed = scan.at(start) == '(';
    double score = lengths == "334" ? 0.8 : lengths == "37" ? (bracketed ? 0.7 : 0.45) : 0.4;
    if (!exchange) score -= 0.15;
    if (end > number.end) score = 0.85;
    // Dates and amounts do not come in threes; part numbers do.
    if (said) {
        score = 0.95;
    } else if (scan.near(Context::other_number, start, end)) {
        score -= 0.35;
    }
    scan.found(Pii::phone, start, end, score, false);
}

void try_national(PiiScan& scan, size_t first, size_t start) {
    // A leading zero, nine to eleven digits in at least two groups: 020 7946 0958, 01 23 45 67 89,
    // 0171/1234567
    // and no decimal fraction: 0.123456789
    if (scan.at(first) != '0' || scan.at(first + 1) == '0' || scan.at(first + 1) == '.') return;
    Number number = read_number(scan, first, 12);
    if (number.digits.size() < 9 || number.digits.size() > 12) return;
    if (sticks_out(scan, extension_end(scan, number.end))) return;
    const bool said = scan.near(Context::phone, start, number.end);
    double score = number.groups >= 2 ? 0.6 : 0.4;
    if (scan.near(Context::other_number, start, number.end)) score -= 0.3;
    if (said) score = 0.9;
    // A date such as 01.02.2003 has eight digits and never comes here; groups of one digit are no
    // telephone's.
    scan.found(Pii::phone, start, extension_end(scan, number.end), score, false);
}

// Whether the words before speak of another number first: reach level 60 with 1200000 points.
bool other_number_between(const PiiScan& scan, size_t start) {
    for (size_t i = start; i > 0 && start - i < 48; --i) {
        const unsigned char c = scan.before(i);
        if (c == '\n' || c == ';') return false;
        if (is_ascii_digit(c)) return true;
    }
    return false;
}

void try_spoken_of(PiiScan& scan, size_t first, size_t start) {
    // Anything of seven to eleven digits right behind a word such as "phone".
    Number number = read_number(scan, first, 13);
    if (number.digits.size() < 7 || number.digits.size() > 12 || sticks_out(scan, number.end)) return;
    if (number.groups > 5 || !scan.near(Context::phone, start, number.end)) return;
    if (other_number_between(scan, start)) return;
    if (number.groups == 1 && number.digits.size() == 8 &&
        (number.digits.compare(0, 2, "19") == 0 || number.digits.compare(0, 2, "20") == 0))
        return;
    // 2012-10-23
    if (number.shape.size() == 10 && number.shape.compare(0, 4, "dddd") == 0 && number.shape[4] != 'd' &&
        number.shape[7] == number.shape[4]) {
        return;
    }
    if (scan.near(Context::other_number, start, number.end) || scan.near(Context::card, start, number.end) ||
        scan.near(Context::ssn, start, number.end) || scan.near(Context::national, start, number.end) ||
        scan.near(Context::bank, start, number.end)) {
        return;
    }
    scan.found(Pii::phone, start, extension_end(scan, number.end), 0.55, false);
}

}  // namespace

void scan_phone(PiiScan& scan, size_t first) {
    size_t start = first;
    const unsigned char left = scan.before(first);
    if (is_ascii_alnum(left) || left == '_' || left == '$' || left == '#') return;
    if (left == '(') --start;
    if (left == '+' || (start > 0 && scan.before(start) == '+')) {
        const size_t plus = left == '+' ? first - 1 : start - 1;
        const size_t begin = plus > 0 && scan.before(plus) == '(' ? plus - 1 : plus;
        if (!is_ascii_alnum(scan.before(plus))) try_international(scan, first, begin == plus ? plus : begin);
        return;
    }
    const unsigned char further = scan.before(start);
    if ((further == '-' || further == '.' || further == '/') && start > 1 &&
        is_ascii_alnum(scan.before(start - 1)))
        return;
    // Behind a letter and a comma is the next field.
    if (further == ',' && start > 1 && is_ascii_digit(scan.before(start - 1))) return;
    // Part of a longer number that began before.
    if (further == ' ' && start > 1 &&
        (is_ascii_digit(scan.before(start - 1)) || (scan.before(start - 1) == ')'))) {
        if (scan.before(start - 1) == ')' || left != '(') return;
    }
    if (further == ')') return;
    if (scan.at(first) == '0' && scan.at(first + 1) == '0' && scan.at(first + 2) != '0') {
        try_international(scan, first + 2, start);
        return;
    }
    try_north_american(scan, first, start);
    try_national(scan, first, start);
    try_spoken_of(scan, first, start);
}

}  // namespace pgprompt::guardrail
