// Keys, tokens and passwords: the public formats of their issuers, private key blocks, JSON Web Tokens,
// connection strings, and values of high entropy next to telling names.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/guardrail/text_view.h"
#include "core/status.h"

namespace pgprompt::guardrail {

struct SecretFinding {
    uint32_t kind;  // index into secret_kinds()
    int32_t view;   // -1: the raw text
    uint32_t start;
    uint32_t end;  // in the raw text
    float score;
    bool validated;
};

// Number of the kind of that name; -1 for an unknown one.
int secret_kind(std::string_view name);

// Findings in the raw text and its views, in order; of overlapping ones the best stays.
std::vector<SecretFinding> scan_secrets(std::string_view raw, const std::vector<TextView>& views, Poll poll);

// Bits of entropy per character, by the characters' own frequencies.
double shannon_entropy(std::string_view text);

}  // namespace pgprompt::guardrail
