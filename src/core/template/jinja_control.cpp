// Statements that assign, choose, repeat and scope.
#include <algorithm>

#include "core/template/errors.h"
#include "core/template/jinja_parser.h"
#include "core/template/text.h"

namespace pgprompt {

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
    if (is(Token::name)) expect(Token::block_end);
    bool outer = captured_;
    captured_ = true;
    const FilteredBody body = filtered_body(Word::endset);
    captured_ = outer;
    NodeId node = emit_target();
    return b_.node(Op::set_block, position, node, body.inside, body.filter, body.scope);
}

// The body behind filters, from here on. Its filters are applied to what it became, so that their arguments
// see what it assigns.
JinjaParser::FilteredBody JinjaParser::filtered_body(Word end) {
    const size_t filters_at = at_;
    const bool begins_with_pipe = is(Token::pipe);
    const bool has_filters = begins_with_pipe || is(Token::name);
    while (has_filters && !is(Token::block_end) && !is(Token::end)) ++at_;
    FilteredBody body;
    body.scope = b_.open_scope();
    body.inside = block_body({end});
    const size_t after = at_ + 1;
    if (has_filters) {
        at_ = filters_at;
        body.first_read = b_.read_mark();
        body.filter = filter_chain(kNone, !begins_with_pipe);
        body.last_read = b_.read_mark();
        skip_if(Token::colon);
        if (!is(Token::block_end)) expect(Token::block_end);
    }
    at_ = after;
    b_.close_scope();
    return body;
}

// As Jinja2 has it, a loop has its `loop` where something in its body reads that name, if only of a loop
// inside.
NodeId JinjaParser::load_name(uint32_t position) {
    const std::string_view name = take_name();
    if (name == "loop") {
        for (size_t i = block_; i < around_.size(); ++i) b_.program().loops[around_[i]].has_variable = true;
    }
    return b_.load(position, b_.name(name));
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
    around_.push_back(index);
    loop.body = block_body({Word::endfor, Word::else_, Word::endfor});
    around_.pop_back();
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
    loop.has_variable = recursive || b_.program().loops[index].has_variable;
    b_.program().loops[index] = loop;
    return b_.node(Op::for_, position, index);
}

NodeId JinjaParser::if_statement(uint32_t position) {
    std::vector<uint32_t> parts;
    b_.open_branch();
    parts.push_back(tuple(false, false));
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

NodeId JinjaParser::filter_statement(uint32_t position) {
    if (!is(Token::name)) fail("a filter's name is missing here");
    const FilteredBody body = filtered_body(Word::endfilter);
    // Jinja2 takes a name that a filter's argument reads as read outside, before an assignment further on.
    b_.repeat_reads(body.first_read, body.last_read);
    return b_.node(Op::filter_block, position, body.filter, body.inside, body.scope);
}

NodeId JinjaParser::autoescape_statement(uint32_t position) {
    const uint32_t branches = b_.leave_branches();
    NodeId condition = expression();
    b_.enter_branches(branches);
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

NodeId JinjaParser::print_statement(uint32_t position) {
    std::vector<uint32_t> parts;
    while (!is(Token::block_end)) {
        if (!parts.empty()) expect(Token::comma);
        uint32_t at = here();
        parts.push_back(print_node(at, expression()));
    }
    check_printed();
    return b_.sequence(position, parts);
}

}  // namespace pgprompt
