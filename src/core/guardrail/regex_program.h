// RE2 behind a small door: explicit memory, no logging, errors as values, both generations of its string
// type.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/status.h"

namespace pgprompt::guardrail {

struct RegexFlags {
    bool fold_case = false;   // i
    bool multi_line = false;  // m: ^ and $ match at lines
    bool dot_all = false;     // s: . matches a newline
};

class RegexProgram {
 public:
    // Throws Failure(invalid_regex) with the place and construct, or limit_exceeded when it needs more
    // memory. `where` begins the message.
    RegexProgram(const std::string& where, std::string_view pattern, const RegexFlags& flags,
                 size_t max_memory);
    // The same, compiled when it is first needed: for patterns known to be valid. What goes wrong then is
    // thrown by the search.
    struct Later {};
    RegexProgram(Later, const std::string& where, std::string_view pattern, const RegexFlags& flags,
                 size_t max_memory);

    // The leftmost match that starts at or after `from` and ends by `to`, with what surrounds [from, to)
    // visible to
    // ^, $ and \b. A search that runs out of memory falls back to a slower one inside RE2, never to "no
    // match".
    bool find(std::string_view text, size_t from, size_t to, size_t* start, size_t* end) const;
    // The match that starts at `at`.
    bool match_at(std::string_view text, size_t at, size_t* end) const;
    size_t memory_bytes() const noexcept;

 private:
    void compile() const;
    const RE2& re2() const;

    std::string where_;
    std::string pattern_;
    RegexFlags flags_;
    size_t max_memory_;
    mutable std::once_flag once_;
    mutable std::unique_ptr<RE2> re2_;
};

}  // namespace pgprompt::guardrail
