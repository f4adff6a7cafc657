// The validators by name, for a comparison with others': lines "entity value" in, the same and 1 or 0 out.
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "core/guardrail/validators/checksums.h"
#include "core/guardrail/validators/crypto_address.h"

int main() {
    using namespace pgprompt::guardrail;
    const std::map<std::string, std::function<bool(const std::string&)>> validators = {
        {"luhn", luhn},
        {"iban", is_iban},
        {"us_ssn", is_us_ssn},
        {"us_routing", is_us_routing},
        {"uk_nhs", is_uk_nhs},
        {"in_aadhaar", is_in_aadhaar},
        {"in_pan", is_in_pan},
        {"pl_pesel", is_pl_pesel},
        {"es_nif", is_es_nif},
        {"es_nie", is_es_nie},
        {"it_codice_fiscale", is_it_codice_fiscale},
        {"de_tax_id", is_de_tax_id},
        {"au_tfn", is_au_tfn},
        {"au_abn", is_au_abn},
        {"ca_sin", is_ca_sin},
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
        {"no_fodselsnummer", is_no_fodselsnummer},
    };
    std::string name, value;
    while (std::cin >> name >> value) {
        const auto found = validators.find(name);
        if (found == validators.end()) {
            std::fprintf(stderr, "no validator \"%s\"\n", name.c_str());
            return 2;
        }
        std::printf("%s %s %d\n", name.c_str(), value.c_str(), found->second(value) ? 1 : 0);
    }
}
