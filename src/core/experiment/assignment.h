// Which variant a unit gets: documented to the bit in doc/experiments.md, so that any client can reproduce it.
#pragma once

#include <cstdint>
#include <string_view>

namespace pgprompt {

inline constexpr int kBuckets = 10000;

// The bucket (0 to 9999) of a unit under a salt: XXH3-64 (seed 0) of the salt's bytes, one zero byte and the unit's
// bytes, modulo 10,000. Text in the server holds no zero byte, so no two pairs share an input.
int bucket(std::string_view salt, std::string_view unit);

}  // namespace pgprompt
