// Text as Python's str sees it: code points in UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgprompt::text {

// Decodes the code point at `at` and moves behind it. Bytes that are not UTF-8 count one by one.
uint32_t decode(std::string_view s, size_t* at) noexcept;
// Decodes the code point that ends at `at` (exclusive) and moves to its begin.
uint32_t decode_back(std::string_view s, size_t* at) noexcept;
void append(std::string* to, uint32_t code_point);
bool is_valid_utf8(std::string_view s) noexcept;
bool is_ascii(std::string_view s) noexcept;

// The number of code points.
size_t length(std::string_view s) noexcept;
// The byte offset of code point `index`, at most the size.
size_t offset(std::string_view s, size_t index) noexcept;

// str.isspace() of one code point.
bool is_space(uint32_t c) noexcept;
std::string_view strip_left(std::string_view s) noexcept;
std::string_view strip_right(std::string_view s) noexcept;
// The same for any of the code points in `set`.
std::string_view strip_left(std::string_view s, std::string_view set) noexcept;
std::string_view strip_right(std::string_view s, std::string_view set) noexcept;

std::string upper(std::string_view s);
std::string lower(std::string_view s);
std::string title(std::string_view s);       // str.title()
std::string capitalize(std::string_view s);  // first to title case, the rest to lower
std::string swap_case(std::string_view s);
std::string case_fold(std::string_view s);

// Properties as Python's str.is...() of one code point.
bool is_alpha(uint32_t c) noexcept;
bool is_decimal(uint32_t c) noexcept;
bool is_digit(uint32_t c) noexcept;
bool is_numeric(uint32_t c) noexcept;
bool is_upper(uint32_t c) noexcept;
bool is_lower(uint32_t c) noexcept;
bool is_title(uint32_t c) noexcept;
bool is_cased(uint32_t c) noexcept;
bool is_printable(uint32_t c) noexcept;
bool is_identifier_start(uint32_t c) noexcept;
bool is_identifier_part(uint32_t c) noexcept;
inline bool is_alnum(uint32_t c) noexcept {
    return is_alpha(c) || is_decimal(c) || is_digit(c) || is_numeric(c);
}
inline bool is_word(uint32_t c) noexcept {
    return c == '_' || is_alnum(c);
}  // \w of a regular expression

// Of str.splitlines(): whether c ends a line.
bool is_line_break(uint32_t c) noexcept;

}  // namespace pgprompt::text
