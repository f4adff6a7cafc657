// Paths, literals and calls of handlebars.
#include <algorithm>
#include <charconv>

#include "core/template/errors.h"
#include "core/template/handlebars_parser.h"

namespace pgprompt {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// What a name may consist of, without brackets.
bool is_id(char c) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) return true;
    if (byte <= ' ' || byte == 0x7f) return byte == 0x7f;
    return std::string_view("!\"#%&'()*+,./;<=>@[\\]^`{|}~").find(c) == std::string_view::npos;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_known_helper(std::string_view name) {
    return name == "if" || name == "unless" || name == "each" || name == "with" || name == "lookup" ||
           name == "log";
}

}  // namespace

void HandlebarsParser::skip_space() {
    while (at_ < s_.size() && is_space(s_[at_])) ++at_;
}

bool HandlebarsParser::at_close() const {
    std::string_view rest = s_.substr(at_);
    if (!rest.empty() && rest[0] == '~') rest.remove_prefix(1);
    return rest.substr(0, close_delimiter_.size()) == close_delimiter_;
}

bool HandlebarsParser::at_block_params() const {
    if (s_.substr(at_, 2) != "as" || at_ + 2 >= s_.size() || !is_space(s_[at_ + 2])) return false;
    size_t bar = at_ + 2;
    while (bar < s_.size() && is_space(s_[bar])) ++bar;
    return bar < s_.size() && s_[bar] == '|';
}

void HandlebarsParser::fail_character() const {
    if (at_ >= s_.size()) {
        fail(tag_, "the tag is not closed", "A tag ends with " + close_delimiter_ + ".");
    }
    char c = s_[at_];
    std::string hint;
    if (c == '|')
        hint = "There are no filters; the format jinja2 has them. Block parameters are written as |name|.";
    else if (c == '}')
        hint = "A tag ends with " + close_delimiter_ + ".";
    else if (c == '{')
        hint = "Is the tag before it not closed?";
    else if (c == '=' || c == '!' || c == '<' || c == '>' || c == '&' || c == '+' || c == '*')
        hint = "There are no operators: compute the value before, or use the format jinja2.";
    else if (c == ')')
        hint = "There is no open parenthesis that it closes.";
    else if (c == '#' || c == '/' || c == '^')
        hint = "It follows " + open_delimiter_ + " at once, without white space.";
    else if (c == '[')
        hint = "An element is written list.[0].";
    size_t length = 1;
    while (at_ + length < s_.size() && (s_[at_ + length] & 0xc0) == 0x80) ++length;
    fail(at_, "unexpected \"" + std::string(s_.substr(at_, length)) + "\"", hint);
}

// A name has to be followed by one of these.
bool HandlebarsParser::is_end_of_id(size_t at) const {
    if (at >= s_.size() || is_space(s_[at])) return true;
    return std::string_view("=~}/.)|]").find(s_[at]) != std::string_view::npos ||
           s_.substr(at, close_delimiter_.size()) == close_delimiter_;
}

// One part of a path; nothing if there is none here. `quoted`: it was in brackets.
std::string_view HandlebarsParser::parse_segment(bool* quoted) {
    *quoted = false;
    size_t begin = at_;
    if (at_ >= s_.size()) fail_character();
    if (s_[at_] == '[') {
        std::string text;
        size_t i = at_ + 1;
        bool escaped = false;
        for (; i < s_.size() && s_[i] != ']'; ++i) {
            if (s_[i] == '\\' && i + 1 < s_.size() && s_[i + 1] == ']') {
                escaped = true;
                ++i;
                text += ']';
                continue;
            }
            text += s_[i];
        }
        if (i >= s_.size())
            fail(begin, "the bracket is not closed", "A name with other characters is [name].");
        at_ = i + 1;
        *quoted = true;
        return escaped ? b_.keep(text) : s_.substr(begin + 1, i - begin - 1);
    }
    if (s_.substr(at_, 2) == "..") {
        at_ += 2;
        return s_.substr(begin, 2);
    }
    if (s_[at_] == '.') {
        if (!is_end_of_id(at_ + 1)) fail_character();
        ++at_;
        return s_.substr(begin, 1);
    }
    while (at_ < s_.size() && is_id(s_[at_]) && s_.substr(at_, close_delimiter_.size()) != close_delimiter_) {
        ++at_;
    }
    if (at_ == begin || !is_end_of_id(at_)) fail_character();
    return s_.substr(begin, at_ - begin);
}

