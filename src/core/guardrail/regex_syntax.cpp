#include "core/guardrail/regex_syntax.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

using Kind = RegexNode::Kind;
constexpr uint32_t kUnbounded = RegexNode::kUnbounded;
constexpr int kMaxDepth = 64;
constexpr size_t kMaxNodes = 20000;

struct NotUnderstood {};

uint32_t add_lengths(uint32_t a, uint32_t b) {
    if (a == kUnbounded || b == kUnbounded) return kUnbounded;
    const uint64_t sum = uint64_t{a} + b;
    return sum >= kUnbounded ? kUnbounded : static_cast<uint32_t>(sum);
}

uint32_t times(uint32_t a, uint32_t n) {
    if (a == 0 || n == 0) return 0;
    if (a == kUnbounded || n == kUnbounded) return kUnbounded;
    const uint64_t product = uint64_t{a} * n;
    return product >= kUnbounded ? kUnbounded : static_cast<uint32_t>(product);
}

// The code points of a bracket or an escape such as \d.
struct CharacterSet {
    std::bitset<128> ascii;
    bool other = false;  // some or all characters beyond ASCII: their lead bytes are not told apart

    void add(uint32_t low, uint32_t high) {
        for (uint32_t c = low; c <= high && c < 128; ++c) ascii.set(c);
        if (high >= 128) other = true;
    }
    void add(const CharacterSet& set) {
        ascii |= set.ascii;
        other = other || set.other;
    }
};

class Reader {
 public:
    Reader(std::string_view pattern, bool fold, bool dot_all)
        : text_(pattern), fold_(fold), dot_all_(dot_all) {}

    RegexShape read() {
        RegexShape shape;
        shape.root = choice(0);
        if (at_ != text_.size()) throw NotUnderstood();
        shape.folds_k_or_s = folds_k_or_s_;
        return shape;
    }

