// Every check digit against numbers its issuer, standard or a public register gives as examples, and against
// the same numbers with one digit changed.
#include <gtest/gtest.h>

#include "core/guardrail/validators/checksums.h"
#include "core/guardrail/validators/crypto_address.h"
#include "core/guardrail/validators/keccak.h"

namespace pgprompt::guardrail {
namespace {

struct Case {
    const char* name;
    bool (*is_valid)(std::string_view);
    std::vector<const char*> valid;
    std::vector<const char*> invalid;
};

bool korean(std::string_view digits) {
    bool checked = false;
    return is_kr_rrn(digits, &checked) && checked;
}
bool ethereum(std::string_view address) {
    return check_ethereum_address(address) == EthereumCheck::valid;
}

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"luhn", luhn, {"79927398713", "18", "0"}, {"79927398714", "", "17"}},
        {"verhoeff", verhoeff, {"2363", "123451"}, {"2364", "2633"}},
        {"payment card",
         is_payment_card,
         {"4111111111111111", "4012888888881881", "4222222222222", "5555555555554444", "5105105105105100",
          "2223003122003222", "378282246310005", "371449635398431", "6011111111111117", "30569309025904",
          "38520000023237", "3530111333300000", "6200000000000005"},
         {"4111111111111112", "5555555555554445", "1234567812345670", "411111111111111", "9999999999999995"}},
        {"iban",
         is_iban,
         {"GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606",
          "NO9386011117947", "MT84MALT011000012345MTLCAST001S", "CH9300762011623852957", "BE68539007547034",
          "SA0380000000608010167519"},
         {"GB82WEST12345698765433", "DE8937040044053201300", "XX89370400440532013000",
          "DE98370400440532013000"}},
        {"us ssn",
         is_us_ssn,
         {"123456789", "899010001"},
         {"000456789", "666456789", "900456789", "123006789", "123450000", "078051120"}},
        {"us itin",
         is_us_itin,
         {"912701234", "900881234", "999991234"},
         {"912931234", "812701234", "912691234"}},
        {"us routing",
         is_us_routing,
         {"021000021", "011401533", "122105155", "091000019"},
         {"021000022", "999999992", "000000000"}},
        {"uk nhs",
         is_uk_nhs,
         {"9434765919", "4505577104", "9876543210"},
         {"9434765918", "4505577105", "987654321"}},
        {"uk nino",
         is_uk_nino,
         {"AB123456C", "JG103759A"},
         {"QQ123456C", "AO123456C", "GB123456A", "AB123456E"}},
        {"uk driving licence",
         is_uk_driving_licence,
         {"MORGA657054SM9IJ", "MORGA753116SM9IJ"},
         {"MORGA673054SM9IJ", "MORGA657454SM9IJ"}},
        {"in aadhaar",
         is_in_aadhaar,
         {"999941057058", "999971658847", "234123412346"},
         {"999941057059", "134123412346", "222222222222"}},
        {"in pan", is_in_pan, {"AAAPZ1234C", "ABCTY1234D"}, {"AAADZ1234C", "AAAPZ12345", "AAAPZ0000C"}},
        {"pl pesel",
         is_pl_pesel,
         {"44051401359", "02070803628", "44051401458"},
         {"44051401358", "44133201359"}},
        {"es nif", is_es_nif, {"12345678Z", "54362315K"}, {"12345678A", "1234567Z"}},
        {"es nie", is_es_nie, {"X1234567L", "X2482300W", "Y0000000Z"}, {"X1234567M", "A1234567L"}},
        {"it codice fiscale",
         is_it_codice_fiscale,
         {"RSSMRA85T10A562S", "MRTMTT25D09F205Z", "RCCMNL83S18D969H"},
         {"RSSMRA85T10A562T", "RSSMRA85Z10A562S"}},
        {"de tax id",
         is_de_tax_id,
         {"86095742719", "47036892816", "65929970489", "57549285017", "25768131411"},
         {"86095742718", "06095742719", "12345678912"}},
        {"au tfn", is_au_tfn, {"123456782", "876543210", "37118629"}, {"123456783", "999999999"}},
        {"au abn", is_au_abn, {"51824753556", "53004085616", "83914571673"}, {"51824753557", "01824753556"}},
        {"au medicare", is_au_medicare, {"2123456701", "2428778132"}, {"2123456711", "7123456701"}},
        {"ca sin", is_ca_sin, {"193456787", "130692544"}, {"193456788", "046454286", "999999990"}},
        {"kr rrn", korean, {"9710139019902"}, {"9710139019903", "9713139019902"}},
        {"sg nric",
         is_sg_nric,
         {"S1234567D", "F1234567N", "T1234567J", "G1234567X"},
         {"S1234567E", "A1234567D"}},
        {"fi hetu", is_fi_hetu, {"131052-308T", "010594Y9032"}, {"131052-308U", "321052-308T"}},
        {"tr kimlik", is_tr_kimlik, {"10000000146", "17291716060"}, {"10000000147", "01000000146"}},
        {"th id", is_th_id, {"1234545678781", "3101202780273"}, {"1234545678782", "9234545678781"}},
        {"za id", is_za_id, {"8001015009087", "7503305044089"}, {"8001015009088", "8013015009087"}},
        {"br cpf", is_br_cpf, {"39053344705", "11144477735", "52998224725"}, {"39053344706", "11111111111"}},
        {"br cnpj", is_br_cnpj, {"16727230000197", "11222333000181"}, {"16727230000198", "00000000000000"}},
        {"cn id",
         is_cn_id,
         {"11010519491231002X", "440524188001010014"},
         {"110105194912310021", "11010519491331002X"}},
        {"fr nir", is_fr_nir, {"295109912611193", "253072B07300470"}, {"295109912611194", "395109912611193"}},
        {"ch ahv", is_ch_ahv, {"7569217076985"}, {"7569217076986", "7559217076985"}},
        {"nl bsn", is_nl_bsn, {"111222333", "123456782"}, {"111252333", "000000000"}},
        {"be national", is_be_national, {"85073003328", "17073003384"}, {"85073003329"}},
        {"se personnummer",
         is_se_personnummer,
         {"8803200016", "8112189876", "198112189876"},
         {"8803200018", "8813200016"}},
        {"no fodselsnummer", is_no_fodselsnummer, {"15108695088"}, {"15108695077", "35138695088"}},
        {"base58check",
         is_base58check_address,
         {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
          "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"},
         {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "0A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"}},
        {"bech32",
         is_bech32_address,
         {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
          "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
         {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du"}},
        {"ethereum",
         ethereum,
         {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
          "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"},
         {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA"}}};
    return all;
}

TEST(Validators, TakePublishedNumbersAndRefuseAlteredOnes) {
    for (const Case& test : cases()) {
        for (const char* number : test.valid)
            EXPECT_TRUE(test.is_valid(number)) << test.name << " " << number;
        for (const char* number : test.invalid)
            EXPECT_FALSE(test.is_valid(number)) << test.name << " " << number;
    }
}

TEST(Validators, KnowTheCalendar) {
    EXPECT_TRUE(is_date(2000, 2, 29));
    EXPECT_FALSE(is_date(1900, 2, 29));
    EXPECT_FALSE(is_date(2023, 4, 31));
}

TEST(Keccak256, AnswersThePublishedVector) {
    const auto digest = keccak256("");
    EXPECT_EQ(digest[0], 0xc5);
    EXPECT_EQ(digest[1], 0xd2);
    EXPECT_EQ(digest[31], 0x70);
}

}  // namespace
}  // namespace pgprompt::guardrail
