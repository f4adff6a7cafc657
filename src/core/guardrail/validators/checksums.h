// Check digits of numbers people and accounts go by. Every function takes the bare digits (and letters, upper
// case) without separators and answers whether length, ranges and check digits fit the public definition.
#pragma once

#include <string_view>

namespace pgprompt::guardrail {

bool luhn(std::string_view digits);      // ISO/IEC 7812-1, Annex B
bool verhoeff(std::string_view digits);  // Verhoeff 1969
bool iso7064_mod11_10(std::string_view digits);
int iso7064_mod97(std::string_view alphanumeric);  // the remainder; letters count 10 to 35

// A day that exists; the year is of four digits.
bool is_date(int year, int month, int day);

bool is_payment_card(std::string_view digits);  // issuer ranges, length, Luhn
bool is_iban(std::string_view iban);            // ISO 13616: length by country, mod 97 = 1
bool is_us_ssn(std::string_view digits);        // area, group and serial in use; never-issued ones out
bool is_us_itin(std::string_view digits);
bool is_us_routing(std::string_view digits);  // ABA: district ranges, weights 3 7 1
bool is_uk_nhs(std::string_view digits);      // mod 11
bool is_uk_nino(std::string_view nino);       // prefix letters, suffix A to D
bool is_uk_driving_licence(std::string_view licence);
bool is_in_aadhaar(std::string_view digits);             // first digit 2 to 9, Verhoeff
bool is_in_pan(std::string_view pan);                    // holder types
bool is_pl_pesel(std::string_view digits);               // date of birth, weights 1 3 7 9
bool is_es_nif(std::string_view nif);                    // 8 digits and a letter by mod 23
bool is_es_nie(std::string_view nie);                    // X, Y or Z first
bool is_it_codice_fiscale(std::string_view code);        // omocodia included
bool is_de_tax_id(std::string_view digits);              // repetition rule, ISO 7064 mod 11,10
bool is_au_tfn(std::string_view digits);                 // 8 or 9 digits
bool is_au_abn(std::string_view digits);                 // mod 89
bool is_au_medicare(std::string_view digits);            // 10 digits, or 11 with the person's number
bool is_ca_sin(std::string_view digits);                 // Luhn, first digit not 0 or 8
bool is_kr_rrn(std::string_view digits, bool* checked);  // date and sex digit; *checked: the check digit fits
bool is_sg_nric(std::string_view nric);
bool is_fi_hetu(std::string_view hetu);  // with its sign of the century
bool is_tr_kimlik(std::string_view digits);
bool is_th_id(std::string_view digits);
bool is_za_id(std::string_view digits);  // date, citizenship, Luhn
bool is_br_cpf(std::string_view digits);
bool is_br_cnpj(std::string_view digits);
bool is_cn_id(std::string_view id);                // 17 digits and a digit or X, ISO 7064 mod 11-2
bool is_fr_nir(std::string_view nir);              // 13 characters and the key, 97 - n mod 97
bool is_ch_ahv(std::string_view digits);           // 756, EAN-13
bool is_nl_bsn(std::string_view digits);           // the test by 11
bool is_be_national(std::string_view digits);      // mod 97
bool is_se_personnummer(std::string_view digits);  // 10 or 12 digits
bool is_no_fodselsnummer(std::string_view digits);
bool is_dk_cpr(std::string_view digits);  // date only: the check digit is no longer assured

}  // namespace pgprompt::guardrail
