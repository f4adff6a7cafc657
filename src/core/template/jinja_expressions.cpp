// Expressions, by precedence climbing.
#include <charconv>
#include <cstdlib>

#include "core/template/errors.h"
#include "core/template/jinja_parser.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

// Binding strength; a higher one binds tighter. 0: not a binary operator.
enum : int { kOr = 1, kAnd, kNot, kCompare, kAdd, kConcat, kMultiply, kPower };

int level_of(const TokenAt& t, const TokenAt& next) {
    switch (t.token) {
        case Token::name:
            if (t.word == Word::or_) return kOr;
            if (t.word == Word::and_) return kAnd;
            if (t.word == Word::in || (t.word == Word::not_ && next.word == Word::in)) return kCompare;
            return 0;
        case Token::equal:
        case Token::not_equal:
        case Token::less:
        case Token::less_equal:
        case Token::greater:
        case Token::greater_equal:
            return kCompare;
        case Token::add:
        case Token::subtract:
            return kAdd;
        case Token::tilde:
            return kConcat;
        case Token::multiply:
        case Token::divide:
        case Token::floor_divide:
        case Token::modulo:
            return kMultiply;
        case Token::power:
            return kPower;
        default:
            return 0;
    }
}

Op arithmetic(Token token) {
    switch (token) {
        case Token::subtract:
            return Op::subtract;
        case Token::multiply:
            return Op::multiply;
        case Token::divide:
            return Op::divide;
        case Token::floor_divide:
            return Op::floor_divide;
        case Token::modulo:
            return Op::modulo;
        default:
            return Op::power;
    }
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Python's escapes in a string; true if there was one that is no escape.
bool unescape(std::string_view raw, std::string* to) {
    bool good = true;
    for (size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\' || i + 1 == raw.size()) {
            to->push_back(raw[i]);
            continue;
        }
        char c = raw[++i];
        auto hex = [&](size_t count) {
            uint32_t value = 0;
            for (size_t k = 1; k <= count; ++k) {
                int digit = i + k < raw.size() ? hex_digit(raw[i + k]) : -1;
                if (digit < 0) {
                    good = false;
                    return;
                }
                value = value << 4 | static_cast<uint32_t>(digit);
            }
            i += count;
            if (value > 0x10ffff) {
                good = false;
                return;
            }
            // Two halves of a surrogate pair make one character.
            if (value >= 0xdc00 && value < 0xe000 && to->size() >= 3) {
                size_t at = to->size();
                auto byte = [&](size_t k) { return static_cast<unsigned char>((*to)[at - k]); };
                if (byte(3) == 0xed && byte(2) >= 0xa0 && byte(2) < 0xb0) {
                    uint32_t high = 0xd000u | (byte(2) & 0x3fu) << 6 | (byte(1) & 0x3fu);
                    to->resize(at - 3);
                    value = 0x10000 + ((high & 0x3ff) << 10) + (value & 0x3ff);
                }
            }
            text::append(to, value);
        };
        switch (c) {
            case '\n':
                break;
            case 'n':
                to->push_back('\n');
                break;
            case 't':
                to->push_back('\t');
                break;
            case 'r':
                to->push_back('\r');
                break;
            case 'a':
                to->push_back('\a');
                break;
            case 'b':
                to->push_back('\b');
                break;
            case 'f':
                to->push_back('\f');
                break;
            case 'v':
                to->push_back('\v');
                break;
            case '\\':
            case '\'':
            case '"':
                to->push_back(c);
                break;
            case 'x':
                hex(2);
                break;
            case 'u':
                hex(4);
                break;
            case 'U':
                hex(8);
                break;
            default:
                if (c >= '0' && c <= '7') {
                    uint32_t value = 0;
                    size_t k = 0;
                    for (; k < 3 && i + k < raw.size() && raw[i + k] >= '0' && raw[i + k] <= '7'; ++k) {
                        value = value * 8 + static_cast<uint32_t>(raw[i + k] - '0');
                    }
                    i += k - 1;
                    text::append(to, value);
                } else {
                    to->push_back('\\');
                    to->push_back(c);
                }
        }
    }
    return good;
}

}  // namespace

// Chains such as a.b.c or a - b - c nest to the left without nesting in the text.
void JinjaParser::chained() {
    constexpr uint32_t kLongestChain = 2000;
    if (++chain_ > kLongestChain) {
        throw Failure(Code::limit_exceeded,
                      "an expression has more than " + std::to_string(kLongestChain) + " parts",
                      describe_position(source_, here(), b_.options().name));
    }
}

