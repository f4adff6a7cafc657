#pragma once

#include <cstdint>

namespace pgprompt::guardrail {

// The letter (a to z) that a letter or symbol beyond ASCII looks like, or 0. Compatibility forms (fullwidth,
// mathematical, ...) are not in the table: normalisation has turned them into letters before.
char lookalike(uint32_t code_point);

}  // namespace pgprompt::guardrail
