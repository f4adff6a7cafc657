// What changed from one text to another, by lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace pgprompt {

struct DiffLine {
    char change;            // ' ' in both, '-' only in the first, '+' only in the second
    std::string_view line;  // without its newline; borrowed from the texts
};

// The shortest edit script (E. W. Myers, Algorithmica 1 (1986) 251-266), removed lines before added ones. A
// text whose last line has no newline equals one that has. Past 5,000 changed lines the rest counts as
// replaced as a whole.
Result<std::vector<DiffLine>> line_diff(std::string_view a, std::string_view b, Poll poll = nullptr) noexcept;

// The same as a unified diff with three lines of context, headed by the two labels; empty where nothing
// changed.
Result<std::string> unified_diff(std::string_view a, std::string_view b, std::string_view label_a,
                                 std::string_view label_b, Poll poll = nullptr) noexcept;

}  // namespace pgprompt