HandlebarsParser::Path HandlebarsParser::parse_path() {
    Path path;
    path.position = static_cast<uint32_t>(at_);
    if (parse_literal(&path)) return path;
    if (at_ < s_.size() && s_[at_] == '@') {
        path.data = true;
        path.original = "@";
        ++at_;
    }
    char separator = 0;
    for (bool first = true;; first = false) {
        bool quoted;
        std::string_view part = parse_segment(&quoted);
        if (separator) path.original += separator;
        path.original += part;
        bool special = !quoted && (part == ".." || part == "." || part == "this");
        if (special) {
            if (!path.parts.empty()) {
                fail(path.position, "the path \"" + path.original + "\" is not valid",
                     "\"" + std::string(part) +
                         "\" can only stand at the begin of a path; a member of that "
                         "name is [" +
                         std::string(part) + "].");
            }
            if (part == "..") ++path.depth;
            if (first) path.scoped = true;
        } else {
            path.parts.push_back(part);
        }
        if (at_ >= s_.size() || (s_[at_] != '.' && s_[at_] != '/')) break;
        separator = s_[at_++];
    }
    return path;
}

bool HandlebarsParser::parse_string(Path* path) {
    char quote = at_ < s_.size() ? s_[at_] : '\0';
    if (quote != '"' && quote != '\'') return false;
    size_t begin = at_++;
    std::string text;
    bool escaped = false;
    for (; at_ < s_.size() && s_[at_] != quote; ++at_) {
        if (s_[at_] == '\\' && at_ + 1 < s_.size() && s_[at_ + 1] == quote) {
            escaped = true;
            ++at_;
        }
        text += s_[at_];
    }
    if (at_ >= s_.size()) fail(begin, "the string is not closed");
    ++at_;
    path->value = Value::of(escaped ? b_.keep(text) : s_.substr(begin + 1, at_ - begin - 2));
    return true;
}

// A string, number, true, false, null or undefined.
bool HandlebarsParser::parse_literal(Path* path) {
    size_t begin = at_;
    auto ends = [&](size_t at) {
        return at >= s_.size() || is_space(s_[at]) || s_[at] == '~' || s_[at] == '}' || s_[at] == ')' ||
               s_[at] == ']' || s_.substr(at, close_delimiter_.size()) == close_delimiter_;
    };
    auto word = [&](std::string_view text, Value value) {
        if (s_.substr(at_, text.size()) != text || !ends(at_ + text.size())) return false;
        path->value = value;
        at_ += text.size();
        return true;
    };
    auto number = [&] {
        size_t i = at_;
        if (i < s_.size() && s_[i] == '-') ++i;
        size_t digits = i;
        while (i < s_.size() && is_digit(s_[i])) ++i;
        if (i == digits) return false;
        bool real = false;
        if (i + 1 < s_.size() && s_[i] == '.' && is_digit(s_[i + 1])) {
            real = true;
            ++i;
            while (i < s_.size() && is_digit(s_[i])) ++i;
        }
        if (!ends(i)) return false;
        const char* from = s_.data() + at_;
        const char* to = s_.data() + i;
        int64_t integer;
        if (!real && std::from_chars(from, to, integer).ec == std::errc()) {
            path->value = Value::of(integer);
        } else {
            double value = 0;
            std::from_chars(from, to, value);
            path->value = Value::of(value);
        }
        at_ = i;
        return true;
    };
    path->literal = parse_string(path) || word("true", Value::of(true)) || word("false", Value::of(false)) ||
                    word("null", Value::null_()) || word("undefined", Value::undefined_()) || number();
    if (!path->literal) return false;
    // Where a path is wanted, the literal is the name of a member.
    std::string_view text =
        path->value.is(Value::Kind::string) ? path->value.view() : s_.substr(begin, at_ - begin);
    path->parts.push_back(text);
    path->original = text;
    return true;
}

