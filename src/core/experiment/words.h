// Numbers in sentences, inside this area.
#pragma once

#include <string>
#include <vector>

namespace pgprompt::words {

std::string number(double value);   // up to 4 significant digits: "0.1902", "1235"
std::string percent(double share);  // "+4.5 %", with a sign
std::string p_value(double p);      // ".0016", "below 1e-300"
std::string count(double value, const char* one, const char* many);  // "1 user", "120 users"
std::string join(const std::vector<std::string>& parts);             // "a, b and c"

}  // namespace pgprompt::words
