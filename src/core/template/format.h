// Python's three ways to format: format specs ("{:>10.2f}"), str.format() and the % operator.
#pragma once

#include <string_view>

#include "core/template/renderer.h"

namespace pgprompt {

// format(v, spec), written to the output.
void format_value(Renderer& r, const Value& v, std::string_view spec);
// A field's conversion: 'r', 's' or 'a' ("!r"); '\0' for none.
Value convert_value(Renderer& r, const Value& v, char conversion);
// template.format(*positional, **named)
Value format_fields(Renderer& r, const Value& format, const Arguments& arguments);
// format % arguments: a tuple gives several, a dict named ones.
Value format_percent(Renderer& r, const Value& format, const Value& arguments);

}  // namespace pgprompt
