#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <unordered_map>

#include "core/guardrail/byte_automaton.h"
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

ByteAutomaton aho_corasick(const std::vector<std::string>& literals, size_t first, size_t last) {
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
    for (size_t i = first; i < last; ++i) {
        uint32_t state = 0;
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
    RunAutomaton(const std::vector<std::vector<ByteSet>>& runs, const std::vector<uint32_t>& chosen)
        : runs_(runs), chosen_(chosen) {}

    // False when more than `max_states` would be needed.
    bool build(size_t max_states, ByteAutomaton* automaton) {
        find_classes();
        std::unordered_map<std::string, uint32_t> numbers;
        std::vector<std::vector<uint32_t>> states;
        std::vector<std::vector<uint32_t>> outputs;
        std::vector<uint32_t> table;
        const auto number_of = [&](const std::vector<uint32_t>& set) {
            std::string key(reinterpret_cast<const char*>(set.data()), set.size() * sizeof(uint32_t));
            const auto found = numbers.emplace(std::move(key), static_cast<uint32_t>(states.size()));
            if (found.second) {
                states.push_back(set);
                std::vector<uint32_t> ends;
                for (const uint32_t position : set) {
                    const uint32_t run = position >> 8;
                    if ((position & 255) == runs_[chosen_[run]].size()) ends.push_back(chosen_[run]);
                }
                outputs.push_back(std::move(ends));
            }
            return found.first->second;
        };
        number_of({});
        for (size_t s = 0; s < states.size(); ++s) {
            if (states.size() > max_states) return false;
            for (size_t c = 0; c < representative_.size(); ++c) {
                const unsigned char byte = representative_[c];
                std::vector<uint32_t> reached;
                for (uint32_t run = 0; run < chosen_.size(); ++run) {
                    if (runs_[chosen_[run]][0][byte]) reached.push_back(run << 8 | 1);
                }
                for (const uint32_t position : states[s]) {
                    const auto& sets = runs_[chosen_[position >> 8]];
                    if ((position & 255) < sets.size() && sets[position & 255][byte])
                        reached.push_back(position + 1);
                }
                std::sort(reached.begin(), reached.end());
                table.push_back(number_of(reached));
            }
        }
        size_t longest = 0;
        for (const uint32_t run : chosen_) longest = std::max(longest, runs_[run].size());
        std::vector<uint32_t> order(states.size());
        for (uint32_t s = 0; s < order.size(); ++s) order[s] = s;
        *automaton =
            AutomatonBuilder::finish(class_of_, representative_.size(), table, outputs, order, longest);
        return true;
    }

 private:
    // Bytes that are in the same sets of all runs are one class.
    void find_classes() {
        std::vector<ByteSet> sets;
        for (const uint32_t run : chosen_) {
            for (const ByteSet& set : runs_[run]) {
                if (std::find(sets.begin(), sets.end(), set) == sets.end()) sets.push_back(set);
            }
        }
        std::map<std::vector<bool>, uint8_t> classes;
        for (int byte = 0; byte < 256; ++byte) {
            std::vector<bool> member(sets.size());
            for (size_t i = 0; i < sets.size(); ++i) member[i] = sets[i][static_cast<size_t>(byte)];
            const auto found =
                classes.emplace(std::move(member), static_cast<uint8_t>(representative_.size()));
            if (found.second) representative_.push_back(static_cast<unsigned char>(byte));
            class_of_[static_cast<size_t>(byte)] = found.first->second;
        }
    }

    const std::vector<std::vector<ByteSet>>& runs_;
    const std::vector<uint32_t>& chosen_;
    std::array<uint8_t, 256> class_of_{};
    std::vector<unsigned char> representative_;
};

}  // namespace

std::vector<ByteAutomaton> build_aho_corasick(const std::vector<std::string>& literals) {
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
        automata.push_back(aho_corasick(literals, first, last));
        first = last;
    }
    return automata;
}

std::vector<ByteAutomaton> build_run_automata(const std::vector<std::vector<ByteSet>>& runs) {
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
        if (RunAutomaton(runs, group).build(group.size() > 1 ? kMaxRunStates : 60000, &automaton)) {
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
