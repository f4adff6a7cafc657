// Numbers with letters in them: IBAN, national codes, licences, passports, crypto addresses.
#include <string>

#include "core/guardrail/detectors/pii_scan.h"
#include "core/guardrail/utf8.h"
#include "core/guardrail/validators/checksums.h"
#include "core/guardrail/validators/crypto_address.h"

namespace pgprompt::guardrail {
namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (is_ascii_lower(static_cast<unsigned char>(c))) c = static_cast<char>(c - 32);
    }
    return out;
}

bool has_lower(std::string_view text) {
    for (const char c : text) {
        if (is_ascii_lower(static_cast<unsigned char>(c))) return true;
    }
    return false;
}

size_t count_digits(std::string_view text) {
    size_t digits = 0;
    for (const char c : text) digits += is_ascii_digit(static_cast<unsigned char>(c));
    return digits;
}

bool stands_alone(const PiiScan& scan, size_t start, size_t end) {
    const unsigned char left = scan.before(start);
    const unsigned char right = scan.at(end);
    if (left == '_' || right == '_' || is_ascii_alnum(right)) return false;
    if (left == '-' && start > 1 && is_ascii_alnum(scan.before(start - 1))) return false;
    return !(right == '-' && is_ascii_alnum(scan.at(end + 1)));
}

// The token and those behind it while they are alphanumeric groups after one space or hyphen: up to `most`
// characters without the separators. ends[n] is the place behind the n-th group.
struct Groups {
    std::string text;
    std::vector<size_t> sizes;  // of text, behind each group
    std::vector<size_t> ends;
};

Groups groups_from(const PiiScan& scan, size_t start, size_t most) {
    Groups groups;
    size_t at = start;
    while (groups.text.size() < most) {
        const size_t first = at;
        while (is_ascii_alnum(scan.at(at))) ++at;
        if (at == first) break;
        groups.text += upper(scan.text().substr(first, at - first));
        groups.sizes.push_back(groups.text.size());
        groups.ends.push_back(at);
        if (scan.at(at) != ' ' && scan.at(at) != '-' && scan.at(at) != '.') break;
        ++at;
    }
    return groups;
}

void try_iban(PiiScan& scan, size_t start) {
    const Groups groups = groups_from(scan, start, 34);
    for (size_t i = 0; i < groups.sizes.size(); ++i) {
        if (groups.sizes[i] < 15 || groups.sizes[i] > 34) continue;
        // In groups: the head has four characters, the others at most five.
        if (i > 0 && groups.sizes[0] != 4) return;
        if (!is_iban(std::string_view(groups.text).substr(0, groups.sizes[i]))) continue;
        if (!stands_alone(scan, start, groups.ends[i])) continue;
        scan.found(Pii::iban, start, groups.ends[i], 0.99, true);
        return;
    }
}

// AB 12 34 56 C, together or in groups.
void try_nino(PiiScan& scan, size_t start) {
    const Groups groups = groups_from(scan, start, 9);
    for (size_t i = 0; i < groups.sizes.size(); ++i) {
        if (groups.sizes[i] != 9 || !is_uk_nino(groups.text)) continue;
        if (i > 0 && groups.sizes[0] != 2) return;
        if (!stands_alone(scan, start, groups.ends[i])) continue;
        const bool said = scan.near(Context::national, start, groups.ends[i]);
        const bool written_small = has_lower(scan.text().substr(start, 2));
        scan.found(Pii::uk_nino, start, groups.ends[i], said ? 0.97 : written_small ? 0.4 : 0.8, false);
        return;
    }
}

struct TokenForm {
    Pii entity;
    size_t length;
    bool (*is_valid)(std::string_view);
    double score;
    double with_context;
    Context context;
    bool checked;
};

constexpr TokenForm kTokenForms[] = {
    {Pii::in_pan, 10, is_in_pan, 0.8, 0.97, Context::tax, false},
    {Pii::es_nif, 9, is_es_nif, 0.8, 0.99, Context::national, true},
    {Pii::es_nie, 9, is_es_nie, 0.85, 0.99, Context::national, true},
    {Pii::it_codice_fiscale, 16, is_it_codice_fiscale, 0.97, 0.99, Context::tax, true},
    {Pii::sg_nric, 9, is_sg_nric, 0.85, 0.99, Context::national, true},
    {Pii::fi_hetu, 11, is_fi_hetu, 0.9, 0.99, Context::national, true},
    {Pii::cn_id, 18, is_cn_id, 0.95, 0.99, Context::national, true},
    {Pii::fr_nir, 15, is_fr_nir, 0.8, 0.99, Context::national, true},
    {Pii::driving_licence, 16, is_uk_driving_licence, 0.85, 0.97, Context::licence, false},
    {Pii::driving_licence, 18, is_uk_driving_licence, 0.85, 0.97, Context::licence, false}};

