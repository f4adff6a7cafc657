// The shape of an RE2 pattern, read far enough to know what every match must contain and how long it can get.
// RE2 stays the judge of what a pattern means; whatever this reader does not follow is reported as "not
// understood".
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace pgprompt::guardrail {

using ByteSet = std::bitset<256>;

struct RegexNode {
    enum class Kind : uint8_t {
        empty,      // matches the empty text: anchors, boundaries, ()
        bytes,      // one byte out of `set`
        character,  // one character: `set` holds its ASCII part and every lead byte of its other part
        sequence,
        choice,
        repeat,  // child 0, `low` to `high` times
    };
    static constexpr uint32_t kUnbounded = UINT32_MAX;

    Kind kind = Kind::empty;
    ByteSet set;
    uint32_t low = 0;
    uint32_t high = 0;
    uint32_t min_bytes = 0;
    uint32_t max_bytes = 0;  // kUnbounded: no limit
    std::vector<RegexNode> children;
};

struct RegexShape {
    RegexNode root;
    // Some letter k or s matches without regard to case, hence U+212A (Kelvin) or U+017F (long s), too.
    bool folds_k_or_s = false;
};

// Whether a match may hold a line break.
bool crosses_lines(const RegexNode& node);
// Whether a match, once begun, may run on over nearly any text: .*, [^"]+
bool runs_on(const RegexNode& node);

// Nullopt where the pattern is not understood (or not valid).
std::optional<RegexShape> read_regex(std::string_view pattern, bool fold_case, bool dot_all);

}  // namespace pgprompt::guardrail
