#include "core/experiment/assignment.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>

namespace pgprompt {

int bucket(std::string_view salt, std::string_view unit) {
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, salt.data(), salt.size());
    XXH3_64bits_update(&state, "", 1);
    XXH3_64bits_update(&state, unit.data(), unit.size());
    return static_cast<int>(XXH3_64bits_digest(&state) % kBuckets);
}

}  // namespace pgprompt
