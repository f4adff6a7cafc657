// Questions as they are compared with each other: which text of a call is the question, its normal form, its
// hash.
#pragma once

#include <string>
#include <string_view>

#include "core/status.h"
#include "core/value.h"

namespace pgprompt {

// The text of the question, borrowed from the documents; empty if there is none. It is the first of the
// variables question, query, user_question, user_query, user_message, user_input, message and input that is a
// string and not empty; else the content of the last message of `context` (a list of {"role", "content"})
// whose role is "user".
std::string_view question_of(const Value& variables, const Value& context);

// In lower case, compatibility forms resolved and accents of Latin, Greek and Cyrillic letters dropped (the
// guardrails' normal form), without the punctuation before and after words, words separated by one space: "
// How do I reset my PASSWORD?! " is "how do i reset my password". `text` is UTF-8.
Result<std::string> normalised_question(std::string_view text) noexcept;

// The XXH3-128 of the normalised question in 32 hexadecimal digits, its canonical (big-endian) form; empty
// for a question of nothing but punctuation.
Result<std::string> question_hash(std::string_view text) noexcept;

}  // namespace pgprompt
