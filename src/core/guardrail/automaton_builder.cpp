#include <algorithm>
#include <array>
#include <string>

#include "core/guardrail/byte_automaton.h"
#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

constexpr size_t kMaxStates = 65000;      // of an Aho-Corasick automaton; states are 16 bits wide
constexpr size_t kMaxEntries = 4u << 20;  // of its table
constexpr size_t kMaxRunStates = 4000;    // of an automaton of runs: more, and it is split

unsigned char lower(char c) {
    return static_cast<unsigned char>(to_ascii_lower(c));
}

}  // namespace

// States with their outputs, before they are renumbered.
class AutomatonBuilder {
 public:
    static ByteAutomaton finish(const std::array<uint8_t, 256>& class_of, size_t classes,
                                const std::vector<uint32_t>& table,  // classes entries a state
                                const std::vector<std::vector<uint32_t>>& outputs,
                                const std::vector<uint32_t>& order,  // states in the order they are kept in
                                size_t longest) {
        const size_t states = outputs.size();
        ByteAutomaton automaton;
        std::copy(class_of.begin(), class_of.end(), automaton.class_of_);
        while ((size_t{1} << automaton.shift_) < classes) ++automaton.shift_;
        automaton.longest_ = static_cast<uint32_t>(longest);
        std::vector<uint32_t> number(states);
        uint32_t count = 0;
        for (const uint32_t s : order) {
            if (outputs[s].empty()) number[s] = count++;
        }
        automaton.first_accepting_ = count;
        automaton.first_output_.push_back(0);
        for (const uint32_t s : order) {
            if (outputs[s].empty()) continue;
            number[s] = count++;
            automaton.outputs_.insert(automaton.outputs_.end(), outputs[s].begin(), outputs[s].end());
            automaton.first_output_.push_back(static_cast<uint32_t>(automaton.outputs_.size()));
        }
        automaton.next_.assign(states << automaton.shift_, 0);
        for (size_t s = 0; s < states; ++s) {
            for (size_t c = 0; c < classes; ++c) {
                automaton.next_[(size_t{number[s]} << automaton.shift_) + c] =
                    static_cast<uint16_t>(number[table[s * classes + c]]);
            }
        }
        return automaton;
    }
};

namespace {

ByteAutomaton aho_corasick(const std::vector<std::string>& literals, size_t first, size_t last, Poll poll) {
    Pacer pacer(poll);
    std::array<uint8_t, 256> class_of{};
    size_t classes = 1;
    for (size_t i = first; i < last; ++i) {
        for (const char c : literals[i]) {
            if (class_of[lower(c)] == 0) class_of[lower(c)] = static_cast<uint8_t>(classes++);
        }
    }
    for (int c = 'A'; c <= 'Z'; ++c) class_of[static_cast<size_t>(c)] = class_of[static_cast<size_t>(c + 32)];

    constexpr uint32_t kNone = UINT32_MAX;
    std::vector<uint32_t> table(classes, kNone);
    std::vector<std::vector<uint32_t>> outputs(1);
    size_t longest = 0;
    size_t bytes = 0;
    for (size_t i = first; i < last; ++i) bytes += literals[i].size();
    table.reserve((bytes / 2 + 1) * classes);
    for (size_t i = first; i < last; ++i) {
        uint32_t state = 0;
        pacer.did(64 * literals[i].size());
        for (const char c : literals[i]) {
            const size_t slot = state * classes + class_of[lower(c)];
            if (table[slot] == kNone) {
                table[slot] = static_cast<uint32_t>(outputs.size());
                outputs.emplace_back();
                table.resize(table.size() + classes, kNone);
            }
            state = table[slot];
        }
        outputs[state].push_back(static_cast<uint32_t>(i));
        longest = std::max(longest, literals[i].size());
    }
    // Breadth first: a state's suffix is complete before the state is.
    std::vector<uint32_t> suffix(outputs.size(), 0);
    std::vector<uint32_t> order = {0};
    for (size_t head = 0; head < order.size(); ++head) {
        const uint32_t state = order[head];
        pacer.did(8 * classes);
        for (size_t c = 0; c < classes; ++c) {
            uint32_t& target = table[state * classes + c];
            const uint32_t fallback = state == 0 ? 0 : table[suffix[state] * classes + c];
            if (target == kNone) {
                target = fallback;
                continue;
            }
            suffix[target] = fallback;
            const auto& inherited = outputs[fallback];
            outputs[target].insert(outputs[target].end(), inherited.begin(), inherited.end());
            order.push_back(target);
        }
    }
    // In breadth-first order the states near the root, where most of the time is spent, lie together.
    return AutomatonBuilder::finish(class_of, classes, table, outputs, order, longest);
}

// Positions inside runs, numbered through; a state of the automaton is the set of those reached.
class RunAutomaton {
 public:
    RunAutomaton(const std::vector<std::vector<ByteSet>>& runs, const std::vector<uint32_t>& chosen,
                 Poll poll)
        : runs_(runs), chosen_(chosen), pacer_(poll) {}