 private:
    bool done() const { return at_ >= text_.size(); }
    char peek() const { return text_[at_]; }
    bool eat(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    uint32_t next_character() {
        if (done()) throw NotUnderstood();
        return next_code_point(text_, &at_);
    }

    static RegexNode of_set(const CharacterSet& set) {
        RegexNode node;
        node.kind = set.other ? Kind::character : Kind::bytes;
        for (size_t c = 0; c < 128; ++c) {
            if (set.ascii[c]) node.set.set(c);
        }
        if (set.other) {
            for (int lead = 0xC2; lead <= 0xF4; ++lead) node.set.set(lead);
        }
        node.min_bytes = set.ascii.any() ? 1 : 2;
        node.max_bytes = set.other ? 4 : 1;
        return node;
    }

    RegexNode literal(uint32_t c) {
        if (c < 128) {
            RegexNode node;
            node.kind = Kind::bytes;
            node.set.set(c);
            node.min_bytes = node.max_bytes = 1;
            if (fold_ && is_ascii_alpha(static_cast<unsigned char>(c))) {
                node.set.set(c ^ 0x20u);
                const uint32_t lower = c | 0x20u;
                folds_k_or_s_ = folds_k_or_s_ || lower == 'k' || lower == 's';
            }
            return node;
        }
        if (fold_) {
            const auto code = static_cast<UChar32>(c);
            const auto small = static_cast<uint32_t>(u_tolower(code));
            const auto capital = static_cast<uint32_t>(u_toupper(code));
            if (small != c || capital != c) return either_case(c, small, capital);
        }
        std::string bytes;
        append_utf8(c, &bytes);
        std::vector<RegexNode> children;
        for (const char byte : bytes) {
            RegexNode child;
            child.kind = Kind::bytes;
            child.set.set(static_cast<unsigned char>(byte));
            child.min_bytes = child.max_bytes = 1;
            children.push_back(std::move(child));
        }
        return sequence_of(std::move(children));
    }

    // A letter beyond ASCII in both cases: byte by byte, where both are of one length and there is no third
    // form.
    static RegexNode either_case(uint32_t c, uint32_t small, uint32_t capital) {
        std::vector<std::string> forms(3);
        append_utf8(c, &forms[0]);
        append_utf8(small, &forms[1]);
        append_utf8(capital, &forms[2]);
        const size_t size = forms[0].size();
        if (forms[1].size() != size || forms[2].size() != size || !has_two_forms(small)) {
            CharacterSet set;
            set.other = true;
            set.ascii.set();  // a folded character may have an ASCII partner
            return of_set(set);
        }
        std::vector<RegexNode> children(size);
        for (size_t i = 0; i < size; ++i) {
            children[i].kind = Kind::bytes;
            children[i].min_bytes = children[i].max_bytes = 1;
            for (const std::string& form : forms) children[i].set.set(static_cast<unsigned char>(form[i]));
        }
        return sequence_of(std::move(children));
    }
    // Letters known to have a small and a capital form and no other: of Latin, Cyrillic and Armenian, but for
    // those that share a fold with a sign elsewhere (Angstrom, capital sharp s, long s with dot, U+1C80 to
    // U+1C88).
    static bool has_two_forms(uint32_t small) {
        if (small >= 0xE0 && small <= 0x17E) return small != 0xE5 && small != 0x130 && small != 0x131;
        if (small >= 0x430 && small <= 0x52F) {
            return small != 0x432 && small != 0x434 && small != 0x43E && small != 0x441 && small != 0x442 &&
                   small != 0x44A && small != 0x463;
        }
        if (small >= 0x561 && small <= 0x586) return true;
        return small >= 0x1E00 && small <= 0x1EFF && small != 0x1E61 && small != 0x1E9B && small != 0x1E9E;
    }

    // Both cases of the letters. The two characters beyond ASCII that fold to k and s are left out of the
    // set; the flag makes the matcher look for them. They lengthen the match.
    CharacterSet folded(CharacterSet set) {
        for (char c = 'a'; c <= 'z'; ++c) {
            const auto lower = static_cast<size_t>(c);
            const size_t upper = lower - 32;
            if (set.ascii[lower] || set.ascii[upper]) {
                set.ascii.set(lower);
                set.ascii.set(upper);
                if (c == 'k' || c == 's') folds_k_or_s_ = true;
            }
        }
        return set;
    }

    static RegexNode sequence_of(std::vector<RegexNode> children) {
        if (children.size() == 1) return std::move(children[0]);
        RegexNode node;
        node.kind = children.empty() ? Kind::empty : Kind::sequence;
        for (const RegexNode& child : children) {
            node.min_bytes = add_lengths(node.min_bytes, child.min_bytes);
            node.max_bytes = add_lengths(node.max_bytes, child.max_bytes);
        }
        node.children = std::move(children);
        return node;
    }

    RegexNode choice(int depth) {
        if (depth > kMaxDepth) throw NotUnderstood();
        const bool fold = fold_;
        const bool dot_all = dot_all_;
        std::vector<RegexNode> branches;
        branches.push_back(sequence(depth));
        while (!done() && peek() == '|') {
            ++at_;
            branches.push_back(sequence(depth));
        }
        fold_ = fold;
        dot_all_ = dot_all;
        if (branches.size() == 1) return std::move(branches[0]);
        RegexNode node;
        node.kind = Kind::choice;
        node.min_bytes = kUnbounded;
        for (const RegexNode& branch : branches) {
            node.min_bytes = std::min(node.min_bytes, branch.min_bytes);
            node.max_bytes = std::max(node.max_bytes, branch.max_bytes);
        }
        node.children = std::move(branches);
        return node;
    }

    RegexNode sequence(int depth) {
        std::vector<RegexNode> children;
        while (!done() && peek() != '|' && peek() != ')') {
            if (++nodes_ > kMaxNodes) throw NotUnderstood();
            if (eat("\\Q")) {
                while (!done() && !eat("\\E")) children.push_back(literal(next_character()));
                continue;
            }
            children.push_back(repeated(one(depth)));
        }
        return sequence_of(std::move(children));
    }

    RegexNode one(int depth) {
        const char c = peek();
        switch (c) {
            case '(':
                return group(depth);
            case '[':
                return of_set(bracket());
            case '.': {
                ++at_;
                CharacterSet any;
                any.add(0, 0x10FFFF);
                if (!dot_all_) any.ascii.reset('\n');
                return of_set(any);
            }
            case '^':
            case '$':
                ++at_;
                return {};
            case '\\':
                return escape();
            case '*':
            case '+':
            case '?':
                throw NotUnderstood();
            default:
                return literal(next_character());
        }
    }

    RegexNode group(int depth) {
        ++at_;
        if (eat("?")) {
            if (eat("P<") || eat("<")) {
                if (!done() && (peek() == '=' || peek() == '!')) throw NotUnderstood();
                while (!done() && peek() != '>') ++at_;
                if (!eat(">")) throw NotUnderstood();
            } else {
                const bool fold = fold_;
                const bool dot_all = dot_all_;
                bool value = true;
                while (!done() && peek() != ':' && peek() != ')') {
                    switch (text_[at_++]) {
                        case 'i':
                            fold_ = value;
                            break;
                        case 's':
                            dot_all_ = value;
                            break;
                        case 'm':
                        case 'U':
                            break;
                        case '-':
                            value = false;
                            break;
                        default:
                            throw NotUnderstood();
                    }
                }
                if (done()) throw NotUnderstood();
                if (text_[at_++] == ')') {  // (?i): for the rest of the enclosing group
                    // A count behind it would repeat what stands before it.
                    if (!done() && std::string_view("*+?{").find(peek()) != std::string_view::npos) {
                        throw NotUnderstood();
                    }
                    return {};
                }
                RegexNode inner = choice(depth + 1);
                fold_ = fold;
                dot_all_ = dot_all;
                if (!eat(")")) throw NotUnderstood();
                return inner;
            }
        }
        RegexNode inner = choice(depth + 1);
        if (!eat(")")) throw NotUnderstood();
        return inner;
    }

    RegexNode repeated(RegexNode node) {
        while (!done()) {
            uint32_t low = 0;
            uint32_t high = kUnbounded;
            const size_t before = at_;
            if (eat("*")) {
            } else if (eat("+")) {
                low = 1;
            } else if (eat("?")) {
                high = 1;
            } else if (!(peek() == '{' && counts(&low, &high))) {
                at_ = before;
                break;
            }
            eat("?");
            if (low > high) throw NotUnderstood();
            RegexNode outer;
            outer.kind = Kind::repeat;
            outer.low = low;
            outer.high = high;
            outer.min_bytes = times(node.min_bytes, low);
            outer.max_bytes = times(node.max_bytes, high);
            outer.children.push_back(std::move(node));
            node = std::move(outer);
        }
        return node;
    }

    // {n}, {n,} or {n,m}; anything else, a count with leading zeros included, is a literal brace.
    bool counts(uint32_t* low, uint32_t* high) {
        ++at_;
        if (!number(low)) return false;
        if (eat("}")) {
            *high = *low;
            return true;
        }
        if (!eat(",")) return false;
        if (eat("}")) {
            *high = kUnbounded;
            return true;
        }
        return number(high) && eat("}");
    }

    bool number(uint32_t* value) {
        const size_t start = at_;
        *value = 0;
        const auto digit = [&] { return !done() && is_ascii_digit(static_cast<unsigned char>(peek())); };
        if (eat("0")) return !digit();
        while (digit() && at_ - start < 5) {
            *value = *value * 10 + static_cast<uint32_t>(text_[at_++] - '0');
        }
        return at_ > start;
    }

    RegexNode escape() {
        const char c = text_.size() - at_ > 1 ? text_[at_ + 1] : '\0';
        if (c == 'b' || c == 'B' || c == 'A' || c == 'z') {
            at_ += 2;
            return {};
        }
        if (c == 'C') {
            at_ += 2;
            RegexNode any;
            any.kind = Kind::bytes;
            any.set.set();
            any.min_bytes = any.max_bytes = 1;
            return any;
        }
        CharacterSet set;
        if (class_escape(&set)) return of_set(fold_ ? folded(set) : set);
        return literal(character_escape());
    }

    // \d, \w, \s, \pL and their opposites.
    bool class_escape(CharacterSet* set) {
        if (text_.size() - at_ < 2) throw NotUnderstood();
        CharacterSet named;
        const char c = text_[at_ + 1];
        switch (c | 0x20) {
            case 'd':
                named.add('0', '9');
                break;
            case 's':
                for (const char space : {'\t', '\n', '\f', '\r', ' '}) {
                    named.ascii.set(static_cast<size_t>(space));
                }
                break;
            case 'w':
                named.add('0', '9');
                named.add('A', 'Z');
                named.add('a', 'z');
                named.ascii.set('_');
                break;
            case 'p': {
                at_ += 2;
                if (eat("{")) {
                    while (!done() && peek() != '}') ++at_;
                    if (!eat("}")) throw NotUnderstood();
                } else {
                    next_character();
                }
                set->add(0, 0x10FFFF);
                return true;
            }
            default:
                return false;
        }
        at_ += 2;
        if (is_ascii_upper(static_cast<unsigned char>(c))) {
            named.ascii = ~named.ascii;
            named.other = true;
        }
        set->add(named);
        return true;
    }

    uint32_t character_escape() {
        ++at_;
        const uint32_t c = next_character();
        switch (c) {
            case 'a':
                return 7;
            case 'f':
                return 12;
            case 'n':
                return 10;
            case 'r':
                return 13;
            case 't':
                return 9;
            case 'v':
                return 11;
            case 'x':
                return hexadecimal();
            default:
                break;
        }
        if (c >= '0' && c <= '7') return octal(c);
        if (c < 128 && is_ascii_alnum(static_cast<unsigned char>(c))) throw NotUnderstood();
        return c;
    }

    uint32_t hexadecimal() {
        uint32_t value = 0;
        const bool braced = eat("{");
        int digits = 0;
        while (!done() && is_ascii_hex(static_cast<unsigned char>(peek())) && digits < (braced ? 6 : 2)) {
            const auto digit = static_cast<unsigned char>(text_[at_++]);
            value = value * 16 + (is_ascii_digit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
            ++digits;
        }
        if (digits == 0 || (braced && !eat("}")) || value > 0x10FFFF) throw NotUnderstood();
        return value;
    }

    uint32_t octal(uint32_t first) {
        if (first != '0' && (done() || peek() < '0' || peek() > '7')) throw NotUnderstood();
        uint32_t value = first - '0';
        for (int i = 0; i < 2 && !done() && peek() >= '0' && peek() <= '7'; ++i) {
            value = value * 8 + static_cast<uint32_t>(text_[at_++] - '0');
        }
        return value;
    }

    CharacterSet bracket() {
        ++at_;
        const bool negated = eat("^");
        CharacterSet set;
        bool first = true;
        while (first || done() || peek() != ']') {
            first = false;
            if (done()) throw NotUnderstood();
            if (peek() == '[' && text_.substr(at_, 2) == "[:") {
                add_posix(&set);
                continue;
            }
            if (peek() == '\\' && class_escape(&set)) continue;
            const uint32_t low = peek() == '\\' ? character_escape() : next_character();
            uint32_t high = low;
            if (text_.size() - at_ >= 2 && peek() == '-' && text_[at_ + 1] != ']') {
                ++at_;
                high = peek() == '\\' ? character_escape() : next_character();
                if (high < low) throw NotUnderstood();
            }
            set.add(low, high);
        }
        ++at_;
        if (fold_) {
            set = folded(set);
            if (set.other) {  // a character beyond ASCII may fold to k or s
                set.ascii.set('k');
                set.ascii.set('K');
                set.ascii.set('s');
                set.ascii.set('S');
            }
        }
        if (negated) {
            set.ascii = ~set.ascii;
            if (fold_) {
                for (const char c : {'k', 'K', 's', 'S'}) set.ascii.set(static_cast<size_t>(c));
            }
            set.other = true;
        }
        return set;
    }

    void add_posix(CharacterSet* set) {
        const size_t end = text_.find(":]", at_);
        if (end == std::string_view::npos) throw NotUnderstood();
        std::string_view name = text_.substr(at_ + 2, end - at_ - 2);
        at_ = end + 2;
        CharacterSet named;
        bool negated = false;
        if (!name.empty() && name[0] == '^') {
            negated = true;
            name.remove_prefix(1);
        }
        if (name == "digit") {
            named.add('0', '9');
        } else if (name == "alpha") {
            named.add('A', 'Z');
            named.add('a', 'z');
        } else if (name == "alnum") {
            named.add('0', '9');
            named.add('A', 'Z');
            named.add('a', 'z');
        } else if (name == "xdigit") {
            named.add('0', '9');
            named.add('A', 'F');
            named.add('a', 'f');
        } else if (name == "upper") {
            named.add('A', 'Z');
        } else if (name == "lower") {
            named.add('a', 'z');
        } else if (name == "space") {
            named.add('\t', '\r');
            named.add(' ', ' ');
        } else {
            named.add(0, 0x10FFFF);
            set->add(named);
            return;
        }
        if (negated) {
            named.ascii = ~named.ascii;
            named.other = true;
        }
        set->add(named);
    }

    std::string_view text_;
    size_t at_ = 0;
    size_t nodes_ = 0;
    bool fold_;
    bool dot_all_;
    bool folds_k_or_s_ = false;
};

}  // namespace

bool crosses_lines(const RegexNode& node) {
    if (node.kind == RegexNode::Kind::bytes || node.kind == RegexNode::Kind::character) return node.set['\n'];
    return std::any_of(node.children.begin(), node.children.end(), crosses_lines);
}

bool runs_on(const RegexNode& node) {
    constexpr size_t kWide = 128;  // bytes of a set; letters and digits of all alphabets are fewer
    if (node.kind == RegexNode::Kind::repeat && node.high == kUnbounded) {
        const RegexNode& child = node.children[0];
        const bool wide = child.set.count() >= kWide;
        if (wide || std::any_of(child.children.begin(), child.children.end(),
                                [](const RegexNode& part) { return part.set.count() >= kWide; }))
            return true;
    }
    return std::any_of(node.children.begin(), node.children.end(), runs_on);
}

std::optional<RegexShape> read_regex(std::string_view pattern, bool fold_case, bool dot_all) {
    try {
        return Reader(pattern, fold_case, dot_all).read();
    } catch (const NotUnderstood&) {
        return std::nullopt;
    }
}

}  // namespace pgprompt::guardrail
