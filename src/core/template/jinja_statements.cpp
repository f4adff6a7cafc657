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
        Code::limit_exceeded,
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
                b_.check_pending();
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

NodeId JinjaParser::target_name(bool emit) {
    uint32_t position = here();
    if (is(Word::true_) || is(Word::false_) || is(Word::none_)) {
        fail("cannot assign to \"" + std::string(text_of(now())) + "\"");
    }
    std::string_view name = take_name();
    if (!emit) return kNone;
    return b_.store(position, b_.name(name));
}

NodeId JinjaParser::one_target(bool emit) {
    if (is(Token::left_parenthesis)) {
        Nested nested(*this);
        ++at_;
        NodeId inside = target(emit, Word::none);
        expect(Token::right_parenthesis);
        return inside;
    }
    if (!is(Token::name)) fail("cannot assign to " + describe(now()));
    if (setting_ && ahead().token == Token::dot) {
        uint32_t position = here();
        std::string_view object = take_name();
        ++at_;
        std::string_view attribute = take_name();
        if (!emit) return kNone;
        NodeId from = b_.load(position, b_.name(object));
        return b_.node(Op::target_attribute, position, from, b_.name(attribute));
    }
    return target_name(emit);
}

NodeId JinjaParser::target(bool emit, Word end) {
    uint32_t position = here();
    std::vector<uint32_t> parts;
    bool is_tuple = false;
    size_t count = 0;
    while (true) {
        if (count) expect(Token::comma);
        if (is(Token::variable_end) || is(Token::block_end) || is(Token::right_parenthesis) ||
            (end != Word::none && is(end))) {
            break;
        }
        parts.push_back(one_target(emit));
        ++count;
        if (!is(Token::comma)) break;
        is_tuple = true;
    }
    if (count == 0) fail("a name is missing here");
    if (!is_tuple) return parts[0];
    if (!emit) return kNone;
    uint32_t list = b_.list(parts);
    return b_.node(Op::target_tuple, position, list, 0, 0, static_cast<uint32_t>(parts.size()));
}

NodeId JinjaParser::set_statement(uint32_t position) {
    size_t target_at = at_;
    auto set_target = [this](bool emit) {
        setting_ = true;
        NodeId node = target(emit, Word::none);
        setting_ = false;
        return node;
    };
    set_target(false);
    // The names are assigned after the value was read.
    auto emit_target = [&] {
        size_t after = at_;
        at_ = target_at;
        NodeId node = set_target(true);
        at_ = after;
        return node;
    };
    if (skip_if(Token::assign)) {
        NodeId value = tuple(true, false);
        NodeId node = emit_target();
        return b_.node(Op::set, position, node, value);
    }
    NodeId filter = is(Token::pipe) ? filter_chain(kNone, false) : kNone;
    bool outer = captured_;
    captured_ = true;
    uint32_t scope = b_.open_scope();
    NodeId inside = block_body({Word::endset});
    ++at_;
    b_.close_scope();
    captured_ = outer;
    NodeId node = emit_target();
    return b_.node(Op::set_block, position, node, inside, filter, scope);
}

NodeId JinjaParser::for_statement(uint32_t position) {
    Loop loop;
    size_t target_at = at_;
    target(false, Word::in);
    if (!is(Word::in))
        fail("expected \"in\", got " + describe(now()), "A loop is written {% for item in items %}.");
    ++at_;
    loop.items = tuple(false, false, Word::recursive);
    auto emit_target = [&] {
        size_t after = at_;
        at_ = target_at;
        NodeId node = target(true, Word::in);
        at_ = after;
        return node;
    };
    for (size_t i = target_at; tokens_[i].word != Word::in; ++i) {
        if (text_of(tokens_[i]) == "loop") {
            fail_at(tokens_[i].begin, "cannot assign to the special variable \"loop\"");
        }
    }
    if (skip_if(Word::if_)) {
        loop.filter_scope = b_.open_scope();
        loop.filter_target = emit_target();
        loop.filter = expression();
        b_.close_scope();
    }
    bool recursive = skip_if(Word::recursive);
    uint32_t index = b_.add_loop(loop);
    if (recursive) loop.unit = b_.open_unit(Unit::Kind::loop, kNone);
    loop.body_scope = b_.open_scope();
    NameId loop_name = b_.name("loop");
    b_.loop_variable(loop_name, index);
    loop.target = emit_target();
    ++loops_;
    loop.body = block_body({Word::endfor, Word::else_, Word::endfor});
    --loops_;
    b_.close_scope();
    if (is(Word::else_)) {
        ++at_;
        loop.else_scope = b_.open_scope();
        loop.otherwise = block_body({Word::endfor});
        b_.close_scope();
    }
    ++at_;
    if (recursive) b_.close_unit(loop.unit, kNone);
    loop.loop_slot = kNone;
    b_.program().loops[index] = loop;
    return b_.node(Op::for_, position, index);
}

