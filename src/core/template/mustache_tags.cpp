// The tags of mustache, and the change of delimiters.
#include <algorithm>

#include "core/template/handlebars_parser.h"

namespace pgprompt {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trim(std::string_view s) {
    while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
    while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
    return s;
}

}  // namespace

// `=<% %>=`
void HandlebarsParser::set_delimiters(size_t tag, std::string_view inside) {
    inside = trim(inside);
    size_t end = 0;
    while (end < inside.size() && !is_space(inside[end])) ++end;
    std::string_view first = inside.substr(0, end), second = trim(inside.substr(end));
    bool good = !first.empty() && !second.empty() && inside.find('=') == std::string_view::npos &&
                std::none_of(second.begin(), second.end(), is_space);
    if (!good) {
        fail(tag, "a change of delimiters names two, without white space or =", "It is written {{=<% %>=}}.");
    }
    open_delimiter_ = first;
    close_delimiter_ = second;
}

HandlebarsParser::Path HandlebarsParser::mustache_path(size_t position, std::string_view name) {
    Path path;
    path.position = static_cast<uint32_t>(position);
    path.original = name;
    if (name.empty()) fail(tag_, "the tag is empty", "It names a variable: {{name}}.");
    if (name == ".") {
        path.scoped = true;
        return path;
    }
    if (auto space = std::find_if(name.begin(), name.end(), is_space); space != name.end()) {
        fail(position, "the name \"" + std::string(name) + "\" has white space in it",
             "mustache has names alone; helpers such as {{#if name}} are of the format handlebars.");
    }
    while (true) {
        size_t dot = name.find('.');
        std::string_view part = name.substr(0, dot);
        if (part.empty()) fail(position, "the name \"" + path.original + "\" has an empty part");
        path.parts.push_back(part);
        if (dot == std::string_view::npos) return path;
        name.remove_prefix(dot + 1);
    }
}

void HandlebarsParser::parse_mustache_tag(size_t tag) {
    while (at_ < s_.size() && is_space(s_[at_])) ++at_;
    char kind = at_ < s_.size() ? s_[at_] : '\0';
    bool triple = kind == '{' && open_delimiter_ == "{{";
    if (std::string_view("#^/>!&=").find(kind) == std::string_view::npos && !triple) kind = '\0';
    if (kind) ++at_;
    std::string close = triple        ? "}" + close_delimiter_
                        : kind == '=' ? "=" + close_delimiter_
                                      : close_delimiter_;
    size_t end = s_.find(close, at_);
    if (end == std::string_view::npos) fail(tag, "the tag is not closed", "It ends with " + close + ".");
    size_t begin = at_;
    while (begin < end && is_space(s_[begin])) ++begin;
    std::string_view inside = trim(s_.substr(at_, end - at_));
    at_ = end + close.size();
    auto position = static_cast<uint32_t>(tag);
    switch (kind) {
        case '!':
            return add_tag(kNone, Layout::Item::Kind::standalone, {});
        case '=':
            set_delimiters(tag, inside);
            return add_tag(kNone, Layout::Item::Kind::standalone, {});
        case '#':
        case '^': {
            Path path = mustache_path(begin, inside);
            Open block;
            block.kind = BlockKind::section;
            block.name = path.original;
            block.position = position;
            block.inverted = kind == '^';
            Section s{};
            s.kind = Section::Kind::mustache;
            s.subject = path_node(path, false);
            block.section = static_cast<uint32_t>(program().sections.size());
            program().sections.push_back(s);
            return open_block(std::move(block), {});
        }
        case '/':
            if (inside.empty()) fail(tag, "the closing tag has no name");
            return close_block(tag, inside, {});
        case '>': {
            if (inside.empty()) fail(tag, "the partial has no name", "Write {{> name}}.");
            Partial p;
            p.name = b_.constant(static_cast<uint32_t>(begin), Value::of(inside));
            add_reference(inside, true);
            auto index = static_cast<uint32_t>(program().partials.size());
            program().partials.push_back(p);
            return add_tag(b_.node(Op::partial, position, index), Layout::Item::Kind::standalone, {}, index);
        }
        default: {
            NodeId node = b_.node(Op::output, position, path_node(mustache_path(begin, inside), true));
            if (b_.options().escape_html && !triple && kind != '&') b_.at(node).flags = kEscapeMustache;
            return add_tag(node, Layout::Item::Kind::tag, {});
        }
    }
}

}  // namespace pgprompt
