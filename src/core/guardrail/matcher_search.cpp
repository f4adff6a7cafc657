// One search of a Matcher: from hits of the automata to candidates, and from candidates to matches.
#include <algorithm>

#include "core/guardrail/matcher.h"
#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

constexpr uint32_t kUnbounded = RegexNode::kUnbounded;
constexpr size_t kPiece = 65536;  // bytes searched between two polls
constexpr size_t kAttempts = 16;  // to match a pattern that may run on over the rest of the text
constexpr uint32_t kGap =
    64;  // windows closer than this are searched as one: a search has a price of its own

bool has_kelvin_or_long_s(std::string_view text) {
    return text.find("\xE2\x84\xAA") != std::string_view::npos ||
           text.find("\xC5\xBF") != std::string_view::npos;
}

}  // namespace

class Search {
 public:
    Search(const Matcher& matcher, std::string_view text, const Matcher::Query& query,
           std::vector<Matcher::Match>* out)
        : m_(matcher), text_(text), query_(query), out_(out), pacer_(query.poll) {}

    void run() {
        std::vector<ByteAutomaton::Hit> hits;
        for (const Matcher::Fragments* fragments : {&m_.literals_, &m_.runs_}) {
            for (const ByteAutomaton& automaton : fragments->automata) {
                hits.clear();
                automaton.scan(text_, &hits, query_.poll);
                for (const ByteAutomaton::Hit& hit : hits) {
                    automaton.for_each(hit.state, [&](uint32_t fragment) {
                        for (const Matcher::User& user : fragments->users[fragment]) consider(user, hit.end);
                    });
                    tick();
                }
            }
        }
        for (const uint32_t pattern : m_.always_) search_whole(pattern);
        if (!m_.folding_.empty() && has_kelvin_or_long_s(text_)) {
            for (const uint32_t pattern : m_.folding_) search_whole(pattern);
        }
        confirm();
    }

 private:
    // A pattern may match at `low`, or (windows) somewhere inside [low, high).
    struct Candidate {
        uint32_t pattern;
        uint32_t low;
        uint32_t high;
    };
    struct State {
        uint32_t latest = 0;  // its latest candidate, counted from 1
        uint32_t count = 0;
        bool whole = false;  // so many candidates that one search of the whole text is cheaper
    };

    void tick() {
        if ((++ticks_ & 255) == 0 && query_.poll != nullptr && query_.poll()) {
            throw Failure(Code::cancelled, "cancelled");
        }
    }

    bool wanted(uint32_t pattern) const {
        const PatternTag& tag = m_.patterns_[pattern].tag;
        return (tag.views & query_.view) != 0 &&
               (query_.groups == nullptr || (*query_.groups)[tag.group] != 0);
    }

    void consider(const Matcher::User& user, uint32_t hit_end) {
        if (!wanted(user.pattern)) return;
        const Matcher::Pattern& pattern = m_.patterns_[user.pattern];
        const auto size = static_cast<uint32_t>(text_.size());
        const uint32_t hit = hit_end - user.length;
        if (pattern.fixed_start) {
            if (hit < user.before_min) return;
            const uint32_t start = hit - user.before_min;
            if (pattern.keyword >= 0) {
                const auto& keyword = m_.keywords_[static_cast<size_t>(pattern.keyword)];
                if (m_.keyword_at(text_, keyword, start)) {
                    found(user.pattern, start, start + static_cast<uint32_t>(keyword.text.size()));
                }
                return;
            }
            if (size - start < pattern.min_bytes || !leads_fit(pattern, start)) return;
            push(user.pattern, start, start + 1, false);
            return;
        }
        if (hit < user.before_min) return;
        const uint32_t low =
            user.before_max == kUnbounded || user.before_max > hit ? 0 : hit - user.before_max;
        const uint32_t high =
            user.after_max == kUnbounded || user.after_max > size - hit_end ? size : hit_end + user.after_max;
        push(user.pattern, low, high, true);
    }

    bool leads_fit(const Matcher::Pattern& pattern, uint32_t start) const {
        const uint32_t* lead = m_.leads_.data() + pattern.first_lead;
        for (uint32_t i = 0; i < pattern.leads; ++i) {
            if (!m_.sets_[lead[i]][static_cast<unsigned char>(text_[start + i])]) return false;
        }
        return true;
    }

    void push(uint32_t pattern, uint32_t low, uint32_t high, bool window) {
        if (states_.empty()) states_.resize(m_.patterns_.size());
        State& state = states_[pattern];
        if (state.whole) return;
        if (window && state.latest != 0) {
            Candidate& latest = candidates_[state.latest - 1];
            if (low <= latest.high + kGap && high + kGap >= latest.low) {
                latest.low = std::min(latest.low, low);
                latest.high = std::max(latest.high, high);
                return;
            }
        }
        if (++state.count > 16 + text_.size() / 128) {
            state.whole = true;
            return;
        }
        candidates_.push_back({pattern, low, high});
        state.latest = static_cast<uint32_t>(candidates_.size());
    }

