// What every match of a pattern must contain, and how far from the match's ends: the reason why most patterns
// need not be tried on most texts.
#pragma once

#include <cstdint>
#include <vector>

#include "core/guardrail/regex_syntax.h"

namespace pgprompt::guardrail {

// A run of bytes, each out of its set, with the bytes that may lie before and after it inside the match.
struct Factor {
    std::vector<ByteSet> sets;
    uint32_t before_min = 0;
    uint32_t before_max = 0;  // RegexNode::kUnbounded: any number
    uint32_t after_max = 0;
};

struct FactorChoice {
    std::vector<Factor> factors;  // every match contains at least one of them
    double rate = 1;              // how often one of them is expected per byte of ordinary text
    bool literal = false;         // every set is one byte, but for ASCII case

    // Every factor lies at one distance from the start of the match: a hit tells where the match starts.
    bool fixed_start() const;
};

inline constexpr size_t kMaxFactorLength = 12;

// The rarest factors of a pattern; none if every choice of them would be met all over ordinary text.
FactorChoice choose_factors(const RegexShape& shape);

// The sets of the first bytes of every match, as far as they are certain; at most `limit`.
std::vector<ByteSet> leading_sets(const RegexShape& shape, size_t limit);

// How often a run of bytes out of these sets is expected per byte of ordinary text.
double expected_rate(const std::vector<ByteSet>& sets);
// The same for one byte, in either case if it is a letter.
double expected_share(char lower_case);

// True for a set holding one byte, or one ASCII letter in both cases.
bool is_literal_set(const ByteSet& set);

}  // namespace pgprompt::guardrail
