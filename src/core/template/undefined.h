#pragma once

#include <string>
#include <string_view>

namespace pgprompt {

// What an error calls a value of a type: "str object", "None".
std::string object_text(std::string_view type);

}  // namespace pgprompt
