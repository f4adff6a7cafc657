#include "core/guardrail/regex_factor.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/guardrail/data/common_words.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

using Kind = RegexNode::Kind;
using SetId = uint16_t;
using Run = std::vector<SetId>;
constexpr uint32_t kUnbounded = RegexNode::kUnbounded;
constexpr size_t kMaxRuns = 24;       // alternatives kept side by side
constexpr size_t kMaxFactors = 160;   // of one pattern
constexpr double kRareEnough = 3e-6;  // per byte; a longer stretch would save nothing more
constexpr size_t kLeastClass = 8;     // bytes of a set that counts as a class of characters
constexpr double kTooCommon = 0.02;   // a factor met every 50 bytes saves nothing

uint32_t add(uint32_t a, uint32_t b) {
    return a == kUnbounded || b == kUnbounded || a > kUnbounded - b ? kUnbounded : a + b;
}

// Rough shares of the bytes in prose, code and logs.
std::array<double, 256> byte_shares() {
    std::array<double, 256> share{};
    share.fill(0.0008);
    static constexpr double kLetters[26] = {.060, .012, .022, .030, .095, .016, .015, .038, .055,
                                            .002, .007, .032, .020, .055, .060, .016, .002, .050,
                                            .052, .070, .022, .008, .014, .003, .014, .002};
    for (int i = 0; i < 26; ++i) {
        share['a' + i] = kLetters[i];
        share['A' + i] = kLetters[i] * 0.08 + 0.001;
    }
    for (int c = '0'; c <= '9'; ++c) share[c] = 0.006;
    for (const char c : {',', '.', '-', '\'', '"', '_', '/', ':', '(', ')', '='}) {
        share[static_cast<unsigned char>(c)] = 0.006;
    }
    share[' '] = 0.03;  // more often, but a stretch across two words is met less than its letters say
    share['\n'] = 0.015;
    return share;
}

const std::array<double, 256>& shares_of_bytes() {
    static const std::array<double, 256> shares = byte_shares();
    return shares;
}

double share_of(const ByteSet& set) {
    const std::array<double, 256>& shares = shares_of_bytes();
    double sum = 0;
    const size_t count = set.count();
    if (count > 128) return 1;
    size_t left = count;
    for (size_t i = 0; left > 0; ++i) {
        if (!set[i]) continue;
        sum += shares[i];
        --left;
    }
    return std::min(sum, 1.0);
}

// Digits follow digits and letters letters: a class that goes on is no surprise.
double share_behind(const ByteSet& previous, const ByteSet& set, double share) {
    if (set.count() < kLeastClass || (previous & set).count() * 2 < set.count()) return share;
    return std::max(share, 0.55);
}

// The sets of one pattern, each kept once with what is asked of it again and again.
class SetTable {
 public:
    struct Entry {
        ByteSet set;
        double share;
        bool literal;
        bool is_small;
        char letter;  // of a literal that is one, in lower case; else 0
    };

    SetId id_of(const ByteSet& set) {
        for (size_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].set == set) return static_cast<SetId>(i);
        }
        Entry entry{set, share_of(set), is_literal_set(set), set.count() < kLeastClass, 0};
        for (size_t c = 'a'; entry.literal && c <= 'z'; ++c) {
            if (set[c] || set[c - 32]) entry.letter = static_cast<char>(c);
        }
        entries_.push_back(entry);
        return static_cast<SetId>(entries_.size() - 1);
    }
    const Entry& operator[](SetId id) const { return entries_[id]; }
    double share_after(SetId previous, SetId id) const {
        if (entries_[id].is_small) return entries_[id].share;
        if (behind_.size() < entries_.size()) behind_.resize(entries_.size());
        std::vector<double>& row = behind_[id];
        if (row.size() < entries_.size()) row.resize(entries_.size(), -1);
        if (row[previous] < 0) {
            row[previous] = share_behind(entries_[previous].set, entries_[id].set, entries_[id].share);
        }
        return row[previous];
    }

 private:
    std::vector<Entry> entries_;
    mutable std::vector<std::vector<double>> behind_;  // by set and the one before it; below 0: not known yet
};

