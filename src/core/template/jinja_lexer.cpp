#include "core/template/jinja_lexer.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/template/errors.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

struct WordName {
    std::string_view text;
    Word word;
};

// Sorted, so that a name is found by halving.
constexpr WordName kWords[] = {
    {"False", Word::false_},
    {"None", Word::none_},
    {"True", Word::true_},
    {"and", Word::and_},
    {"as", Word::as},
    {"autoescape", Word::autoescape},
    {"block", Word::block},
    {"break", Word::break_},
    {"call", Word::call},
    {"context", Word::context},
    {"continue", Word::continue_},
    {"debug", Word::debug},
    {"do", Word::do_},
    {"elif", Word::elif},
    {"else", Word::else_},
    {"endautoescape", Word::endautoescape},
    {"endblock", Word::endblock},
    {"endcall", Word::endcall},
    {"endfilter", Word::endfilter},
    {"endfor", Word::endfor},
    {"endgeneration", Word::endgeneration},
    {"endif", Word::endif},
    {"endmacro", Word::endmacro},
    {"endset", Word::endset},
    {"endtrans", Word::endtrans},
    {"endwith", Word::endwith},
    {"extends", Word::extends},
    {"false", Word::false_},
    {"filter", Word::filter},
    {"for", Word::for_},
    {"from", Word::from},
    {"generation", Word::generation},
    {"if", Word::if_},
    {"ignore", Word::ignore},
    {"import", Word::import_},
    {"in", Word::in},
    {"include", Word::include},
    {"is", Word::is},
    {"macro", Word::macro},
    {"missing", Word::missing},
    {"none", Word::none_},
    {"not", Word::not_},
    {"or", Word::or_},
    {"print", Word::print},
    {"recursive", Word::recursive},
    {"required", Word::required},
    {"scoped", Word::scoped},
    {"set", Word::set},
    {"trans", Word::trans},
    {"true", Word::true_},
    {"with", Word::with},
    {"without", Word::without},
};

