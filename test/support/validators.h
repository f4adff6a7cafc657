// The validators of numbers by name: that of the entity, or of the check.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/guardrail/validators/checksums.h"
#include "core/guardrail/validators/crypto_address.h"

namespace pgprompt::guardrail {

using Validator = bool (*)(std::string_view);

inline const std::map<std::string, Validator>& validators() {
    static const std::map<std::string, Validator> all = {
        {"luhn", luhn},
        {"verhoeff", verhoeff},
        {"iso7064_mod11_10", iso7064_mod11_10},
        {"iso7064_mod97", [](std::string_view n) { return iso7064_mod97(n) == 1; }},
        {"date",
         [](std::string_view n) {
             const std::string day(n);
             return is_date(std::stoi(day), std::stoi(day.substr(5)), std::stoi(day.substr(8)));
         }},
        {"payment_card", is_payment_card},
        {"iban", is_iban},
        {"us_ssn", is_us_ssn},
        {"us_itin", is_us_itin},
        {"us_routing", is_us_routing},
        {"uk_nhs", is_uk_nhs},
        {"uk_nino", is_uk_nino},
        {"uk_driving_licence", is_uk_driving_licence},
        {"in_aadhaar", is_in_aadhaar},
        {"in_pan", is_in_pan},
        {"pl_pesel", is_pl_pesel},
        {"es_nif", is_es_nif},
        {"es_nie", is_es_nie},
        {"it_codice_fiscale", is_it_codice_fiscale},
        {"de_tax_id", is_de_tax_id},
        {"au_tfn", is_au_tfn},
        {"au_abn", is_au_abn},
        {"au_medicare", is_au_medicare},
        {"ca_sin", is_ca_sin},
        {"kr_rrn",
         [](std::string_view n) {
             bool checked = false;
             return is_kr_rrn(n, &checked) && checked;
         }},
        {"sg_nric", is_sg_nric},
        {"fi_hetu", is_fi_hetu},
        {"tr_kimlik", is_tr_kimlik},
        {"th_id", is_th_id},
        {"za_id", is_za_id},
        {"br_cpf", is_br_cpf},
        {"br_cnpj", is_br_cnpj},
        {"cn_id", is_cn_id},
        {"fr_nir", is_fr_nir},
        {"ch_ahv", is_ch_ahv},
        {"nl_bsn", is_nl_bsn},
        {"be_national", is_be_national},
        {"se_personnummer", is_se_personnummer},
        {"no_fodselsnummer", is_no_fodselsnummer},
        {"dk_cpr", is_dk_cpr},
        {"base58check_address", is_base58check_address},
        {"bech32_address", is_bech32_address},
        // EIP-55 counts addresses of one case among the right ones.
        {"ethereum_address", [](std::string_view n) {
             const EthereumCheck check = check_ethereum_address(n);
             return check == EthereumCheck::valid || check == EthereumCheck::unchecked;
         }}};
    return all;
}

}  // namespace pgprompt::guardrail
