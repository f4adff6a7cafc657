#include "core/text/question.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/guardrail/normalise.h"
#include "core/guardrail/utf8.h"

namespace pgprompt {

namespace {

constexpr std::string_view kVariables[] = {"question",     "query",      "user_question", "user_query",
                                           "user_message", "user_input", "message",       "input"};

std::string_view string_or_nothing(const Value& value) {
    return value.is(Value::Kind::string) ? value.view() : std::string_view();
}

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// What stands around words: sentence marks, quotes and brackets. Normalising has made ASCII of most others.
size_t mark_at(std::string_view text, size_t at) {
    constexpr std::string_view kMarks = ".,;:!?\"'`()[]{}<>*_~|";
    constexpr std::string_view kWideMarks[] = {"¿",  "¡",  "…",  "·",  "«",  "»", "„",
                                               "。", "、", "「", "」", "『", "』"};
    if (kMarks.find(text[at]) != std::string_view::npos) return 1;
    for (std::string_view mark : kWideMarks) {
        if (text.substr(at, mark.size()) == mark) return mark.size();
    }
    return 0;
}

std::string_view without_marks(std::string_view word) {
    while (!word.empty()) {
        const size_t mark = mark_at(word, 0);
        if (mark == 0) break;
        word.remove_prefix(mark);
    }
    while (!word.empty()) {
        size_t last = word.size() - 1;
        while (last > 0 && (static_cast<unsigned char>(word[last]) & 0xc0) == 0x80) last--;
        if (mark_at(word, last) != word.size() - last) break;
        word.remove_suffix(word.size() - last);
    }
    return word;
}

std::string normalised(std::string_view text) {
    const std::string folded = guardrail::is_utf8(text) ? guardrail::folded(text) : std::string(text);
    std::string result;
    result.reserve(folded.size());
    const std::string_view all = folded;
    for (size_t at = 0; at < all.size();) {
        if (is_space(all[at])) {
            at++;
            continue;
        }
        size_t end = at;
        while (end < all.size() && !is_space(all[end])) end++;
        const std::string_view word = without_marks(all.substr(at, end - at));
        if (!word.empty()) {
            if (!result.empty()) result += ' ';
            result += word;
        }
        at = end;
    }
    return result;
}

}  // namespace

std::string_view question_of(const Value& variables, const Value& context) {
    if (variables.is(Value::Kind::map)) {
        for (std::string_view name : kVariables) {
            Value value;
            if (!variables.find(name, &value)) continue;
            const std::string_view text = string_or_nothing(value);
            if (!text.empty()) return text;
        }
    }
    std::string_view last;
    if (context.is(Value::Kind::list)) {
        Container::Cursor cursor;
        Value message;
        while (context.next(&cursor, nullptr, &message)) {
            Value role;
            Value content;
            if (!message.is(Value::Kind::map) || !message.find("role", &role) ||
                !message.find("content", &content) || string_or_nothing(role) != "user") {
                continue;
            }
            const std::string_view text = string_or_nothing(content);
            if (!text.empty()) last = text;
        }
    }
    return last;
}

Result<std::string> normalised_question(std::string_view text) noexcept {
    return protect([&] { return normalised(text); });
}

Result<std::string> question_hash(std::string_view text) noexcept {
    return protect([&] {
        const std::string normal = normalised(text);
        if (normal.empty()) return normal;
        XXH128_canonical_t canonical;
        XXH128_canonicalFromHash(&canonical, XXH3_128bits(normal.data(), normal.size()));
        constexpr char kDigits[] = "0123456789abcdef";
        std::string hash;
        for (unsigned char byte : canonical.digest) {
            hash += kDigits[byte >> 4];
            hash += kDigits[byte & 15];
        }
        return hash;
    });
}

}  // namespace pgprompt
