#include "core/guardrail/regex_rewrite.h"

#include <optional>

#include "core/guardrail/regex_factor.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

constexpr const char* kBehind[] = {
    "(?<!\\w)",         "(?<![\\w])", "(?<![a-zA-Z0-9_])", "(?<![A-Za-z0-9_])", "(?<![A-Za-z0-9])",
    "(?<![a-zA-Z0-9])", "(?<=\\W|^)", "(?<=^|\\W)",        "(?<=\\b)",          "(?<!\\B)"};
constexpr const char* kAhead[] = {
    "(?!\\w)",         "(?![\\w])", "(?![a-zA-Z0-9_])", "(?![A-Za-z0-9_])", "(?![A-Za-z0-9])",
    "(?![a-zA-Z0-9])", "(?=\\W|$)", "(?=$|\\W)",        "(?=\\b)",          "(?!\\B)"};

enum class Side : uint8_t { word, other, unsure };

Side side_of(const ByteSet& set) {
    bool word = false;
    bool other = false;
    for (size_t c = 0; c < 256; ++c) {
        if (!set[c]) continue;
        const bool is_word = is_ascii_alnum(static_cast<unsigned char>(c)) || c == '_';
        word = word || is_word;
        other = other || !is_word;
    }
    return word == other ? Side::unsure : word ? Side::word : Side::other;
}

// The bytes a match can end in; nullopt where it may be empty at its end.
std::optional<ByteSet> last_set(const RegexNode& node) {
    using Kind = RegexNode::Kind;
    switch (node.kind) {
        case Kind::empty:
            return std::nullopt;
        case Kind::bytes:
            return node.set;
        case Kind::character: {
            ByteSet set = node.set;
            for (size_t c = 0x80; c < 0xC0; ++c) set.set(c);
            return set;
        }
        case Kind::sequence:
            for (size_t i = node.children.size(); i > 0; --i) {
                const RegexNode& child = node.children[i - 1];
                if (child.kind == Kind::empty) continue;
                return child.min_bytes == 0 ? std::nullopt : last_set(child);
            }
            return std::nullopt;
        case Kind::choice: {
            ByteSet set;
            for (const RegexNode& child : node.children) {
                const auto one = last_set(child);
                if (!one) return std::nullopt;
                set |= *one;
            }
            return set;
        }
        case Kind::repeat:
            return node.low == 0 ? std::nullopt : last_set(node.children[0]);
    }
    return std::nullopt;
}

Side begins_with(const std::string& rest) {
    const auto shape = read_regex(rest, false, false);
    if (!shape) return Side::unsure;
    const auto sets = leading_sets(*shape, 1);
    return sets.empty() ? Side::unsure : side_of(sets[0]);
}

Side ends_with(const std::string& head) {
    const auto shape = read_regex(head, false, false);
    if (!shape) return Side::unsure;
    const auto set = last_set(shape->root);
    return set ? side_of(*set) : Side::unsure;
}

// A part of the pattern that stands by itself: as many opening as closing brackets, and no | outside of them.
bool is_balanced(const std::string& part) {
    int depth = 0;
    for (size_t i = 0; i < part.size(); ++i) {
        if (part[i] == '\\') {
            ++i;
        } else if (part[i] == '(') {
            ++depth;
        } else if (part[i] == ')') {
            if (--depth < 0) return false;
        } else if (part[i] == '|' && depth == 0) {
            return false;
        }
    }
    return depth == 0;
}

}  // namespace

std::string rewrite_lookarounds(const std::string& pattern, std::vector<std::string>* notes) {
    std::string out = pattern;
    const auto replace = [&](size_t at, const std::string& construct, Side side) {
        const char* edge = side == Side::word ? "\\b" : "\\B";
        out.replace(at, construct.size(), edge);
        notes->push_back("the lookaround " + construct + " was read as " + edge);
    };
    // From the ends inwards: what lies beyond is free of lookarounds then.
    for (const char* construct : kAhead) {
        for (size_t at = out.rfind(construct); at != std::string::npos;
             at = at == 0 ? std::string::npos : out.rfind(construct, at - 1)) {
            const std::string head = out.substr(0, at);
            std::string plain = head;
            for (const char* behind : kBehind) {
                if (plain.compare(0, std::string(behind).size(), behind) == 0)
                    plain.erase(0, std::string(behind).size());
            }
            const Side side = is_balanced(plain) ? ends_with(plain) : Side::unsure;
            if (side != Side::unsure) replace(at, construct, side);
        }
    }
    for (const char* construct : kBehind) {
        for (size_t at = out.rfind(construct); at != std::string::npos;
             at = at == 0 ? std::string::npos : out.rfind(construct, at - 1)) {
            const std::string rest = out.substr(at + std::string(construct).size());
            const Side side = is_balanced(rest) ? begins_with(rest) : Side::unsure;
            if (side != Side::unsure) replace(at, construct, side);
        }
    }
    return out;
}

}  // namespace pgprompt::guardrail
