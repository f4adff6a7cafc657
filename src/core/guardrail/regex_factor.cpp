#include "core/guardrail/regex_factor.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/guardrail/data/common_words.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

using Kind = RegexNode::Kind;
using Run = std::vector<ByteSet>;
constexpr uint32_t kUnbounded = RegexNode::kUnbounded;
constexpr size_t kMaxRuns = 24;       // alternatives kept side by side
constexpr size_t kMaxFactors = 48;    // of one pattern
constexpr double kRareEnough = 3e-6;  // per byte; a longer stretch would save nothing more
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

double share_of(const ByteSet& set) {
    static const std::array<double, 256> shares = byte_shares();
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
    if (set.count() < 8 || (previous & set).count() * 2 < set.count()) return share;
    return std::max(share, 0.55);
}

// A literal is rarely as rare as the product of its letters: it may be a word. Common words come back every
// few hundred words.
double least_rate(const Run& sets) {
    static constexpr double kByLength[] = {1, .01, .005, 1e-3, 2e-4, 5e-5, 2e-5, 1e-5, 5e-6};
    double rate = kByLength[std::min<size_t>(sets.size(), 8)];
    std::string token;
    double words = 0;
    for (size_t i = 0; i <= sets.size(); ++i) {
        size_t letter = 0;
        for (size_t c = 'a'; i < sets.size() && c <= 'z'; ++c) {
            if (sets[i][c] || sets[i][c - 32]) letter = c;
        }
        if (letter != 0) {
            token.push_back(static_cast<char>(letter));
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

double rate_of(const std::vector<Factor>& factors) {
    double rate = 0;
    for (const Factor& factor : factors) {
        const bool literal = std::all_of(factor.sets.begin(), factor.sets.end(), is_literal_set);
        const double product = expected_rate(factor.sets);
        rate += literal ? std::max(product, least_rate(factor.sets)) + product : product;
    }
    return rate;
}

bool all_literal(const std::vector<Factor>& factors) {
    for (const Factor& factor : factors) {
        for (const ByteSet& set : factor.sets) {
            if (!is_literal_set(set)) return false;
        }
    }
    return true;
}

// What a confirmation costs, in bytes scanned.
double cost_of(const FactorChoice& choice) {
    double widest = 0;
    bool fixed = choice.fixed_start();
    for (const Factor& factor : choice.factors) {
        if (!fixed && (factor.before_max == kUnbounded || factor.after_max == kUnbounded)) widest = 1000;
        if (!fixed && widest < 1000)
            widest = std::max(widest, double{1} * factor.before_max + factor.after_max);
    }
    // Literals share one automaton; runs of sets may need several.
    return choice.rate * ((fixed ? 40 : 150) + widest) +
           (choice.literal ? 0 : 0.02 + 0.02 * static_cast<double>(choice.factors.size()));
}

struct Info {
    bool exact = false;
    std::vector<Run> runs;  // exact: every match is one of these
    FactorChoice best;      // no factors: none known
};

// Keeps the sets [from, from + size) of a factor.
void cut(Factor* factor, size_t from, size_t size) {
    const auto behind = static_cast<uint32_t>(factor->sets.size() - from - size);
    factor->before_min = add(factor->before_min, static_cast<uint32_t>(from));
    factor->before_max = add(factor->before_max, static_cast<uint32_t>(from));
    factor->after_max = add(factor->after_max, behind);
    const auto first = factor->sets.begin() + static_cast<std::ptrdiff_t>(from);
    factor->sets = Run(first, first + static_cast<std::ptrdiff_t>(size));
}

// Shares of the sets of a run: at its beginning, and behind the set before.
struct Shares {
    explicit Shares(const Run& sets) {
        for (size_t i = 0; i < sets.size(); ++i) {
            first.push_back(share_of(sets[i]));
            next.push_back(i == 0 ? first[0] : share_behind(sets[i - 1], sets[i], first[i]));
        }
    }
    std::vector<double> first;
    std::vector<double> next;
};

// Where the rarest stretch of so many sets begins, and its rate.
size_t rarest_stretch(const Shares& shares, size_t size, double* lowest) {
    size_t rarest = 0;
    *lowest = 2;
    for (size_t i = 0; i + size <= shares.first.size(); ++i) {
        double rate = shares.first[i];
        for (size_t k = i + 1; k < i + size; ++k) rate *= shares.next[k];
        if (rate < *lowest * 0.999) {
            *lowest = rate;
            rarest = i;
        }
    }
    return rarest;
}

// Keeps the shortest stretch that is rare enough, or the rarest of the greatest length.
void shorten(Factor* factor) {
    const size_t longest = std::min(factor->sets.size(), kMaxFactorLength);
    const Shares shares(factor->sets);
    for (size_t size = std::min<size_t>(3, longest); size <= longest; ++size) {
        double rate = 0;
        const size_t from = rarest_stretch(shares, size, &rate);
        if (rate > kRareEnough && size < longest) continue;
        cut(factor, from, size);
        return;
    }
}

// Factors alike become one.
void merge_equal(std::vector<Factor>* factors) {
    std::vector<Factor> distinct;
    for (Factor& factor : *factors) {
        const auto same = std::find_if(distinct.begin(), distinct.end(), [&](const Factor& other) {
            return other.sets == factor.sets && other.before_min == factor.before_min &&
                   other.before_max == factor.before_max;
        });
        if (same == distinct.end()) {
            distinct.push_back(std::move(factor));
        } else {
            same->after_max = std::max(same->after_max, factor.after_max);
        }
    }
    *factors = std::move(distinct);
}

// The rarest stretch made of literals only; false if there is none.
bool keep_literal(Factor* factor) {
    size_t best_from = 0;
    size_t best_size = 0;
    double lowest = 2;
    for (size_t i = 0; i < factor->sets.size();) {
        size_t size = 0;
        while (i + size < factor->sets.size() && is_literal_set(factor->sets[i + size])) ++size;
        if (size > 0) {
            const auto first = factor->sets.begin() + static_cast<std::ptrdiff_t>(i);
            const double rate = expected_rate(Run(first, first + static_cast<std::ptrdiff_t>(size)));
            if (rate < lowest) {
                lowest = rate;
                best_from = i;
                best_size = size;
            }
        }
        i += size + 1;
    }
    if (best_size == 0) return false;
    cut(factor, best_from, best_size);
    double rate = 0;
    const size_t size = std::min(best_size, kMaxFactorLength);
    cut(factor, rarest_stretch(Shares(factor->sets), size, &rate), size);
    return true;
}

void offer_as_is(FactorChoice* best, std::vector<Factor> factors) {
    merge_equal(&factors);
    FactorChoice choice;
    choice.factors = std::move(factors);
    choice.rate = rate_of(choice.factors);
    choice.literal = all_literal(choice.factors);
    if (best->factors.empty() || cost_of(choice) < cost_of(*best)) *best = std::move(choice);
}

// Takes the factors, or their literal parts, if that is cheaper than `best`.
void offer(FactorChoice* best, std::vector<Factor> factors) {
    if (factors.empty() || factors.size() > kMaxFactors) return;
    for (const Factor& factor : factors) {
        if (factor.sets.empty()) return;
    }
    std::vector<Factor> literals = factors;
    if (std::all_of(literals.begin(), literals.end(), [](Factor& factor) { return keep_literal(&factor); })) {
        offer_as_is(best, std::move(literals));
    }
    for (Factor& factor : factors) shorten(&factor);
    offer_as_is(best, std::move(factors));
}

class Analysis {
 public:
    static Info of(const RegexNode& node) {
        switch (node.kind) {
            case Kind::empty:
                return exact({Run{}});
            case Kind::bytes:
                return exact({Run{node.set}});
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

 private:
    static Info exact(std::vector<Run> runs) {
        Info info;
        info.exact = true;
        info.runs = std::move(runs);
        return info;
    }

    static Info choice(const RegexNode& node) {
        Info result;
        result.exact = true;
        std::vector<Factor> factors;
        bool complete = true;
        for (const RegexNode& child : node.children) {
            Info info = of(child);
            if (!info.exact || result.runs.size() + info.runs.size() > kMaxRuns) result.exact = false;
            if (result.exact) result.runs.insert(result.runs.end(), info.runs.begin(), info.runs.end());
            FactorChoice own = std::move(info.best);
            if (info.exact) offer(&own, factors_of(info.runs, 0, 0, 0));
            if (own.factors.empty()) {
                complete = false;
            } else {
                factors.insert(factors.end(), own.factors.begin(), own.factors.end());
            }
        }
        if (!result.exact) result.runs.clear();
        if (complete) offer(&result.best, std::move(factors));
        return result;
    }

    // Runs found between two places, as factors; empty if one of the runs is empty.
    static std::vector<Factor> factors_of(const std::vector<Run>& runs, uint32_t before_min,
                                          uint32_t before_max, uint32_t after_max) {
        std::vector<Factor> factors;
        for (const Run& run : runs) {
            if (run.empty()) return {};
            factors.push_back({run, before_min, before_max, after_max});
        }
        return factors;
    }

    static Info repeat(const RegexNode& node) {
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
        FactorChoice best = std::move(info.best);
        if (info.exact) offer(&best, factors_of(info.runs, 0, 0, 0));
        Info result;
        if (best.factors.empty()) return result;
        const uint32_t more = node.max_bytes == kUnbounded || child.max_bytes == kUnbounded
                                  ? kUnbounded
                                  : node.max_bytes - child.max_bytes * static_cast<uint32_t>(items.size());
        for (Factor& factor : best.factors) factor.after_max = add(factor.after_max, more);
        result.best = std::move(best);
        return result;
    }

    static Info sequence(const std::vector<const RegexNode*>& items) {
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
            offer(&result.best, factors_of(open, open_min, open_max, rest));
        };
        for (size_t i = 0; i < n; ++i) {
            Info info = of(*items[i]);
            if (info.exact && fits(open, info.runs)) {
                open = product(open, info.runs);
                continue;
            }
            whole = false;
            if (!info.best.factors.empty()) {
                for (Factor& factor : info.best.factors) {
                    factor.before_min = add(factor.before_min, before_min[i]);
                    factor.before_max = add(factor.before_max, before_max[i]);
                    factor.after_max = add(factor.after_max, after_max[i + 1]);
                }
                offer(&result.best, std::move(info.best.factors));
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
    static Run edge_of(const RegexNode& node) {
        if (node.kind != Kind::repeat || node.low == 0 || node.children[0].kind != Kind::bytes) return {};
        return Run(std::min<size_t>(node.low, kMaxFactorLength), node.children[0].set);
    }
};

void lead(const RegexNode& node, size_t limit, Run* out, bool* open) {
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
            Run merged;
            bool same = true;
            for (size_t i = 0; i < node.children.size(); ++i) {
                Run run;
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

FactorChoice choose_factors(const RegexShape& shape) {
    Info info = Analysis::of(shape.root);
    if (info.exact) {
        std::vector<Factor> factors;
        for (const Run& run : info.runs) {
            if (run.empty()) return {};
            factors.push_back({run, 0, 0, 0});
        }
        offer(&info.best, std::move(factors));
    }
    if (info.best.rate > kTooCommon) return {};
    return std::move(info.best);
}

std::vector<ByteSet> leading_sets(const RegexShape& shape, size_t limit) {
    Run run;
    bool open = true;
    lead(shape.root, limit, &run, &open);
    if (run.size() > limit) run.resize(limit);
    return run;
}

}  // namespace pgprompt::guardrail