// A factor by the numbers of its sets.
struct Part {
    Run run;
    uint32_t before_min = 0;
    uint32_t before_max = 0;
    uint32_t after_max = 0;
};

struct Choice {
    std::vector<Part> parts;  // none: none known
    double rate = 1;
    bool literal = false;
    double cost = 0;
};

struct Info {
    bool exact = false;
    std::vector<Run> runs;  // exact: every match is one of these
    Choice best;
};

// Keeps the sets [from, from + size) of a part.
void cut(Part* part, size_t from, size_t size) {
    const auto behind = static_cast<uint32_t>(part->run.size() - from - size);
    part->before_min = add(part->before_min, static_cast<uint32_t>(from));
    part->before_max = add(part->before_max, static_cast<uint32_t>(from));
    part->after_max = add(part->after_max, behind);
    const auto first = part->run.begin() + static_cast<std::ptrdiff_t>(from);
    part->run = Run(first, first + static_cast<std::ptrdiff_t>(size));
}

// Parts alike become one.
void merge_equal(std::vector<Part>* parts) {
    const auto before = [](const Part& a, const Part& b) {
        if (a.run != b.run) return a.run < b.run;
        if (a.before_min != b.before_min) return a.before_min < b.before_min;
        return a.before_max < b.before_max;
    };
    std::sort(parts->begin(), parts->end(), before);
    std::vector<Part> distinct;
    for (Part& part : *parts) {
        if (distinct.empty() || before(distinct.back(), part)) {
            distinct.push_back(std::move(part));
        } else {
            distinct.back().after_max = std::max(distinct.back().after_max, part.after_max);
        }
    }
    *parts = std::move(distinct);
}

class Analysis {
 public:
    Info of(const RegexNode& node) {
        switch (node.kind) {
            case Kind::empty:
                return exact({Run{}});
            case Kind::bytes:
                return exact({Run{sets_.id_of(node.set)}});
            case Kind::character:
                return {};
            case Kind::sequence: {
                std::vector<const RegexNode*> items;
                for (const RegexNode& child : node.children) items.push_back(&child);
                return sequence(items);
            }
            case Kind::choice:
                return choice(node);
            case Kind::repeat:
                return repeat(node);
        }
        return {};
    }

    // Takes the parts, or their literal stretches, if that is cheaper than `best`.
    void offer(Choice* best, std::vector<Part> parts) {
        if (parts.empty() || parts.size() > kMaxFactors) return;
        for (const Part& part : parts) {
            if (part.run.empty()) return;
        }
        std::vector<Part> literals = parts;
        if (std::all_of(literals.begin(), literals.end(),
                        [this](Part& part) { return keep_literal(&part); })) {
            offer_as_is(best, std::move(literals));
        }
        for (Part& part : parts) shorten(&part);
        offer_as_is(best, std::move(parts));
    }

    FactorChoice factors_of_choice(const Choice& choice) const {
        FactorChoice result;
        result.rate = choice.rate;
        result.literal = choice.literal;
        for (const Part& part : choice.parts) {
            Factor factor{{}, part.before_min, part.before_max, part.after_max};
            for (const SetId id : part.run) factor.sets.push_back(sets_[id].set);
            result.factors.push_back(std::move(factor));
        }
        return result;
    }

    // Runs found between two places, as parts.
    static std::vector<Part> parts_of(const std::vector<Run>& runs, uint32_t before_min, uint32_t before_max,
                                      uint32_t after_max) {
        std::vector<Part> parts;
        for (const Run& run : runs) parts.push_back({run, before_min, before_max, after_max});
        return parts;
    }

 private:
    static Info exact(std::vector<Run> runs) {
        Info info;
        info.exact = true;
        info.runs = std::move(runs);
        return info;
    }

    double rate_of_run(const Run& run) const {
        double rate = 1;
        for (size_t i = 0; i < run.size(); ++i) {
            rate *= i == 0 ? sets_[run[i]].share : sets_.share_after(run[i - 1], run[i]);
        }
        return rate;
    }

    bool is_literal(const Run& run) const {
        return std::all_of(run.begin(), run.end(), [this](SetId id) { return sets_[id].literal; });
    }

