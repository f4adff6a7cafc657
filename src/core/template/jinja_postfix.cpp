// What stands behind an operand: attributes, subscripts, arguments, filters and tests.
#include "core/template/errors.h"
#include "core/template/jinja_parser.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {

// Behind a primary: .name, [index] and (arguments).
NodeId JinjaParser::postfix(NodeId node) {
    while (true) {
        if (is(Token::dot) || is(Token::left_bracket))
            node = subscript(node);
        else if (is(Token::left_parenthesis))
            node = call(node);
        else
            return node;
        chained();
    }
}

NodeId JinjaParser::filters(NodeId node) {
    while (true) {
        if (is(Token::pipe))
            node = filter_chain(node, false);
        else if (is(Word::is))
            node = test(node);
        else if (is(Token::left_parenthesis))
            node = call(node);
        else
            return node;
        chained();
    }
}

std::string_view JinjaParser::dotted_name() {
    uint32_t begin = here();
    std::string_view name = take_name();
    if (!is(Token::dot)) return name;
    std::string whole(name);
    while (skip_if(Token::dot)) {
        whole += '.';
        whole += take_name();
    }
    (void)begin;
    return b_.keep(whole);
}

NodeId JinjaParser::filter_chain(NodeId node, bool start_inline) {
    while (is(Token::pipe) || start_inline) {
        if (!start_inline) ++at_;
        start_inline = false;
        uint32_t position = here();
        if (!is(Token::name)) {
            fail("a filter's name is missing here", is(Token::pipe) ? "Jinja2 writes \"or\" for ||." : "");
        }
        std::string_view name = dotted_name();
        uint32_t list = is(Token::left_parenthesis) ? arguments() : no_arguments();
        node = b_.filter(position, node, name, list);
        chained();
    }
    return node;
}

NodeId JinjaParser::test(NodeId operand) {
    uint32_t position = here();
    ++at_;
    bool negated = skip_if(Word::not_);
    uint32_t name_position = here();
    if (!is(Token::name)) fail("a test's name is missing here");
    std::string_view name = dotted_name();
    uint32_t list;
    bool argument = false;
    switch (now().token) {
        case Token::name:
            argument = !is(Word::else_) && !is(Word::or_) && !is(Word::and_);
            break;
        case Token::string:
        case Token::integer:
        case Token::real:
        case Token::left_bracket:
        case Token::left_brace:
            argument = true;
            break;
        default:
            break;
    }
    if (is(Token::left_parenthesis)) {
        list = arguments();
    } else if (argument) {
        if (is(Word::is)) fail("tests cannot be chained with \"is\"", "Join them with \"and\".");
        Nested nested(*this);
        CallArguments one;
        NodeId value = postfix(primary());
        one.list = b_.list(&value, 1);
        one.positional = 1;
        list = b_.call_arguments(one);
    } else {
        list = no_arguments();
    }
    NodeId node = b_.test(name_position, operand, name, list);
    return negated ? b_.node(Op::logical_not, position, node) : node;
}

NodeId JinjaParser::subscript(NodeId object) {
    uint32_t position = here();
    if (skip_if(Token::dot)) {
        if (is(Token::name)) {
            position = here();
            return b_.node(Op::attribute, position, object, b_.name(take_name()));
        }
        if (!is(Token::integer)) fail("a name or a number is missing after the dot");
        NodeId number = number_literal();
        return b_.node(Op::item, position, object, number, kNone);
    }
    ++at_;
    Nested nested(*this);
    std::vector<uint32_t> parts;
    while (!is(Token::right_bracket)) {
        if (!parts.empty()) expect(Token::comma);
        parts.push_back(subscript_argument());
    }
    expect(Token::right_bracket);
    if (parts.empty()) fail_at(position, "the brackets are empty");
    if (parts.size() == 1) {
        Node& only = b_.at(parts[0]);
        if (only.op == Op::slice) {
            only.a = object;
            return parts[0];
        }
        if (only.op == Op::constant && b_.program().constants[only.a].is(Value::Kind::string)) {
            NameId name = b_.name(b_.program().constants[only.a].view());
            return b_.node(Op::item, position, object, parts[0], name);
        }
        return b_.node(Op::item, position, object, parts[0], kNone);
    }
    for (uint32_t part : parts)
        if (b_.at(part).op == Op::slice) fail_at(position, "slices cannot be combined");
    uint32_t list = b_.list(parts);
    NodeId key = b_.node(Op::tuple, position, list, 0, 0, static_cast<uint32_t>(parts.size()));
    return b_.node(Op::item, position, object, key, kNone);
}

NodeId JinjaParser::subscript_argument() {
    uint32_t position = here();
    uint32_t parts[3] = {kNone, kNone, kNone};
    if (!is(Token::colon)) {
        parts[0] = expression();
        if (!is(Token::colon)) return parts[0];
    }
    ++at_;
    auto part_here = [&] { return !is(Token::colon) && !is(Token::right_bracket) && !is(Token::comma); };
    if (part_here()) parts[1] = expression();
    if (skip_if(Token::colon) && part_here()) parts[2] = expression();
    uint32_t list = b_.list(parts, 3);
    return b_.node(Op::slice, position, kNone, list);
}

NodeId JinjaParser::call(NodeId callee) {
    uint32_t position = here();
    uint32_t list = arguments();
    return b_.node(Op::call, position, callee, list);
}

uint32_t JinjaParser::no_arguments() {
    if (empty_call_ == kNone) empty_call_ = b_.call_arguments({});
    return empty_call_;
}

uint32_t JinjaParser::arguments() {
    uint32_t position = here();
    Nested nested(*this);
    expect(Token::left_parenthesis);
    CallArguments result;
    std::vector<uint32_t> positional, named;
    auto ensure = [&](bool good) {
        if (!good) {
            fail_at(position, "the arguments are not in order",
                    "Positional ones come first, then *list, named ones and **dict.");
        }
    };
    while (!is(Token::right_parenthesis)) {
        if (!positional.empty() || !named.empty() || result.star != kNone || result.star_star != kNone) {
            expect(Token::comma);
            if (is(Token::right_parenthesis)) break;
        }
        if (skip_if(Token::multiply)) {
            ensure(result.star == kNone && result.star_star == kNone);
            result.star = expression();
        } else if (skip_if(Token::power)) {
            ensure(result.star_star == kNone);
            result.star_star = expression();
        } else if (is(Token::name) && ahead().token == Token::assign) {
            ensure(result.star_star == kNone);
            const NameId name = b_.name(take_name());
            for (size_t i = 0; i < named.size(); i += 2) {
                if (named[i] == name) fail_at(position, "a named argument is given twice");
            }
            named.push_back(name);
            ++at_;
            named.push_back(expression());
        } else {
            ensure(result.star == kNone && result.star_star == kNone && named.empty());
            positional.push_back(expression());
        }
        if (positional.size() > 60000 || named.size() > 60000)
            fail_at(position, "there are too many arguments");
    }
    expect(Token::right_parenthesis);
    if (positional.empty() && named.empty() && result.star == kNone && result.star_star == kNone) {
        return no_arguments();
    }
    result.positional = static_cast<uint16_t>(positional.size());
    result.named = static_cast<uint16_t>(named.size() / 2);
    positional.insert(positional.end(), named.begin(), named.end());
    result.list = b_.list(positional);
    return b_.call_arguments(result);
}

}  // namespace pgprompt
