#include "core/guardrail/matcher.h"

#include <algorithm>
#include <cstring>

#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

constexpr size_t kLeads = 16;
constexpr size_t kKeywordFragment = 6;
constexpr size_t kLiteralFragment = 8;
constexpr uint32_t kLongestKnown = 8192;  // match of a known pattern in a text that is searched in pieces

unsigned char lower(char c) {
    return static_cast<unsigned char>(to_ascii_lower(c));
}

std::string literal_of(const std::vector<ByteSet>& sets) {
    std::string literal;
    for (const ByteSet& set : sets) {
        for (size_t c = 255;; --c) {
            if (set[c]) {
                literal.push_back(static_cast<char>(lower(static_cast<char>(c))));
                break;
            }
        }
    }
    return literal;
}

// Where the rarest stretch of `length` bytes begins.
size_t rarest_stretch(const std::vector<ByteSet>& sets, size_t length) {
    if (sets.size() <= length) return 0;
    size_t best = 0;
    double lowest = 2;
    for (size_t i = 0; i + length <= sets.size(); ++i) {
        const auto from = sets.begin() + static_cast<std::ptrdiff_t>(i);
        const double rate = expected_rate({from, from + static_cast<std::ptrdiff_t>(length)});
        if (rate < lowest * 0.999) {
            lowest = rate;
            best = i;
        }
    }
    return best;
}

// The same for text in lower case whose case does not count.
size_t rarest_stretch(std::string_view text, size_t length) {
    size_t best = 0;
    double lowest = 2;
    for (size_t i = 0; i + length <= text.size(); ++i) {
        double rate = 1;
        for (const char c : text.substr(i, length)) rate *= expected_share(c);
        if (rate < lowest * 0.999) {
            lowest = rate;
            best = i;
        }
    }
    return best;
}

// The literal that stands for a run of letters in the automaton, and where in the run it begins.
std::string literal_fragment(const std::vector<ByteSet>& sets, size_t* from) {
    *from = rarest_stretch(sets, kLiteralFragment);
    return literal_of(sets).substr(*from, kLiteralFragment);
}

uint32_t add(uint32_t a, size_t b) {
    return a == RegexNode::kUnbounded ? a : a + static_cast<uint32_t>(b);
}

}  // namespace

uint32_t Matcher::lead_index(const ByteSet& set) {
    const auto found = std::find(sets_.begin(), sets_.end(), set);
    if (found != sets_.end()) return static_cast<uint32_t>(found - sets_.begin());
    sets_.push_back(set);
    return static_cast<uint32_t>(sets_.size() - 1);
}

void Matcher::add_literal(const std::string& literal, const User& user) {
    literal_texts_.push_back(literal);
    literals_.users.push_back({user});
}

void Matcher::add_run(const std::vector<ByteSet>& run, const User& user) {
    const auto found = std::find(run_sets_.begin(), run_sets_.end(), run);
    if (found != run_sets_.end()) {
        runs_.users[static_cast<size_t>(found - run_sets_.begin())].push_back(user);
        return;
    }
    run_sets_.push_back(run);
    runs_.users.push_back({user});
}

uint32_t Matcher::add_regex(const std::string& where, const std::string& source, const RegexFlags& flags,
                            size_t max_memory, PatternTag tag) {
    return add_program(std::make_unique<RegexProgram>(where, source, flags, max_memory), source, flags, tag);
}

uint32_t Matcher::add_known_regex(const std::string& where, const std::string& source,
                                  const RegexFlags& flags, size_t max_memory, PatternTag tag) {
    const uint32_t number =
        add_program(std::make_unique<RegexProgram>(RegexProgram::Later{}, where, source, flags, max_memory),
                    source, flags, tag);
    patterns_[number].max_bytes = std::min(patterns_[number].max_bytes, kLongestKnown);
    return number;
}

uint32_t Matcher::add_program(std::unique_ptr<RegexProgram> program, const std::string& source,
                              const RegexFlags& flags, PatternTag tag) {
    const auto number = static_cast<uint32_t>(patterns_.size());
    Pattern pattern;
    pattern.tag = tag;
    pattern.regex = static_cast<int32_t>(regexes_.size());
    regexes_.push_back(std::move(program));
    const auto shape = read_regex(source, flags.fold_case, flags.dot_all);
    FactorChoice choice;
    if (shape) {
        choice = choose_factors(*shape);
        pattern.folds_k_or_s = shape->folds_k_or_s;
        pattern.min_bytes = shape->root.min_bytes;
        if (!shape->folds_k_or_s) pattern.max_bytes = shape->root.max_bytes;
        pattern.within_line = !crosses_lines(shape->root);
        pattern.runs_on = runs_on(shape->root);
    }
    if (choice.factors.empty()) {
        always_.push_back(number);
        patterns_.push_back(pattern);
        return number;
    }
    pattern.fixed_start = choice.fixed_start();
    if (pattern.folds_k_or_s) folding_.push_back(number);
    if (pattern.fixed_start) {
        pattern.first_lead = static_cast<uint32_t>(leads_.size());
        for (const ByteSet& set : leading_sets(*shape, kLeads)) leads_.push_back(lead_index(set));
        pattern.leads = static_cast<uint32_t>(leads_.size()) - pattern.first_lead;
    }
    for (const Factor& factor : choice.factors) {
        User user{number, static_cast<uint32_t>(factor.sets.size()), factor.before_min, factor.before_max,
                  factor.after_max};
        if (!choice.literal) {
            add_run(factor.sets, user);
            continue;
        }
        size_t from = 0;
        const std::string literal = literal_fragment(factor.sets, &from);
        user.after_max = add(user.after_max, factor.sets.size() - from - literal.size());
        user.before_min = add(user.before_min, from);
        user.before_max = add(user.before_max, from);
        user.length = static_cast<uint32_t>(literal.size());
        add_literal(literal, user);
    }
    patterns_.push_back(pattern);
    return number;
}

