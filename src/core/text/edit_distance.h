#pragma once

#include <string_view>

namespace pgprompt {

// Levenshtein's distance of two UTF-8 texts in characters; -1 where either has more than 1,000: it is for
// hints.
int edit_distance(std::string_view a, std::string_view b);

}  // namespace pgprompt
