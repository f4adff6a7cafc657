// Work on strings that filters and methods share.
#pragma once

#include <string_view>

#include "core/template/renderer.h"
#include "core/template/text.h"

namespace pgprompt {

// str.splitlines(), one line at a time.
class LineSplitter {
 public:
    explicit LineSplitter(std::string_view s) : s_(s) {}
    // With `keep_ends` the line break is part of the line.
    bool next(std::string_view* line, bool keep_ends = false) {
        if (at_ >= s_.size()) return false;
        size_t begin = at_;
        while (at_ < s_.size()) {
            size_t before = at_;
            uint32_t c = text::decode(s_, &at_);
            if (!text::is_line_break(c)) continue;
            if (c == '\r' && at_ < s_.size() && s_[at_] == '\n') ++at_;
            ended_ = true;
            *line = s_.substr(begin, (keep_ends ? at_ : before) - begin);
            return true;
        }
        ended_ = false;
        *line = s_.substr(begin);
        return true;
    }
    // Whether the latest line ended with a break.
    bool ended_with_break() const { return ended_; }

 private:
    std::string_view s_;
    size_t at_ = 0;
    bool ended_ = false;
};

// s with up to `count` (negative: all) occurrences of `from` replaced, written to the output.
void replace_text(Renderer& r, std::string_view s, std::string_view from, std::string_view to, int64_t count);
// s filled up to `width` characters; align is '<', '>' or '^' as str.ljust, rjust and center.
Value pad_text(Renderer& r, const Value& s, int64_t width, const Value& fill, char align);
// One line cut as textwrap.wrap() cuts it, the pieces joined by `between`.
void wrap_line(Output& out, std::string_view line, uint64_t width, bool break_long_words,
               bool break_on_hyphens, std::string_view between);

}  // namespace pgprompt