Word word_of(std::string_view text) {
    if (text.size() < 2 || text.size() > 13) return Word::none;
    const auto* end = std::end(kWords);
    const auto* found = std::lower_bound(std::begin(kWords), end, text,
                                         [](const WordName& w, std::string_view t) { return w.text < t; });
    return found != end && found->text == text ? found->word : Word::none;
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

class Lexer {
 public:
    Lexer(std::string_view source, const CompileOptions& options) : source_(source), options_(options) {
        tokens_.reserve(source.size() / 4 + 8);
    }

    std::vector<TokenAt> run() {
        while (at_ < source_.size()) root();
        add(Token::end, source_.size(), source_.size());
        return std::move(tokens_);
    }

 private:
    [[noreturn]] void fail(size_t position, std::string message, std::string hint = {}) const {
        fail_syntax(source_, static_cast<uint32_t>(position), options_.name, std::move(message),
                    std::move(hint));
    }
    char peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
    bool looking_at(std::string_view text) const { return source_.substr(at_, text.size()) == text; }
    void add(Token token, size_t begin, size_t end, Word word = Word::none) {
        tokens_.push_back({token, word, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    }
    void skip_space() {
        while (at_ < source_.size()) {
            unsigned char c = static_cast<unsigned char>(source_[at_]);
            if (c < 0x80) {
                if (!text::is_space(c)) return;
                ++at_;
                continue;
            }
            size_t next = at_;
            if (!text::is_space(text::decode(source_, &next))) return;
            at_ = next;
        }
    }

    // Adds source[begin, end) as data after what the sign of the tag behind it asks for.
    void data(size_t begin, size_t end, char sign, bool may_strip) {
        std::string_view piece = source_.substr(begin, end - begin);
        if (sign == '-') {
            piece = text::strip_right(piece);
        } else if (sign != '+' && options_.lstrip_blocks && may_strip) {
            size_t line = piece.rfind('\n') + 1;
            if ((line > 0 || line_starting_) && text::strip_left(piece.substr(line)).empty()) {
                piece = piece.substr(0, line);
            }
        }
        if (!piece.empty()) add(Token::data, begin, begin + piece.size());
    }

    // Up to the next tag, and the tag.
    void root() {
        size_t begin = at_;
        size_t tag = at_;
        while (true) {
            tag = source_.find('{', tag);
            if (tag == std::string_view::npos || tag + 1 >= source_.size()) {
                add(Token::data, begin, source_.size());
                at_ = source_.size();
                return;
            }
            char c = source_[tag + 1];
            if (c == '{' || c == '%' || c == '#') break;
            ++tag;
        }
        char kind = source_[tag + 1];
        at_ = tag + 2;
        char sign = peek() == '-' || peek() == '+' ? source_[at_++] : '\0';
        data(begin, tag, sign, kind != '{');
        if (kind == '#') return comment(tag);
        if (kind == '{') {
            add(Token::variable_begin, tag, at_);
            return inside(tag, false);
        }
        if (raw(tag)) return;
        add(Token::block_begin, tag, at_);
        inside(tag, true);
    }

    void comment(size_t tag) {
        // As Jinja2 has it: nothing follows, so nothing is missing.
        if (at_ == source_.size()) return;
        size_t end = source_.find("#}", at_);
        if (end == std::string_view::npos) fail(tag, "the comment is not closed", "End it with #}.");
        char sign = end > at_ ? source_[end - 1] : '\0';
        at_ = end + 2;
        after_tag(sign == '-' || sign == '+' ? sign : '\0', true);
    }

    // What follows a tag's end: - takes whitespace away, trim_blocks one newline.
    void after_tag(char sign, bool may_trim) {
        if (sign == '-')
            skip_space();
        else if (sign != '+' && may_trim && options_.trim_blocks && peek() == '\n')
            ++at_;
        line_starting_ = source_[at_ - 1] == '\n';
    }

    bool raw(size_t tag) {
        size_t saved = at_;
        skip_space();
        if (!looking_at("raw")) return at_ = saved, false;
        at_ += 3;
        skip_space();
        if (looking_at("-%}")) {
            at_ += 3;
            skip_space();
        } else if (looking_at("%}")) {
            at_ += 2;
        } else {
            return at_ = saved, false;
        }
        line_starting_ = source_[at_ - 1] == '\n';
        size_t begin = at_;
        for (size_t end = source_.find("{%", at_); end != std::string_view::npos;
             end = source_.find("{%", end + 2)) {
            at_ = end + 2;
            char sign = peek() == '-' || peek() == '+' ? source_[at_++] : '\0';
            skip_space();
            if (!looking_at("endraw")) continue;
            at_ += 6;
            skip_space();
            char closing = peek() == '-' || peek() == '+' ? source_[at_++] : '\0';
            if (!looking_at("%}")) continue;
            at_ += 2;
            data(begin, end, sign, true);
            after_tag(closing, true);
            return true;
        }
        fail(tag, "the raw block is not closed", "End it with {% endraw %}.");
    }

    // The tokens of a tag, up to its end.
    void inside(size_t tag, bool block) {
        size_t depth = open_.size();
        while (true) {
            skip_space();
            if (at_ >= source_.size()) unclosed(tag, block);
            if (open_.size() == depth && tag_end(block)) return;
            token(tag, block);
        }
    }

    bool tag_end(bool block) {
        char last = block ? '%' : '}';
        char c = peek();
        char sign = '\0';
        if (c == '-' || (c == '+' && block)) {
            if (peek(1) != last || peek(2) != '}') return false;
            sign = c;
        } else if (c != last || peek(1) != '}') {
            return false;
        }
        size_t begin = at_;
        at_ += sign ? 3 : 2;
        add(block ? Token::block_end : Token::variable_end, begin, at_);
        after_tag(sign, block);
        return true;
    }

    [[noreturn]] void unclosed(size_t tag, bool block) const {
        fail(tag, block ? "the statement is not closed" : "the expression is not closed",
             block ? "A statement ends with %}." : "An expression ends with }}.");
    }

    void token(size_t tag, bool block) {
        size_t begin = at_;
        char c = source_[at_];
        if (is_digit(c)) return number();
        if (is_name_byte(c) || (c & 0x80)) return name();
        if (c == '"' || c == '\'') return string(tag, block);
        auto two = [&](char second, Token yes, Token no) {
            bool both = peek(1) == second;
            at_ += both ? 2 : 1;
            add(both ? yes : no, begin, at_);
        };
        auto one = [&](Token t) { add(t, begin, ++at_); };
        switch (c) {
            case '+':
                return one(Token::add);
            case '-':
                return one(Token::subtract);
            case '/':
                return two('/', Token::floor_divide, Token::divide);
            case '*':
                return two('*', Token::power, Token::multiply);
            case '%':
                return one(Token::modulo);
            case '~':
                return one(Token::tilde);
            case '(':
                open_.push_back(')');
                return one(Token::left_parenthesis);
            case '[':
                open_.push_back(']');
                return one(Token::left_bracket);
            case '{':
                open_.push_back('}');
                return one(Token::left_brace);
            case ')':
                close(c, tag, block);
                return one(Token::right_parenthesis);
            case ']':
                close(c, tag, block);
                return one(Token::right_bracket);
            case '}':
                close(c, tag, block);
                return one(Token::right_brace);
            case '=':
                return two('=', Token::equal, Token::assign);
            case '<':
                return two('=', Token::less_equal, Token::less);
            case '>':
                return two('=', Token::greater_equal, Token::greater);
            case '.':
                return one(Token::dot);
            case ':':
                return one(Token::colon);
            case '|':
                return one(Token::pipe);
            case ',':
                return one(Token::comma);
            case ';':
                return one(Token::semicolon);
            case '!':
                if (peek(1) == '=') {
                    at_ += 2;
                    return add(Token::not_equal, begin, at_);
                }
                break;
            default:
                break;
        }
        std::string hint;
        if (c == '&') hint = "Jinja2 writes \"and\" for &&.";
        if (c == '!') hint = "Jinja2 writes \"not\" for !.";
        if (c == '$') hint = "A variable is written without $.";
        if (c == '?') hint = "Jinja2 writes {{ a if condition else b }}.";
        if (c == '#')
            hint = "This is no Jinja2; for handlebars or mustache give template_format => 'handlebars'.";
        fail(begin, std::string("unexpected character \"") + c + "\"", hint);
    }

    void close(char c, size_t tag, bool block) {
        if (open_.empty()) {
            if (c == '}') {
                fail(at_, "unexpected \"}\"",
                     block ? "A statement ends with %}." : "An expression ends with two braces: }}.");
            }
            fail(at_, std::string("unexpected \"") + c + "\"", "Nothing is open that it could close.");
        }
        if (open_.back() != c) {
            std::string expected(1, open_.back());
            fail(at_, std::string("unexpected \"") + c + "\", expected \"" + expected + "\"");
        }
        (void)tag;
        open_.pop_back();
    }

    // Digits with single underscores between them; false if there is none.
    template <class Is>
    bool digits(size_t* at, Is is, bool underscore_first = false) const {
        size_t i = *at;
        bool any = false;
        while (i < source_.size()) {
            if (is(source_[i])) {
                any = true;
                ++i;
            } else if (source_[i] == '_' && (any || underscore_first) && i + 1 < source_.size() &&
                       is(source_[i + 1])) {
                ++i;
            } else {
                break;
            }
        }
        if (any) *at = i;
        return any;
    }

    void number() {
        size_t begin = at_;
        size_t end = at_;
        bool after_dot = begin > 0 && source_[begin - 1] == '.';
        auto decimal = [](char c) { return is_digit(c); };
        digits(&end, decimal);
        if (!after_dot) {
            size_t real = end;
            bool is_real = false;
            if (real < source_.size() && source_[real] == '.') {
                size_t fraction = real + 1;
                if (digits(&fraction, decimal)) real = fraction, is_real = true;
            }
            if (real < source_.size() && (source_[real] | 32) == 'e') {
                size_t exponent = real + 1;
                if (exponent < source_.size() && (source_[exponent] == '+' || source_[exponent] == '-'))
                    ++exponent;
                if (digits(&exponent, decimal)) real = exponent, is_real = true;
            }
            if (is_real) {
                at_ = real;
                return add(Token::real, begin, real);
            }
        }
        if (source_[begin] == '0') {
            char base = begin + 1 < source_.size() ? static_cast<char>(source_[begin + 1] | 32) : '\0';
            size_t i = begin + 2;
            bool prefixed = false;
            if (base == 'x') {
                prefixed = digits(
                    &i, [](char c) { return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f'); }, true);
            } else if (base == 'o') {
                prefixed = digits(
                    &i, [](char c) { return c >= '0' && c <= '7'; }, true);
            } else if (base == 'b') {
                prefixed = digits(
                    &i, [](char c) { return c == '0' || c == '1'; }, true);
            }
            if (prefixed) {
                end = i;
            } else {
                end = begin;
                digits(&end, [](char c) { return c == '0'; });
            }
        }
        at_ = end;
        add(Token::integer, begin, end);
    }

    void name() {
        size_t begin = at_;
        while (at_ < source_.size()) {
            char c = source_[at_];
            if (is_name_byte(c)) {
                ++at_;
                continue;
            }
            if (!(c & 0x80)) break;
            size_t next = at_;
            uint32_t code = text::decode(source_, &next);
            if (!text::is_identifier_part(code)) {
                if (at_ == begin || !text::is_word(code)) break;
            }
            at_ = next;
        }
        if (at_ == begin) {
            size_t next = at_;
            text::decode(source_, &next);
            std::string hint;
            std::string_view seen = source_.substr(at_, next - at_);
            if (seen == "\u201c" || seen == "\u201d" || seen == "\u2018" || seen == "\u2019" ||
                seen == "\u201e") {
                hint = "These are typographic quotation marks; use \" or '.";
            }
            fail(begin, "unexpected character \"" + std::string(seen) + "\"", hint);
        }
        size_t check = begin;
        bool first = true;
        while (check < at_) {
            uint32_t code = text::decode(source_, &check);
            if (!(first ? text::is_identifier_start(code) : text::is_identifier_part(code))) {
                fail(begin, "invalid character in a name");
            }
            first = false;
        }
        add(Token::name, begin, at_, word_of(source_.substr(begin, at_ - begin)));
    }

    void string(size_t, bool) {
        size_t begin = at_;
        char quote = source_[at_++];
        while (at_ < source_.size() && source_[at_] != quote) at_ += source_[at_] == '\\' ? 2 : 1;
        if (at_ >= source_.size())
            fail(begin, "the string is not closed", "A string ends with the quote that it begins with.");
        ++at_;
        add(Token::string, begin, at_);
    }

    std::string_view source_;
    const CompileOptions& options_;
    std::vector<TokenAt> tokens_;
    std::vector<char> open_;
    size_t at_ = 0;
    bool line_starting_ = true;
};

}  // namespace

std::vector<TokenAt> jinja_tokens(std::string_view source, const CompileOptions& options) {
    return Lexer(source, options).run();
}

std::string unify_newlines(std::string_view text, bool keep_trailing_newline) {
    std::string result;
    if (std::memchr(text.data(), '\r', text.size()) == nullptr) {
        result = text;
    } else {
        result.reserve(text.size());
        for (size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\r') {
                result.push_back(text[i]);
                continue;
            }
            result.push_back('\n');
            if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
        }
    }
    if (!keep_trailing_newline && !result.empty() && result.back() == '\n') result.pop_back();
    return result;
}

}  // namespace pgprompt