NodeId JinjaParser::if_statement(uint32_t position) {
    std::vector<uint32_t> parts;
    parts.push_back(tuple(false, false));
    b_.check_pending();
    b_.open_branch();
    while (true) {
        parts.push_back(block_body({Word::elif, Word::else_, Word::endif}));
        if (skip_if(Word::elif)) {
            parts.push_back(tuple(false, false));
            continue;
        }
        if (skip_if(Word::else_)) parts.push_back(block_body({Word::endif}));
        break;
    }
    ++at_;
    b_.close_branch();
    uint32_t list = b_.list(parts);
    return b_.node(Op::if_, position, list, 0, 0, static_cast<uint32_t>(parts.size()));
}

NodeId JinjaParser::with_statement(uint32_t position) {
    std::vector<uint32_t> pairs;
    std::vector<size_t> targets;
    while (!is(Token::block_end)) {
        if (!targets.empty()) expect(Token::comma);
        targets.push_back(at_);
        target(false, Word::none);
        expect(Token::assign);
        NodeId value = expression();
        pairs.push_back(kNone);
        pairs.push_back(value);
    }
    uint32_t scope = b_.open_scope();
    for (size_t i = 0; i < targets.size(); ++i) {
        size_t after = at_;
        at_ = targets[i];
        pairs[2 * i] = target(true, Word::none);
        at_ = after;
    }
    NodeId inside = block_body({Word::endwith});
    ++at_;
    b_.close_scope();
    uint32_t list = b_.list(pairs);
    return b_.node(Op::with, position, scope, inside, list, static_cast<uint32_t>(pairs.size()));
}

void JinjaParser::skip_parentheses() {
    int depth = 0;
    do {
        if (is(Token::left_parenthesis)) ++depth;
        if (is(Token::right_parenthesis)) --depth;
        if (is(Token::block_end) || is(Token::end)) fail("expected \")\", got " + describe(now()));
        ++at_;
    } while (depth > 0);
}

// A default value, up to the comma or parenthesis behind it.
void JinjaParser::skip_expression() {
    int depth = 0;
    while (true) {
        switch (now().token) {
            case Token::left_parenthesis:
            case Token::left_bracket:
            case Token::left_brace:
                ++depth;
                break;
            case Token::right_parenthesis:
            case Token::right_bracket:
            case Token::right_brace:
                if (depth-- == 0) return;
                break;
            case Token::comma:
                if (depth == 0) return;
                break;
            case Token::block_end:
            case Token::end:
                fail("expected \")\", got " + describe(now()));
            default:
                break;
        }
        ++at_;
    }
}

// (a, b=1): the names first, since defaults may use any of them.
void JinjaParser::signature(uint32_t unit) {
    struct Parameter {
        NameId name;
        size_t default_at;
    };
    std::vector<Parameter> parameters;
    expect(Token::left_parenthesis);
    bool defaults = false;
    while (!is(Token::right_parenthesis)) {
        if (!parameters.empty()) expect(Token::comma);
        uint32_t position = here();
        if (is(Word::true_) || is(Word::false_) || is(Word::none_)) {
            fail("cannot assign to \"" + std::string(text_of(now())) + "\"");
        }
        NameId name = b_.name(take_name());
        for (const Parameter& other : parameters) {
            if (other.name == name) fail_at(position, "the parameter is there twice");
        }
        size_t at = 0;
        if (skip_if(Token::assign)) {
            defaults = true;
            at = at_;
            skip_expression();
        } else if (defaults) {
            fail_at(position, "a parameter without a default follows one with a default");
        }
        parameters.push_back({name, at});
    }
    std::vector<uint32_t> entries;
    for (const Parameter& p : parameters) {
        entries.push_back(kNone);
        entries.push_back(kNone);
        entries.push_back(p.name);
    }
    uint32_t list = b_.list(entries);
    for (size_t i = 0; i < parameters.size(); ++i) {
        b_.parameter(parameters[i].name, list + static_cast<uint32_t>(3 * i));
    }
    size_t after = at_;
    for (size_t i = 0; i < parameters.size(); ++i) {
        if (!parameters[i].default_at) continue;
        at_ = parameters[i].default_at;
        NodeId value = expression();
        if (!is(Token::comma) && !is(Token::right_parenthesis)) expect(Token::right_parenthesis);
        b_.program().lists[list + 3 * i + 1] = value;
    }
    at_ = after;
    b_.forget_specials(unit);
    expect(Token::right_parenthesis);
    Unit& u = b_.program().units[unit];
    u.parameters = list;
    u.parameter_count = static_cast<uint32_t>(parameters.size());
}

