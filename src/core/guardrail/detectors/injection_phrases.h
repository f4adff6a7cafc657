#pragma once

#include "core/guardrail/detectors/injection.h"
#include "core/guardrail/detectors/phrases.h"

namespace pgprompt::guardrail {

// The phrases of all families and languages, compiled on first use.
const PhraseMatcher& injection_phrases();

}  // namespace pgprompt::guardrail
