// White space around tags, as handlebars.js has it: what `~` strips, and lines on which a block's tags, a
// comment or a partial stand alone, which vanish.
//
// The rules look at the text before and behind a tag within the body that holds the tag, so the bodies are
// kept until the text is done: each is a row of contents (text), blocks and other tags.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "core/template/ast.h"

namespace pgprompt {

class HandlebarsLayout {
 public:
    struct Strip {
        bool open = false, close = false;  // `{{~`, `~}}`
    };
    struct Content {
        uint32_t begin, end;  // in the source: as written
        uint32_t from, to;    // what is left of it
        NodeId node;
        bool left_stripped = false, right_stripped = false;
        bool before_standalone = false;  // the tag behind it vanishes with its line
        bool before_tag = false;
    };
    struct Block {
        uint32_t program = kNone, inverse = kNone;  // bodies
        Strip open, inverse_strip, close;
        bool open_standalone = false, close_standalone = false;
    };
    struct Item {
        enum class Kind : uint8_t { content, block, standalone, tag };
        Kind kind;
        uint32_t index = kNone;    // content, block
        uint32_t partial = kNone;  // standalone: the partial that is indented by what stands before it
        Strip strip;
    };
    struct Body {
        std::vector<Item> items;
        bool chained = false;  // an `else` with a block of its own, which is its only item
    };

    HandlebarsLayout(std::string_view source, bool ignore_standalone)
        : source_(source), ignore_standalone_(ignore_standalone) {}

    uint32_t add_body() {
        bodies_.emplace_back();
        return static_cast<uint32_t>(bodies_.size() - 1);
    }
    uint32_t add_block() {
        blocks_.emplace_back();
        return static_cast<uint32_t>(blocks_.size() - 1);
    }
    Body& body(uint32_t id) { return bodies_[id]; }
    Block& block(uint32_t id) { return blocks_[id]; }
    void add_content(uint32_t body, uint32_t begin, uint32_t end, NodeId node);

    // To be called for a body once it is complete, inner ones first; then for its block.
    void finish_body(uint32_t body, bool is_root, std::vector<Partial>* partials);
    void finish_block(uint32_t block);
    std::deque<Content>& contents() { return contents_; }

 private:
    const Content* content_at(const Body& body, size_t index) const;
    bool blank_before(const Body& body, size_t index, bool is_root) const;
    bool blank_behind(const Body& body, size_t next, bool is_root) const;
    void strip_right_of(Body& body, size_t next, bool all);
    bool strip_left_of(Body& body, size_t index, bool all, bool standalone = false);
    Body& first_body(const Block& b) { return bodies_[b.program != kNone ? b.program : b.inverse]; }

    std::string_view source_;
    bool ignore_standalone_;
    std::deque<Body> bodies_;
    std::deque<Block> blocks_;
    std::deque<Content> contents_;
};

// The length of the white space (as JavaScript's \s) that `s` begins with or ends with.
size_t javascript_space_prefix(std::string_view s);
size_t javascript_space_suffix(std::string_view s);

}  // namespace pgprompt