void JinjaParser::check_caller(uint32_t unit, uint32_t position) const {
    if (!b_.reads_caller(unit)) return;
    const Program& p = b_.program();
    const Unit& u = p.units[unit];
    for (uint32_t i = 0; i < u.parameter_count; ++i) {
        const uint32_t* parameter = &p.lists[u.parameters + 3 * i];
        if (p.names[parameter[2]] == "caller" && parameter[1] == kNone) {
            fail_at(position, "the special parameter \"caller\" must have a default or be left out");
        }
    }
}

NodeId JinjaParser::macro_statement(uint32_t position) {
    uint32_t name_at = here();
    if (is(Word::true_) || is(Word::false_) || is(Word::none_)) {
        fail("cannot assign to \"" + std::string(text_of(now())) + "\"");
    }
    NameId name = b_.name(take_name());
    NodeId to = b_.store(name_at, name);
    bool outer = captured_;
    uint32_t outer_loops = loops_;
    captured_ = true;
    loops_ = 0;
    uint32_t unit = b_.open_unit(Unit::Kind::macro, name);
    signature(unit);
    NodeId inside = block_body({Word::endmacro});
    check_caller(unit, position);
    ++at_;
    b_.close_unit(unit, inside);
    captured_ = outer;
    loops_ = outer_loops;
    return b_.node(Op::macro, position, unit, to);
}

NodeId JinjaParser::call_statement(uint32_t position) {
    size_t signature_at = 0;
    if (is(Token::left_parenthesis)) {
        signature_at = at_;
        skip_parentheses();
    }
    uint32_t call_at = here();
    NodeId call = expression();
    if (b_.at(call).op != Op::call) fail_at(call_at, "expected a call", "Write {% call macro(arguments) %}.");
    size_t after = at_;
    bool outer = captured_;
    uint32_t outer_loops = loops_;
    captured_ = true;
    loops_ = 0;
    uint32_t unit = b_.open_unit(Unit::Kind::call_body, kNone);
    if (signature_at) {
        at_ = signature_at;
        signature(unit);
        at_ = after;
    }
    NodeId inside = block_body({Word::endcall});
    check_caller(unit, position);
    ++at_;
    b_.close_unit(unit, inside);
    captured_ = outer;
    loops_ = outer_loops;
    NodeId id = b_.node(Op::call_block, position, call, unit);
    if (!captured_) b_.at(id).flags = kSkipIfExtended;
    return id;
}

NodeId JinjaParser::filter_statement(uint32_t position) {
    NodeId filter = filter_chain(kNone, true);
    uint32_t scope = b_.open_scope();
    NodeId inside = block_body({Word::endfilter});
    ++at_;
    b_.close_scope();
    NodeId id = b_.node(Op::filter_block, position, filter, inside, scope);
    if (!captured_) b_.at(id).flags = kSkipIfExtended;
    return id;
}

NodeId JinjaParser::autoescape_statement(uint32_t position) {
    NodeId condition = expression();
    uint32_t scope = b_.open_scope();
    NodeId inside = block_body({Word::endautoescape});
    ++at_;
    b_.close_scope();
    return b_.node(Op::autoescape, position, condition, inside, scope);
}

// {% generation %} marks what the assistant said, for training; rendered it is its body.
NodeId JinjaParser::generation_statement(uint32_t position) {
    uint32_t scope = b_.open_scope();
    NodeId inside = block_body({Word::endgeneration});
    ++at_;
    b_.close_scope();
    return b_.node(Op::scope, position, scope, inside);
}

bool JinjaParser::import_context(bool otherwise) {
    if ((is(Word::with) || is(Word::without)) && ahead().word == Word::context) {
        bool with = is(Word::with);
        at_ += 2;
        return with;
    }
    return otherwise;
}

void JinjaParser::note_reference(NodeId source, TemplateReference::Kind kind, bool optional) {
    const Node n = b_.at(source);
    if (n.op == Op::constant) {
        const Value& value = b_.program().constants[n.a];
        if (value.is(Value::Kind::string)) b_.add_reference(kind, value.view(), optional);
        return;
    }
    if ((n.op == Op::list || n.op == Op::tuple) && n.n > 0) {
        for (uint32_t i = 0; i < n.n; ++i) note_reference(b_.program().lists[n.a + i], kind, true);
        return;
    }
    b_.program().dynamic_references = true;
}

NodeId JinjaParser::include_statement(uint32_t position) {
    Import import;
    import.source = expression();
    if (is(Word::ignore) && ahead().word == Word::missing) {
        at_ += 2;
        import.ignore_missing = true;
    }
    import.with_context = import_context(true);
    note_reference(import.source, TemplateReference::Kind::include, import.ignore_missing);
    uint32_t index = b_.add_import(import);
    if (import.with_context) b_.note_visible_for_import(index);
    NodeId id = b_.node(Op::include, position, index);
    return id;
}

