// How mistakes in templates are told: line, column, and the line itself with a caret below.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/status.h"

namespace pgprompt {

// "line 3, column 7:\n  {{ x }\n        ^", prefixed by the template's name if it has one. The column counts
// characters. Long lines are cut around the position.
std::string describe_position(std::string_view source, uint32_t offset, std::string_view template_name);

[[noreturn]] void fail_syntax(std::string_view source, uint32_t offset, std::string_view template_name,
                              std::string message, std::string hint = {}, Code code = Code::syntax);

// A template's name as a message has it; the beginning of what is too long to be one.
std::string shown_name(std::string_view name);

}  // namespace pgprompt
