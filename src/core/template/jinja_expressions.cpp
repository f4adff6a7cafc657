// Expressions, by precedence climbing.
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
            return load_name(position);
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

}  // namespace pgprompt