// 1 or 3 and base 58, of all kinds of characters.
bool has_bitcoin_form(std::string_view token) {
    if (token.size() < 26 || token.size() > 35 || (token[0] != '1' && token[0] != '3')) return false;
    bool upper_case = false;
    for (const char c : token) {
        const auto byte = static_cast<unsigned char>(c);
        if (!is_ascii_alnum(byte) || c == '0' || c == 'O' || c == 'I' || c == 'l') return false;
        upper_case = upper_case || is_ascii_upper(byte);
    }
    return upper_case && has_lower(token);
}

void try_crypto(PiiScan& scan, size_t start, size_t end) {
    const std::string_view token = scan.text().substr(start, end - start);
    if (token.size() < 25 || token.size() > 90) return;
    bool valid = false;
    double score = 0.99;
    if (token[0] == '0' && token.size() == 42) {
        const EthereumCheck check = check_ethereum_address(token);
        valid = check == EthereumCheck::valid;
        score = valid                               ? 0.99
                : check == EthereumCheck::unchecked ? 0.75
                : check == EthereumCheck::invalid   ? 0.3
                                                    : 0;
        if (score == 0) return;
    } else {
        valid = (token.size() <= 36 && is_base58check_address(token)) || is_bech32_address(token);
        if (!valid && !has_bitcoin_form(token)) return;
        // A wrong checksum, but the text says what it is to be.
        if (!valid) score = scan.near(Context::crypto, start, end) ? 0.6 : 0;
    }
    scan.found(Pii::crypto_address, start, end, score, valid);
}

// S123-4567-8901: a letter, then groups of digits, told by a word before.
void try_grouped_licence(PiiScan& scan, size_t start, size_t end) {
    if (!scan.wants(Pii::driving_licence) || end - start != 4 || !is_ascii_alpha(scan.at(start)) ||
        count_digits(scan.text().substr(start, 4)) != 3 || is_ascii_alnum(scan.before(start))) {
        return;
    }
    size_t at = end;
    size_t more = 0;
    while (more <= 10 && scan.at(at) == '-' && is_ascii_digit(scan.at(at + 1))) {
        for (++at; is_ascii_digit(scan.at(at)); ++at) ++more;
    }
    if (more < 6 || more > 10 || is_ascii_alnum(scan.at(at)) || !scan.near(Context::licence, start, at))
        return;
    scan.found(Pii::driving_licence, start, at, 0.7, false);
}

// Passports and licences: a letter or two and digits, told by a word before.
void try_document(PiiScan& scan, size_t start, size_t end) {
    const std::string_view token = scan.text().substr(start, end - start);
    const size_t digits = count_digits(token);
    if (token.size() < 6 || token.size() > 18 || digits * 2 < token.size() || has_lower(token)) return;
    if (scan.wants(Pii::passport) && token.size() <= 10 && digits >= 5 &&
        scan.near(Context::passport, start, end)) {
        scan.found(Pii::passport, start, end, 0.8, false);
    }
    if (scan.wants(Pii::driving_licence) && digits >= 5 && scan.near(Context::licence, start, end)) {
        scan.found(Pii::driving_licence, start, end, 0.7, false);
    }
}

}  // namespace

void scan_token(PiiScan& scan, size_t start, size_t end) {
    const size_t size = end - start;
    if (size > 128 || scan.before(start) == '_') return;
    const unsigned char c0 = scan.at(start);
    const unsigned char c1 = scan.at(start + 1);
    if (scan.wants(Pii::iban) && size >= 4 && is_ascii_alpha(c0) && is_ascii_alpha(c1) &&
        is_ascii_digit(scan.at(start + 2)) && is_ascii_digit(scan.at(start + 3))) {
        try_iban(scan, start);
    }
    if (scan.wants(Pii::uk_nino) && is_ascii_alpha(c0) && is_ascii_alpha(c1) && size >= 4 &&
        is_ascii_digit(scan.at(start + 2))) {
        try_nino(scan, start);
    }
    if (scan.wants(Pii::crypto_address)) try_crypto(scan, start, end);
    const std::string token = upper(scan.text().substr(start, size));
    const bool written_small = has_lower(scan.text().substr(start, size));
    for (const TokenForm& form : kTokenForms) {
        if (form.length != size || !scan.wants(form.entity) || !form.is_valid(token) ||
            !stands_alone(scan, start, end))
            continue;
        const bool said = scan.near(form.context, start, end);
        // Such codes are written in capitals; in small letters they want a word beside them.
        scan.found(form.entity, start, end,
                   said            ? form.with_context
                   : written_small ? form.score - 0.4
                                   : form.score,
                   form.checked);
    }
    if (stands_alone(scan, start, end)) try_document(scan, start, end);
    if (scan.at(end) == '-') try_grouped_licence(scan, start, end);
}

}  // namespace pgprompt::guardrail
