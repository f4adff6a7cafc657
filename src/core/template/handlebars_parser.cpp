#include "core/template/handlebars_parser.h"

#include <algorithm>

#include "core/template/errors.h"

namespace pgprompt {

std::unique_ptr<const Program> compile_handlebars(std::string_view text, const CompileOptions& options) {
    Builder builder(text, std::string(text), options);
    HandlebarsParser parser(builder);
    NodeId body = parser.parse();
    return builder.finish(body);
}

HandlebarsParser::HandlebarsParser(Builder& builder)
    : b_(builder),
      s_(builder.source()),
      mustache_(builder.options().format == TemplateFormat::mustache),
      layout_(s_, builder.options().ignore_standalone) {}

void HandlebarsParser::fail(size_t position, std::string message, std::string hint, Code code) const {
    fail_syntax(s_, static_cast<uint32_t>(position), b_.options().name, std::move(message), std::move(hint),
                code);
}

NodeId HandlebarsParser::parse() {
    open_.emplace_back();
    open().body = layout_.add_body();
    parse_text();
    if (open_.size() > 1) {
        const Open& left = open();
        std::string close = open_delimiter_ + "/" + left.name + close_delimiter_;
        fail(left.position, "the block \"" + left.name + "\" is not closed", "Close it with " + close + ".");
    }
    uint32_t body = open().body;
    NodeId root = end_body();
    layout_.finish_body(body, true, &program().partials);
    finish_text();
    for (const Reference& r : references_)
        b_.add_reference(TemplateReference::Kind::partial, r.name, r.optional);
    return root;
}

// ---- The text.

void HandlebarsParser::parse_text() {
    while (at_ < s_.size()) {
        size_t tag = std::min(s_.find(open_delimiter_, at_), s_.size());
        size_t end = tag;
        bool escaped = false;
        if (!mustache_ && tag < s_.size() && end > at_ && s_[end - 1] == '\\') {
            // `\{{` is text up to the next tag; of `\\{{` one backslash is.
            escaped = !(end - at_ >= 2 && s_[end - 2] == '\\');
            --end;
        }
        add_text(at_, end);
        at_ = tag;
        if (tag == s_.size()) return;
        if (escaped) {
            size_t next = std::min(s_.find(open_delimiter_, tag + 2), s_.size());
            for (int i = 0; i < 2 && next < s_.size() && next > tag + 2 && s_[next - 1] == '\\'; ++i) --next;
            add_text(tag, next);
            at_ = next;
            continue;
        }
        tag_ = tag;
        at_ = tag + open_delimiter_.size();
        if (mustache_)
            parse_mustache_tag(tag);
        else
            parse_tag(tag);
    }
}

void HandlebarsParser::add_text(size_t begin, size_t end) {
    // In mustache, what stands before a tag at the begin of the text is where it is indented, if nothing
    // stands.
    if (begin == end && !(mustache_ && begin == 0)) return;
    NodeId node = b_.text(static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin));
    layout_.add_content(open().body, static_cast<uint32_t>(begin), static_cast<uint32_t>(end), node);
    open().nodes.push_back(node);
}

void HandlebarsParser::add_tag(NodeId node, Layout::Item::Kind kind, Strip strip, uint32_t partial) {
    layout_.body(open().body).items.push_back({kind, kNone, partial, strip});
    if (node != kNone) open().nodes.push_back(node);
}

// What the layout left of every text goes into its node.
void HandlebarsParser::finish_text() {
    for (const Layout::Content& c : layout_.contents()) {
        Node& n = b_.at(c.node);
        uint32_t from = std::min(c.from, c.to);
        n.a = from;
        n.b = c.to - from;
        if (!mustache_) continue;
        auto begins_line = [&](uint32_t at) { return at == 0 || s_[at - 1] == '\n'; };
        n.flags = kIndentLines;
        if (n.b && begins_line(from)) n.flags |= kLineStart;
        if (begins_line(c.to) && c.before_tag && !c.before_standalone) n.flags |= kLineOpen;
    }
}

void HandlebarsParser::add_reference(std::string_view name, bool optional) {
    references_.push_back({std::string(name), optional});
}

// ---- Blocks.

void HandlebarsParser::open_block(Open block, Strip strip) {
    if (open_.size() > b_.options().max_depth) {
        throw Failure(
            Limit::template_depth,
            "blocks are nested more than " + std::to_string(b_.options().max_depth) + " levels deep",
            describe_position(s_, static_cast<uint32_t>(block.position), b_.options().name));
    }
    block.block = layout_.add_block();
    layout_.block(block.block).open = strip;
    block.references = references_.size();
    open_.push_back(std::move(block));
    begin_body(open().inverted);
}

void HandlebarsParser::begin_body(bool inverse) {
    Open& block = open();
    block.body = layout_.add_body();
    Layout::Block& layout = layout_.block(block.block);
    (inverse ? layout.inverse : layout.program) = block.body;
    block.in_inverse = inverse;
}

