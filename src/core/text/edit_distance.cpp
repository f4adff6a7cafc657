#include "core/text/edit_distance.h"

#include <algorithm>
#include <string>
#include <vector>

namespace pgprompt {

namespace {

constexpr size_t kLongest = 1000;

// One element a character; malformed bytes stand for themselves.
std::vector<std::string_view> characters(std::string_view text) {
    std::vector<std::string_view> result;
    for (size_t i = 0; i < text.size();) {
        size_t end = i + 1;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) end++;
        result.push_back(text.substr(i, end - i));
        i = end;
    }
    return result;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
    const auto from = characters(a);
    const auto to = characters(b);
    if (from.size() > kLongest || to.size() > kLongest) return -1;
    std::vector<int> row(to.size() + 1);
    for (size_t j = 0; j < row.size(); j++) row[j] = static_cast<int>(j);
    for (size_t i = 0; i < from.size(); i++) {
        int diagonal = row[0];
        row[0] = static_cast<int>(i) + 1;
        for (size_t j = 0; j < to.size(); j++) {
            int replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace pgprompt
