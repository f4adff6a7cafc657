// HTML and SVG that is well-formed as XML, too, inside this area.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgprompt::report {

// With <, >, &, " and ' as entities; characters that XML does not have become U+FFFD.
std::string escaped(std::string_view text);

std::string coordinate(double value);  // at most two decimal places

using Attributes = std::initializer_list<std::pair<const char*, std::string>>;

// <name attributes>inner</name>; attribute values are escaped here, `inner` is markup already.
std::string element(const char* name, Attributes attributes, const std::string& inner = {});

// Round numbers that cover low to high: about `count` of them, steps of 1, 2 or 5 times a power of ten.
std::vector<double> ticks(double low, double high, int count);

}  // namespace pgprompt::report