NodeId JinjaParser::expression(bool with_conditional) {
    Nested nested(*this);
    return with_conditional ? conditional() : binary(kOr);
}

NodeId JinjaParser::conditional() {
    uint32_t position = here();
    size_t mark = b_.pending_mark();
    NodeId value = binary(kOr);
    while (skip_if(Word::if_)) {
        chained();
        b_.forget_pending(mark);
        b_.open_branch();
        NodeId condition = binary(kOr);
        NodeId otherwise = kNone;
        if (skip_if(Word::else_)) {
            Nested nested(*this);
            otherwise = conditional();
        }
        b_.close_branch();
        value = b_.node(Op::conditional, position, value, condition, otherwise);
        position = here();
    }
    return value;
}

NodeId JinjaParser::binary(int level) {
    NodeId left;
    uint32_t position = here();
    if (level <= kNot && is(Word::not_)) {
        ++at_;
        Nested nested(*this);
        left = b_.node(Op::logical_not, position, binary(kNot));
    } else {
        left = unary(true);
    }
    while (true) {
        int found = level_of(now(), ahead());
        if (found == 0 || found < level) return left;
        uint32_t at = here();
        switch (found) {
            case kOr:
            case kAnd: {
                ++at_;
                chained();
                NodeId right = binary(found + 1);
                left = b_.node(found == kOr ? Op::logical_or : Op::logical_and, at, left, right);
                break;
            }
            case kCompare:
                left = comparison(left, at);
                break;
            case kAdd: {
                if (is(Token::subtract)) {
                    ++at_;
                    chained();
                    NodeId right = binary(kAdd + 1);
                    left = b_.node(Op::subtract, at, left, right);
                    break;
                }
                std::vector<uint32_t> terms{left};
                while (skip_if(Token::add)) terms.push_back(binary(kAdd + 1));
                uint32_t list = b_.list(terms);
                left = b_.node(Op::add, at, list, 0, 0, static_cast<uint32_t>(terms.size()));
                break;
            }
            case kConcat: {
                std::vector<uint32_t> terms{left};
                while (skip_if(Token::tilde)) terms.push_back(binary(kConcat + 1));
                uint32_t list = b_.list(terms);
                left = b_.node(Op::concat, at, list, 0, 0, static_cast<uint32_t>(terms.size()));
                break;
            }
            default: {
                Op op = arithmetic(now().token);
                ++at_;
                chained();
                NodeId right = binary(found + 1);
                left = b_.node(op, at, left, right);
            }
        }
    }
}

NodeId JinjaParser::comparison(NodeId first, uint32_t position) {
    std::vector<uint32_t> chain;
    while (level_of(now(), ahead()) == kCompare) {
        Op op = Op::contained;
        switch (now().token) {
            case Token::equal:
                op = Op::equal;
                break;
            case Token::not_equal:
                op = Op::not_equal;
                break;
            case Token::less:
                op = Op::less;
                break;
            case Token::less_equal:
                op = Op::less_equal;
                break;
            case Token::greater:
                op = Op::greater;
                break;
            case Token::greater_equal:
                op = Op::greater_equal;
                break;
            default:
                if (skip_if(Word::not_)) op = Op::not_contained;
        }
        ++at_;
        chain.push_back(static_cast<uint32_t>(op));
        chain.push_back(binary(kCompare + 1));
    }
    if (chain.size() == 2) return b_.node(static_cast<Op>(chain[0]), position, first, chain[1]);
    chain.insert(chain.begin(), first);
    uint32_t list = b_.list(chain);
    return b_.node(Op::compare_chain, position, list, 0, 0, static_cast<uint32_t>(chain.size()));
}

NodeId JinjaParser::unary(bool with_filters) {
    uint32_t position = here();
    NodeId node;
    if (is(Token::subtract) || is(Token::add)) {
        bool minus = is(Token::subtract);
        ++at_;
        Nested nested(*this);
        NodeId operand = unary(false);
        const Node& n = b_.at(operand);
        Value* constant = n.op == Op::constant ? &b_.program().constants[n.a] : nullptr;
        if (constant && minus && constant->is(Value::Kind::integer) && constant->integer != INT64_MIN) {
            constant->integer = -constant->integer;
            node = operand;
        } else {
            node = b_.node(minus ? Op::negate : Op::positive, position, operand);
        }
    } else {
        node = primary();
    }
    node = postfix(node);
    return with_filters ? filters(node) : node;
}

