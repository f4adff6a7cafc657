// Numbers made of digits only, told by the lengths of their groups, the separators and their check digits.
#include <array>
#include <string>

#include "core/guardrail/detectors/pii_scan.h"
#include "core/guardrail/utf8.h"
#include "core/guardrail/validators/checksums.h"

namespace pgprompt::guardrail {
namespace {

constexpr size_t kMaxGroups = 8;

// One way of writing one number.
struct Form {
    Pii entity;
    const char* groups;      // lengths of the groups of digits, as characters: "324"; above nine A, B, ...
    const char* separators;  // between the groups, one each; null: the groups stand together or behind spaces
                             // or hyphens
    bool (*is_valid)(std::string_view digits);
    double score;         // standing alone
    double with_context;  // near a word of the context
    Context context;
};

bool any(std::string_view) {
    return true;
}

// Scores: a form that nothing else has, or check digits that leave one in some hundred, stand alone; one in
// ten needs a form or a word beside it.
constexpr Form kForms[] = {
    {Pii::ssn, "324", "--", is_us_ssn, 0.85, 0.99, Context::ssn},
    {Pii::ssn, "324", "  ", is_us_ssn, 0.6, 0.99, Context::ssn},
    {Pii::ssn, "324", "..", is_us_ssn, 0.5, 0.9, Context::ssn},
    {Pii::ssn, "9", "", is_us_ssn, 0.2, 0.85, Context::ssn},
    {Pii::itin, "324", "--", is_us_itin, 0.85, 0.99, Context::ssn},
    {Pii::itin, "324", "  ", is_us_itin, 0.6, 0.99, Context::ssn},
    {Pii::itin, "9", "", is_us_itin, 0.2, 0.85, Context::tax},
    {Pii::us_routing, "9", "", is_us_routing, 0.3, 0.9, Context::bank},
    {Pii::us_routing, "441", "--", is_us_routing, 0.4, 0.9, Context::bank},
    {Pii::uk_nhs, "334", "  ", is_uk_nhs, 0.6, 0.99, Context::health},
    {Pii::uk_nhs, "334", "--", is_uk_nhs, 0.3, 0.9, Context::health},
    {Pii::uk_nhs, "A", "", is_uk_nhs, 0.3, 0.95, Context::health},
    {Pii::in_aadhaar, "444", "  ", is_in_aadhaar, 0.7, 0.99, Context::aadhaar},
    {Pii::in_aadhaar, "444", "--", is_in_aadhaar, 0.7, 0.99, Context::aadhaar},
    {Pii::in_aadhaar, "C", "", is_in_aadhaar, 0.3, 0.95, Context::aadhaar},
    {Pii::pl_pesel, "B", "", is_pl_pesel, 0.55, 0.99, Context::national},
    {Pii::de_tax_id, "B", "", is_de_tax_id, 0.4, 0.95, Context::tax},
    {Pii::de_tax_id, "2333", "   ", is_de_tax_id, 0.7, 0.99, Context::tax},
    {Pii::au_tfn, "333", "  ", is_au_tfn, 0.4, 0.95, Context::tax},
    {Pii::au_tfn, "333", "--", is_au_tfn, 0.4, 0.95, Context::tax},
    {Pii::au_tfn, "9", "", is_au_tfn, 0.2, 0.95, Context::tax},
    {Pii::au_tfn, "8", "", is_au_tfn, 0.1, 0.9, Context::tax},
    {Pii::au_abn, "2333", "   ", is_au_abn, 0.8, 0.99, Context::company},
    {Pii::au_abn, "B", "", is_au_abn, 0.5, 0.99, Context::company},
    {Pii::au_medicare, "451", "  ", is_au_medicare, 0.75, 0.99, Context::medicare},
    {Pii::au_medicare, "451", "--", is_au_medicare, 0.75, 0.99, Context::medicare},
    {Pii::au_medicare, "A", "", is_au_medicare, 0.2, 0.95, Context::medicare},
    {Pii::ca_sin, "333", "--", is_ca_sin, 0.6, 0.99, Context::national},
    {Pii::ca_sin, "333", "  ", is_ca_sin, 0.45, 0.99, Context::national},
    {Pii::ca_sin, "9", "", is_ca_sin, 0.2, 0.95, Context::national},
    {Pii::tr_kimlik, "B", "", is_tr_kimlik, 0.55, 0.99, Context::national},
    {Pii::th_id, "14521", "----", is_th_id, 0.9, 0.99, Context::national},
    {Pii::th_id, "14521", "    ", is_th_id, 0.9, 0.99, Context::national},
    {Pii::th_id, "D", "", is_th_id, 0.3, 0.95, Context::national},
    {Pii::za_id, "D", "", is_za_id, 0.7, 0.99, Context::national},
    {Pii::za_id, "6412", "   ", is_za_id, 0.7, 0.99, Context::national},
    {Pii::za_id, "643", "  ", is_za_id, 0.7, 0.99, Context::national},
    {Pii::br_cpf, "3332", "..-", is_br_cpf, 0.97, 0.99, Context::tax},
    {Pii::br_cpf, "B", "", is_br_cpf, 0.55, 0.99, Context::tax},
    {Pii::br_cpf, "92", "-", is_br_cpf, 0.7, 0.99, Context::tax},
    {Pii::br_cnpj, "23342", "../-", is_br_cnpj, 0.97, 0.99, Context::company},
    {Pii::br_cnpj, "E", "", is_br_cnpj, 0.55, 0.99, Context::company},
    {Pii::fr_nir, "F", "", is_fr_nir, 0.7, 0.99, Context::national},
    {Pii::fr_nir, "1222332", "      ", is_fr_nir, 0.9, 0.99, Context::national},
    {Pii::ch_ahv, "3442", "...", is_ch_ahv, 0.95, 0.99, Context::national},
    {Pii::ch_ahv, "D", "", is_ch_ahv, 0.5, 0.99, Context::national},
    {Pii::cn_id, "I", "", is_cn_id, 0.95, 0.99, Context::national},
    {Pii::nl_bsn, "9", "", is_nl_bsn, 0.2, 0.95, Context::national},
    {Pii::nl_bsn, "333", "..", is_nl_bsn, 0.4, 0.95, Context::national},
    {Pii::nl_bsn, "423", "..", is_nl_bsn, 0.5, 0.95, Context::national},
    {Pii::be_national, "22232", "..-.", is_be_national, 0.97, 0.99, Context::national},
    {Pii::be_national, "B", "", is_be_national, 0.4, 0.95, Context::national},
    {Pii::se_personnummer, "64", "-", is_se_personnummer, 0.8, 0.99, Context::national},
    {Pii::se_personnummer, "64", "+", is_se_personnummer, 0.8, 0.99, Context::national},
    {Pii::se_personnummer, "84", "-", is_se_personnummer, 0.9, 0.99, Context::national},
    {Pii::se_personnummer, "C", "", is_se_personnummer, 0.5, 0.99, Context::national},
    {Pii::no_fodselsnummer, "65", " ", is_no_fodselsnummer, 0.9, 0.99, Context::national},
    {Pii::no_fodselsnummer, "B", "", is_no_fodselsnummer, 0.6, 0.99, Context::national},
    {Pii::dk_cpr, "64", "-", is_dk_cpr, 0.45, 0.9, Context::national},
    {Pii::passport, "9", "", any, 0, 0.75, Context::passport},
    {Pii::passport, "8", "", any, 0, 0.6, Context::passport},
    {Pii::passport, "7", "", any, 0, 0.55, Context::passport},
    {Pii::driving_licence, "7", "", any, 0, 0.55, Context::licence},
    {Pii::driving_licence, "8", "", any, 0, 0.65, Context::licence},
    {Pii::driving_licence, "9", "", any, 0, 0.65, Context::licence},
    {Pii::driving_licence, "A", "", any, 0, 0.55, Context::licence},
    {Pii::driving_licence, "333", "  ", any, 0, 0.6, Context::licence},
    {Pii::driving_licence, "333", "--", any, 0, 0.6, Context::licence}};

bool has_check(const Form& form) {
    return form.is_valid != any && form.entity != Pii::ssn && form.entity != Pii::itin &&
           form.entity != Pii::dk_cpr;
}

size_t length_of(char c) {
    return c <= '9' ? static_cast<size_t>(c - '0') : static_cast<size_t>(c - 'A') + 10;
}

// Groups of digits with one separator between each two.
struct Chain {
    std::string digits;
    size_t count = 0;
    std::array<size_t, kMaxGroups> length{};
    std::array<size_t, kMaxGroups> end{};  // behind the group, in the text
    std::array<char, kMaxGroups> separator{};
};

bool is_separator(unsigned char c) {
    return c == ' ' || c == '-' || c == '.' || c == '/' || c == '+' || c == '_';
}

Chain chain_from(const PiiScan& scan, size_t start) {
    Chain chain;
    size_t at = start;
    while (chain.count < kMaxGroups && chain.digits.size() < 40) {
        const size_t first = at;
        while (is_ascii_digit(scan.at(at))) ++at;
        if (at == first || is_ascii_alpha(scan.at(at))) break;
        chain.digits.append(scan.text().substr(first, at - first));
        chain.length[chain.count] = at - first;
        chain.end[chain.count] = at;
        chain.separator[chain.count] = static_cast<char>(scan.at(at));
        ++chain.count;
        if (!is_separator(scan.at(at))) break;
        ++at;
    }
    return chain;
}

// Nothing sticks to the number that would make it part of something longer.
bool stands_alone(const PiiScan& scan, size_t start, size_t end, char inner) {
    const unsigned char left = scan.before(start);
    if (left == '_' || left == '$' || left == '#' || left == '=') {
        if (left != '=' && left != '#') return false;
    }
    if ((left == '-' || left == '.' || left == '/' || left == ',' || left == ':') && start > 1) {
        const unsigned char further = scan.before(start - 1);
        if (is_ascii_digit(further) || (left != ':' && left != ',' && is_ascii_alpha(further))) return false;
    }
    if (left == ' ' && inner == ' ' && start > 1 && is_ascii_digit(scan.before(start - 1))) return false;
    const unsigned char right = scan.at(end);
    if (right == '_' || right == '%') return false;
    if (right == '-' || right == '.' || right == '/' || right == ',' || right == ':') {
        if (is_ascii_digit(scan.at(end + 1))) return false;
        if (right == '-' && is_ascii_alpha(scan.at(end + 1))) return false;
    }
    if (right == ' ' && inner == ' ' && is_ascii_digit(scan.at(end + 1))) return false;
    return true;
}

void try_form(PiiScan& scan, size_t start, const Chain& chain, const Form& form) {
    if (!scan.wants(form.entity)) return;
    size_t groups = 0;
    size_t digits = 0;
    for (; form.groups[groups] != 0; ++groups) {
        if (groups >= chain.count || chain.length[groups] != length_of(form.groups[groups])) return;
        if (groups > 0 && chain.separator[groups - 1] != form.separators[groups - 1]) return;
        digits += chain.length[groups];
    }
    const size_t end = chain.end[groups - 1];
    const char inner = groups > 1 ? chain.separator[0] : '\0';
    if (!form.is_valid(std::string_view(chain.digits).substr(0, digits))) return;
    if (!stands_alone(scan, start, end, inner)) return;
    double score = form.score;
    if (scan.near(form.context, start, end) ||
        (form.entity != Pii::us_routing && form.context == Context::tax &&
         scan.near(Context::national, start, end))) {
        score = form.with_context;
    } else if (scan.near(Context::other_number, start, end) || scan.before(start) == '#') {
        score -= 0.3;
    } else if (scan.near(Context::phone, start, end)) {
        // Check digits fit some telephone numbers by chance.
        score -= 0.3;
    }
    scan.found(form.entity, start, end, score, has_check(form) && score >= 0.5);
}

size_t digits_from(const PiiScan& scan, size_t at) {
    size_t count = 0;
    while (is_ascii_digit(scan.at(at + count))) ++count;
    return count;
}

// Nothing goes on behind digits that could be one more group of them, or a name.
bool ends_there(const PiiScan& scan, size_t end) {
    const unsigned char next = scan.at(end);
    if (is_ascii_alpha(next) || next == '_') return false;
    return !(is_separator(next) && next != ' ' && is_ascii_alnum(scan.at(end + 1)));
}

// A card's check number, of three digits or four; four may be the date, too, but not what looks like one
// group more.
bool is_check_number(const PiiScan& scan, size_t start, char inner) {
    const size_t digits = digits_from(scan, start);
    if (digits != 3 && !(digits == 4 && static_cast<char>(scan.before(start)) != inner)) return false;
    return ends_there(scan, start + digits);
}

// Behind a card's number stands the month in which it ends, and the year: 12/26, 12-2026, 12.26; or its check
// number; or both.
bool is_card_ending(const PiiScan& scan, size_t start, char inner) {
    if (is_check_number(scan, start, inner)) return true;
    if (digits_from(scan, start) != 2) return false;
    const int month = (scan.at(start) - '0') * 10 + (scan.at(start + 1) - '0');
    const unsigned char joint = scan.at(start + 2);
    if (month < 1 || month > 12 || !is_separator(joint) || joint == '+') return false;
    const size_t year = start + 3;
    const size_t digits = digits_from(scan, year);
    if (digits != 2 && !(digits == 4 && scan.at(year) == '2' && scan.at(year + 1) == '0')) return false;
    const size_t end = year + digits;
    return ends_there(scan, end) || (is_separator(scan.at(end)) && is_check_number(scan, end + 1, inner));
}

void try_card(PiiScan& scan, size_t start, const Chain& chain) {
    size_t digits = 0;
    for (size_t groups = 0; groups < chain.count; ++groups) {
        digits += chain.length[groups];
        if (groups > 0 && chain.separator[groups - 1] == '+') return;
        if (groups > 0 && chain.separator[groups - 1] != chain.separator[0]) return;
        if (digits < 12 || digits > 19) continue;
        // One group, or groups of four and more as cards print them (4-4-4-4, 4-6-5, ...).
        if (groups > 0 && (chain.length[0] != 4 || chain.length[1] < 4)) return;
        const std::string_view number = std::string_view(chain.digits).substr(0, digits);
        const bool issued = is_payment_card(number);
        const char inner = groups > 0 ? chain.separator[0] : '\0';
        // Paths and names are written so, too: of known issuers only.
        if (!issued && (inner == '/' || inner == '_')) continue;
        if (!issued && !luhn(number)) continue;
        const size_t end = chain.end[groups];
        const unsigned char right = scan.at(end);
        if ((right == '-' || right == '/' || right == '_') &&
            !(issued && is_card_ending(scan, end + 1, inner)))
            continue;
        const unsigned char left = scan.before(start);
        if (left == '-' || left == '.' || left == '_' || (left == '/' && inner == '/')) continue;
        if (right == '.' && is_ascii_digit(scan.at(end + 1)) &&
            !(issued && is_card_ending(scan, end + 1, inner)))
            continue;
        // Ranges change; where the text speaks of a card the Luhn digit is enough.
        double score = !issued ? 0.2 : groups > 0 ? 0.95 : digits > 13 ? 0.85 : 0.4;
        if (scan.near(Context::card, start, end)) {
            score = issued ? 0.99 : 0.8;
        } else if (groups == 0 && scan.near(Context::other_number, start, end)) {
            score = 0.45;
        }
        scan.found(Pii::credit_card, start, end, score, score >= 0.5);
    }
}

void try_korean(PiiScan& scan, size_t start, const Chain& chain) {
    const bool split =
        chain.count >= 2 && chain.length[0] == 6 && chain.length[1] == 7 && chain.separator[0] == '-';
    if (!split && !(chain.count >= 1 && chain.length[0] == 13)) return;
    bool checked = false;
    if (!is_kr_rrn(std::string_view(chain.digits).substr(0, 13), &checked)) return;
    const size_t end = chain.end[split ? 1 : 0];
    if (!stands_alone(scan, start, end, split ? '-' : '\0')) return;
    const bool said = scan.near(Context::national, start, end);
    // Since October 2020 the last digits are drawn by lot.
    const double score = split ? (checked ? 0.95 : 0.75) : (checked ? 0.55 : 0.3);
    scan.found(Pii::kr_rrn, start, end, said ? 0.99 : score, checked);
}

}  // namespace

void scan_numbers(PiiScan& scan, size_t start) {
    if (is_ascii_alnum(scan.before(start))) return;
    const Chain chain = chain_from(scan, start);
    if (chain.count == 0) return;
    if (chain.digits.size() < 7) return;
    for (const Form& form : kForms) try_form(scan, start, chain, form);
    if (scan.wants(Pii::credit_card)) try_card(scan, start, chain);
    if (scan.wants(Pii::kr_rrn)) try_korean(scan, start, chain);
}

}  // namespace pgprompt::guardrail