NodeId JinjaParser::import_statement(uint32_t position) {
    Import import;
    import.source = expression();
    expect(Word::as);
    uint32_t target_at = here();
    size_t token = at_;
    target_name(false);
    import.with_context = import_context(false);
    note_reference(import.source, TemplateReference::Kind::import, false);
    uint32_t index = b_.add_import(import);
    if (import.with_context) b_.note_visible_for_import(index);
    NodeId to = b_.store(target_at, b_.name(text_of(tokens_[token])));
    b_.at(to).flags = kImported;
    b_.program().imports[index].target = to;
    return b_.node(Op::import_, position, index);
}

NodeId JinjaParser::from_statement(uint32_t position) {
    Import import;
    import.source = expression();
    expect(Word::import_);
    struct Imported {
        NameId name;
        NameId alias;
        uint32_t position;
    };
    std::vector<Imported> names;
    bool context_seen = false;
    auto context = [&] {
        if ((is(Word::with) || is(Word::without)) && ahead().word == Word::context) {
            import.with_context = import_context(false);
            context_seen = true;
        }
        return context_seen;
    };
    while (true) {
        if (!names.empty()) expect(Token::comma);
        if (!is(Token::name)) expect(Token::name);
        if (context()) break;
        uint32_t at = here();
        std::string_view name = take_name();
        if (name[0] == '_') fail_at(at, "names that begin with an underscore cannot be imported");
        Imported imported{b_.name(name), kNone, at};
        imported.alias = imported.name;
        if (skip_if(Word::as)) {
            imported.position = here();
            imported.alias = b_.name(take_name());
        }
        names.push_back(imported);
        if (context() || !is(Token::comma)) break;
    }
    note_reference(import.source, TemplateReference::Kind::import, false);
    uint32_t index = b_.add_import(import);
    if (import.with_context) b_.note_visible_for_import(index);
    std::vector<uint32_t> pairs;
    for (const Imported& imported : names) {
        NodeId to = b_.store(imported.position, imported.alias);
        b_.at(to).flags = kImported;
        pairs.push_back(imported.name);
        pairs.push_back(to);
    }
    uint32_t list = b_.list(pairs);
    b_.program().imports[index].names = list;
    b_.program().imports[index].name_count = static_cast<uint32_t>(names.size());
    return b_.node(Op::from_import, position, index);
}

NodeId JinjaParser::block_statement(uint32_t position) {
    uint32_t name_at = here();
    std::string_view name = take_name();
    Block block{b_.name(name), 0};
    block.scoped = skip_if(Word::scoped);
    block.required = skip_if(Word::required);
    if (is(Token::subtract)) fail("a block's name may not have hyphens", "Use an underscore instead.");
    for (std::string_view other : block_names_)
        if (other == name) fail_at(name_at, "the block \"" + std::string(name) + "\" is there twice");
    block_names_.push_back(name);
    bool skip = !captured_ && b_.at_root();
    uint32_t index = b_.add_block(block);
    if (block.scoped) b_.note_visible_for_block(index);
    bool outer = captured_;
    uint32_t outer_loops = loops_;
    captured_ = true;
    loops_ = 0;
    uint32_t unit = b_.open_unit(Unit::Kind::block, block.name);
    size_t first_token = at_;
    NodeId inside = block_body({Word::endblock});
    if (block.required) {
        for (size_t i = first_token; i + 1 < at_; ++i) {
            Token token = tokens_[i].token;
            bool blank = token == Token::data && text::strip_left(text_of(tokens_[i])).empty();
            if (i > first_token && !blank) {
                fail_at(tokens_[i].begin, "a required block can hold only comments and white space");
            }
        }
    }
    ++at_;
    if (is(Token::name) && text_of(now()) == name) ++at_;
    b_.close_unit(unit, inside);
    captured_ = outer;
    loops_ = outer_loops;
    b_.program().blocks[index].unit = unit;
    NodeId id = b_.node(Op::block, position, index);
    if (skip) b_.at(id).flags = kSkipIfExtended;
    return id;
}

NodeId JinjaParser::extends_statement(uint32_t position) {
    if (!b_.at_root()) fail_at(position, "\"extends\" must not be inside of a loop, macro or block");
    NodeId source = expression();
    note_reference(source, TemplateReference::Kind::extends, false);
    b_.program().has_extends = true;
    return b_.node(Op::extends, position, source);
}

NodeId JinjaParser::print_statement(uint32_t position) {
    std::vector<uint32_t> parts;
    while (!is(Token::block_end)) {
        if (!parts.empty()) expect(Token::comma);
        uint32_t at = here();
        parts.push_back(print_node(at, expression()));
    }
    return b_.sequence(position, parts);
}

}  // namespace pgprompt
