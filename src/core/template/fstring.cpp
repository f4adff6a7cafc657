// The f-string front end: text with {name}, {name[key][0]!r:>10.2f}, {{ and }}, as str.format(**variables)
// has it.
#include <algorithm>

#include "core/template/builder.h"
#include "core/template/errors.h"

namespace pgprompt {
namespace {

class FstringParser {
 public:
    explicit FstringParser(Builder& builder) : b_(builder), s_(builder.source()) {}

    NodeId parse() {
        std::vector<uint32_t> parts;
        size_t from = 0;
        auto text = [&](size_t to) {
            if (to > from)
                parts.push_back(b_.text(static_cast<uint32_t>(from), static_cast<uint32_t>(to - from)));
        };
        for (size_t at = 0; at < s_.size();) {
            at = s_.find_first_of("{}", at);
            if (at == std::string_view::npos) break;
            if (at + 1 < s_.size() && s_[at + 1] == s_[at]) {
                text(at + 1);
                from = at = at + 2;
                continue;
            }
            if (s_[at] == '}') fail(at, "a single \"}\" stands outside of a field", kBraces);
            text(at);
            size_t begin = at++;
            NodeId field_node = field(begin, &at, 0);
            parts.push_back(b_.node(Op::print, static_cast<uint32_t>(begin), field_node));
            from = at;
        }
        text(s_.size());
        return b_.sequence(0, parts);
    }

 private:
    static constexpr const char* kBraces = "A brace that is text is written twice: {{ or }}.";

    [[noreturn]] void fail(size_t position, std::string message, std::string hint = {}) const {
        fail_syntax(s_, static_cast<uint32_t>(position), b_.options().name, std::move(message),
                    std::move(hint));
    }

    // From behind the brace at `begin` to behind the closing one.
    NodeId field(size_t begin, size_t* at, int depth) {
        auto position = static_cast<uint32_t>(begin);
        size_t end = s_.find_first_of(".[!:{}", *at);
        if (end == std::string_view::npos)
            fail(begin, "the field is not closed", "A field is written {name}.");
        std::string_view name = s_.substr(*at, end - *at);
        auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        if (s_[end] == '{') fail(begin, "a field within a field's name", kBraces);
        if (name.empty())
            fail(begin, "the field has no name", std::string("Fields are named: {name}. ") + kBraces);
        if (std::all_of(name.begin(), name.end(), is_digit)) {
            fail(begin, "numbered fields are not available", "Fields are named: {name}.");
        }
        char first = name[0];
        if (first == '"' || first == '\'' || first == ' ' || first == '\n' || first == '\t') {
            bool json = first == '"' || name.find('"') != std::string_view::npos || first == '\n';
            fail(begin,
                 json ? "this looks like JSON, not like a field"
                      : "a field's name begins with white space or a quote",
                 json ? "Braces of JSON are text here: write {{ and }}."
                      : "Write {name}, without spaces or quotes.");
        }
        if (name.find_first_of("+*/()%&|<>=,;\n") != std::string_view::npos) {
            fail(begin, "a field holds a name, not an expression",
                 "Compute the value before, or use the format jinja2.");
        }
        NodeId value = b_.load(position, b_.name(name));
        *at = end;
        while (s_[*at] == '[') {
            size_t close = s_.find(']', *at);
            if (close == std::string_view::npos)
                fail(*at, "the index is not closed", "An index is written {name[key]}.");
            std::string_view key = s_.substr(*at + 1, close - *at - 1);
            if (key.empty()) fail(*at, "the index is empty");
            uint32_t key_at = static_cast<uint32_t>(*at + 1);
            NodeId index;
            NameId key_name = kNone;
            if (std::all_of(key.begin(), key.end(), is_digit) && key.size() < 18) {
                int64_t number = 0;
                for (char c : key) number = number * 10 + (c - '0');
                index = b_.constant(key_at, Value::of(number));
            } else {
                if (key[0] == '"' || key[0] == '\'')
                    fail(key_at, "keys are written without quotes", "Write {name[key]}.");
                index = b_.constant(key_at, Value::of(key));
                key_name = b_.name(key);
            }
            value = b_.node(Op::item, key_at, value, index, key_name);
            *at = close + 1;
            if (*at >= s_.size()) fail(begin, "the field is not closed", "A field is written {name}.");
            if (++parts_ > 1000) fail(key_at, "there are too many indices");
        }
        parts_ = 0;
        if (s_[*at] == '.')
            fail(*at, "attributes are not available in f-strings", "Use an index: {name[key]}.");
        uint32_t conversion = 0;
        if (s_[*at] == '!') {
            char c = *at + 1 < s_.size() ? s_[*at + 1] : '\0';
            if (c != 'r' && c != 's' && c != 'a') fail(*at, "a conversion is !r, !s or !a");
            conversion = static_cast<uint32_t>(c);
            *at += 2;
        }
        NodeId spec = kNone;
        if (*at < s_.size() && s_[*at] == ':') {
            ++*at;
            spec = format_spec(begin, at, depth);
        }
        if (*at >= s_.size()) fail(begin, "the field is not closed", "A field is written {name}.");
        if (s_[*at] != '}')
            fail(*at, "unexpected character in a field",
                 "A field is written {name}, {name[key]} or {name:>10}.");
        ++*at;
        return b_.node(Op::format, position, value, spec, 0, conversion);
    }

    NodeId format_spec(size_t begin, size_t* at, int depth) {
        std::vector<uint32_t> parts;
        auto position = static_cast<uint32_t>(*at);
        while (true) {
            size_t end = s_.find_first_of("{}", *at);
            if (end == std::string_view::npos)
                fail(begin, "the field is not closed", "A field is written {name}.");
            if (end > *at) {
                parts.push_back(
                    b_.constant(static_cast<uint32_t>(*at), Value::of(s_.substr(*at, end - *at))));
            }
            *at = end;
            if (s_[end] == '}') break;
            if (depth > 0) fail(end, "fields are nested too deeply");
            ++*at;
            parts.push_back(field(end, at, depth + 1));
        }
        if (parts.empty()) return kNone;
        if (parts.size() == 1) return parts[0];
        uint32_t list = b_.list(parts);
        return b_.node(Op::concat, position, list, 0, 0, static_cast<uint32_t>(parts.size()));
    }

    Builder& b_;
    std::string_view s_;
    int parts_ = 0;
};

}  // namespace

std::unique_ptr<const Program> compile_fstring(std::string_view text, const CompileOptions& options) {
    Builder builder(text, std::string(text), options);
    FstringParser parser(builder);
    NodeId body = parser.parse();
    return builder.finish(body);
}

}  // namespace pgprompt
