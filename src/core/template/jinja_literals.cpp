// Literals: strings, numbers, lists and dicts.
#include <unicode/uchar.h>

#include <charconv>
#include <cstdlib>

#include "core/template/errors.h"
#include "core/template/jinja_parser.h"
#include "core/template/numbers.h"
#include "core/template/text.h"

namespace pgprompt {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// {DIGIT ONE} behind the N at raw[*at].
bool character_by_name(std::string_view raw, size_t* at, std::string* to) {
    const size_t end = raw.find('}', *at);
    if (raw.size() <= *at + 1 || raw[*at + 1] != '{' || end == std::string_view::npos) return false;
    const std::string name(raw.substr(*at + 2, end - *at - 2));
    for (const UCharNameChoice kind : {U_UNICODE_CHAR_NAME, U_CHAR_NAME_ALIAS}) {
        UErrorCode error = U_ZERO_ERROR;
        const UChar32 found = u_charFromName(kind, name.c_str(), &error);
        if (U_FAILURE(error)) continue;
        text::append(to, static_cast<uint32_t>(found));
        *at = end;
        return true;
    }
    return false;
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
            case 'N':
                if (!character_by_name(raw, &i, to)) good = false;
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

NodeId JinjaParser::string_literal() {
    uint32_t position = here();
    std::string_view raw = text_of(now());
    ++at_;
    std::string_view plain = raw.substr(1, raw.size() - 2);
    if (plain.find('\\') == std::string_view::npos && !is(Token::string)) {
        return b_.constant(position, Value::of(plain));
    }
    std::string joined;
    if (!unescape(plain, &joined))
        fail_at(position, "the string has an escape that is not complete or not known");
    while (is(Token::string)) {
        raw = text_of(now());
        if (!unescape(raw.substr(1, raw.size() - 2), &joined))
            fail("the string has an escape that is not complete or not known");
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

}  // namespace pgprompt
