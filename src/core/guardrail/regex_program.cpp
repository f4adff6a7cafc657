#include "core/guardrail/regex_program.h"

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

}  // namespace

RegexProgram::RegexProgram(const std::string& where, std::string_view pattern, const RegexFlags& flags,
                           size_t max_memory) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<int64_t>(max_memory));
    options.set_case_sensitive(!flags.fold_case);
    options.set_dot_nl(flags.dot_all);
    std::string source(pattern);
    if (flags.multi_line) source = "(?m)" + source;
    re2_ = std::make_unique<RE2>(piece(source), options);
    if (re2_->ok()) return;
    if (re2_->error_code() == RE2::ErrorPatternTooLarge) {
        throw Failure(Code::limit_exceeded, where + ": the pattern needs too much memory",
                      std::string(pattern), "Lower the counts in its {m,n} repetitions or split it.");
    }
    const std::string argument(re2_->error_arg());
    Refusal refusal = explain(re2_->error_code(), argument);
    if (refusal.what.empty()) refusal.what = re2_->error();
    std::string detail(pattern);
    const size_t at = argument.empty() ? std::string::npos : pattern.find(argument);
    if (at != std::string::npos) {
        detail += "\n" + std::string(at, ' ') + "^ at character " + std::to_string(at + 1);
    }
    throw Failure(Code::invalid_regex, where + ": invalid pattern: " + refusal.what, detail, refusal.hint);
}

bool RegexProgram::find(std::string_view text, size_t from, size_t to, size_t* start, size_t* end) const {
    Piece match;
    if (!re2_->Match(piece(text), from, to, RE2::UNANCHORED, &match, 1)) return false;
    *start = static_cast<size_t>(match.data() - text.data());
    *end = *start + match.size();
    return true;
}

bool RegexProgram::match_at(std::string_view text, size_t at, size_t* end) const {
    Piece match;
    if (!re2_->Match(piece(text), at, text.size(), RE2::ANCHOR_START, &match, 1)) return false;
    *end = static_cast<size_t>(match.data() - text.data()) + match.size();
    return true;
}

size_t RegexProgram::memory_bytes() const noexcept {
    // An instruction takes 16 bytes in the forward and in the reverse program; object, syntax tree and a DFA
    // of usual fill take some kilobytes.
    return 8192 + static_cast<size_t>(re2_->ProgramSize()) * 32 + re2_->pattern().size() * 4;
}

}  // namespace pgprompt::guardrail