NodeId JinjaParser::primary() {
    uint32_t position = here();
    switch (now().token) {
        case Token::name:
            switch (now().word) {
                case Word::true_:
                    ++at_;
                    return b_.constant(position, Value::of(true));
                case Word::false_:
                    ++at_;
                    return b_.constant(position, Value::of(false));
                case Word::none_:
                    ++at_;
                    return b_.constant(position, Value::null_());
                default:
                    break;
            }
            return b_.load(position, b_.name(take_name()));
        case Token::string:
            return string_literal();
        case Token::integer:
        case Token::real:
            return number_literal();
        case Token::left_parenthesis: {
            ++at_;
            Nested nested(*this);
            NodeId inside = tuple(true, true);
            expect(Token::right_parenthesis);
            return inside;
        }
        case Token::left_bracket:
            return list_literal();
        case Token::left_brace:
            return dict_literal();
        case Token::block_end:
        case Token::variable_end:
            fail("an expression is missing here");
        case Token::assign:
            fail("unexpected \"=\"", "Compare with ==; assign with {% set name = value %}.");
        default:
            fail("unexpected " + describe(now()));
    }
}

NodeId JinjaParser::string_literal() {
    uint32_t position = here();
    std::string_view raw = text_of(now());
    ++at_;
    std::string_view plain = raw.substr(1, raw.size() - 2);
    if (plain.find('\\') == std::string_view::npos && !is(Token::string)) {
        return b_.constant(position, Value::of(plain));
    }
    std::string joined;
    if (!unescape(plain, &joined)) fail_at(position, "the string has an escape that is not complete");
    while (is(Token::string)) {
        raw = text_of(now());
        if (!unescape(raw.substr(1, raw.size() - 2), &joined))
            fail("the string has an escape that is not complete");
        ++at_;
    }
    return b_.constant(position, Value::of(b_.keep(joined)));
}

NodeId JinjaParser::number_literal() {
    uint32_t position = here();
    std::string digits;
    for (char c : text_of(now()))
        if (c != '_') digits.push_back(c);
    bool real = is(Token::real);
    ++at_;
    if (real) return b_.constant(position, Value::of(std::strtod(digits.c_str(), nullptr)));
    int base = 10;
    std::string_view body = digits;
    if (digits.size() > 2 && digits[0] == '0') {
        char c = static_cast<char>(digits[1] | 32);
        base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
        if (base != 10) body.remove_prefix(2);
    }
    int64_t value = 0;
    auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value, base);
    (void)end;
    if (error == std::errc()) return b_.constant(position, Value::of(value));
    return b_.constant(position, Value::of_digits(b_.keep(decimal_digits(body, base))));
}

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

NodeId JinjaParser::tuple(bool with_conditional, bool parentheses, Word end) {
    uint32_t position = here();
    std::vector<uint32_t> parts;
    bool is_tuple = false;
    while (true) {
        if (!parts.empty()) expect(Token::comma);
        if (is(Token::variable_end) || is(Token::block_end) || is(Token::right_parenthesis) ||
            (end != Word::none && is(end))) {
            break;
        }
        parts.push_back(expression(with_conditional));
        if (!is(Token::comma)) break;
        is_tuple = true;
    }
    if (!is_tuple) {
        if (!parts.empty()) return parts[0];
        if (!parentheses) fail("an expression is missing here");
    }
    uint32_t list = b_.list(parts);
    return b_.node(Op::tuple, position, list, 0, 0, static_cast<uint32_t>(parts.size()));
}

NodeId JinjaParser::list_literal() {
    uint32_t position = here();
    expect(Token::left_bracket);
    std::vector<uint32_t> parts;
    while (!is(Token::right_bracket)) {
        if (!parts.empty()) expect(Token::comma);
        if (is(Token::right_bracket)) break;
        parts.push_back(expression());
    }
    expect(Token::right_bracket);
    uint32_t list = b_.list(parts);
    return b_.node(Op::list, position, list, 0, 0, static_cast<uint32_t>(parts.size()));
}

NodeId JinjaParser::dict_literal() {
    uint32_t position = here();
    expect(Token::left_brace);
    std::vector<uint32_t> parts;
    while (!is(Token::right_brace)) {
        if (!parts.empty()) expect(Token::comma);
        if (is(Token::right_brace)) break;
        parts.push_back(expression());
        expect(Token::colon);
        parts.push_back(expression());
    }
    expect(Token::right_brace);
    uint32_t list = b_.list(parts);
    return b_.node(Op::dict, position, list, 0, 0, static_cast<uint32_t>(parts.size()));
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