uint32_t Matcher::add_keyword(std::string_view keyword, const KeywordOptions& options, PatternTag tag) {
    const auto number = static_cast<uint32_t>(patterns_.size());
    Pattern pattern;
    pattern.tag = tag;
    pattern.keyword = static_cast<int32_t>(keywords_.size());
    pattern.fixed_start = true;
    pattern.min_bytes = static_cast<uint32_t>(keyword.size());
    Keyword entry{std::string(keyword), options};
    if (!options.case_sensitive) {
        for (char& c : entry.text) c = to_ascii_lower(c);
    }
    std::string folded(keyword);
    for (char& c : folded) c = to_ascii_lower(c);
    const size_t from = rarest_stretch(folded, kKeywordFragment);
    const std::string literal = folded.substr(from, kKeywordFragment);
    add_literal(literal, {number, static_cast<uint32_t>(literal.size()), static_cast<uint32_t>(from),
                          static_cast<uint32_t>(from), 0});
    keywords_.push_back(std::move(entry));
    patterns_.push_back(pattern);
    return number;
}

void Matcher::build(Poll poll) {
    // Equal literals become one.
    std::vector<uint32_t> order(literal_texts_.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    paced_stable_sort(order.begin(), order.end(), poll,
                      [&](uint32_t a, uint32_t b) { return literal_texts_[a] < literal_texts_[b]; });
    std::vector<std::string> distinct;
    std::vector<std::vector<User>> users;
    for (const uint32_t i : order) {
        if (distinct.empty() || distinct.back() != literal_texts_[i]) {
            distinct.push_back(literal_texts_[i]);
            users.emplace_back();
        }
        users.back().insert(users.back().end(), literals_.users[i].begin(), literals_.users[i].end());
    }
    literals_.users = std::move(users);
    literals_.automata = build_aho_corasick(distinct, poll);
    runs_.automata = build_run_automata(run_sets_, poll);
    literal_texts_ = {};
    run_sets_ = {};
}

void Matcher::compile_all() const {
    size_t end = 0;
    for (const auto& regex : regexes_) regex->match_at("", 0, &end);
}

size_t Matcher::memory_bytes() const {
    size_t bytes = sizeof *this + patterns_.capacity() * sizeof(Pattern) +
                   sets_.capacity() * sizeof(ByteSet) +
                   (leads_.capacity() + always_.capacity() + folding_.capacity()) * sizeof(uint32_t);
    for (const Fragments* fragments : {&literals_, &runs_}) {
        for (const auto& users : fragments->users) bytes += sizeof users + users.capacity() * sizeof(User);
        for (const ByteAutomaton& automaton : fragments->automata) bytes += automaton.memory_bytes();
    }
    for (const auto& regex : regexes_) bytes += regex->memory_bytes();
    for (const Keyword& keyword : keywords_) bytes += sizeof keyword + keyword.text.capacity();
    return bytes;
}

bool Matcher::keyword_at(std::string_view text, const Keyword& keyword, size_t start) const {
    const size_t size = keyword.text.size();
    if (start > text.size() || text.size() - start < size) return false;
    if (keyword.options.case_sensitive) {
        if (std::memcmp(text.data() + start, keyword.text.data(), size) != 0) return false;
    } else {
        for (size_t i = 0; i < size; ++i) {
            if (to_ascii_lower(text[start + i]) != keyword.text[i]) return false;
        }
    }
    if (!keyword.options.word_boundary) return true;
    const size_t end = start + size;
    if (start > 0) {
        size_t left = previous_start(text, start);
        size_t first = start;
        if (!is_word_boundary(next_code_point(text, &left), next_code_point(text, &first))) return false;
    }
    if (end < text.size()) {
        size_t last = previous_start(text, end);
        size_t right = end;
        if (!is_word_boundary(next_code_point(text, &last), next_code_point(text, &right))) return false;
    }
    return true;
}

}  // namespace pgprompt::guardrail
