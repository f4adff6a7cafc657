#pragma once

#include <string_view>

namespace pgprompt::guardrail {

// Is the lower-case word among the thousand or so most common ones?
bool is_common_word(std::string_view word);

}  // namespace pgprompt::guardrail
