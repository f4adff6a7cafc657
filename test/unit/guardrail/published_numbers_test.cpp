// Every validator against test/conformance/published_numbers.tsv: numbers that standards, issuers and
// registers print as examples or as wrong, each with its source.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/validators/checksums.h"
#include "core/guardrail/validators/crypto_address.h"

namespace pgprompt::guardrail {
namespace {

using Validator = bool (*)(std::string_view);

const std::map<std::string, Validator>& validators() {
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

struct Published {
    std::string entity;
    std::string number;
    std::string judgement;
    std::string source;
};

std::vector<Published> published() {
    std::ifstream file(PGPROMPT_TEST_DIR "/conformance/published_numbers.tsv");
    std::vector<Published> rows;
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "entity\tnumber\tjudgement\tsource");
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        Published row;
        std::getline(fields, row.entity, '\t');
        std::getline(fields, row.number, '\t');
        std::getline(fields, row.judgement, '\t');
        std::getline(fields, row.source, '\t');
        rows.push_back(row);
    }
    return rows;
}

// The functions that the headers declare, without is_ and check_.
std::vector<std::string> declared() {
    std::vector<std::string> names;
    for (const char* header : {"checksums.h", "crypto_address.h"}) {
        std::ifstream file(std::string(PGPROMPT_TEST_DIR "/../src/core/guardrail/validators/") + header);
        static const std::regex declaration("^(?:bool|int|EthereumCheck) (?:is_|check_)?(\\w+)\\(.*");
        std::string line;
        std::smatch match;
        while (std::getline(file, line)) {
            if (std::regex_match(line, match, declaration)) names.push_back(match[1]);
        }
    }
    return names;
}

TEST(PublishedNumbers, AreJudgedAsTheirSourceDoes) {
    for (const Published& row : published()) {
        const auto found = validators().find(row.entity);
        ASSERT_NE(found, validators().end()) << row.entity;
        ASSERT_TRUE(row.judgement == "valid" || row.judgement == "invalid") << row.number;
        EXPECT_FALSE(row.source.empty()) << row.number;
        EXPECT_EQ(found->second(row.number), row.judgement == "valid")
            << row.entity << " " << row.number << " (" << row.source << ")";
    }
}

TEST(PublishedNumbers, CoverEveryValidator) {
    std::map<std::string, int> valid;
    std::map<std::string, int> invalid;
    for (const Published& row : published()) ++(row.judgement == "valid" ? valid : invalid)[row.entity];
    const std::vector<std::string> names = declared();
    EXPECT_EQ(names.size(), validators().size());
    for (const std::string& name : names) {
        EXPECT_EQ(validators().count(name), 1u) << name;
        EXPECT_GE(valid[name], 1) << name;
        EXPECT_GE(invalid[name], 2) << name;
    }
}

}  // namespace
}  // namespace pgprompt::guardrail
