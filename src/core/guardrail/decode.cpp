#include "core/guardrail/decode.h"

#include <algorithm>

#include "core/guardrail/byte_automaton.h"
#include "core/guardrail/normalise.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

constexpr size_t kMaxViews = 18;
constexpr uint8_t kMaxDepth = 3;

enum Sign : uint32_t {
    base64_run,
    hex_run,
    hex_pairs,
    percent,
    entity,
    escape,
    spaced,
    leet,
    leet_start,
    run_together
};

ByteSet set_of(const char* ranges) {
    ByteSet set;
    for (const char* r = ranges; r[0] != 0; r += 2) {
        for (int c = static_cast<unsigned char>(r[0]); c <= static_cast<unsigned char>(r[1]); ++c) {
            set.set(static_cast<size_t>(c));
        }
    }
    return set;
}

// One automaton that tells from a single pass which readings are worth trying.
class Survey {
 public:
    Survey() {
        const ByteSet letter = set_of("AZaz");
        const ByteSet alnum = set_of("AZaz09");
        const ByteSet hex = set_of("09afAF");
        const ByteSet space = set_of("  ::--,,");
        ByteSet separator = set_of(" /:@[`{~") & ~alnum;
        const ByteSet digit_as_letter = set_of("0134578899@@$$!!||");
        std::vector<std::vector<ByteSet>> runs;
        runs.emplace_back(16, set_of("AZaz09++//__--"));
        runs.emplace_back(16, hex);
        runs.push_back({hex, hex, space, hex, hex, space, hex, hex, space, hex, hex, space});
        runs.push_back({set_of("%%"), hex, hex});
        runs.push_back({set_of("&&"), set_of("##azAZ")});
        runs.push_back({set_of("\\\\"), set_of("uuxxUU0077")});
        runs.push_back({letter, separator, letter, separator, letter, separator, letter});
        runs.push_back({letter, digit_as_letter, letter});
        runs.push_back({~alnum, digit_as_letter, letter, letter});
        runs.emplace_back(18, letter);
        runs_ = build_run_automata(runs);
        // The most telling words of English and of attacks, as rot13 writes them.
        std::vector<std::string> words;
        for (const char* word :
             {"gur",    "naq",    "lbh",    "nyy",    "sbe",       "jvgu",        "guvf",     "gung",
              "sebz",   "unir",   "abg",    "lbhe",   "vtaber",    "vafgehpgvba", "cerivbhf", "flfgrz",
              "cebzcg", "erirny", "sbetrg", "ehyrf",  "cerqraq",   "frperg",      "cnffjbeq", "cevag",
              "jung",   "gryy",   "fubj",   "npg nf", "qvfertneq", "olcnff",      "bireevqr", "wnvyoernx"}) {
            words.push_back(" " + std::string(word));
        }
        rot13_ = build_aho_corasick(words);
    }
    // A bit a Sign.
    uint64_t signs(std::string_view text, Poll poll) const {
        uint64_t found = 0;
        for (const ByteAutomaton& automaton : runs_) found |= automaton.which(text, poll);
        return found;
    }
    bool has_rot13_word(std::string_view text, Poll poll) const {
        for (const ByteAutomaton& automaton : rot13_) {
            if (automaton.which(text, poll) != 0) return true;
        }
        return false;
    }

 private:
    std::vector<ByteAutomaton> runs_;
    std::vector<ByteAutomaton> rot13_;
};

const Survey& survey() {
    static const Survey instance;
    return instance;
}

bool has(uint64_t signs, Sign sign) {
    return (signs >> sign & 1) != 0;
}

class Deriver {
 public:
    Deriver(std::string_view raw, const ViewNeeds& needs, Poll poll)
        : raw_(raw), needs_(needs), poll_(poll), budget_(raw.size() * 8 + 65536) {}

    std::vector<TextView> run() {
        int32_t base = -1;
        if (needs_.normalised && !is_plain(raw_)) base = derive_plain();
        if (needs_.decoded || needs_.relaxed) {
            expand(base);
            // The look-alike reading, too, may be leet or spaced out.
            if (lookalike_ >= 0) expand(lookalike_);
        }
        return std::move(views_);
    }

 private:
    // Copies: views_ grows while a reading is derived from one of them.
    std::string text_of(int32_t view) const {
        return view < 0 ? std::string(raw_) : views_[static_cast<size_t>(view)].text;
    }

    int32_t add(ViewKind kind, const char* name, std::string text, OffsetMap map, int32_t parent) {
        if (poll_ != nullptr && poll_()) throw Failure(Code::cancelled, "cancelled");
        if (views_.size() >= kMaxViews || text.size() > budget_) return -1;
        budget_ -= text.size();
        TextView view;
        view.kind = kind;
        view.name = name;
        view.text = std::move(text);
        view.map = std::move(map);
        view.parent = parent;
        view.depth = static_cast<uint8_t>(parent < 0 ? 1 : views_[static_cast<size_t>(parent)].depth + 1);
        views_.push_back(std::move(view));
        return static_cast<int32_t>(views_.size() - 1);
    }