    // False when more than `max_states` would be needed.
    bool build(size_t max_states, ByteAutomaton* automaton) {
        find_classes();
        number_positions();
        add_state({});
        std::vector<uint32_t> table;
        std::vector<uint32_t> reached;
        for (uint32_t s = 0; s < states_.size(); ++s) {
            for (size_t c = 0; c < classes_; ++c) {
                reach(s, c, &reached);
                pacer_.did(8 * (reached.size() + 4));
                table.push_back(number_of(reached));
                if (states_.size() > max_states) return false;
            }
        }
        size_t longest = 0;
        for (const uint32_t run : chosen_) longest = std::max(longest, runs_[run].size());
        std::vector<std::vector<uint32_t>> outputs(states_.size());
        std::vector<uint32_t> order(states_.size());
        for (uint32_t s = 0; s < order.size(); ++s) {
            order[s] = s;
            for (uint32_t i = 0; i < states_[s].size; ++i) {
                const uint32_t position = sets_[states_[s].first + i];
                if (ends_[position] != kNone) outputs[s].push_back(ends_[position]);
            }
        }
        *automaton = AutomatonBuilder::finish(class_of_, classes_, table, outputs, order, longest);
        return true;
    }

 private:
    static constexpr uint32_t kNone = UINT32_MAX;
    struct State {
        uint32_t first;  // in sets_
        uint32_t size;
    };

    // Bytes that are in the same sets of all runs are one class.
    void find_classes() {
        std::vector<const ByteSet*> seen;
        for (const uint32_t run : chosen_) {
            for (const ByteSet& set : runs_[run]) {
                if (std::any_of(seen.begin(), seen.end(),
                                [&](const ByteSet* other) { return *other == set; }))
                    continue;
                seen.push_back(&set);
                // Every class the set cuts in two gives its members inside a number of their own.
                std::array<uint16_t, 256> inside{};
                std::array<uint16_t, 256> members{};
                for (size_t byte = 0; byte < 256; ++byte) {
                    ++members[class_of_[byte]];
                    inside[class_of_[byte]] = static_cast<uint16_t>(inside[class_of_[byte]] + set[byte]);
                }
                std::array<uint16_t, 256> renamed{};
                for (size_t byte = 0; byte < 256; ++byte) {
                    const uint8_t old = class_of_[byte];
                    if (!set[byte] || inside[old] == members[old]) continue;
                    if (renamed[old] == 0) renamed[old] = static_cast<uint16_t>(classes_++);
                    class_of_[byte] = static_cast<uint8_t>(renamed[old]);
                }
            }
        }
        representative_.assign(classes_, 0);
        for (size_t byte = 0; byte < 256; ++byte) {
            representative_[class_of_[byte]] = static_cast<unsigned char>(byte);
        }
    }

    // Position n of a run is reached when n of its bytes were seen; consecutive ones have consecutive
    // numbers.
    void number_positions() {
        starts_.resize(classes_);
        for (const uint32_t run : chosen_) {
            const auto& sets = runs_[run];
            for (size_t c = 0; c < classes_; ++c) {
                if (sets[0][representative_[c]]) starts_[c].push_back(static_cast<uint32_t>(ends_.size()));
            }
            for (size_t n = 1; n <= sets.size(); ++n) {
                ends_.push_back(n == sets.size() ? run : kNone);
                for (size_t c = 0; c < classes_; ++c) {
                    goes_on_.push_back(n < sets.size() && sets[n][representative_[c]]);
                }
            }
        }
        slots_.assign(4096, kNone);
    }

