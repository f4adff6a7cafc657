#pragma once

#include <cstddef>

namespace pgprompt::guardrail {

struct SecretFormat {
    const char* kind;         // "github_token"
    const char* description;  // "GitHub personal access token"
    const char* pattern;      // RE2, case told apart
    float score;
    float least_entropy;  // of the whole match, bits per character; 0: not asked
};

const SecretFormat* secret_formats(size_t* count);
// Formats from this number on are generic: named values, connection strings.
size_t first_generic_format();

}  // namespace pgprompt::guardrail