    int32_t derive_plain() {
        std::string text;
        OffsetMap map;
        normalise(raw_, poll_, &text, &map);
        int32_t base = -1;
        if (text != raw_) base = add(ViewKind::normalised, "normalised", std::move(text), std::move(map), -1);
        const std::string from = text_of(base);
        std::string unmasked;
        OffsetMap unmasked_map;
        if (unmask_lookalikes(from, poll_, &unmasked, &unmasked_map)) {
            lookalike_ =
                add(ViewKind::lookalike, "lookalike", std::move(unmasked), std::move(unmasked_map), base);
        }
        derive_capitals();
        if (needs_.decoded) {
            try_reading("tags", decode_tags, raw_, -1);
            try_reading("selectors", decode_selectors, raw_, -1);
        }
        return base;
    }

    // The same once more for patterns that tell capitals from small letters.
    void derive_capitals() {
        if (!has_capital_lookalike(raw_)) return;
        std::string text;
        OffsetMap map;
        normalise(raw_, poll_, &text, &map, true);
        std::string unmasked;
        OffsetMap unmasked_map;
        if (!unmask_lookalikes(text, poll_, &unmasked, &unmasked_map, true)) return;
        const int32_t base = add(ViewKind::normalised, "normalised", std::move(text), std::move(map), -1);
        if (base >= 0)
            add(ViewKind::lookalike, "lookalike", std::move(unmasked), std::move(unmasked_map), base);
    }

    template <class Decoder>
    void try_reading(const char* name, Decoder decode, std::string_view text, int32_t parent,
                     ViewKind kind = ViewKind::decoded) {
        std::string out;
        OffsetMap map;
        if (!decode(text, poll_, &out, &map)) return;
        int32_t view = add(kind, name, std::move(out), std::move(map), parent);
        if (view < 0 || kind != ViewKind::decoded) return;
        const std::string decoded = text_of(view);
        if (!is_plain(decoded)) {
            std::string clean;
            OffsetMap clean_map;
            normalise(decoded, poll_, &clean, &clean_map);
            const int32_t cleaned =
                add(ViewKind::decoded, name, std::move(clean), std::move(clean_map), view);
            if (cleaned >= 0) view = cleaned;
        }
        if (views_[static_cast<size_t>(view)].depth < kMaxDepth + 1) expand(view);
    }

    void expand(int32_t parent) {
        const std::string text = text_of(parent);
        const uint64_t signs = survey().signs(text, poll_);
        if (needs_.decoded) {
            if (has(signs, Sign::percent) || has(signs, Sign::entity) || has(signs, Sign::escape)) {
                try_reading("escapes", decode_escapes, text, parent);
            }
            if (has(signs, Sign::base64_run)) try_reading("base64", decode_base64, text, parent);
            if (has(signs, Sign::hex_run) || has(signs, Sign::hex_pairs) || has(signs, Sign::escape)) {
                try_reading("hex", decode_hexadecimal, text, parent);
            }
        }
        if (!needs_.relaxed) return;
        if (survey().has_rot13_word(text, poll_) || starts_like_rot13(text)) {
            try_reading(
                "rot13",
                [](std::string_view t, Poll poll, std::string* out, OffsetMap* map) {
                    decode_rot13(t, poll, out, map);
                    return true;
                },
                text, parent, ViewKind::relaxed);
        }
        if (has(signs, Sign::leet) || has(signs, Sign::leet_start) || starts_like_leet(text)) {
            for (const bool one_as_l : {false, true}) {
                try_reading(
                    "leet",
                    [one_as_l](std::string_view t, Poll poll, std::string* out, OffsetMap* map) {
                        return decode_leet(t, one_as_l, poll, out, map);
                    },
                    text, parent, ViewKind::relaxed);
            }
        }
        if (has(signs, Sign::spaced)) {
            try_reading("spaced", decode_spaced, text, parent, ViewKind::relaxed);
        }
        if (has(signs, Sign::run_together)) {
            try_reading("run_together", split_run_together, text, parent, ViewKind::relaxed);
        }
    }

    // The survey's patterns for beginnings of words want something before the word.
    static bool starts_like_rot13(std::string_view text) {
        return survey().has_rot13_word(" " + std::string(text.substr(0, 16)), nullptr);
    }
    static bool starts_like_leet(std::string_view text) {
        return text.size() >= 3 && !is_ascii_alpha(static_cast<unsigned char>(text[0])) &&
               is_ascii_alpha(static_cast<unsigned char>(text[1]));
    }

    std::string_view raw_;
    const ViewNeeds needs_;
    Poll poll_;
    size_t budget_;
    int32_t lookalike_ = -1;
    std::vector<TextView> views_;
};

}  // namespace

std::vector<TextView> derive_views(std::string_view raw, const ViewNeeds& needs, Poll poll) {
    if (!needs.normalised && !needs.decoded && !needs.relaxed) return {};
    if (needs.normalised && !needs.decoded && !needs.relaxed && is_plain(raw)) return {};
    return Deriver(raw, needs, poll).run();
}

void to_raw(const std::vector<TextView>& views, int32_t view, uint32_t* start, uint32_t* end) {
    while (view >= 0) {
        const TextView& from = views[static_cast<size_t>(view)];
        from.map.to_source(*start, *end, start, end);
        view = from.parent;
    }
}

}  // namespace pgprompt::guardrail
