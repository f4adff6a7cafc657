// Jinja2's grammar, lowered to the AST while parsing. Expressions in jinja_expressions.cpp, statements in
// jinja_statements.cpp.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/template/builder.h"
#include "core/template/jinja_lexer.h"

namespace pgprompt {

class JinjaParser {
 public:
    explicit JinjaParser(Builder& builder);
    // Parses the whole text and returns the root's body.
    NodeId parse();

 private:
    // One more level of nesting, refused beyond the limit.
    class Nested {
     public:
        explicit Nested(JinjaParser& parser) : parser_(parser) {
            if (++parser.depth_ > parser.b_.options().max_depth) parser.too_deep();
        }
        ~Nested() { --parser_.depth_; }

     private:
        JinjaParser& parser_;
    };
    struct OpenTag {
        std::string_view name;
        uint32_t position;
    };

    // The token stream.
    const TokenAt& now() const { return tokens_[at_]; }
    const TokenAt& ahead() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
    bool is(Token token) const { return now().token == token; }
    bool is(Word word) const { return now().word == word; }
    bool skip_if(Token token) { return is(token) && (++at_, true); }
    bool skip_if(Word word) { return is(word) && (++at_, true); }
    void expect(Token token);
    void expect(Word word);
    std::string_view take_name();
    std::string_view text_of(const TokenAt& t) const { return source_.substr(t.begin, t.end - t.begin); }
    std::string describe(const TokenAt& t) const;
    uint32_t here() const { return now().begin; }
    [[noreturn]] void fail(std::string message, std::string hint = {}) const {
        fail_at(here(), message, hint);
    }
    [[noreturn]] void fail_at(uint32_t position, std::string message, std::string hint = {}) const;
    [[noreturn]] void too_deep() const;
    void chained();

    // Expressions.
    NodeId expression(bool with_conditional = true);
    NodeId conditional();
    NodeId binary(int level);
    NodeId comparison(NodeId first, uint32_t position);
    NodeId unary(bool with_filters);
    NodeId primary();
    NodeId postfix(NodeId node);
    NodeId filters(NodeId node);
    NodeId filter_chain(NodeId operand, bool start_inline);
    NodeId test(NodeId operand);
    NodeId subscript(NodeId object);
    NodeId subscript_argument();
    NodeId tuple(bool with_conditional, bool parentheses, Word end = Word::none);
    NodeId list_literal();
    NodeId dict_literal();
    NodeId string_literal();
    NodeId number_literal();
    NodeId call(NodeId callee);
    uint32_t arguments();
    uint32_t no_arguments();
    std::string_view dotted_name();

    // Statements.
    NodeId body(std::initializer_list<Word> ends);
    NodeId block_body(std::initializer_list<Word> ends);  // from behind the opening statement's end
    void end_block(Word end);
    NodeId statement();
    NodeId set_statement(uint32_t position);
    NodeId load_name(uint32_t position);
    NodeId for_statement(uint32_t position);
    NodeId if_statement(uint32_t position);
    NodeId with_statement(uint32_t position);
    NodeId macro_statement(uint32_t position);
    NodeId call_statement(uint32_t position);
    NodeId filter_statement(uint32_t position);
    NodeId autoescape_statement(uint32_t position);
    NodeId generation_statement(uint32_t position);
    NodeId include_statement(uint32_t position);
    NodeId import_statement(uint32_t position);
    NodeId from_statement(uint32_t position);
    NodeId block_statement(uint32_t position);
    NodeId extends_statement(uint32_t position);
    NodeId print_statement(uint32_t position);
    NodeId print_node(uint32_t position, NodeId value);
    void check_printed();
    struct FilteredBody {
        NodeId inside = kNone, filter = kNone;
        uint32_t scope = kNone;
        size_t first_read = 0, last_read = 0;  // marks of what the filters' arguments read
    };
    FilteredBody filtered_body(Word end);
    [[noreturn]] void unknown_tag(std::initializer_list<Word> ends);
    [[noreturn]] void unexpected_end() const;
    // Assignment targets: without `emit` only the tokens are skipped.
    NodeId target(bool emit, Word end);
    NodeId one_target(bool emit);
    NodeId target_name(bool emit);
    void signature(uint32_t unit);
    void check_caller(uint32_t unit, uint32_t position) const;
    void skip_parentheses();
    void skip_expression();
    bool import_context(bool otherwise);
    void note_reference(NodeId source, TemplateReference::Kind kind, bool optional, bool with_context);

    Builder& b_;
    std::string_view source_;
    std::vector<TokenAt> tokens_;
    size_t at_ = 0;
    uint32_t depth_ = 0;
    uint32_t chain_ = 0;
    uint32_t empty_call_ = kNone;
    uint32_t loops_ = 0;     // loops around, for break and continue
    std::vector<uint32_t> around_;  // the loops whose body this is, macros and blocks in between
    size_t block_ = 0;              // how many of them are around the block
    bool setting_ = false;   // the names to assign to are {% set %}'s, which may be attributes
    bool captured_ = false;  // the text here goes to a macro or a variable, never to the root's output
    bool extended_ = false;  // an `extends` that always runs was read: the root prints nothing any more
    std::vector<OpenTag> open_tags_;
    std::vector<std::string_view> block_names_;
};

}  // namespace pgprompt
