// Jinja2's tokens. The whole text is cut at once; whitespace control is done here, so that the parser sees
// plain text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/template/template.h"

namespace pgprompt {

enum class Token : uint8_t {
    data,
    variable_begin,
    variable_end,
    block_begin,
    block_end,
    name,
    string,
    integer,
    real,
    add,
    subtract,
    divide,
    floor_divide,
    multiply,
    modulo,
    power,
    tilde,
    left_bracket,
    right_bracket,
    left_parenthesis,
    right_parenthesis,
    left_brace,
    right_brace,
    equal,
    not_equal,
    greater,
    greater_equal,
    less,
    less_equal,
    assign,
    dot,
    colon,
    pipe,
    comma,
    semicolon,
    end,
};

// Names that the grammar knows. Their order is that of the table in jinja_lexer.cpp.
enum class Word : uint8_t {
    none,
    and_,
    as,
    autoescape,
    block,
    break_,
    call,
    context,
    continue_,
    debug,
    do_,
    elif,
    else_,
    endautoescape,
    endblock,
    endcall,
    endfilter,
    endfor,
    endgeneration,
    endif,
    endmacro,
    endset,
    endtrans,
    endwith,
    extends,
    false_,
    filter,
    for_,
    from,
    generation,
    if_,
    ignore,
    import_,
    in,
    include,
    is,
    macro,
    missing,
    none_,
    not_,
    or_,
    print,
    recursive,
    required,
    scoped,
    set,
    trans,
    true_,
    with,
    without,
};

struct TokenAt {
    Token token;
    Word word = Word::none;
    uint32_t begin;
    uint32_t end;
};

// Cuts `source` (UTF-8, newlines unified) into tokens, ending with Token::end. Throws Failure on what is no
// token.
std::vector<TokenAt> jinja_tokens(std::string_view source, const CompileOptions& options);

// The text as Jinja2 reads it: \r\n and \r are newlines, and one at the end is dropped unless kept.
std::string unify_newlines(std::string_view text, bool keep_trailing_newline);

}  // namespace pgprompt