    // A literal is rarely as rare as the product of its letters: it may be a word. Common words come back
    // every few hundred words.
    double least_rate(const Run& run) const {
        static constexpr double kByLength[] = {1, .01, .005, 1e-3, 2e-4, 5e-5, 2e-5, 1e-5, 5e-6};
        const double rate = kByLength[std::min<size_t>(run.size(), 8)];
        std::string token;
        double words = 0;
        for (size_t i = 0; i <= run.size(); ++i) {
            const char letter = i < run.size() ? sets_[run[i]].letter : '\0';
            if (letter != 0) {
                token.push_back(letter);
                continue;
            }
            if (token.size() >= 2) {
                if (!is_common_word(token)) return rate;
                words = words == 0 ? 8e-4 : words / 50;
            }
            token.clear();
        }
        return std::max(rate, words);
    }

    // Where the rarest stretch of so many sets begins, and its rate.
    size_t rarest_stretch(const Run& run, size_t from, size_t to, size_t size, double* lowest) const {
        size_t rarest = from;
        *lowest = 2;
        for (size_t i = from; i + size <= to; ++i) {
            double rate = sets_[run[i]].share;
            for (size_t k = i + 1; k < i + size; ++k) rate *= sets_.share_after(run[k - 1], run[k]);
            if (rate < *lowest * 0.999) {
                *lowest = rate;
                rarest = i;
            }
        }
        return rarest;
    }

    // Keeps the shortest stretch that is rare enough, or the rarest of the greatest length.
    void shorten(Part* part) const {
        const size_t longest = std::min(part->run.size(), kMaxFactorLength);
        for (size_t size = std::min<size_t>(3, longest); size <= longest; ++size) {
            double rate = 0;
            const size_t from = rarest_stretch(part->run, 0, part->run.size(), size, &rate);
            if (rate > kRareEnough && size < longest) continue;
            cut(part, from, size);
            return;
        }
    }

    // The rarest stretch made of literals only; false if there is none.
    bool keep_literal(Part* part) const {
        size_t best_from = 0;
        size_t best_size = 0;
        double lowest = 2;
        for (size_t i = 0; i < part->run.size();) {
            size_t size = 0;
            while (i + size < part->run.size() && sets_[part->run[i + size]].literal) ++size;
            if (size > 0) {
                double rate = 0;
                const size_t kept = std::min(size, kMaxFactorLength);
                const size_t from = rarest_stretch(part->run, i, i + size, kept, &rate);
                if (rate < lowest) {
                    lowest = rate;
                    best_from = from;
                    best_size = kept;
                }
            }
            i += size + 1;
        }
        if (best_size == 0) return false;
        cut(part, best_from, best_size);
        return true;
    }

    void offer_as_is(Choice* best, std::vector<Part> parts) const {
        merge_equal(&parts);
        Choice choice;
        choice.parts = std::move(parts);
        choice.rate = 0;
        choice.literal = true;
        bool fixed = true;
        double widest = 0;
        for (const Part& part : choice.parts) {
            const bool literal = is_literal(part.run);
            const double product = rate_of_run(part.run);
            choice.rate += literal ? std::max(product, least_rate(part.run)) + product : product;
            choice.literal = choice.literal && literal;
            fixed = fixed && part.before_min == part.before_max;
            const bool open = part.before_max == kUnbounded || part.after_max == kUnbounded;
            widest = std::max(widest,
                              open ? 1000.0 : std::min(1000.0, double{1} * part.before_max + part.after_max));
        }
        // What a confirmation costs, in bytes scanned. Literals share one automaton; runs of sets may need
        // several.
        choice.cost = choice.rate * (fixed ? 40 : 150 + widest) +
                      (choice.literal ? 0 : 0.02 + 0.02 * static_cast<double>(choice.parts.size()));
        if (choice.rate > kTooCommon) return;
        if (best->parts.empty() || choice.cost < best->cost) *best = std::move(choice);
    }