const HandlebarsParser::BlockParam* HandlebarsParser::block_param(const Path& path) const {
    if (path.data || path.scoped || path.depth || path.parts.empty()) return nullptr;
    for (size_t i = block_params_.size(); i-- > 0;)
        if (block_params_[i].text == path.parts[0]) return &block_params_[i];
    return nullptr;
}

// The value of a path, a literal being the name of a member. `required`: it must exist in strict mode.
NodeId HandlebarsParser::path_node(const Path& path, bool required) {
    std::vector<uint32_t> names;
    size_t first = 0;
    NodeId base = kNone;
    auto flags = static_cast<uint8_t>(required ? kRequired : 0);
    if (path.data) {
        static constexpr std::string_view kData[] = {"root",  "index", "key",
                                                     "first", "last",  "partial-block"};
        std::string_view name = path.parts.empty() ? std::string_view() : path.parts[0];
        auto found = std::find(std::begin(kData), std::end(kData), name) - std::begin(kData);
        base = b_.node(Op::datum, path.position, static_cast<uint32_t>(found), path.depth, b_.name(name));
        if (required && path.parts.size() <= 1) b_.at(base).flags = kRequired;
        first = 1;
    } else if (const BlockParam* param = path.literal ? nullptr : block_param(path)) {
        base = b_.load(path.position, param->name);
        first = 1;
    } else if (!path.scoped && path.depth == 0) {
        if (mustache_) flags |= kInParents;
        if (b_.options().compat) flags |= kInParents | kNullInParents;
    }
    for (size_t i = first; i < path.parts.size(); ++i) names.push_back(b_.name(path.parts[i]));
    if (base != kNone && names.empty()) return base;
    uint32_t list = b_.list(names);
    NodeId id = b_.node(Op::path, path.position, list, base == kNone ? path.depth : 0, base,
                        static_cast<uint32_t>(names.size()));
    b_.at(id).flags = flags;
    return id;
}

// The value of an argument: a literal is itself.
NodeId HandlebarsParser::value_node(const Path& path) {
    if (path.literal) return b_.constant(path.position, path.value);
    return path_node(path, false);
}

NodeId HandlebarsParser::parse_expression() {
    if (at_ < s_.size() && s_[at_] == '(') return parse_nested();
    return value_node(parse_path());
}

// `(helper a b c=d)`
NodeId HandlebarsParser::parse_nested() {
    size_t begin = at_++;
    if (++depth_ > b_.options().max_depth)
        throw Failure(
            Limit::template_depth,
            "parentheses are nested more than " + std::to_string(b_.options().max_depth) + " levels deep",
            describe_position(s_, static_cast<uint32_t>(begin), b_.options().name));
    Call call = parse_call(false);
    if (at_ >= s_.size() || s_[at_] != ')') {
        if (at_ < s_.size() && !at_close()) fail_character();
        fail(begin, "the parenthesis is not closed", "A call in an argument is (name argument).");
    }
    ++at_;
    --depth_;
    return lower_call(call, false);
}

HandlebarsParser::Call HandlebarsParser::parse_call(bool may_have_block_params) {
    Call call;
    skip_space();
    if (at_ < s_.size() && s_[at_] == '(') {
        call.path.position = static_cast<uint32_t>(at_);
        call.nested = parse_nested();
    } else {
        if (at_close()) fail(at_, "the tag is empty", "It names a variable: {{name}}.");
        call.path = parse_path();
    }
    parse_arguments(&call);
    if (at_block_params()) {
        if (!may_have_block_params)
            fail(at_, "block parameters belong to a block", "Write {{#each list as |item|}}.");
        at_ = s_.find('|', at_) + 1;
        while (true) {
            skip_space();
            if (at_ < s_.size() && s_[at_] == '|') break;
            bool quoted;
            size_t begin = at_;
            std::string_view name = parse_segment(&quoted);
            if (name == ".." || name == "." || quoted) fail(begin, "a block parameter is a plain name");
            call.block_params.push_back(name);
        }
        if (call.block_params.empty()) fail(at_, "a block parameter is missing");
        ++at_;
        skip_space();
    }
    return call;
}

