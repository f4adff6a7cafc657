#include "core/guardrail/validators/crypto_address.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/guardrail/utf8.h"
#include "core/guardrail/validators/keccak.h"
#include "core/guardrail/validators/sha256.h"

namespace pgprompt::guardrail {
namespace {

constexpr char kBase58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr char kBech32[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

int index_in(const char* alphabet, char c) {
    const char* found = c == 0 ? nullptr : std::strchr(alphabet, c);
    return found == nullptr ? -1 : static_cast<int>(found - alphabet);
}

uint32_t bech32_polymod(const std::vector<uint8_t>& values) {
    static constexpr uint32_t kGenerator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t check = 1;
    for (const uint8_t value : values) {
        const uint32_t top = check >> 25;
        check = (check & 0x1ffffff) << 5 ^ value;
        for (int i = 0; i < 5; ++i) {
            if ((top >> i & 1) != 0) check ^= kGenerator[i];
        }
    }
    return check;
}

}  // namespace

bool is_base58check_address(std::string_view address) {
    if (address.size() < 25 || address.size() > 36) return false;
    // A big-endian number in base 58; leading ones are leading zero bytes.
    std::vector<unsigned char> bytes;
    for (const char c : address) {
        int carry = index_in(kBase58, c);
        if (carry < 0) return false;
        for (unsigned char& byte : bytes) {
            carry += byte * 58;
            byte = static_cast<unsigned char>(carry & 255);
            carry >>= 8;
        }
        while (carry > 0) {
            bytes.push_back(static_cast<unsigned char>(carry & 255));
            carry >>= 8;
        }
    }
    for (size_t i = 0; i < address.size() && address[i] == '1'; ++i) bytes.push_back(0);
    const std::string raw(bytes.rbegin(), bytes.rend());
    // Version byte (Zcash: two), twenty bytes of hash, four of checksum.
    if (raw.size() != 25 && raw.size() != 26) return false;
    static constexpr unsigned char kVersions[] = {0x00, 0x05, 0x1e, 0x16, 0x30, 0x32,
                                                  0x41, 0x4c, 0x10, 0x6f, 0xc4};
    const auto version = static_cast<unsigned char>(raw[0]);
    const bool known =
        raw.size() == 26 ? version == 0x1c : std::memchr(kVersions, version, sizeof kVersions) != nullptr;
    if (!known) return false;
    const Sha256Digest once = sha256(std::string_view(raw).substr(0, raw.size() - 4));
    const Sha256Digest twice = sha256({reinterpret_cast<const char*>(once.data()), once.size()});
    return std::memcmp(twice.data(), raw.data() + raw.size() - 4, 4) == 0;
}

bool is_bech32_address(std::string_view address) {
    if (address.size() < 14 || address.size() > 90) return false;
    bool lower = false;
    bool upper = false;
    std::string text;
    for (const char c : address) {
        lower = lower || is_ascii_lower(static_cast<unsigned char>(c));
        upper = upper || is_ascii_upper(static_cast<unsigned char>(c));
        text.push_back(to_ascii_lower(c));
    }
    if (lower && upper) return false;
    const size_t separator = text.rfind('1');
    if (separator == std::string::npos || text.size() - separator < 8) return false;
    const std::string prefix = text.substr(0, separator);
    if (prefix != "bc" && prefix != "tb" && prefix != "ltc" && prefix != "bcrt") return false;
    std::vector<uint8_t> values;
    for (const char c : prefix) values.push_back(static_cast<uint8_t>(c >> 5));
    values.push_back(0);
    for (const char c : prefix) values.push_back(static_cast<uint8_t>(c & 31));
    for (const char c : text.substr(separator + 1)) {
        const int value = index_in(kBech32, c);
        if (value < 0) return false;
        values.push_back(static_cast<uint8_t>(value));
    }
    const int version = index_in(kBech32, text[separator + 1]);
    // Between the version and the six characters of the checksum: the program, five bits a character, filled
    // up with fewer than five zero bits.
    const size_t bits = (text.size() - separator - 8) * 5;
    const size_t bytes = bits / 8;
    const size_t padding = bits % 8;
    if (bytes < 2 || bytes > 40 || (version == 0 && bytes != 20 && bytes != 32)) return false;
    if (padding > 4 || (values[values.size() - 7] & ((1u << padding) - 1)) != 0) return false;
    return version <= 16 && bech32_polymod(values) == (version == 0 ? 1u : 0x2bc830a3u);
}

EthereumCheck check_ethereum_address(std::string_view address) {
    if (address.size() != 42 || address[0] != '0' || (address[1] | 0x20) != 'x')
        return EthereumCheck::not_an_address;
    bool lower = false;
    bool upper = false;
    bool letters = false;
    std::string text;
    for (const char c : address.substr(2)) {
        const auto byte = static_cast<unsigned char>(c);
        if (!is_ascii_hex(byte)) return EthereumCheck::not_an_address;
        lower = lower || is_ascii_lower(byte);
        upper = upper || is_ascii_upper(byte);
        letters = letters || is_ascii_alpha(byte);
        text.push_back(to_ascii_lower(c));
    }
    if (!(lower && upper)) {
        return letters || text.find_first_not_of('0') != std::string::npos ? EthereumCheck::unchecked
                                                                           : EthereumCheck::not_an_address;
    }
    const auto hash = keccak256(text);
    for (size_t i = 0; i < 40; ++i) {
        const int nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15;
        const auto byte = static_cast<unsigned char>(address[i + 2]);
        if (is_ascii_alpha(byte) && is_ascii_upper(byte) != (nibble >= 8)) return EthereumCheck::invalid;
    }
    return EthereumCheck::valid;
}

}  // namespace pgprompt::guardrail
