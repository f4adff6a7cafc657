// The tables of what is built in, by name, and the nearest name to a mistaken one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgprompt {

inline constexpr uint16_t kUnknown = 0xffff;

// Indices in the tables of filters, tests and global functions; kUnknown if there is no such name.
uint16_t find_filter(std::string_view name) noexcept;
uint16_t find_test(std::string_view name) noexcept;
uint16_t find_global(std::string_view name) noexcept;

// A hint of the form `Did you mean "upper"?`, or empty if nothing is near.
std::string near_filter(std::string_view name);
std::string near_test(std::string_view name);
// What to write for a function of Python's that templates do not have; empty for other names.
std::string python_function_hint(std::string_view name);

}  // namespace pgprompt
