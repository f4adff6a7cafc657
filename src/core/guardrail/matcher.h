// Finds all matches of many patterns in a text at a cost that hardly depends on their number: one pass of
// automata over what matches must contain, then a look at the few places and patterns for which it is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/byte_automaton.h"
#include "core/guardrail/regex_factor.h"
#include "core/guardrail/regex_program.h"
#include "core/status.h"

namespace pgprompt::guardrail {

// What the caller wants of a pattern kept with it.
struct PatternTag {
    uint32_t group = 0;    // patterns are switched on and off by group
    uint8_t views = 0xFF;  // bits of the kinds of text it is for
};

struct KeywordOptions {
    bool case_sensitive = false;
    bool word_boundary = true;
};

class Matcher {
 public:
    struct Match {
        uint32_t pattern;
        uint32_t start;
        uint32_t end;
    };
    struct Query {
        const std::vector<uint8_t>* groups = nullptr;  // a byte a group, 0: switched off; null: all on
        uint8_t view = 0xFF;
        Poll poll = nullptr;
        size_t max_matches = SIZE_MAX;  // of one pattern
    };

    // Each returns the pattern's number, counted from 0. Throws as RegexProgram does.
    uint32_t add_regex(const std::string& where, const std::string& pattern, const RegexFlags& flags,
                       size_t max_memory, PatternTag tag);
    // For patterns known to be valid: RE2 reads them when the first text needs it. In long texts their matches are
    // found up to 8 KB long.
    uint32_t add_known_regex(const std::string& where, const std::string& pattern, const RegexFlags& flags,
                             size_t max_memory, PatternTag tag);
    // `keyword` is not empty. Case is ignored in ASCII only: fold the rest in keyword and text alike.
    uint32_t add_keyword(std::string_view keyword, const KeywordOptions& options, PatternTag tag);
    void build(Poll poll = nullptr);

    // Appends every match: those of one regex leftmost first and without overlap, as searching the text with
    // it alone would find them; every occurrence of a keyword. Ordered by pattern, then start. `text` is
    // UTF-8.
    void find(std::string_view text, const Query& query, std::vector<Match>* out) const;

    size_t patterns() const { return patterns_.size(); }
    size_t memory_bytes() const;
    // Lets RE2 read what add_known_regex() put off; throws for the first pattern it refuses.
    void compile_all() const;
    // How many patterns have to be searched for one by one in every text.
    size_t unfiltered() const { return always_.size(); }

 private:
    friend class Search;

    struct Pattern {
        PatternTag tag;
        int32_t regex = -1;    // index into regexes_; a keyword otherwise
        int32_t keyword = -1;  // index into keywords_
        bool fixed_start = false;
        bool folds_k_or_s = false;
        uint32_t min_bytes = 0;
        uint32_t first_lead = 0;  // sets of the first bytes, in leads_
        uint32_t leads = 0;
        uint32_t max_bytes = RegexNode::kUnbounded;
        bool within_line = false;  // no match holds a line break
        bool runs_on = false;      // a match may run on over nearly any text
    };
    struct Keyword {
        std::string text;  // lower case unless case_sensitive
        KeywordOptions options;
    };
    // A pattern that has a fragment in it: where the match lies around it.
    struct User {
        uint32_t pattern;
        uint32_t length;  // of the fragment
        uint32_t before_min;
        uint32_t before_max;
        uint32_t after_max;
    };
    struct Fragments {
        std::vector<std::vector<User>> users;  // by number of the fragment in the automata
        std::vector<ByteAutomaton> automata;
    };

    uint32_t add_program(std::unique_ptr<RegexProgram> program, const std::string& pattern,
                         const RegexFlags& flags, PatternTag tag);
    uint32_t lead_index(const ByteSet& set);
    void add_literal(const std::string& literal, const User& user);
    void add_run(const std::vector<ByteSet>& run, const User& user);
    bool keyword_at(std::string_view text, const Keyword& keyword, size_t start) const;

    std::vector<Pattern> patterns_;
    std::vector<std::unique_ptr<RegexProgram>> regexes_;
    std::vector<Keyword> keywords_;
    std::vector<ByteSet> sets_;
    std::vector<uint32_t> leads_;    // indices into sets_
    std::vector<uint32_t> always_;   // patterns without a usable fragment
    std::vector<uint32_t> folding_;  // patterns with folds_k_or_s
    Fragments literals_;
    Fragments runs_;
    // While building.
    std::vector<std::string> literal_texts_;
    std::vector<std::vector<ByteSet>> run_sets_;
};

// Is there a word boundary between these two neighbours? Letters, digits and marks make words; scripts
// written without spaces (Han, kana, Hangul, Thai, ...) have a boundary anywhere.
bool is_word_boundary(uint32_t left, uint32_t right);

}  // namespace pgprompt::guardrail