    Info choice(const RegexNode& node) {
        Info result;
        result.exact = true;
        std::vector<Part> parts;
        bool complete = true;
        for (const RegexNode& child : node.children) {
            Info info = of(child);
            if (!info.exact || result.runs.size() + info.runs.size() > kMaxRuns) result.exact = false;
            if (result.exact) result.runs.insert(result.runs.end(), info.runs.begin(), info.runs.end());
            Choice own = std::move(info.best);
            if (info.exact) offer(&own, parts_of(info.runs, 0, 0, 0));
            if (own.parts.empty()) {
                complete = false;
            } else {
                parts.insert(parts.end(), own.parts.begin(), own.parts.end());
            }
        }
        if (!result.exact) result.runs.clear();
        if (complete && !result.exact) offer(&result.best, std::move(parts));
        return result;
    }

    Info repeat(const RegexNode& node) {
        const RegexNode& child = node.children[0];
        if (node.high == 0) return exact({Run{}});
        if (node.low == 0) {
            if (node.high == 1) {
                Info info = of(child);
                if (info.exact && info.runs.size() < kMaxRuns) {
                    info.runs.push_back(Run{});
                    info.best = {};
                    return info;
                }
            }
            return {};
        }
        // x{3,5} is xxx and up to two more: every match contains the first three.
        std::vector<const RegexNode*> items(std::min<uint32_t>(node.low, 64), &child);
        Info info = sequence(items);
        if (node.low == node.high && node.low <= 64) return info;
        Choice best = std::move(info.best);
        if (info.exact) offer(&best, parts_of(info.runs, 0, 0, 0));
        Info result;
        if (best.parts.empty()) return result;
        const uint32_t more = node.max_bytes == kUnbounded || child.max_bytes == kUnbounded
                                  ? kUnbounded
                                  : node.max_bytes - child.max_bytes * static_cast<uint32_t>(items.size());
        for (Part& part : best.parts) part.after_max = add(part.after_max, more);
        result.best = std::move(best);
        return result;
    }

    Info sequence(const std::vector<const RegexNode*>& items) {
        const size_t n = items.size();
        std::vector<uint32_t> before_min(n + 1, 0);
        std::vector<uint32_t> before_max(n + 1, 0);
        std::vector<uint32_t> after_max(n + 1, 0);
        for (size_t i = 0; i < n; ++i) {
            before_min[i + 1] = add(before_min[i], items[i]->min_bytes);
            before_max[i + 1] = add(before_max[i], items[i]->max_bytes);
        }
        for (size_t i = n; i > 0; --i) after_max[i - 1] = add(after_max[i], items[i - 1]->max_bytes);

        Info result;
        std::vector<Run> open = {Run{}};  // what the latest items spell
        uint32_t open_min = 0;
        uint32_t open_max = 0;
        bool whole = true;
        const auto flush = [&](uint32_t rest) {
            offer(&result.best, parts_of(open, open_min, open_max, rest));
        };
        for (size_t i = 0; i < n; ++i) {
            Info info = of(*items[i]);
            if (info.exact && fits(open, info.runs)) {
                open = product(open, info.runs);
                continue;
            }
            whole = false;
            if (!info.best.parts.empty()) {
                for (Part& part : info.best.parts) {
                    part.before_min = add(part.before_min, before_min[i]);
                    part.before_max = add(part.before_max, before_max[i]);
                    part.after_max = add(part.after_max, after_max[i + 1]);
                }
                offer(&result.best, std::move(info.best.parts));
            }
            // A repeated set lengthens the run before it by its least number, and begins the run behind it.
            const Run edge = edge_of(*items[i]);
            if (!edge.empty()) {
                open = product(open, {edge});
                const uint32_t rest = items[i]->max_bytes == kUnbounded
                                          ? kUnbounded
                                          : items[i]->max_bytes - static_cast<uint32_t>(edge.size());
                flush(add(rest, after_max[i + 1]));
                open = {edge};
                open_min = add(before_min[i], items[i]->min_bytes - static_cast<uint32_t>(edge.size()));
                open_max = add(before_max[i], rest);
            } else {
                flush(after_max[i]);
                if (info.exact && info.runs.size() <= kMaxRuns) {
                    open = std::move(info.runs);
                    open_min = before_min[i];
                    open_max = before_max[i];
                } else {
                    open = {Run{}};
                    open_min = before_min[i + 1];
                    open_max = before_max[i + 1];
                }
            }
        }
        if (whole) {
            result.exact = true;
            result.runs = std::move(open);
            return result;
        }
        flush(0);
        return result;
    }

