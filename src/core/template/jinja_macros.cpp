// Macros and their calls with a block.
#include <algorithm>

#include "core/template/errors.h"
#include "core/template/jinja_parser.h"
#include "core/template/text.h"

namespace pgprompt {

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
    const CallArguments& given = b_.program().calls[b_.at(call).b];
    for (uint32_t i = 0; i < given.named; ++i) {
        if (b_.program().lists[given.list + given.positional + 2 * i] == b_.name("caller"))
            fail_at(call_at, "a call block gives \"caller\" itself");
    }
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
    return b_.node(Op::call_block, position, call, unit);
}

}  // namespace pgprompt
