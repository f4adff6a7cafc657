// How many columns of a terminal a text takes.
#pragma once

#include <string>
#include <string_view>

namespace pgprompt {

// Of UTF-8: 2 for wide and fullwidth characters (Unicode Standard Annex 11) and emoji, 0 for combining marks,
// format and control characters, else 1. Invalid bytes count 1 each.
int display_width(std::string_view text);

// The text in exactly `width` columns: filled up with spaces, or cut with an ellipsis at its end; control
// characters become spaces.
std::string fitted(std::string_view text, int width);

}  // namespace pgprompt