    static bool fits(const std::vector<Run>& a, const std::vector<Run>& b) {
        size_t longest_a = 0;
        size_t longest_b = 0;
        for (const Run& run : a) longest_a = std::max(longest_a, run.size());
        for (const Run& run : b) longest_b = std::max(longest_b, run.size());
        return a.size() * b.size() <= kMaxRuns && longest_a + longest_b <= 64;
    }

    static std::vector<Run> product(const std::vector<Run>& a, const std::vector<Run>& b) {
        std::vector<Run> result;
        for (const Run& x : a) {
            for (const Run& y : b) {
                Run run = x;
                run.insert(run.end(), y.begin(), y.end());
                result.push_back(std::move(run));
            }
        }
        return result;
    }

    // The least number of copies of a repeated byte set, at most a factor's length.
    Run edge_of(const RegexNode& node) {
        if (node.kind != Kind::repeat || node.low == 0 || node.children[0].kind != Kind::bytes) return {};
        return Run(std::min<size_t>(node.low, kMaxFactorLength), sets_.id_of(node.children[0].set));
    }

    SetTable sets_;
};

void lead(const RegexNode& node, size_t limit, std::vector<ByteSet>* out, bool* open) {
    if (!*open || out->size() >= limit) return;
    switch (node.kind) {
        case Kind::empty:
            return;
        case Kind::bytes:
            out->push_back(node.set);
            return;
        case Kind::character:
            out->push_back(node.set);
            *open = false;
            return;
        case Kind::sequence:
            for (const RegexNode& child : node.children) lead(child, limit, out, open);
            return;
        case Kind::repeat:
            for (uint32_t i = 0; i < node.low && *open && out->size() < limit; ++i) {
                lead(node.children[0], limit, out, open);
            }
            if (node.low != node.high) *open = false;
            return;
        case Kind::choice: {
            std::vector<ByteSet> merged;
            bool same = true;
            for (size_t i = 0; i < node.children.size(); ++i) {
                std::vector<ByteSet> run;
                bool still = true;
                lead(node.children[i], limit - out->size(), &run, &still);
                const bool closed = still && node.children[i].min_bytes == run.size();
                if (i == 0) {
                    merged = run;
                } else {
                    same = same && run.size() == merged.size();
                    merged.resize(std::min(merged.size(), run.size()));
                    for (size_t k = 0; k < merged.size(); ++k) merged[k] |= run[k];
                }
                same = same && closed && node.children[i].max_bytes == run.size();
            }
            out->insert(out->end(), merged.begin(), merged.end());
            if (!same) *open = false;
            return;
        }
    }
}

}  // namespace

bool FactorChoice::fixed_start() const {
    for (const Factor& factor : factors) {
        if (factor.before_min != factor.before_max) return false;
    }
    return true;
}

bool is_literal_set(const ByteSet& set) {
    const size_t count = set.count();
    if (count == 1) return true;
    if (count != 2) return false;
    for (size_t c = 'a'; c <= 'z'; ++c) {
        if (set[c]) return set[c - 32];
    }
    return false;
}

double expected_rate(const std::vector<ByteSet>& sets) {
    double rate = 1;
    for (size_t i = 0; i < sets.size(); ++i) {
        const double share = share_of(sets[i]);
        rate *= i == 0 ? share : share_behind(sets[i - 1], sets[i], share);
    }
    return rate;
}

double expected_share(char lower_case) {
    const auto byte = static_cast<unsigned char>(lower_case);
    return shares_of_bytes()[byte] + (is_ascii_lower(byte) ? shares_of_bytes()[byte - 32u] : 0);
}

FactorChoice choose_factors(const RegexShape& shape) {
    Analysis analysis;
    Info info = analysis.of(shape.root);
    if (info.exact) analysis.offer(&info.best, Analysis::parts_of(info.runs, 0, 0, 0));
    if (info.best.parts.empty()) return {};
    return analysis.factors_of_choice(info.best);
}

std::vector<ByteSet> leading_sets(const RegexShape& shape, size_t limit) {
    std::vector<ByteSet> run;
    bool open = true;
    lead(shape.root, limit, &run, &open);
    if (run.size() > limit) run.resize(limit);
    return run;
}

}  // namespace pgprompt::guardrail
