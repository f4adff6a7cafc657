// Codes whose letters stand apart from a group of digits: 12345678-Z, X-1234567-L, 131052-308T, AB 12 34 56
// C.
#include <string>

#include "core/guardrail/detectors/pii_scan.h"
#include "core/guardrail/utf8.h"
#include "core/guardrail/validators/checksums.h"

namespace pgprompt::guardrail {
namespace {

char upper(unsigned char c) {
    return static_cast<char>(is_ascii_lower(c) ? c - 32 : c);
}

bool is_gap(unsigned char c) {
    return c == ' ' || c == '-';
}

bool ends_here(const PiiScan& scan, size_t end) {
    return !is_ascii_alnum(scan.at(end)) && scan.at(end) != '_';
}

// So many letters right before `start`, behind no other letter, and a space or hyphen between.
bool letters_before(const PiiScan& scan, size_t start, size_t count, std::string* letters) {
    if (start < count + 1 || !is_gap(scan.before(start))) return false;
    const size_t first = start - 1 - count;
    for (size_t i = 0; i < count; ++i) {
        if (!is_ascii_alpha(scan.at(first + i))) return false;
        letters->push_back(upper(scan.at(first + i)));
    }
    return !is_ascii_alnum(scan.before(first)) && scan.before(first) != '_';
}

void try_spanish(PiiScan& scan, size_t start, std::string_view digits) {
    size_t end = start + digits.size();
    if (!is_gap(scan.at(end)) || !is_ascii_alpha(scan.at(end + 1)) || !ends_here(scan, end + 2)) return;
    const bool hyphen = scan.at(end) == '-';
    const std::string code = std::string(digits) + upper(scan.at(end + 1));
    std::string letter;
    if (digits.size() == 8 && is_es_nif(code)) {
        const bool said =
            scan.near(Context::national, start, end + 2) || scan.near(Context::tax, start, end + 2);
        scan.found(Pii::es_nif, start, end + 2, said ? 0.99 : hyphen ? 0.8 : 0.4, true);
    } else if (digits.size() == 7 && letters_before(scan, start, 1, &letter) && is_es_nie(letter + code)) {
        scan.found(Pii::es_nie, start - 2, end + 2, 0.9, true);
    }
}

void try_finnish(PiiScan& scan, size_t start, std::string_view digits) {
    if (digits.size() != 6) return;
    const std::string_view text = scan.text();
    if (text.size() < start + 11 || !ends_here(scan, start + 11)) return;
    std::string code(text.substr(start, 11));
    for (char& c : code) c = upper(static_cast<unsigned char>(c));
    if (!is_fi_hetu(code)) return;
    const bool said = scan.near(Context::national, start, start + 11);
    scan.found(Pii::fi_hetu, start, start + 11, said ? 0.995 : 0.95, true);
}

void try_british(PiiScan& scan, size_t start, std::string_view digits) {
    std::string code;
    if ((digits.size() != 2 && digits.size() != 6) || !letters_before(scan, start, 2, &code)) return;
    code += digits;
    size_t at = start + digits.size();
    for (int group = 0; group < 2 && digits.size() == 2; ++group) {
        if (!is_gap(scan.at(at)) || !is_ascii_digit(scan.at(at + 1)) || !is_ascii_digit(scan.at(at + 2)))
            return;
        code += scan.text().substr(at + 1, 2);
        at += 3;
    }
    if (is_gap(scan.at(at))) ++at;
    if (!is_ascii_alpha(scan.at(at)) || !ends_here(scan, at + 1)) return;
    code += upper(scan.at(at));
    if (!is_uk_nino(code)) return;
    const bool said = scan.near(Context::national, start - 3, at + 1);
    scan.found(Pii::uk_nino, start - 3, at + 1,
               said                                 ? 0.97
               : is_ascii_lower(scan.at(start - 2)) ? 0.4
                                                    : 0.85,
               false);
}

}  // namespace

void scan_split_code(PiiScan& scan, size_t start, size_t end) {
    const std::string_view digits = scan.text().substr(start, end - start);
    if (scan.wants(Pii::es_nif) || scan.wants(Pii::es_nie)) try_spanish(scan, start, digits);
    if (scan.wants(Pii::fi_hetu)) try_finnish(scan, start, digits);
    if (scan.wants(Pii::uk_nino)) try_british(scan, start, digits);
}

}  // namespace pgprompt::guardrail
