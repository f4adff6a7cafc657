// Personal data: hand-written scanners around the characters such data cannot do without (digits, @, ://),
// validated by check digits where there are any, their scores raised or lowered by the words nearby.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/guardrail/detect.h"
#include "core/status.h"

namespace pgprompt::guardrail {

// In the order of kPiiEntities (pii.cpp).
enum class Pii : uint8_t {
    email,
    phone,
    ssn,
    itin,
    credit_card,
    iban,
    ip_address,
    mac_address,
    url_credentials,
    passport,
    driving_licence,
    us_routing,
    uk_nhs,
    uk_nino,
    in_aadhaar,
    in_pan,
    pl_pesel,
    es_nif,
    es_nie,
    it_codice_fiscale,
    de_tax_id,
    au_tfn,
    au_abn,
    au_medicare,
    ca_sin,
    kr_rrn,
    sg_nric,
    fi_hetu,
    tr_kimlik,
    th_id,
    za_id,
    br_cpf,
    br_cnpj,
    cn_id,
    fr_nir,
    ch_ahv,
    nl_bsn,
    be_national,
    se_personnummer,
    no_fodselsnummer,
    dk_cpr,
    crypto_address,
    count
};
using PiiMask = uint64_t;
inline constexpr PiiMask pii_bit(Pii entity) {
    return PiiMask{1} << static_cast<int>(entity);
}
inline constexpr PiiMask kAllPii = (PiiMask{1} << static_cast<int>(Pii::count)) - 1;

const char* name_of(Pii entity);
PiiMask default_pii();
// 0 for an unknown name.
PiiMask pii_mask(std::string_view name);

struct PiiFinding {
    Pii entity;
    uint32_t start;
    uint32_t end;
    float score;  // 0 to 1
    bool validated;
};

// Findings of score `min_score` and more, in order; where some overlap the best stays (validated, then score,
// then length). Throws Failure(cancelled).
std::vector<PiiFinding> scan_pii(std::string_view text, PiiMask wanted, float min_score, Poll poll);

}  // namespace pgprompt::guardrail
