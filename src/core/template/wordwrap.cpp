#include "core/template/wordwrap.h"

#include <vector>

#include "core/text/substring.h"

namespace pgprompt {

void replace_text(Renderer& r, std::string_view s, std::string_view from, std::string_view to,
                  int64_t count) {
    Output& out = r.out();
    uint64_t left = count < 0 ? UINT64_MAX : static_cast<uint64_t>(count);
    r.charge(s.size() / 64);
    size_t at = 0;
    if (from.empty()) {
        // Between all characters, and at both ends.
        while (left) {
            out.append(to);
            --left;
            r.charge(1);
            if (at >= s.size()) return;
            size_t begin = at;
            text::decode(s, &at);
            out.append(s.substr(begin, at - begin));
        }
        out.append(s.substr(at));
        return;
    }
    while (left) {
        size_t found = find_first(s, from, at);
        if (found == std::string_view::npos) break;
        out.append(s.substr(at, found - at));
        out.append(to);
        at = found + from.size();
        --left;
        r.charge(1);
    }
    out.append(s.substr(at));
}

Value pad_text(Renderer& r, const Value& s, int64_t width, const Value& fill, char align) {
    std::string_view fill_text = r.string_argument(fill, "the fill character");
    if (text::length(fill_text) != 1) r.fail("the fill character must be exactly one character long");
    auto length = static_cast<int64_t>(text::length(s.view()));
    if (width <= length) return s;
    auto missing = static_cast<uint64_t>(width - length);
    r.out().check(missing);
    r.out().check(missing * fill_text.size());
    uint64_t left = align == '>' ? missing : 0;
    // CPython puts the odd one to the left if the width is odd.
    if (align == '^') left = missing / 2 + (missing & static_cast<uint64_t>(width) & 1);
    size_t mark = r.out().size();
    for (uint64_t i = 0; i < left; ++i) r.out().append(fill_text);
    r.out().append(s.view());
    for (uint64_t i = left; i < missing; ++i) r.out().append(fill_text);
    return r.take_output(mark, s.flags);
}

namespace {

struct Chunk {
    size_t begin, end;
    uint64_t length;  // characters
    bool blank;
};

// textwrap's white space is ASCII's.
bool is_wrap_space(uint32_t c) {
    return c == ' ' || (c >= 9 && c <= 13);
}

// What is dropped at the ends of lines is Unicode's, as str.strip() has it.
bool is_blank(std::string_view s) {
    for (size_t at = 0; at < s.size();) {
        if (!text::is_space(text::decode(s, &at))) return false;
    }
    return true;
}

// Pieces that are not broken: words, runs of white space, and words cut behind hyphens between letters or
// before dashes of two and more hyphens.
std::vector<Chunk> split_chunks(std::string_view s, bool break_on_hyphens) {
    std::vector<Chunk> chunks;
    struct Character {
        size_t at;
        uint32_t code;
    };
    std::vector<Character> all;
    for (size_t at = 0; at < s.size();) {
        size_t begin = at;
        uint32_t c = text::decode(s, &at);
        all.push_back({begin, c});
    }
    all.push_back({s.size(), 0});
    size_t n = all.size() - 1;
    auto add = [&](size_t from, size_t to) {
        if (to == from) return;
        const size_t begin = all[from].at, end = all[to].at;
        chunks.push_back({begin, end, to - from, is_blank(s.substr(begin, end - begin))});
    };
    auto letter = [&](size_t i) {
        return i < n && text::is_word(all[i].code) && !text::is_decimal(all[i].code);
    };
    auto word = [&](size_t i) { return i < n && text::is_word(all[i].code); };
    auto word_punctuation = [&](size_t i) {
        if (i >= n) return false;
        uint32_t c = all[i].code;
        return text::is_word(c) || c == '!' || c == '"' || c == '\'' || c == '&' || c == '.' || c == ',' ||
               c == '?';
    };
    for (size_t i = 0; i < n;) {
        size_t begin = i;
        if (is_wrap_space(all[i].code)) {
            while (i < n && is_wrap_space(all[i].code)) ++i;
            add(begin, i);
            continue;
        }
        if (!break_on_hyphens) {
            while (i < n && !is_wrap_space(all[i].code)) ++i;
            add(begin, i);
            continue;
        }
        // A dash between words: two or more hyphens behind a word and before another.
        auto dash_at = [&](size_t k) {
            if (k >= n || all[k].code != '-' || k == 0 || !word_punctuation(k - 1)) return size_t{0};
            size_t e = k;
            while (e < n && all[e].code == '-') ++e;
            return e - k >= 2 && word(e) ? e : size_t{0};
        };
        if (size_t e = dash_at(i)) {
            add(begin, e);
            i = e;
            continue;
        }
        // Up to white space, a dash, or behind a hyphen between letters.
        ++i;
        while (i < n && !is_wrap_space(all[i].code)) {
            if (dash_at(i)) break;
            bool hyphen = all[i - 1].code == '-' && i - 1 > begin;
            if (hyphen && i >= 3 && letter(i)) {
                bool two_before = (letter(i - 2) && letter(i - 3)) ||
                                  (i >= 4 && word_punctuation(i - 2) && all[i - 3].code == '-' && letter(i - 4));
                bool two_behind = letter(i + 1) || (i + 2 < n && all[i + 1].code == '-' && letter(i + 2));
                if (two_before && two_behind) break;
            }
            ++i;
        }
        add(begin, i);
    }
    return chunks;
}

}  // namespace

void wrap_line(Output& out, std::string_view s, uint64_t width, bool break_long_words, bool break_on_hyphens,
               std::string_view between) {
    std::vector<Chunk> chunks = split_chunks(s, break_on_hyphens);
    size_t next = 0;
    bool any = false;
    while (next < chunks.size()) {
        // White space at the begin of a line is dropped, but for the first one.
        if (any && chunks[next].blank && ++next >= chunks.size()) break;
        size_t from = next;
        uint64_t used = 0;
        while (next < chunks.size() && used + chunks[next].length <= width) used += chunks[next++].length;
        size_t end_byte = next > from ? chunks[next - 1].end : chunks[from].begin;
        size_t begin_byte = chunks[from].begin;
        size_t last = next;
        if (next < chunks.size() && chunks[next].length > width) {
            uint64_t space = width - used;
            if (break_long_words) {
                Chunk& chunk = chunks[next];
                std::string_view piece = s.substr(chunk.begin, chunk.end - chunk.begin);
                uint64_t cut = space;
                if (break_on_hyphens && chunk.length > space && space > 0) {
                    std::string_view head = piece.substr(0, text::offset(piece, space));
                    size_t hyphen = head.rfind('-');
                    if (hyphen != std::string_view::npos && hyphen > 0 &&
                        head.substr(0, hyphen).find_first_not_of('-') != std::string_view::npos) {
                        cut = text::length(head.substr(0, hyphen + 1));
                    }
                }
                size_t bytes = text::offset(piece, cut);
                if (!is_blank(piece.substr(0, bytes))) end_byte = chunk.begin + bytes;
                chunk.begin += bytes;
                chunk.length -= cut;
                chunk.blank = is_blank(piece.substr(bytes));
                last = static_cast<size_t>(-1);  // textwrap looks no further back than at the piece cut off
            } else if (next == from) {
                end_byte = chunks[next].end;
                last = ++next;
            }
        }
        // White space at the end of a line is dropped.
        if (last != static_cast<size_t>(-1) && last > from && chunks[last - 1].blank) {
            --last;
            end_byte = last > from ? chunks[last - 1].end : begin_byte;
        }
        if (end_byte > begin_byte) {
            if (any) out.append(between);
            out.append(s.substr(begin_byte, end_byte - begin_byte));
            any = true;
        }
    }
}

}  // namespace pgprompt
