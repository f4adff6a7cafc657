// Covering what was found: masks, keyed hashes, or all but the last characters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/rule.h"
#include "core/status.h"

namespace pgprompt {

// A place in a text to be covered.
struct RedactSpan {
    uint32_t start_byte = 0;
    uint32_t end_byte = 0;    // exclusive
    std::string_view entity;  // borrowed; upper-cased in the mask
    double score = 1;
    bool validated = false;
    RedactMode mode = RedactMode::mask;
};

struct RedactOptions {
    // Keys the hash mode (HMAC-SHA-256, its first 12 hex digits): equal values get equal masks under one key,
    // and nobody without the key can try values out. Without a key it is a plain mask.
    std::string_view hash_key;
    Poll poll = nullptr;
};

// `text` with every span covered. Overlapping spans become one, as wide as all of them; it takes entity and
// mode of the best: validated before unvalidated, then the higher score, then the longer. Spans must lie on
// character boundaries inside the text, in any order (invalid_parameter otherwise).
Result<std::string> redact(std::string_view text, std::vector<RedactSpan> spans,
                           const RedactOptions& options = {}) noexcept;

}  // namespace pgprompt