    // Both lists are in order, and have nothing in common: only a run's first position has no position
    // before.
    void reach(uint32_t state, size_t c, std::vector<uint32_t>* reached) const {
        reached->clear();
        auto start = starts_[c].begin();
        for (uint32_t i = 0; i < states_[state].size; ++i) {
            const uint32_t position = sets_[states_[state].first + i];
            if (goes_on_[position * classes_ + c] == 0) continue;
            while (start != starts_[c].end() && *start <= position) reached->push_back(*start++);
            reached->push_back(position + 1);
        }
        reached->insert(reached->end(), start, starts_[c].end());
    }

    uint32_t add_state(const std::vector<uint32_t>& set) {
        states_.push_back({static_cast<uint32_t>(sets_.size()), static_cast<uint32_t>(set.size())});
        sets_.insert(sets_.end(), set.begin(), set.end());
        return static_cast<uint32_t>(states_.size() - 1);
    }

    uint32_t number_of(const std::vector<uint32_t>& set) {
        if (set.empty()) return 0;
        uint64_t hash = set.size();
        for (const uint32_t position : set) hash = (hash ^ position) * 0x9E3779B97F4A7C15u;
        if (states_.size() * 2 > slots_.size()) grow();
        for (size_t at = (hash >> 32) & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at] == kNone) {
                hashes_.resize(states_.size() + 1);
                hashes_.back() = hash;
                return slots_[at] = add_state(set);
            }
            const State& other = states_[slots_[at]];
            if (other.size == set.size() &&
                std::equal(set.begin(), set.end(),
                           sets_.begin() + static_cast<std::ptrdiff_t>(other.first))) {
                return slots_[at];
            }
        }
    }

    void grow() {
        slots_.assign(slots_.size() * 4, kNone);
        for (uint32_t s = 1; s < states_.size(); ++s) {
            size_t at = (hashes_[s] >> 32) & (slots_.size() - 1);
            while (slots_[at] != kNone) at = (at + 1) & (slots_.size() - 1);
            slots_[at] = s;
        }
    }

    const std::vector<std::vector<ByteSet>>& runs_;
    const std::vector<uint32_t>& chosen_;
    Pacer pacer_;
    std::array<uint8_t, 256> class_of_{};
    size_t classes_ = 1;
    std::vector<unsigned char> representative_;
    std::vector<std::vector<uint32_t>> starts_;  // by class: first positions
    std::vector<uint32_t> ends_;                 // by position: the run that is complete there
    std::vector<uint8_t> goes_on_;               // by position and class
    std::vector<State> states_;
    std::vector<uint32_t> sets_;
    std::vector<uint32_t> slots_;  // hash table of states
    std::vector<uint64_t> hashes_;
};

}  // namespace

std::vector<ByteAutomaton> build_aho_corasick(const std::vector<std::string>& literals, Poll poll) {
    std::vector<ByteAutomaton> automata;
    for (size_t first = 0; first < literals.size();) {
        size_t last = first;
        size_t states = 1;
        bool seen[256] = {};
        size_t row = 1;
        while (last < literals.size()) {
            for (const char c : literals[last]) {
                row += !seen[lower(c)];
                seen[lower(c)] = true;
            }
            states += literals[last].size();
            if (last > first && (states > kMaxStates || states * row > kMaxEntries)) break;
            ++last;
        }
        automata.push_back(aho_corasick(literals, first, last, poll));
        first = last;
    }
    return automata;
}

std::vector<ByteAutomaton> build_run_automata(const std::vector<std::vector<ByteSet>>& runs, Poll poll) {
    std::vector<ByteAutomaton> automata;
    std::vector<std::vector<uint32_t>> groups;
    for (uint32_t first = 0; first < runs.size(); first += 64) {
        std::vector<uint32_t> group;
        for (uint32_t i = first; i < runs.size() && i < first + 64; ++i) group.push_back(i);
        groups.push_back(std::move(group));
    }
    while (!groups.empty()) {
        const std::vector<uint32_t> group = std::move(groups.back());
        groups.pop_back();
        ByteAutomaton automaton;
        if (RunAutomaton(runs, group, poll).build(group.size() > 1 ? kMaxRunStates : 60000, &automaton)) {
            automata.push_back(std::move(automaton));
            continue;
        }
        const auto half = static_cast<std::ptrdiff_t>(group.size() / 2);
        if (half == 0) throw Failure(Code::internal, "a run of byte sets has too many states");
        groups.emplace_back(group.begin(), group.begin() + half);
        groups.emplace_back(group.begin() + half, group.end());
    }
    return automata;
}

}  // namespace pgprompt::guardrail
