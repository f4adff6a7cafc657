#pragma once

#include <string>
#include <string_view>

namespace pgprompt {

// Entities, by number or by HTML 4's names, become characters, as Python's html.unescape() has it.
std::string unescape_html(std::string_view s);

}  // namespace pgprompt
