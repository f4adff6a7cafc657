#include "core/template/errors.h"

#include <algorithm>

#include "core/template/ast.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string describe_position(std::string_view source, uint32_t offset, std::string_view template_name) {
    constexpr size_t kBefore = 60, kAfter = 40;
    size_t at = std::min<size_t>(offset, source.size());
    // An error at the end of a text is shown behind its last visible line.
    while (at > 0 && at == source.size() && source[at - 1] == '\n') --at;
    size_t begin = at == 0 ? 0 : source.rfind('\n', at - 1) + 1;
    size_t end = std::min(source.find('\n', at), source.size());
    auto line = 1 + std::count(source.begin(), source.begin() + begin, '\n');
    auto characters = [&](size_t from, size_t to) {
        return std::count_if(source.begin() + from, source.begin() + to,
                             [](char c) { return !continues(c); });
    };
    auto column = 1 + characters(begin, at);
    std::string before, after;
    size_t from = begin;
    if (characters(begin, at) > static_cast<long>(kBefore)) {
        from = at;
        for (size_t n = 0; n < kBefore && from > begin; ++n) {
            do --from;
            while (from > begin && continues(source[from]));
        }
        before = "...";
    }
    if (characters(at, end) > static_cast<long>(kAfter)) {
        size_t to = at;
        for (size_t n = 0; n < kAfter && to < end; ++n) {
            do ++to;
            while (to < end && continues(source[to]));
        }
        end = to;
        after = "...";
    }
    std::string shown = before + std::string(source.substr(from, end - from)) + after;
    std::string caret(before.size(), ' ');
    for (size_t i = from; i < at; ++i) {
        if (!continues(source[i])) caret += source[i] == '\t' ? '\t' : ' ';
    }
    std::string result;
    if (!template_name.empty())
        result = "In template \"" + std::string(template_name) + "\", line ";
    else
        result = "Line ";
    result +=
        std::to_string(line) + ", column " + std::to_string(column) + ":\n  " + shown + "\n  " + caret + "^";
    return result;
}

void fail_syntax(std::string_view source, uint32_t offset, std::string_view template_name,
                 std::string message, std::string hint, Code code) {
    throw Failure(code, std::move(message), describe_position(source, offset, template_name),
                  std::move(hint));
}

std::string shown_name(std::string_view name) {
    if (name.size() <= kMostNameBytes) return std::string(name);
    return std::string(name.substr(0, text::offset(name, 40))) + "...";
}

}  // namespace pgprompt
