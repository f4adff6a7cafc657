#pragma once

#include <string>
#include <vector>

namespace pgprompt::guardrail {

// RE2 has no lookaround, but those that ask for the edge of a word are \b or \B: (?<!\w), (?!\w), (?<=\W|^),
// (?=\W|$) and their like are rewritten so where the pattern beside them leaves no doubt which of the two.
// Says what it did in `notes`. Anything else comes back as it was.
std::string rewrite_lookarounds(const std::string& pattern, std::vector<std::string>* notes);

}  // namespace pgprompt::guardrail