// Positional arguments, then `name=value`.
void HandlebarsParser::parse_arguments(Call* call) {
    while (true) {
        skip_space();
        if (at_ >= s_.size() || at_close() || s_[at_] == ')' || s_[at_] == '}' || at_block_params()) return;
        size_t begin = at_;
        bool quoted;
        std::string_view name;
        bool is_hash = false;
        if (is_id(s_[at_]) || s_[at_] == '[') {
            name = parse_segment(&quoted);
            size_t behind = at_;
            skip_space();
            is_hash = at_ < s_.size() && s_[at_] == '=' && !at_close();
            if (is_hash && at_ + 1 < s_.size() && s_[at_ + 1] == '=') {
                fail(at_, "unexpected \"==\"",
                     "There are no operators: compute the value before, or use the format jinja2.");
            }
            if (!is_hash) at_ = behind;
        }
        if (is_hash) {
            ++at_;
            skip_space();
            uint32_t entry = b_.name(name);
            NodeId value = parse_expression();
            // handlebars.js leaves out a literal undefined.
            const Node& n = b_.at(value);
            if (n.op == Op::constant && program().constants[n.a].is(Value::Kind::undefined)) continue;
            call->hash.push_back(entry);
            call->hash.push_back(value);
            continue;
        }
        at_ = begin;
        if (!call->hash.empty())
            fail(begin, "an argument stands behind one with a name", "Arguments with names come last.");
        call->params.push_back(parse_expression());
    }
}

void HandlebarsParser::fail_helper(const Call& call) const {
    std::string name = call.nested != kNone ? "(...)" : call.path.original;
    std::string hint =
        "The helpers are if, unless, each, with, lookup and log; functions of your own are not available "
        "in the database.";
    if (name == "eq" || name == "ne" || name == "gt" || name == "lt" || name == "and" || name == "or" ||
        name == "not" || name == "gte" || name == "lte")
        hint += " Compute the condition before, or use the format jinja2.";
    else if (name == "for" || name == "foreach")
        hint = "A loop is {{#each list}}...{{/each}}. " + hint;
    fail(call.path.position, "there is no helper named \"" + name + "\"", hint, Code::undefined_name);
}

// The value of a call, or of a path alone if `printed`.
NodeId HandlebarsParser::lower_call(const Call& call, bool printed) {
    const Path& path = call.path;
    bool known =
        call.nested == kNone && path.simple() && !block_param(path) && is_known_helper(path.parts[0]);
    if (!known) {
        if (call.nested != kNone && !call.has_arguments()) return call.nested;
        if (call.nested != kNone || call.has_arguments() || !printed) fail_helper(call);
        return path_node(path, true);
    }
    std::string_view name = path.parts[0];
    if (name == "log") return kNone;
    if (name == "lookup") {
        if (call.params.size() != 2) {
            fail(path.position, "\"lookup\" takes two arguments",
                 "Write {{lookup object \"name\"}}; a variable of this name is {{this.lookup}}.");
        }
        return b_.node(Op::member, path.position, call.params[0], call.params[1]);
    }
    fail(path.position, "\"" + std::string(name) + "\" is a block",
         "Write {{#" + std::string(name) + " ...}}...{{/" + std::string(name) +
             "}}; a variable of this name is {{this." + std::string(name) + "}}.");
}

// A name as it is written, up to white space or the end of the tag: of a partial, or of a block that is
// closed.
std::string HandlebarsParser::read_name() {
    skip_space();
    Path literal;
    if (parse_string(&literal)) return std::string(literal.value.view());
    std::string name;
    while (at_ < s_.size() && !is_space(s_[at_]) && !at_close()) {
        char c = s_[at_];
        if (c == '[') {
            bool quoted;
            name += parse_segment(&quoted);
            continue;
        }
        if (std::string_view("{}()=|\"'<>").find(c) != std::string_view::npos) fail_character();
        name += c;
        ++at_;
    }
    if (at_ >= s_.size()) fail_character();
    return name;
}

}  // namespace pgprompt
