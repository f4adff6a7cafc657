// Numbers as Python has them: integers of any size, doubles printed by their shortest text.
#pragma once

#include <string>
#include <string_view>

namespace pgprompt {

// The decimal digits of an integer written in `base` (2, 8, 10 or 16).
std::string decimal_digits(std::string_view digits, int base);

}  // namespace pgprompt
