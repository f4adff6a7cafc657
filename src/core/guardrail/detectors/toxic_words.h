#pragma once

#include <vector>

#include "core/guardrail/detectors/phrases.h"
#include "core/guardrail/detectors/toxic.h"

namespace pgprompt::guardrail {

// Words of all languages, compiled on first use. A phrase's weight is its grade's score.
const PhraseMatcher& toxic_words();

}  // namespace pgprompt::guardrail
