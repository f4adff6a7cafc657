// Parses handlebars and mustache and lowers them to the AST: one pass over the text.
//
//   handlebars_parser.cpp       the text, blocks          handlebars_expressions.cpp  paths, calls, literals
//   handlebars_tags.cpp         tags of handlebars        mustache_tags.cpp           tags of mustache
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/template/builder.h"
#include "core/template/handlebars_layout.h"

namespace pgprompt {

class HandlebarsParser {
 public:
    explicit HandlebarsParser(Builder& builder);
    NodeId parse();

 private:
    using Layout = HandlebarsLayout;
    using Strip = Layout::Strip;

    // `a.b`, `../a`, `@index`, `this`, or a literal where a path is wanted.
    struct Path {
        uint32_t position = 0;
        bool data = false;
        bool scoped = false;  // begins with `this`, `.` or `..`
        uint32_t depth = 0;   // how many `..`
        std::vector<std::string_view> parts;
        std::string original;
        bool literal = false;
        Value value;  // of a literal
        bool simple() const { return !data && !scoped && depth == 0 && parts.size() == 1; }
    };
    struct Call {
        Path path;
        NodeId nested = kNone;  // a call in parentheses instead of the path
        std::vector<NodeId> params;
        std::vector<uint32_t> hash;  // pairs of name and expression
        std::vector<std::string_view> block_params;
        bool has_arguments() const { return !params.empty() || !hash.empty(); }
    };
    enum class BlockKind : uint8_t { root, section, if_, unless, each, with, partial, inline_, ignored };
    struct Open {
        BlockKind kind = BlockKind::root;
        std::string name;
        uint32_t position = 0;
        uint32_t block = kNone;  // in the layout
        bool inverted = false, chained = false;
        bool in_inverse = false;  // behind the `else`
        NodeId subject = kNone;
        uint32_t section = kNone;  // in Program::sections
        uint32_t partial = kNone;  // in Program::partials
        uint32_t unit = kNone;
        bool scope = false;             // a scope for block parameters is open
        size_t block_params = 0;        // block parameters to forget at its end
        uint32_t body = kNone;          // the one now being filled
        std::vector<uint32_t> nodes;    // its statements
        std::vector<uint32_t> inlines;  // its inline partials: pairs of name and unit
        std::vector<std::string> inline_names;
        size_t references = 0;  // those of its body begin here
        NodeId program = kNone, inverse = kNone;
        std::vector<uint32_t> branches;  // of a chain of `if`: conditions and bodies
    };
    struct Reference {
        std::string name;
        bool optional;
    };
    struct BlockParam {
        std::string_view text;
        NameId name;
    };

    [[noreturn]] void fail(size_t position, std::string message, std::string hint = {},
                           Code code = Code::syntax) const;
    Program& program() { return b_.program(); }

    // The text.
    void parse_text();
    void add_text(size_t begin, size_t end);
    void add_tag(NodeId node, Layout::Item::Kind kind, Strip strip, uint32_t partial = kNone);
    void finish_text();

    // Blocks.
    Open& open() { return open_.back(); }
    void open_block(Open block, Strip strip);
    void begin_body(bool inverse);
    NodeId end_body();
    void close_top(Strip strip);
    void close_block(size_t tag, std::string_view name, Strip strip);
    void add_else(size_t tag, Strip strip);
    void declare_block_params(Open* block, const Call& call);
    NodeId lower_block(Open& block);
    void add_reference(std::string_view name, bool optional);

    // Tags of handlebars, `at_` being behind what says which it is.
    void parse_tag(size_t tag);
    void parse_comment(size_t tag, bool strip_open);
    void parse_raw_block(size_t tag);
    void parse_block(size_t tag, bool inverted, Strip strip, bool chained = false);
    void parse_partial(size_t tag, bool is_block, Strip strip);
    void parse_inline(size_t tag, Strip strip);
    void parse_close(size_t tag, Strip strip);
    void parse_output(size_t tag, bool unescaped, bool ampersand, Strip strip);
    void start_block(size_t tag, const Call& call, bool inverted, bool chained, Strip strip);
    bool end_tag();  // the closing delimiter; true if it strips
    bool at_else_word() const;

    // Tags of mustache.
    void parse_mustache_tag(size_t tag);
    void set_delimiters(size_t tag, std::string_view inside);
    Path mustache_path(size_t position, std::string_view name);

    // Expressions.
    void skip_space();
    bool at_close() const;
    bool at_block_params() const;
    bool is_end_of_id(size_t at) const;
    std::string_view parse_segment(bool* quoted);
    Path parse_path();
    bool parse_literal(Path* path);
    bool parse_string(Path* path);
    Call parse_call(bool may_have_block_params);
    void parse_arguments(Call* call);
    NodeId parse_expression();
    NodeId parse_nested();
    NodeId lower_call(const Call& call, bool printed);
    NodeId path_node(const Path& path, bool required);
    NodeId value_node(const Path& path);
    const BlockParam* block_param(const Path& path) const;
    std::string read_name();
    [[noreturn]] void fail_helper(const Call& call) const;
    [[noreturn]] void fail_character() const;

    Builder& b_;
    std::string_view s_;
    const bool mustache_;
    Layout layout_;
    size_t at_ = 0;
    size_t tag_ = 0;  // where the tag begins that is being read
    std::string open_delimiter_ = "{{", close_delimiter_ = "}}";
    std::vector<Open> open_;
    std::vector<BlockParam> block_params_;
    std::vector<Reference> references_;
    uint32_t depth_ = 0;  // of parentheses
};

}  // namespace pgprompt
