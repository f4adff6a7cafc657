#include "core/guardrail/regex_program.h"

#include <vector>

#include "core/guardrail/utf8.h"

#if __has_include(<re2/stringpiece.h>)
#include <re2/stringpiece.h>
#endif

namespace pgprompt::guardrail {
namespace {

#if __has_include(<re2/stringpiece.h>)
using Piece = re2::StringPiece;
#else
using Piece = absl::string_view;
#endif

Piece piece(std::string_view text) {
    return Piece(text.data(), text.size());
}

// The construct RE2 refused, in words, and what to do about it.
struct Refusal {
    std::string what;
    std::string hint;
};

Refusal explain(RE2::ErrorCode code, std::string_view argument) {
    if (code == RE2::ErrorBadPerlOp || code == RE2::ErrorBadNamedCapture) {
        const bool behind = argument.substr(0, 4) == "(?<=" || argument.substr(0, 4) == "(?<!";
        if (behind || argument.substr(0, 3) == "(?=" || argument.substr(0, 3) == "(?!") {
            return {
                std::string(behind ? "lookbehind" : "lookahead") + " is not supported",
                "Match the surrounding text as well, use \\b for word boundaries, or split the rule in two."};
        }
        return {"unknown group syntax " + std::string(argument),
                "Use (?:...) for a group without a capture."};
    }
    if (code == RE2::ErrorBadEscape && argument.size() >= 2 && argument[1] >= '1' && argument[1] <= '9') {
        return {"a back-reference is not supported",
                "Matching in linear time rules them out; write the alternatives."};
    }
    return {{}, {}};
}

// Where in the pattern RE2 stumbled; npos where that cannot be told.
size_t place_of(RE2::ErrorCode code, std::string_view pattern, std::string_view argument) {
    if (code == RE2::ErrorMissingParen || code == RE2::ErrorUnexpectedParen) {
        // RE2 names the whole pattern: look for the bracket without a partner.
        std::vector<size_t> open;
        bool bracket = false;
        for (size_t i = 0; i < pattern.size(); ++i) {
            if (pattern[i] == '\\') {
                ++i;
            } else if (bracket) {
                bracket = pattern[i] != ']';
            } else if (pattern[i] == '[') {
                bracket = true;
            } else if (pattern[i] == '(') {
                open.push_back(i);
            } else if (pattern[i] == ')') {
                if (open.empty()) return i;
                open.pop_back();
            }
        }
        return open.empty() ? std::string_view::npos : open.back();
    }
    return argument.empty() ? std::string_view::npos : pattern.find(argument);
}

}  // namespace

RegexProgram::RegexProgram(const std::string& where, std::string_view pattern, const RegexFlags& flags,
                           size_t max_memory)
    : RegexProgram(Later{}, where, pattern, flags, max_memory) {
    re2();
}

RegexProgram::RegexProgram(Later, const std::string& where, std::string_view pattern, const RegexFlags& flags,
                           size_t max_memory)
    : where_(where), pattern_(pattern), flags_(flags), max_memory_(max_memory) {}

const RE2& RegexProgram::re2() const {
    std::call_once(once_, [this] { compile(); });
    return *re2_;
}

void RegexProgram::compile() const {
    const std::string_view pattern = pattern_;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<int64_t>(max_memory_));
    options.set_case_sensitive(!flags_.fold_case);
    options.set_dot_nl(flags_.dot_all);
    std::string source(pattern);
    if (flags_.multi_line) source = "(?m)" + source;
    auto compiled = std::make_unique<RE2>(piece(source), options);
    if (compiled->ok()) {
        re2_ = std::move(compiled);
        return;
    }
    if (compiled->error_code() == RE2::ErrorPatternTooLarge) {
        throw Failure(Code::limit_exceeded, where_ + ": the pattern needs too much memory",
                      std::string(pattern), "Lower the counts in its {m,n} repetitions or split it.");
    }
    const std::string argument(compiled->error_arg());
    const size_t place = place_of(compiled->error_code(), pattern, argument);
    // RE2 may name no more than the beginning of what it refused.
    Refusal refusal =
        explain(compiled->error_code(), place == std::string_view::npos ? argument : pattern.substr(place));
    if (refusal.what.empty()) refusal.what = compiled->error();
    std::string detail(pattern);
    const size_t at = place;
    if (at != std::string_view::npos) {
        // The caret stands under the character, not under its bytes.
        const size_t column = count_characters(pattern.substr(0, at));
        if (detail.find('\n') == std::string::npos) detail += "\n" + std::string(column, ' ') + "^";
        detail += " at character " + std::to_string(column + 1);
    }
    throw Failure(Code::invalid_regex, where_ + ": invalid pattern: " + refusal.what, detail, refusal.hint);
}

bool RegexProgram::find(std::string_view text, size_t from, size_t to, size_t* start, size_t* end) const {
    Piece match;
    if (!re2().Match(piece(text), from, to, RE2::UNANCHORED, &match, 1)) return false;
    *start = static_cast<size_t>(match.data() - text.data());
    *end = *start + match.size();
    return true;
}

bool RegexProgram::match_at(std::string_view text, size_t at, size_t* end) const {
    Piece match;
    if (!re2().Match(piece(text), at, text.size(), RE2::ANCHOR_START, &match, 1)) return false;
    *end = static_cast<size_t>(match.data() - text.data()) + match.size();
    return true;
}

size_t RegexProgram::memory_bytes() const noexcept {
    // An instruction takes 16 bytes in the forward and in the reverse program; object, syntax tree and a DFA
    // of usual fill take some kilobytes.
    if (re2_ == nullptr) return sizeof *this + pattern_.size() * 2;
    return 8192 + static_cast<size_t>(re2_->ProgramSize()) * 32 + pattern_.size() * 4;
}

}  // namespace pgprompt::guardrail
