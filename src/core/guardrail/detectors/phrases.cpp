#include "core/guardrail/detectors/phrases.h"

#include <cstring>

#include "core/guardrail/regex_syntax.h"

namespace pgprompt::guardrail {

std::string with_parts(std::string_view pattern, const std::vector<PhrasePart>& parts) {
    std::string out;
    for (size_t at = 0; at < pattern.size();) {
        const PhrasePart* found = nullptr;
        for (const PhrasePart& part : parts) {
            const std::string_view name = part.name;
            if (pattern[at] == '<' && pattern.substr(at + 1, name.size()) == name &&
                pattern.substr(at + 1 + name.size(), 1) == ">") {
                found = &part;
                break;
            }
        }
        if (found == nullptr) {
            out.push_back(pattern[at++]);
            continue;
        }
        at += std::strlen(found->name) + 2;
        // A quantifier behind a part is the part's as a whole: [a-z]+ and ? would be a lazy +.
        const bool counted = at < pattern.size() && std::strchr("?*+{", pattern[at]) != nullptr;
        out += (counted ? "(?:" : "") + with_parts(found->pattern, parts) + (counted ? ")" : "");
    }
    return out;
}

namespace {

constexpr size_t kMaxSpellings = 3000;  // of one alternative

// The alternatives of a pattern outside its groups.
std::vector<std::string> alternatives_of(const std::string& pattern) {
    std::vector<std::string> branches(1);
    int depth = 0;
    bool bracket = false;
    for (size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '\\' && i + 1 < pattern.size()) {
            branches.back() += c;
            branches.back() += pattern[++i];
            continue;
        }
        if (bracket) {
            bracket = c != ']';
        } else if (c == '[') {
            bracket = true;
        } else if (c == '(') {
            ++depth;
        } else if (c == ')') {
            --depth;
        } else if (c == '|' && depth == 0) {
            branches.emplace_back();
            continue;
        }
        branches.back() += c;
    }
    return branches;
}

// Every text that matches, if they are finite and few; false otherwise. Letters come in lower case.
bool spell_out(const RegexNode& node, std::vector<std::string>* texts) {
    using Kind = RegexNode::Kind;
    const auto append = [&](const std::vector<std::string>& more) {
        if (texts->size() * more.size() > kMaxSpellings) return false;
        std::vector<std::string> product;
        for (const std::string& head : *texts) {
            for (const std::string& tail : more) product.push_back(head + tail);
        }
        *texts = std::move(product);
        return true;
    };
    switch (node.kind) {
        case Kind::empty:
            return true;
        case Kind::character:
            return false;
        case Kind::bytes: {
            std::vector<std::string> bytes;
            for (size_t c = 0; c < 256; ++c) {
                if (node.set[c] && !(c >= 'A' && c <= 'Z')) bytes.emplace_back(1, static_cast<char>(c));
            }
            return bytes.size() <= 16 && append(bytes);
        }
        case Kind::sequence:
            for (const RegexNode& child : node.children) {
                if (!spell_out(child, texts)) return false;
            }
            return true;
        case Kind::choice: {
            std::vector<std::string> all;
            for (const RegexNode& child : node.children) {
                std::vector<std::string> some = {""};
                if (!spell_out(child, &some)) return false;
                all.insert(all.end(), some.begin(), some.end());
            }
            return append(all);
        }
        case Kind::repeat: {
            if (node.high > 3) return false;
            std::vector<std::string> all;
            for (uint32_t n = node.low; n <= node.high; ++n) {
                std::vector<std::string> some = {""};
                for (uint32_t i = 0; i < n; ++i) {
                    if (!spell_out(node.children[0], &some)) return false;
                }
                all.insert(all.end(), some.begin(), some.end());
            }
            return append(all);
        }
    }
    return false;
}

RegexFlags ignoring_case() {
    RegexFlags flags;
    flags.fold_case = true;
    return flags;
}

constexpr size_t kMaxMemory = size_t{4} << 20;  // of one expression

}  // namespace

PhraseMatcher::PhraseMatcher(const char* what, const Phrase* phrases, size_t count,
                             const std::vector<PhrasePart>& parts, PhraseKind kind)
    : phrases_(phrases) {
    for (uint32_t i = 0; i < count; ++i) {
        const std::string pattern = with_parts(phrases[i].pattern, parts);
        if (kind == PhraseKind::words) {
            add_words(what, i, pattern);
        } else {
            matcher_.add_known_regex(what, pattern, ignoring_case(), kMaxMemory, {});
            phrase_of_.push_back(i);
        }
    }
    matcher_.build();
}

void PhraseMatcher::add_words(const char* what, uint32_t phrase, const std::string& pattern) {
    std::string rest;
    for (const std::string& branch : alternatives_of(pattern)) {
        // Without folding: letters beyond ASCII are in lower case here as in normalised text.
        const auto shape = read_regex(branch, false, false);
        std::vector<std::string> spellings = {""};
        if (shape && spell_out(shape->root, &spellings)) {
            for (const std::string& spelling : spellings) {
                matcher_.add_keyword(spelling, {}, {});
                phrase_of_.push_back(phrase);
            }
        } else {
            rest += (rest.empty() ? "" : "|") + branch;
        }
    }
    if (rest.empty()) return;
    matcher_.add_known_regex(what, "(?:" + rest + ")", ignoring_case(), kMaxMemory, {});
    phrase_of_.push_back(phrase);
}

void PhraseMatcher::find(std::string_view text, Poll poll, std::vector<PhraseFinding>* out) const {
    std::vector<Matcher::Match> matches;
    Matcher::Query query;
    query.poll = poll;
    matcher_.find(text, query, &matches);
    out->clear();
    for (const Matcher::Match& match : matches)
        out->push_back({phrase_of_[match.pattern], match.start, match.end});
}

}  // namespace pgprompt::guardrail
