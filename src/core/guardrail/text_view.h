// A text derived from the raw one (cleaned, decoded, ...) and the way back to the raw text's bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgprompt::guardrail {

// Where each stretch of a derived text came from.
class OffsetMap {
 public:
    // The next `bytes` of the derived text are the source's, one for one, from `source` on.
    void copied(uint32_t source, uint32_t bytes);
    // The next `bytes` of the derived text stand for the source's [source, source + source_bytes) as a whole.
    void replaced(uint32_t source, uint32_t source_bytes, uint32_t bytes);

    // The source's stretch behind [start, end) of the derived text. An empty map maps every place to itself.
    void to_source(uint32_t start, uint32_t end, uint32_t* source_start, uint32_t* source_end) const;
    bool is_identity() const { return runs_.empty(); }

 private:
    struct Run {
        uint32_t derived;
        uint32_t source;
        uint32_t source_bytes;  // 0: one for one
    };
    const Run& run_at(uint32_t derived) const;

    std::vector<Run> runs_;
    uint32_t size_ = 0;
};

// Kinds of text a rule may look at; bits of PatternTag::views.
enum class ViewKind : uint8_t {
    raw = 1,
    normalised =
        2,          // hidden characters gone, compatibility forms resolved, marks dropped, case kept in ASCII
    lookalike = 4,  // and letters of other scripts that look Latin made Latin
    decoded = 8,    // base64, hexadecimal, percent, tags, ...
    relaxed = 16,   // rot13, leet, spaced-out: guesses, for words only
};
constexpr uint8_t view_bit(ViewKind kind) {
    return static_cast<uint8_t>(kind);
}

struct TextView {
    ViewKind kind = ViewKind::raw;
    const char* name = "raw";
    std::string text;
    OffsetMap map;        // to the parent
    int32_t parent = -1;  // index of the view it was derived from; -1: the raw text
    uint8_t depth = 0;
};

}  // namespace pgprompt::guardrail
