// The tags of handlebars.
#include <algorithm>

#include "core/template/handlebars_parser.h"

namespace pgprompt {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

// The end of a tag; true if it strips white space behind it.
bool HandlebarsParser::end_tag() {
    skip_space();
    if (!at_close()) fail_character();
    bool strips = s_[at_] == '~' && close_delimiter_[0] != '~';
    size_t begin = at_;
    at_ += close_delimiter_.size() + (strips ? 1 : 0);
    if (!strips && close_delimiter_ == "}}" && at_ < s_.size() && s_[at_] == '}') {
        fail(begin, "the tag ends with }}}, but does not begin with {{{",
             "Write {{name}} or {{{name}}}; a brace of the text behind it needs a space: {{name}} }.");
    }
    return strips;
}

bool HandlebarsParser::at_else_word() const {
    size_t at = at_;
    while (at < s_.size() && is_space(s_[at])) ++at;
    return s_.substr(at, 4) == "else" && (at + 4 >= s_.size() || !is_word(s_[at + 4]));
}

void HandlebarsParser::parse_tag(size_t tag) {
    bool default_delimiters = open_delimiter_ == "{{";
    if (default_delimiters && s_.substr(tag, 4) == "{{{{") return parse_raw_block(tag);
    Strip strip;
    if (at_ < s_.size() && s_[at_] == '~') {
        strip.open = true;
        ++at_;
    }
    char c = at_ < s_.size() ? s_[at_] : '\0';
    switch (c) {
        case '!':
            return parse_comment(tag, strip.open);
        case '=': {
            size_t end = s_.find("=" + close_delimiter_, at_ + 1);
            if (end == std::string_view::npos)
                fail(tag, "the change of delimiters is not closed", "It is written {{=<% %>=}}.");
            std::string_view inside = s_.substr(at_ + 1, end - at_ - 1);
            at_ = end + 1 + close_delimiter_.size();
            set_delimiters(tag, inside);
            return add_tag(kNone, Layout::Item::Kind::standalone, strip);
        }
        case '>':
            ++at_;
            return parse_partial(tag, false, strip);
        case '/':
            ++at_;
            return parse_close(tag, strip);
        case '#':
            ++at_;
            if (at_ < s_.size() && s_[at_] == '>') {
                ++at_;
                return parse_partial(tag, true, strip);
            }
            if (at_ < s_.size() && s_[at_] == '*') {
                ++at_;
                return parse_inline(tag, strip);
            }
            return parse_block(tag, false, strip);
        case '^': {
            ++at_;
            size_t begin = at_;
            skip_space();
            if (at_close()) {
                strip.close = end_tag();
                return add_else(tag, strip);
            }
            at_ = begin;
            return parse_block(tag, true, strip);
        }
        case '{':
            if (default_delimiters) {
                ++at_;
                return parse_output(tag, true, false, strip);
            }
            break;
        case '&':
            ++at_;
            return parse_output(tag, false, true, strip);
        case '*':
            fail(at_, "there are no decorators but inline", "Write {{#*inline \"name\"}}...{{/inline}}.");
        default:
            break;
    }
    if (at_else_word()) {
        skip_space();
        at_ += 4;
        size_t begin = at_;
        skip_space();
        if (at_close()) {
            strip.close = end_tag();
            return add_else(tag, strip);
        }
        at_ = begin;
        return parse_block(tag, false, strip, true);
    }
    parse_output(tag, false, false, strip);
}

void HandlebarsParser::parse_comment(size_t tag, bool strip_open) {
    Strip strip{strip_open, false};
    size_t end;
    if (s_.substr(at_, 3) == "!--") {
        end = s_.find("--" + close_delimiter_, at_ + 3);
        size_t other = s_.find("--~" + close_delimiter_, at_ + 3);
        if (end == std::string_view::npos && other == std::string_view::npos)
            fail(tag, "the comment is not closed", "A comment that begins with {{!-- ends with --}}.");
        strip.close = other < end;
        at_ = std::min(end, other) + 2 + (strip.close ? 1 : 0) + close_delimiter_.size();
    } else {
        end = s_.find(close_delimiter_, at_);
        if (end == std::string_view::npos) fail(tag, "the comment is not closed", "A comment ends with }}.");
        strip.close = end > at_ && s_[end - 1] == '~';
        at_ = end + close_delimiter_.size();
    }
    add_tag(kNone, Layout::Item::Kind::standalone, strip);
}

// `{{{{name}}}} text that is not looked into {{{{/name}}}}`: a section of that text.
void HandlebarsParser::parse_raw_block(size_t tag) {
    at_ = tag + 4;
    if (at_ < s_.size() && s_[at_] == '/') fail(tag, "a raw block is closed but was not opened");
    Call call = parse_call(true);
    if (s_.substr(at_, 4) != "}}}}") fail(at_, "a raw block's tag ends with }}}}");
    at_ += 4;
    size_t begin = at_;
    std::string close = "{{{{/" + call.path.original + "}}}}";
    int level = 1;
    size_t end = begin;
    for (size_t at = begin;; at = end + 4) {
        end = s_.find("{{{{", at);
        if (end == std::string_view::npos)
            fail(tag, "the raw block \"" + call.path.original + "\" is not closed",
                 "Close it with " + close + ".");
        bool closes = end + 4 < s_.size() && s_[end + 4] == '/';
        level += closes ? -1 : 1;
        if (level == 0) break;
    }
    if (s_.substr(end, close.size()) != close)
        fail(end, "the raw block \"" + call.path.original + "\" is not closed here",
             "Close it with " + close + ".");
    start_block(tag, call, false, false, {});
    add_text(begin, end);
    at_ = end + close.size();
    close_block(end, call.path.original, {});
}

void HandlebarsParser::parse_block(size_t tag, bool inverted, Strip strip, bool chained) {
    if (chained && open().kind == BlockKind::root)
        fail(tag, "\"else\" stands outside of a block", "It belongs into {{#if ...}}...{{/if}} or the like.");
    if (at_ < s_.size() && is_space(s_[at_]) && !chained) {
        size_t begin = at_;
        skip_space();
        if (at_close())
            fail(begin, "the block has no name", "Write {{#if ...}}, {{#each ...}} or {{#name}}.");
    }
    // The `else` ends the body before the block's own arguments are read, which see no block parameters of
    // it.
    if (chained) add_else(tag, strip);
    Call call = parse_call(true);
    strip.close = end_tag();
    if (chained) layout_.block(open().block).inverse_strip = strip;
    start_block(tag, call, inverted, chained, strip);
}

void HandlebarsParser::declare_block_params(Open* block, const Call& call) {
    block->block_params = block_params_.size();
    if (call.block_params.empty()) return;
    uint32_t scope = b_.open_scope();
    block->scope = true;
    if (block->section == kNone) return;
    for (size_t i = 0; i < call.block_params.size(); ++i) {
        NameId name = b_.name("|" + std::string(call.block_params[i]));
        NodeId target = b_.store(static_cast<uint32_t>(block->position), name);
        Section& s = program().sections[block->section];
        s.scope = scope;
        if (i == 0) s.value_target = target;
        if (i == 1) s.key_target = target;
        block_params_.push_back({b_.name_text(name).substr(1), name});
    }
}

// A block whose tag was read.
void HandlebarsParser::start_block(size_t tag, const Call& call, bool inverted, bool chained, Strip strip) {
    Open block;
    const Path& path = call.path;
    block.name = path.original;
    block.position = static_cast<uint32_t>(tag);
    block.inverted = inverted;
    block.chained = chained;
    std::string_view name = call.nested == kNone && path.simple() && !block_param(path) ? path.parts[0] : "";
    auto one_argument = [&] {
        if (call.params.size() != 1) {
            fail(path.position, "\"" + std::string(name) + "\" takes one argument",
                 "There are no operators: {{#" + std::string(name) +
                     " value}}. Compute other conditions before, or use the format jinja2.");
        }
        return call.params[0];
    };
    if (name == "if" || name == "unless") {
        block.kind = name == "if" ? BlockKind::if_ : BlockKind::unless;
        NodeId subject = one_argument();
        NodeId zero = kNone;
        for (size_t i = 0; i < call.hash.size(); i += 2)
            if (b_.name_text(call.hash[i]) == "includeZero") zero = call.hash[i + 1];
        block.subject = b_.node(Op::truthy, path.position, subject, 0, zero);
        if (!call.block_params.empty())
            fail(path.position, "\"" + std::string(name) + "\" has no block parameters");
    } else if (name == "log") {
        block.kind = BlockKind::ignored;
    } else if (name == "lookup") {
        fail(path.position, "\"lookup\" is no block", "Write {{lookup object \"name\"}}.");
    } else {
        Section s{};
        if (name == "each" || name == "with") {
            block.kind = name == "each" ? BlockKind::each : BlockKind::with;
            s.kind = name == "each" ? Section::Kind::each : Section::Kind::with;
            s.subject = one_argument();
        } else {
            if (call.has_arguments()) fail_helper(call);
            block.kind = BlockKind::section;
            s.kind = Section::Kind::section;
            s.subject = call.nested != kNone ? call.nested : path_node(path, true);
        }
        block.section = static_cast<uint32_t>(program().sections.size());
        program().sections.push_back(s);
    }
    declare_block_params(&block, call);
    if (inverted && block.scope) fail(path.position, "an inverted block has no block parameters");
    open_block(std::move(block), strip);
}

void HandlebarsParser::parse_close(size_t tag, Strip strip) {
    std::string name = read_name();
    if (name.empty())
        fail(tag, "the closing tag has no name", open_.size() > 1 ? "Write {{/" + open().name + "}}." : "");
    strip.close = end_tag();
    close_block(tag, name, strip);
}

// `{{> name context key=value}}`, and `{{#> name}}...{{/name}}`.
void HandlebarsParser::parse_partial(size_t tag, bool is_block, Strip strip) {
    Partial p;
    Open block;
    skip_space();
    auto position = static_cast<uint32_t>(at_);
    Call call;
    if (at_ < s_.size() && s_[at_] == '(') {
        p.name = parse_nested();
        program().dynamic_references = true;
    } else {
        block.name = read_name();
        if (block.name.empty()) fail(position, "the partial has no name", "Write {{> name}}.");
        p.is_block = block.name == "@partial-block";
        p.name = b_.constant(position, Value::of(b_.keep(block.name)));
        if (!p.is_block) add_reference(block.name, is_block);
    }
    parse_arguments(&call);
    if (call.params.size() > 1) {
        fail(position, "a partial takes one context, not " + std::to_string(call.params.size()),
             "Further values are given by name: {{> name key=value}}.");
    }
    if (!call.params.empty()) p.context = call.params[0];
    p.hash = b_.list(call.hash);
    p.hash_count = static_cast<uint32_t>(call.hash.size() / 2);
    strip.close = end_tag();
    auto index = static_cast<uint32_t>(program().partials.size());
    program().partials.push_back(p);
    if (!is_block) {
        return add_tag(b_.node(Op::partial, static_cast<uint32_t>(tag), index),
                       Layout::Item::Kind::standalone, strip, index);
    }
    block.kind = BlockKind::partial;
    block.position = static_cast<uint32_t>(tag);
    block.partial = index;
    block.block_params = block_params_.size();
    block.unit = b_.open_unit(Unit::Kind::call_body, kNone);
    program().partials[index].unit = block.unit;
    open_block(std::move(block), strip);
}

// `{{#*inline "name"}}...{{/inline}}`
void HandlebarsParser::parse_inline(size_t tag, Strip strip) {
    Call call = parse_call(false);
    if (call.path.original != "inline" || call.params.size() != 1)
        fail(call.path.position, "a partial is defined by {{#*inline \"name\"}}...{{/inline}}");
    strip.close = end_tag();
    Open block;
    block.kind = BlockKind::inline_;
    block.name = "inline";
    block.position = static_cast<uint32_t>(tag);
    block.subject = call.params[0];
    block.block_params = block_params_.size();
    block.unit = b_.open_unit(Unit::Kind::call_body, kNone);
    open_block(std::move(block), strip);
}

void HandlebarsParser::parse_output(size_t tag, bool unescaped, bool ampersand, Strip strip) {
    Call call = parse_call(false);
    if (unescaped) {
        skip_space();
        if (at_ < s_.size() && s_[at_] != '}') fail_character();
        std::string_view rest = s_.substr(std::min(at_, s_.size()));
        bool plain = rest.substr(0, 3) == "}}}";
        if (!plain && rest.substr(0, 4) != "}~}}")
            fail(tag, "the tag that begins with {{{ does not end with }}}", "Write {{{name}}}.");
        strip.close = !plain;
        at_ += plain ? 3 : 4;
    } else {
        strip.close = end_tag();
    }
    NodeId value = lower_call(call, true);
    NodeId node = kNone;
    if (value != kNone) {
        node = b_.node(Op::output, static_cast<uint32_t>(tag), value);
        if (b_.options().escape_html && !unescaped && !ampersand) b_.at(node).flags = kEscapeHandlebars;
    }
    add_tag(node, Layout::Item::Kind::tag, strip);
}

}  // namespace pgprompt
