// Statements and the text between them.
#include <algorithm>

#include "core/template/errors.h"
#include "core/template/jinja_parser.h"
#include "core/template/text.h"
#include "core/text/edit_distance.h"

namespace pgprompt {

namespace {

const char* token_name(Token token) {
    switch (token) {
        case Token::data:
            return "text";
        case Token::variable_begin:
            return "\"{{\"";
        case Token::variable_end:
            return "\"}}\"";
        case Token::block_begin:
            return "\"{%\"";
        case Token::block_end:
            return "\"%}\"";
        case Token::name:
            return "a name";
        case Token::string:
            return "a string";
        case Token::integer:
        case Token::real:
            return "a number";
        case Token::right_bracket:
            return "\"]\"";
        case Token::left_parenthesis:
            return "\"(\"";
        case Token::right_parenthesis:
            return "\")\"";
        case Token::right_brace:
            return "\"}\"";
        case Token::assign:
            return "\"=\"";
        case Token::colon:
            return "\":\"";
        case Token::comma:
            return "\",\"";
        case Token::end:
            return "the end of the template";
        default:
            return "an operator";
    }
}

const char* word_name(Word word) {
    switch (word) {
        case Word::elif:
            return "elif";
        case Word::else_:
            return "else";
        case Word::endautoescape:
            return "endautoescape";
        case Word::endblock:
            return "endblock";
        case Word::endcall:
            return "endcall";
        case Word::endfilter:
            return "endfilter";
        case Word::endfor:
            return "endfor";
        case Word::endgeneration:
            return "endgeneration";
        case Word::endif:
            return "endif";
        case Word::endmacro:
            return "endmacro";
        case Word::endset:
            return "endset";
        case Word::endwith:
            return "endwith";
        case Word::in:
            return "in";
        case Word::import_:
            return "import";
        case Word::as:
            return "as";
        default:
            return "another word";
    }
}

// `Did you mean "include"?`, or empty if nothing is near.
std::string near_statement(std::string_view name) {
    constexpr std::string_view kStatements[] = {
        "autoescape", "block",    "break",   "call",      "continue", "do",    "elif",
        "else",       "endblock", "endcall", "endfilter", "endfor",   "endif", "endmacro",
        "endset",     "endwith",  "extends", "filter",    "for",      "from",  "if",
        "import",     "include",  "macro",   "print",     "raw",      "set",   "with"};
    for (int distance = 1; distance <= 2 && distance < static_cast<int>(name.size()) / 2 + 1; ++distance) {
        for (const std::string_view known : kStatements)
            if (edit_distance(name, known) == distance) return "Did you mean \"" + std::string(known) + "\"?";
    }
    return {};
}

}  // namespace

JinjaParser::JinjaParser(Builder& builder)
    : b_(builder), source_(builder.source()), tokens_(jinja_tokens(builder.source(), builder.options())) {}

NodeId JinjaParser::parse() {
    return body({});
}

void JinjaParser::fail_at(uint32_t position, std::string message, std::string hint) const {
    b_.check_pending();
    fail_syntax(source_, position, b_.options().name, std::move(message), std::move(hint));
}

void JinjaParser::too_deep() const {
    throw Failure(
        Limit::template_depth,
        "the template is nested more than " + std::to_string(b_.options().max_depth) + " levels deep",
        describe_position(source_, here(), b_.options().name));
}

std::string JinjaParser::describe(const TokenAt& t) const {
    if (t.token == Token::end || t.token == Token::data) return token_name(t.token);
    return "\"" + std::string(text_of(t).substr(0, 40)) + "\"";
}

void JinjaParser::expect(Token token) {
    if (is(token)) {
        ++at_;
        return;
    }
    std::string hint;
    if (is(Token::assign)) hint = "Compare with ==; assign with {% set name = value %}.";
    const std::string_view previous = at_ > 0 ? text_of(tokens_[at_ - 1]) : std::string_view();
    if (previous == "else" && is(Word::if_)) hint = "Jinja2 writes \"elif\".";
    if (previous == "lambda" || (token == Token::comma && is(Word::for_)))
        hint =
            "Lambdas and comprehensions are Python's alone; use filters such as map and select, or a loop.";
    if (previous == "f" && is(Token::string))
        hint = "There are no f-strings; write \"%s\" | format(value), or join with ~.";
    if (token == Token::block_end && is(Token::variable_end)) hint = "A statement ends with %}.";
    if (token == Token::variable_end && is(Token::block_end)) hint = "An expression ends with }}.";
    fail("expected " + std::string(token_name(token)) + ", got " + describe(now()), hint);
}

void JinjaParser::expect(Word word) {
    if (!skip_if(word)) fail("expected \"" + std::string(word_name(word)) + "\", got " + describe(now()));
}

std::string_view JinjaParser::take_name() {
    if (!is(Token::name)) expect(Token::name);
    return text_of(tokens_[at_++]);
}

NodeId JinjaParser::print_node(uint32_t position, NodeId value) {
    NodeId id = b_.node(Op::print, position, value);
    if (!captured_) b_.at(id).flags = kSkipIfExtended;
    return id;
}

// Jinja2 does not compile what is never printed.
void JinjaParser::check_printed() {
    if (extended_ && !captured_) b_.forget_pending(0);
    b_.check_pending();
}

// Statements up to one of `ends`, at which it stops (behind the block's begin); up to the end if there are
// none.
NodeId JinjaParser::body(std::initializer_list<Word> ends) {
    Nested nested(*this);
    uint32_t start = here();
    std::vector<uint32_t> statements;
    while (true) {
        uint32_t position = here();
        chain_ = 0;
        switch (now().token) {
            case Token::data: {
                NodeId id = b_.text(position, now().end - position);
                if (!captured_) b_.at(id).flags = kSkipIfExtended;
                statements.push_back(id);
                ++at_;
                break;
            }
            case Token::variable_begin: {
                ++at_;
                NodeId value = tuple(true, false);
                if (!is(Token::variable_end)) expect(Token::variable_end);
                ++at_;
                check_printed();
                statements.push_back(print_node(position, value));
                break;
            }
            case Token::block_begin: {
                ++at_;
                for (Word end : ends)
                    if (is(end)) return b_.sequence(start, statements);
                if (!is(Token::name)) fail("a statement's name is missing here");
                open_tags_.push_back({text_of(now()), position});
                NodeId id = kNone;
                switch (now().word) {
                    case Word::elif:
                    case Word::else_:
                    case Word::endautoescape:
                    case Word::endblock:
                    case Word::endcall:
                    case Word::endfilter:
                    case Word::endfor:
                    case Word::endgeneration:
                    case Word::endif:
                    case Word::endmacro:
                    case Word::endset:
                    case Word::endwith:
                        unknown_tag(ends);
                    default:
                        id = statement();
                }
                if (!is(Token::block_end)) expect(Token::block_end);
                ++at_;
                b_.check_pending();
                open_tags_.pop_back();
                if (id != kNone) statements.push_back(id);
                break;
            }
            default:
                if (ends.size()) unexpected_end();
                return b_.sequence(start, statements);
        }
    }
}

void JinjaParser::unknown_tag(std::initializer_list<Word> ends) {
    open_tags_.pop_back();
    std::string name(text_of(now()));
    std::string hint;
    if (ends.size() && !open_tags_.empty()) {
        const OpenTag& open = open_tags_.back();
        auto line = 1 + std::count(source_.begin(), source_.begin() + open.position, '\n');
        hint = "The \"" + std::string(open.name) + "\" of line " + std::to_string(line) +
               " has to be closed first, with {% " + word_name(*(ends.end() - 1)) + " %}.";
    } else {
        hint = "No statement is open that it could belong to.";
    }
    fail("unexpected \"" + name + "\"", hint);
}

void JinjaParser::unexpected_end() const {
    const OpenTag& open = open_tags_.back();
    fail_at(open.position, "the \"" + std::string(open.name) + "\" is not closed",
            open.name == "set" ? "End the block with {% endset %}, or give a value: {% set name = value %}."
                               : "End it with {% end" + std::string(open.name) + " %}.");
}

NodeId JinjaParser::block_body(std::initializer_list<Word> ends) {
    skip_if(Token::colon);
    expect(Token::block_end);
    b_.check_pending();
    return body(ends);
}

void JinjaParser::end_block(Word end) {
    expect(end);
}

NodeId JinjaParser::statement() {
    uint32_t position = here();
    Word word = now().word;
    ++at_;
    switch (word) {
        case Word::set:
            return set_statement(position);
        case Word::for_:
            return for_statement(position);
        case Word::if_:
            return if_statement(position);
        case Word::with:
            return with_statement(position);
        case Word::macro:
            return macro_statement(position);
        case Word::call:
            return call_statement(position);
        case Word::filter:
            return filter_statement(position);
        case Word::autoescape:
            return autoescape_statement(position);
        case Word::generation:
            return generation_statement(position);
        case Word::include:
            return include_statement(position);
        case Word::import_:
            return import_statement(position);
        case Word::from:
            return from_statement(position);
        case Word::block:
            return block_statement(position);
        case Word::extends:
            return extends_statement(position);
        case Word::print:
            return print_statement(position);
        case Word::do_: {
            NodeId value = tuple(true, false);
            return b_.node(Op::do_, position, value);
        }
        case Word::break_:
        case Word::continue_:
            if (loops_ == 0)
                fail_at(position, "\"" + std::string(text_of(tokens_[at_ - 1])) + "\" outside of a loop");
            return b_.node(word == Word::break_ ? Op::break_ : Op::continue_, position);
        default:
            break;
    }
    std::string name(text_of(tokens_[at_ - 1]));
    std::string hint;
    if (name == "elseif" || name == "elsif")
        hint = "Jinja2 writes \"elif\".";
    else if (name == "end")
        hint = "Jinja2 ends a block by name: endif, endfor, ...";
    else if (name == "foreach" || name == "each")
        hint = "A loop is written {% for item in items %}.";
    else if (name == "unless")
        hint = "Write {% if not ... %}.";
    else if (name == "assign" || name == "let")
        hint = "A variable is set by {% set name = value %}.";
    else if (name == "trans" || name == "pluralize" || name == "debug" || name == "cache" || name == "url")
        hint = "It belongs to an extension of Jinja2, which is not available.";
    else if (name == "raw" || name == "endraw")
        hint = "A raw block is {% raw %} ... {% endraw %}.";
    if (hint.empty()) hint = near_statement(name);
    fail_at(position, "there is no statement named \"" + name + "\"", hint);
}

}  // namespace pgprompt
