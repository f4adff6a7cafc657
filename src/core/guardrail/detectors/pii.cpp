#include "core/guardrail/detectors/pii.h"

#include <algorithm>
#include <cstring>

#include "core/guardrail/best_of_overlapping.h"
#include "core/guardrail/detectors/pii_scan.h"
#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

// In the order of enum class Pii.
const std::vector<DetectorName>& entities() {
    static const std::vector<DetectorName> names = {
        {"email", "e-mail address", true},
        {"phone", "telephone number, international and national plans", true},
        {"ssn", "US social security number", true},
        {"itin", "US individual taxpayer identification number", true},
        {"credit_card", "payment card number (issuer range, Luhn)", true},
        {"iban", "bank account, IBAN (country length, mod 97)", true},
        {"ip_address", "IPv4 or IPv6 address", true},
        {"mac_address", "hardware address", true},
        {"url_credentials", "URL with a user name and password", true},
        {"passport", "passport number, near a word that says so", true},
        {"driving_licence", "driving licence number, UK form or near a word that says so", true},
        {"us_routing", "US bank routing number, near a word that says so (ABA check digit)", true},
        {"uk_nhs", "UK NHS number (mod 11)", true},
        {"uk_nino", "UK national insurance number", true},
        {"in_aadhaar", "Indian Aadhaar number (Verhoeff)", true},
        {"in_pan", "Indian permanent account number", true},
        {"pl_pesel", "Polish PESEL (date, check digit)", true},
        {"es_nif", "Spanish NIF (check letter)", true},
        {"es_nie", "Spanish NIE (check letter)", true},
        {"it_codice_fiscale", "Italian codice fiscale (check letter)", true},
        {"de_tax_id", "German tax ID (ISO 7064)", true},
        {"au_tfn", "Australian tax file number (mod 11)", true},
        {"au_abn", "Australian business number (mod 89)", true},
        {"au_medicare", "Australian Medicare number (mod 10)", true},
        {"ca_sin", "Canadian social insurance number (Luhn)", true},
        {"kr_rrn", "Korean resident registration number", true},
        {"sg_nric", "Singapore NRIC or FIN (check letter)", true},
        {"fi_hetu", "Finnish personal identity code (mod 31)", true},
        {"tr_kimlik", "Turkish identity number (two check digits)", true},
        {"th_id", "Thai citizen number (mod 11)", true},
        {"za_id", "South African identity number (date, Luhn)", true},
        {"br_cpf", "Brazilian CPF (two check digits)", true},
        {"br_cnpj", "Brazilian CNPJ (two check digits)", true},
        {"cn_id", "Chinese resident identity number (mod 11-2)", true},
        {"fr_nir", "French social security number (mod 97)", true},
        {"ch_ahv", "Swiss AHV number (EAN-13)", true},
        {"nl_bsn", "Dutch citizen service number (test by 11)", true},
        {"be_national", "Belgian national number (mod 97)", true},
        {"se_personnummer", "Swedish personal number (date, Luhn)", true},
        {"no_fodselsnummer", "Norwegian birth number (two check digits)", true},
        {"dk_cpr", "Danish CPR number, near a word that says so (date)", true},
        {"crypto_address", "crypto currency address (base58check, bech32, EIP-55)", true}};
    return names;
}

bool better(const PiiFinding& a, const PiiFinding& b) {
    if (a.validated != b.validated) return a.validated;
    if (a.score != b.score) return a.score > b.score;
    return a.end - a.start > b.end - b.start;
}

}  // namespace

const char* name_of(Pii entity) {
    return entities()[static_cast<size_t>(entity)].name.data();
}

PiiMask default_pii() {
    PiiMask mask = 0;
    for (size_t i = 0; i < entities().size(); ++i) {
        if (entities()[i].by_default) mask |= PiiMask{1} << i;
    }
    return mask;
}

PiiMask pii_mask(std::string_view name) {
    for (size_t i = 0; i < entities().size(); ++i) {
        if (entities()[i].name == name) return PiiMask{1} << i;
    }
    return 0;
}

std::vector<PiiFinding> scan_pii(std::string_view text, PiiMask wanted, float min_score, Poll poll) {
    PiiScan scan(text, wanted, min_score, poll);
    const bool colons = scan.wants(Pii::ip_address) || scan.wants(Pii::mac_address);
    Pacer pacer(poll);
    size_t token_end = 0;  // digits before it belong to a token already seen
    for (size_t i = 0; i < text.size(); ++i) {
        pacer.reached(i);
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == '@') {
            if (scan.wants(Pii::email)) scan_email(scan, i);
        } else if (c == ':') {
            if (scan.at(i + 1) == '/' && scan.at(i + 2) == '/') {
                if (scan.wants(Pii::url_credentials)) scan_url(scan, i);
            } else if (colons) {
                scan_colons(scan, i);
            }
        } else if (is_ascii_digit(c) && i >= token_end) {
            scan.tick();
            size_t start = i;
            while (start > token_end && i - start < 64 && is_ascii_alnum(scan.before(start))) --start;
            size_t end = i;
            bool letters = start < i;
            while (is_ascii_alnum(scan.at(end))) {
                letters = letters || is_ascii_alpha(scan.at(end));
                ++end;
            }
            token_end = end;
            if (letters) {
                scan_token(scan, start, end);
            } else {
                scan_numbers(scan, start);
                scan_split_code(scan, start, end);
            }
            if (scan.wants(Pii::phone) && start == i) scan_phone(scan, start);
            if (colons && (scan.at(end) == '.' || scan.at(end) == '-')) scan_dotted(scan, start);
            i = end - 1;
        }
    }
    return best_of_overlapping(std::move(scan.findings()), poll, better);
}

}  // namespace pgprompt::guardrail

namespace pgprompt {

const std::vector<DetectorName>& pii_entities() {
    return guardrail::entities();
}

}  // namespace pgprompt
