// Addresses of crypto currencies, by their built-in checksums.
#pragma once

#include <string_view>

namespace pgprompt::guardrail {

// Base58Check with a version byte of Bitcoin, Litecoin, Dogecoin, Dash, Zcash or Tron.
bool is_base58check_address(std::string_view address);
// A segregated-witness address: bech32 (BIP 173) for version 0, bech32m (BIP 350) for the later ones.
bool is_bech32_address(std::string_view address);

enum class EthereumCheck { not_an_address, unchecked, valid, invalid };
// 0x and forty hexadecimal digits; mixed case carries the checksum of EIP-55.
EthereumCheck check_ethereum_address(std::string_view address);

}  // namespace pgprompt::guardrail
