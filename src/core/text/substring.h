// Where a text stands in another one, in time linear in the two, whatever they are made of.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgprompt {

// The offset of the first or last `part` in `text`, in bytes; npos if there is none. An empty part stands at
// the beginning, or at the end.
size_t find_first(std::string_view text, std::string_view part, size_t from = 0) noexcept;
size_t find_last(std::string_view text, std::string_view part);

}  // namespace pgprompt