// The statements of the body now open as one; its block parameters are forgotten.
NodeId HandlebarsParser::end_body() {
    Open& block = open();
    NodeId body = b_.sequence(block.position, block.nodes);
    if (!block.inlines.empty() && block.kind != BlockKind::partial) {
        body = b_.node(Op::inlines, block.position, b_.list(block.inlines), body, 0,
                       static_cast<uint32_t>(block.inlines.size() / 2));
        bool enters = block.kind == BlockKind::section || block.kind == BlockKind::each ||
                      block.kind == BlockKind::with || block.kind == BlockKind::inline_ ||
                      block.kind == BlockKind::root;
        if (enters && !block.in_inverse) b_.at(body).flags = kInSection;
        block.inlines.clear();
    }
    // What the body names and defines itself is no reference.
    auto begin = references_.begin() + static_cast<std::ptrdiff_t>(block.references);
    references_.erase(std::remove_if(begin, references_.end(),
                                     [&](const Reference& r) {
                                         return std::find(block.inline_names.begin(),
                                                          block.inline_names.end(),
                                                          r.name) != block.inline_names.end();
                                     }),
                      references_.end());
    block.inline_names.clear();
    block.nodes.clear();
    if (block.scope) {
        b_.close_scope();
        block.scope = false;
    }
    if (block.block != kNone) block_params_.resize(block.block_params);
    return body;
}

// `{{else}}`, or the begin of `{{else if ...}}`.
void HandlebarsParser::add_else(size_t tag, Strip strip) {
    Open& block = open();
    if (block.kind == BlockKind::root)
        fail(tag, "\"else\" stands outside of a block", "It belongs into {{#if ...}}...{{/if}} or the like.");
    if (block.kind == BlockKind::inline_ || block.kind == BlockKind::partial)
        fail(tag, "a partial's block has no \"else\"");
    if (block.in_inverse != block.inverted)
        fail(tag, "the block \"" + block.name + "\" has two \"else\"", "The other must be {{else if ...}}.");
    uint32_t body = block.body;
    (block.in_inverse ? block.inverse : block.program) = end_body();
    layout_.finish_body(body, false, &program().partials);
    layout_.block(block.block).inverse_strip = strip;
    begin_body(!block.inverted);
}

// Ends the innermost block; its node joins the statements around it.
void HandlebarsParser::close_top(Strip strip) {
    Open& block = open();
    uint32_t body = block.body;
    (block.in_inverse ? block.inverse : block.program) = end_body();
    layout_.finish_body(body, false, &program().partials);
    Layout::Block& layout = layout_.block(block.block);
    layout.close = strip;
    layout_.finish_block(block.block);
    Open done = std::move(block);
    open_.pop_back();
    NodeId node = lower_block(done);
    layout_.body(open().body).items.push_back({Layout::Item::Kind::block, done.block, kNone, {}});
    if (node != kNone) open().nodes.push_back(node);
}

void HandlebarsParser::close_block(size_t tag, std::string_view name, Strip strip) {
    if (open_.size() == 1)
        fail(tag, "\"" + std::string(name) + "\" is closed but was not opened",
             "Remove the tag, or open the block before.");
    size_t outer = open_.size() - 1;
    while (open_[outer].chained) --outer;
    const Open& block = open_[outer];
    if (block.name != name) {
        fail(tag, "\"" + std::string(name) + "\" is closed where \"" + block.name + "\" is open",
             "Close it with " + open_delimiter_ + "/" + block.name + close_delimiter_ + ".");
    }
    // handlebars.js takes the strips of the closing tag for the first `else if`, and for those behind it the
    // ones of the tag that opens them.
    while (open_.size() - 1 > outer) {
        bool first = open_.size() - 2 == outer;
        close_top(first ? strip : layout_.block(open().block).open);
        layout_.body(open().body).chained = true;
    }
    close_top(strip);
}

NodeId HandlebarsParser::lower_block(Open& block) {
    switch (block.kind) {
        case BlockKind::if_:
        case BlockKind::unless: {
            NodeId condition = block.subject;
            NodeId then = block.program, otherwise = block.inverse;
            if (block.kind == BlockKind::unless) std::swap(then, otherwise);
            if (then == kNone) {
                if (otherwise == kNone) return kNone;
                condition = b_.node(Op::logical_not, block.position, condition);
                std::swap(then, otherwise);
            }
            std::vector<uint32_t> branches{condition, then};
            if (otherwise != kNone) {
                const Node& n = b_.at(otherwise);
                if (n.op == Op::if_) {
                    for (uint32_t i = 0; i < n.n; ++i) branches.push_back(program().lists[n.a + i]);
                } else {
                    branches.push_back(otherwise);
                }
            }
            uint32_t list = b_.list(branches);
            return b_.node(Op::if_, block.position, list, 0, 0, static_cast<uint32_t>(branches.size()));
        }
        case BlockKind::section:
        case BlockKind::each:
        case BlockKind::with: {
            Section& s = program().sections[block.section];
            s.body = block.program;
            s.otherwise = block.inverse;
            return b_.node(Op::section, block.position, block.section);
        }
        case BlockKind::partial: {
            b_.close_unit(block.unit, block.program);
            Partial& p = program().partials[block.partial];
            p.inline_count = static_cast<uint32_t>(block.inlines.size() / 2);
            p.inlines = b_.list(block.inlines);
            return b_.node(Op::partial, block.position, block.partial);
        }
        case BlockKind::inline_:
            b_.close_unit(block.unit, block.program);
            open().inlines.push_back(block.subject);
            open().inlines.push_back(block.unit);
            if (const Node& n = b_.at(block.subject); n.op == Op::constant) {
                const Value& v = program().constants[n.a];
                if (v.is(Value::Kind::string)) open().inline_names.emplace_back(v.view());
            }
            return kNone;
        default:
            return kNone;
    }
}

}  // namespace pgprompt
