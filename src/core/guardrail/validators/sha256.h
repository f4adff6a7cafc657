// SHA-256 (FIPS 180-4) and HMAC (RFC 2104): for checksums of crypto addresses and keyed masks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pgprompt::guardrail {

using Sha256Digest = std::array<unsigned char, 32>;
Sha256Digest sha256(std::string_view bytes);
Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace pgprompt::guardrail
