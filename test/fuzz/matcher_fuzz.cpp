// Any patterns on any text: the matcher must find what RE2 finds with each pattern alone. The input is
// patterns, one a line (a first character i, s, m or - gives the flag), an empty line, and the text.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/matcher.h"
#include "core/guardrail/utf8.h"

using namespace pgprompt;
using namespace pgprompt::guardrail;

namespace {

using Spans = std::vector<std::pair<size_t, size_t>>;

Spans one_by_one(const RegexProgram& program, std::string_view text) {
    Spans spans;
    size_t from = 0;
    size_t start = 0;
    size_t end = 0;
    while (from < text.size() && program.find(text, from, text.size(), &start, &end)) {
        if (end > start) {
            spans.emplace_back(start, end);
            from = end;
        } else {
            from = start + 1;
            while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
        }
    }
    return spans;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (!is_utf8(input) || size > 4096) return 0;
    Matcher matcher;
    std::vector<std::unique_ptr<RegexProgram>> single;
    while (single.size() < 8) {
        const size_t end = input.find('\n');
        if (end == std::string_view::npos || end == 0) break;
        const std::string_view line = input.substr(0, end);
        input.remove_prefix(end + 1);
        if (line.size() > 60) continue;
        RegexFlags flags;
        flags.fold_case = line[0] == 'i';
        flags.dot_all = line[0] == 's';
        flags.multi_line = line[0] == 'm';
        const std::string pattern(line.substr(1));
        try {
            auto program = std::make_unique<RegexProgram>("fuzz", pattern, flags, size_t{1} << 20);
            matcher.add_regex("fuzz", pattern, flags, size_t{1} << 20, {});
            single.push_back(std::move(program));
        } catch (Failure&) {
        }
    }
    const size_t newline = input.find('\n');
    const std::string_view text = newline == std::string_view::npos ? input : input.substr(newline + 1);
    matcher.build();
    std::vector<Matcher::Match> matches;
    matcher.find(text, {}, &matches);
    std::vector<Spans> found(single.size());
    for (const Matcher::Match& match : matches) found[match.pattern].emplace_back(match.start, match.end);
    for (size_t i = 0; i < single.size(); ++i) {
        if (found[i] != one_by_one(*single[i], text)) std::abort();
    }
    return 0;
}
