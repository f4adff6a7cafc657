#pragma once

#include <array>
#include <string_view>

namespace pgprompt::guardrail {

// Keccak-256 as Ethereum uses it: the submission's padding, not FIPS 202's.
std::array<unsigned char, 32> keccak256(std::string_view bytes);

}  // namespace pgprompt::guardrail
