// Finds where any of many short byte patterns end in a text, in one pass at a constant cost per byte. Two
// builders: Aho-Corasick for literals, and the subset construction for runs of byte sets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/regex_syntax.h"
#include "core/status.h"

namespace pgprompt::guardrail {

// A complete deterministic automaton over classes of bytes. States are numbered so that the accepting ones
// come last.
class ByteAutomaton {
 public:
    // A pattern's end: `pattern` as numbered by the builder.
    struct Hit {
        uint32_t end;  // byte position behind the pattern
        uint32_t state;
    };

    // All hits of text, in order of `end`. Throws Failure(cancelled).
    void scan(std::string_view text, std::vector<Hit>* hits, Poll poll) const;

    // A bit for each pattern (number below 64) that ends anywhere in the text. Throws Failure(cancelled).
    uint64_t which(std::string_view text, Poll poll = nullptr) const;

    // Calls visit(pattern) for every pattern that ends in an accepting state.
    template <class Visit>
    void for_each(uint32_t state, Visit visit) const {
        for (uint32_t i = first_output_[state - first_accepting_];
             i < first_output_[state - first_accepting_ + 1]; ++i) {
            visit(outputs_[i]);
        }
    }

    bool empty() const { return next_.empty(); }
    size_t states() const { return next_.size() >> shift_; }
    size_t memory_bytes() const {
        return sizeof *this + next_.capacity() * sizeof(uint16_t) +
               (first_output_.capacity() + outputs_.capacity()) * sizeof(uint32_t);
    }

 private:
    friend class AutomatonBuilder;

    uint8_t class_of_[256] = {};
    uint32_t shift_ = 0;            // a row of next_ has 1 << shift_ entries
    uint32_t first_accepting_ = 0;  // states from here on accept
    uint32_t longest_ = 0;          // bytes of the longest pattern: what a scan must read ahead of its start
    std::vector<uint16_t> next_;
    std::vector<uint32_t> first_output_;
    std::vector<uint32_t> outputs_;
};

// Literals, matched without regard to ASCII case. As many automata as the number of states asks for. Pattern
// numbers are indices into `literals`; none is empty.
std::vector<ByteAutomaton> build_aho_corasick(const std::vector<std::string>& literals, Poll poll = nullptr);

// Runs of byte sets. Patterns whose product of states grows too large go into automata of their own.
std::vector<ByteAutomaton> build_run_automata(const std::vector<std::vector<ByteSet>>& runs,
                                              Poll poll = nullptr);

}  // namespace pgprompt::guardrail
