#include "core/template/handlebars_layout.h"

#include "core/template/text.h"

namespace pgprompt {
namespace {

bool is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

}  // namespace

size_t javascript_space_prefix(std::string_view s) {
    size_t at = 0;
    while (at < s.size()) {
        size_t next = at;
        if (!is_space(text::decode(s, &next))) break;
        at = next;
    }
    return at;
}

size_t javascript_space_suffix(std::string_view s) {
    size_t at = s.size();
    while (at > 0) {
        size_t before = at;
        if (!is_space(text::decode_back(s, &before))) break;
        at = before;
    }
    return s.size() - at;
}

void HandlebarsLayout::add_content(uint32_t body, uint32_t begin, uint32_t end, NodeId node) {
    contents_.push_back({begin, end, begin, end, node});
    bodies_[body].items.push_back(
        {Item::Kind::content, static_cast<uint32_t>(contents_.size() - 1), kNone, {}});
}

const HandlebarsLayout::Content* HandlebarsLayout::content_at(const Body& body, size_t index) const {
    return body.items[index].kind == Item::Kind::content ? &contents_[body.items[index].index] : nullptr;
}

// Whether only white space stands before item `index` on its line.
bool HandlebarsLayout::blank_before(const Body& body, size_t index, bool is_root) const {
    if (index == 0) return is_root;
    const Content* c = content_at(body, index - 1);
    if (!c) return false;
    std::string_view s = source_.substr(c->begin, c->end - c->begin);
    size_t space = javascript_space_suffix(s);
    if (s.substr(s.size() - space).find('\n') != std::string_view::npos) return true;
    return index == 1 && is_root && space == s.size();
}

// Whether only white space stands on the line where item `next` begins.
bool HandlebarsLayout::blank_behind(const Body& body, size_t next, bool is_root) const {
    if (next >= body.items.size()) return is_root;
    const Content* c = content_at(body, next);
    if (!c) return false;
    std::string_view s = source_.substr(c->begin, c->end - c->begin);
    size_t space = javascript_space_prefix(s);
    if (s.substr(0, space).find('\n') != std::string_view::npos) return true;
    return next + 1 == body.items.size() && is_root && space == s.size();
}

// Strips the begin of the content at `next`: all white space, or the rest of the line.
void HandlebarsLayout::strip_right_of(Body& body, size_t next, bool all) {
    if (next >= body.items.size() || body.items[next].kind != Item::Kind::content) return;
    Content& c = contents_[body.items[next].index];
    if (!all && c.right_stripped) return;
    uint32_t before = c.from;
    std::string_view s = source_.substr(c.from, c.to - c.from);
    if (all) {
        c.from += static_cast<uint32_t>(javascript_space_prefix(s));
    } else {
        size_t n = 0;
        while (n < s.size() && is_blank(s[n])) ++n;
        if (n + 1 < s.size() && s[n] == '\r' && s[n + 1] == '\n')
            n += 2;
        else if (n < s.size() && s[n] == '\n')
            ++n;
        c.from += static_cast<uint32_t>(n);
    }
    c.right_stripped = c.from != before;
}

// Strips the end of the content before item `index`: all white space, or blanks. True if there were any.
bool HandlebarsLayout::strip_left_of(Body& body, size_t index, bool all, bool standalone) {
    if (index == 0 || body.items[index - 1].kind != Item::Kind::content) return false;
    Content& c = contents_[body.items[index - 1].index];
    c.before_standalone |= standalone;
    if (!all && c.left_stripped) return false;
    uint32_t before = c.to;
    std::string_view s = source_.substr(c.from, c.to - c.from);
    if (all) {
        c.to -= static_cast<uint32_t>(javascript_space_suffix(s));
    } else {
        while (c.to > c.from && is_blank(source_[c.to - 1])) --c.to;
    }
    c.left_stripped = c.to != before;
    return c.left_stripped;
}

void HandlebarsLayout::finish_body(uint32_t id, bool is_root, std::vector<Partial>* partials) {
    Body& body = bodies_[id];
    for (size_t i = 0; i < body.items.size(); ++i) {
        Item& item = body.items[i];
        if (item.kind == Item::Kind::content) {
            contents_[item.index].before_tag = i + 1 < body.items.size() || !is_root;
            continue;
        }
        Block* b = item.kind == Item::Kind::block ? &blocks_[item.index] : nullptr;
        Strip strip = b ? Strip{b->open.open, b->close.close} : item.strip;
        bool before = blank_before(body, i, is_root);
        bool behind = blank_behind(body, i + 1, is_root);
        if (strip.close) strip_right_of(body, i + 1, true);
        if (strip.open) strip_left_of(body, i, true);
        if (ignore_standalone_) continue;
        if (item.kind == Item::Kind::standalone && before && behind) {
            strip_right_of(body, i + 1, false);
            uint32_t end = i > 0 && body.items[i - 1].kind == Item::Kind::content
                               ? contents_[body.items[i - 1].index].to
                               : 0;
            if (strip_left_of(body, i, false, true) && item.partial != kNone) {
                Partial& p = (*partials)[item.partial];
                p.indent = contents_[body.items[i - 1].index].to;
                p.indent_length = end - p.indent;
            }
        }
        if (b && b->open_standalone && before) {
            strip_right_of(first_body(*b), 0, false);
            strip_left_of(body, i, false, true);
        }
        if (b && b->close_standalone && behind) {
            strip_right_of(body, i + 1, false);
            Body& last = bodies_[b->inverse != kNone ? b->inverse : b->program];
            strip_left_of(last, last.items.size(), false, true);
        }
    }
}

void HandlebarsLayout::finish_block(uint32_t id) {
    Block& b = blocks_[id];
    bool two = b.program != kNone && b.inverse != kNone;
    Body& program = first_body(b);
    // Of a chain of `else if`: the body of the first one, and of the last.
    uint32_t first = two ? b.inverse : kNone, last = first;
    auto inner = [&](uint32_t body, size_t item) { return blocks_[bodies_[body].items[item].index].program; };
    if (two && bodies_[first].chained) {
        first = inner(first, 0);
        while (last != kNone && bodies_[last].chained) last = inner(last, bodies_[last].items.size() - 1);
    }
    b.open_standalone = blank_behind(program, 0, false);
    Body& close = two && first != kNone ? bodies_[first] : program;
    b.close_standalone = blank_before(close, close.items.size(), false);
    if (b.open.close) strip_right_of(program, 0, true);
    if (!two) {
        if (b.close.open) strip_left_of(program, program.items.size(), true);
        return;
    }
    Body& else_body = bodies_[first];
    Body& last_body = bodies_[last];
    if (b.inverse_strip.open) strip_left_of(program, program.items.size(), true);
    if (b.inverse_strip.close) strip_right_of(else_body, 0, true);
    if (b.close.open) strip_left_of(last_body, last_body.items.size(), true);
    if (!ignore_standalone_ && blank_before(program, program.items.size(), false) &&
        blank_behind(else_body, 0, false)) {
        strip_left_of(program, program.items.size(), false, true);
        strip_right_of(else_body, 0, false);
    }
}

}  // namespace pgprompt