    void confirm() {
        const auto before = [](const Candidate& a, const Candidate& b) {
            return a.pattern != b.pattern ? a.pattern < b.pattern : a.low < b.low;
        };
        paced_sort(candidates_.begin(), candidates_.end(), query_.poll, before);
        for (size_t i = 0; i < candidates_.size();) {
            const uint32_t pattern = candidates_[i].pattern;
            size_t end = i;
            while (end < candidates_.size() && candidates_[end].pattern == pattern) ++end;
            if (!states_[pattern].whole && !searched_whole(pattern)) {
                if (m_.patterns_[pattern].fixed_start) {
                    confirm_starts(pattern, i, end);
                } else {
                    confirm_windows(pattern, i, end);
                }
            }
            i = end;
        }
        for (uint32_t pattern = 0; pattern < states_.size(); ++pattern) {
            if (states_[pattern].whole && !searched_whole(pattern)) {
                search_whole(pattern);
            }
        }
        paced_sort(out_->begin(), out_->end(), query_.poll,
                   [](const Matcher::Match& a, const Matcher::Match& b) {
                       return a.pattern != b.pattern ? a.pattern < b.pattern : a.start < b.start;
                   });
    }

    void confirm_starts(uint32_t pattern, size_t first, size_t last) {
        const RegexProgram& regex = *m_.regexes_[static_cast<size_t>(m_.patterns_[pattern].regex)];
        size_t free = 0;
        size_t matches = 0;
        // Where every attempt may look at the rest of the text, a few are as dear as one search.
        if (m_.patterns_[pattern].runs_on && last - first > kAttempts) {
            search(pattern, candidates_[first].low, text_.size(), &free, &matches);
            return;
        }
        for (size_t i = first; i < last && matches < query_.max_matches; ++i) {
            const uint32_t start = candidates_[i].low;
            size_t end = 0;
            if (start < free || (i > first && start == candidates_[i - 1].low)) continue;
            tick();
            if (!regex.match_at(text_, start, &end) || end == start) continue;
            found(pattern, start, static_cast<uint32_t>(end));
            free = end;
            ++matches;
        }
    }

    void confirm_windows(uint32_t pattern, size_t first, size_t last) {
        size_t free = 0;
        size_t matches = 0;
        for (size_t i = first; i < last;) {
            uint32_t low = candidates_[i].low;
            uint32_t high = candidates_[i].high;
            for (++i; i < last && candidates_[i].low <= high + kGap; ++i)
                high = std::max(high, candidates_[i].high);
            search(pattern, std::max<size_t>(low, free), high, &free, &matches);
        }
    }

    void search_whole(uint32_t pattern) {
        if (!wanted(pattern)) return;
        size_t free = 0;
        size_t matches = 0;
        search(pattern, 0, text_.size(), &free, &matches);
        whole_.push_back(pattern);
    }

    bool searched_whole(uint32_t pattern) const {
        return std::find(whole_.begin(), whole_.end(), pattern) != whole_.end();
    }

    void search(uint32_t pattern, size_t from, size_t to, size_t* free, size_t* matches) {
        const RegexProgram& regex = *m_.regexes_[static_cast<size_t>(m_.patterns_[pattern].regex)];
        const size_t longest = m_.patterns_[pattern].max_bytes;
        size_t start = 0;
        size_t end = 0;
        while (*matches < query_.max_matches && from < to) {
            tick();
            // In pieces, where matches are short (one that begins in the piece ends in it or shortly behind) or
            // hold no line break (one that begins in the piece ends in it).
            size_t limit = to;
            size_t next = to;
            if (to - from > 2 * kPiece) {
                if (longest < kPiece) {
                    next = from + kPiece;
                    limit = next + longest;
                } else if (m_.patterns_[pattern].within_line) {
                    const size_t line = text_.find('\n', from + kPiece);
                    if (line < to) limit = next = line + 1;
                }
            }
            const bool any = regex.find(text_, from, limit, &start, &end);
            pacer_.did((any ? end : limit) - from);
            if (limit < to && (!any || start >= next)) {
                from = next;
                continue;
            }
            if (!any) break;
            if (end > start) {
                found(pattern, static_cast<uint32_t>(start), static_cast<uint32_t>(end));
                ++*matches;
                from = end;
            } else {
                from = start + 1;
                while (from < text_.size() && (static_cast<unsigned char>(text_[from]) & 0xC0) == 0x80)
                    ++from;
            }
            *free = from;
        }
    }

    void found(uint32_t pattern, uint32_t start, uint32_t end) { out_->push_back({pattern, start, end}); }

    const Matcher& m_;
    std::string_view text_;
    const Matcher::Query& query_;
    std::vector<Matcher::Match>* out_;
    std::vector<Candidate> candidates_;
    std::vector<State> states_;
    std::vector<uint32_t> whole_;
    uint32_t ticks_ = 0;
    Pacer pacer_;
};

void Matcher::find(std::string_view text, const Query& query, std::vector<Match>* out) const {
    out->clear();
    if (text.size() >= UINT32_MAX - 65536)
        throw Failure(Code::limit_exceeded, "the text is too long to check");
    if (!text.empty()) Search(*this, text, query, out).run();
}

}  // namespace pgprompt::guardrail
