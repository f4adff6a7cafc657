// Values as JSON text.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/value.h"

namespace pgprompt {

// Appends `text` as a JSON string: quotes, backslashes and control characters escaped, everything else as it
// is.
void append_json_string(std::string_view text, std::string* out);
std::string json_string(std::string_view text);

// What a walk over a document does with each string, values and keys (those of the outermost object where
// asked for), and with each number's text: `path` names its place, such as "user.emails[0]"; what it appends is written
// in the string's place. A number whose text comes back unchanged stays a number, any other becomes a string.
using StringFilter = std::function<void(std::string_view path, std::string_view text, std::string* out)>;

// A value as JSON text; undefined is null. Throws Failure(limit_exceeded) past 6,400 levels.
std::string json_text(const Value& value);
std::string json_text(const Value& value, const StringFilter& filter, bool outermost_keys = false);

}  // namespace pgprompt
