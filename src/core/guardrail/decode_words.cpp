// Readings of written words: rot13, leet, letters spaced out or run together.
#include <algorithm>

#include "core/guardrail/data/common_words.h"
#include "core/guardrail/decode.h"
#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

bool is_letter(char c) {
    return is_ascii_alpha(static_cast<unsigned char>(c));
}

bool is_vowel(char c) {
    switch (to_ascii_lower(c)) {
        case 'a':
        case 'e':
        case 'i':
        case 'o':
        case 'u':
        case '0':
        case '3':
        case '4':
        case '@':
            return true;
        default:
            return false;
    }
}

// What a digit or sign stands for between letters, 0 if it stands for itself. The 1 is the caller's.
char leet_letter(char c) {
    switch (c) {
        case '0':
            return 'o';
        case '3':
            return 'e';
        case '4':
        case '@':
            return 'a';
        case '5':
        case '$':
            return 's';
        case '7':
        case '+':
            return 't';
        case '8':
            return 'b';
        case '9':
            return 'g';
        case '1':
        case '!':
        case '|':
            return 'i';
        default:
            return 0;
    }
}

bool is_leet(char c) {
    return is_letter(c) || leet_letter(c) != 0;
}

// The one word of two letters that attacks cannot do without, of which nothing may be left.
bool is_disguised_ai(std::string_view token) {
    return token == "41" || token == "4!" || token == "@1" || token == "@!" || token == "A!" ||
           token == "a!" || token == "4i" || token == "4I" || token == "@I" || token == "@i";
}

// Is a 1 between these neighbours (0 at the end of a word) an l rather than an i?
bool reads_as_l(char before, char after) {
    if (after == 0) return true;                              // revea1
    if (before == 0) return is_vowel(after);                  // 1ist, but 1gnore
    if (before == '1' || after == '1') return true;           // a11
    if (!is_vowel(before) && !is_vowel(after)) return false;  // pr1nt
    if (!is_vowel(before)) {
        // p1ease, c1ear; but prev1ous, act1on
        return std::string_view("bcfgkps").find(to_ascii_lower(before)) != std::string_view::npos;
    }
    return true;  // he1p, ru1es
}

}  // namespace

void decode_rot13(std::string_view text, Poll poll, std::string* out, OffsetMap* map) {
    out->reserve(text.size());
    Pacer pacer(poll);
    for (const char c : text) {
        pacer.did(1);
        const char lower = to_ascii_lower(c);
        out->push_back(!is_letter(c) ? c : static_cast<char>(lower <= 'm' ? c + 13 : c - 13));
    }
    map->copied(0, static_cast<uint32_t>(text.size()));
}

bool decode_leet(std::string_view text, bool one_as_l, Poll poll, std::string* out, OffsetMap* map) {
    Pacer pacer(poll);
    bool changed = false;
    bool has_l = false;
    out->reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        pacer.reached(at);
        size_t end = at;
        size_t letters = 0;
        size_t signs = 0;
        while (end < text.size() && is_leet(text[end])) {
            letters += is_letter(text[end]);
            signs += !is_letter(text[end]);
            ++end;
        }
        // A sign at the end of a sentence is one.
        size_t stop = end;
        while (stop > at && (text[stop - 1] == '!' || text[stop - 1] == '|' || text[stop - 1] == '+')) {
            --stop;
            --signs;
        }
        if (end == at) {
            out->push_back(text[at++]);
            continue;
        }
        if (is_disguised_ai(text.substr(at, end - at))) {
            out->append("ai");
            at = end;
            changed = true;
            continue;
        }
        for (size_t i = at; i < end; ++i) {
            pacer.did(1);
            const char letter =
                letters > 0 && signs > 0 && i < stop && !is_letter(text[i]) ? leet_letter(text[i]) : 0;
            if (letter == 0) {
                out->push_back(text[i]);
                continue;
            }
            changed = true;
            const bool ambiguous = letter == 'i';
            const char before = i > at ? text[i - 1] : '\0';
            const char after = i + 1 < stop ? text[i + 1] : '\0';
            const bool is_l = ambiguous && one_as_l && reads_as_l(before, after);
            has_l = has_l || is_l;
            out->push_back(is_l ? 'l' : letter);
        }
        at = end;
    }
    if (!changed) return false;
    if (one_as_l && text.find_first_of("1!|") == std::string_view::npos)
        return false;  // the other reading again
    map->copied(0, static_cast<uint32_t>(text.size()));
    return true;
}

std::vector<uint32_t> word_starts(std::string_view letters) {
    constexpr size_t kLongest = 14;
    constexpr int kWord = 2;
    constexpr int kUnknown = 3;  // a letter that belongs to no known word
    const size_t n = letters.size();
    std::string lower(letters);
    for (char& c : lower) c = to_ascii_lower(c);
    std::vector<int> cost(n + 1, 1 << 29);
    std::vector<uint32_t> length(n + 1, 0);
    std::vector<bool> known(n + 1, false);
    cost[0] = 0;
    for (size_t end = 1; end <= n; ++end) {
        cost[end] = cost[end - 1] + kUnknown;
        length[end] = 1;
        known[end] = false;
        for (size_t size = 1; size <= std::min(kLongest, end); ++size) {
            const std::string_view word = std::string_view(lower).substr(end - size, size);
            if (size == 1 ? word != "a" && word != "i" : !is_common_word(word)) continue;
            const int price = cost[end - size] + kWord;
            if (price < cost[end] || (price == cost[end] && size > length[end])) {
                cost[end] = price;
                length[end] = static_cast<uint32_t>(size);
                known[end] = true;
            }
        }
    }
    std::vector<uint32_t> starts;
    for (size_t end = n; end > 0;) {
        if (known[end]) {
            starts.push_back(static_cast<uint32_t>(end - length[end]));
            end -= length[end];
            continue;
        }
        size_t first = end;
        while (first > 0 && !known[first]) --first;
        starts.push_back(static_cast<uint32_t>(first));
        end = first;
    }
    std::reverse(starts.begin(), starts.end());
    return starts;
}

namespace {

constexpr size_t kMaxRun = 4096;  // letters cut into words at a time

// Letters with their places in the source, as words.
void append_words(const std::string& letters, const std::vector<uint32_t>& places, Poll poll,
                  std::string* out, OffsetMap* map) {
    for (size_t from = 0; from < letters.size(); from += kMaxRun) {
        if (poll != nullptr && poll()) throw Failure(Code::cancelled, "cancelled");
        const std::string_view part = std::string_view(letters).substr(from, kMaxRun);
        const std::vector<uint32_t> starts = word_starts(part);
        size_t next = 0;
        for (size_t i = 0; i < part.size(); ++i) {
            if (next < starts.size() && starts[next] == i) {
                if (!out->empty() && out->back() != ' ' && out->back() != '\n') {
                    out->push_back(' ');
                    map->replaced(places[from + i], 1, 1);
                }
                ++next;
            }
            out->push_back(part[i]);
            map->copied(places[from + i], 1);
        }
    }
}

}  // namespace

bool decode_spaced(std::string_view text, Poll poll, std::string* out, OffsetMap* map) {
    const auto letter_at = [&](size_t i) {
        return i < text.size() && is_ascii_alnum(static_cast<unsigned char>(text[i]));
    };
    const auto lone_letter = [&](size_t i) {
        return letter_at(i) && (i == 0 || !letter_at(i - 1)) && !letter_at(i + 1) &&
               static_cast<unsigned char>(text[i]) < 0x80;
    };
    Pacer pacer(poll);
    for (size_t at = 0; at < text.size(); ++at) {
        pacer.reached(at);
        if (!lone_letter(at)) continue;
        // A chain of lone letters, the same separator between them; a longer or different one ends a word.
        std::vector<std::pair<std::string, std::vector<uint32_t>>> words(1);
        std::string_view usual;
        size_t letters = 0;
        size_t i = at;
        while (true) {
            pacer.did(4);
            words.back().first.push_back(text[i]);
            words.back().second.push_back(static_cast<uint32_t>(i));
            ++letters;
            size_t next = i + 1;
            while (next < text.size() && next - i <= 6 && !letter_at(next) &&
                   static_cast<unsigned char>(text[next]) < 0x80) {
                ++next;
            }
            if (!lone_letter(next) || next - i > 6) break;
            const std::string_view separator = text.substr(i + 1, next - i - 1);
            if (usual.empty()) usual = separator;
            if (separator != usual) {
                if (separator.size() < usual.size()) {  // the first one was a gap between words
                    usual = separator;
                    std::vector<std::pair<std::string, std::vector<uint32_t>>> split;
                    for (auto& word : words) {
                        for (size_t k = 0; k < word.first.size(); ++k) {
                            split.push_back({std::string(1, word.first[k]), {word.second[k]}});
                        }
                    }
                    words = std::move(split);
                } else {
                    words.emplace_back();
                }
            }
            i = next;
        }
        at = i;
        if (letters < 4) continue;
        if (!out->empty()) {
            out->push_back('\n');
            map->replaced(words[0].second[0], 1, 1);
        }
        // Without gaps, or between two far apart, the words have to be guessed.
        for (size_t w = 0; w < words.size(); ++w) {
            pacer.did(4 * words[w].first.size());
            if (w > 0) {
                out->push_back(' ');
                map->replaced(words[w].second[0], 1, 1);
            }
            if (words.size() == 1 || words[w].first.size() > 12) {
                // First as one word: it may be somebody's keyword.
                for (size_t k = 0; k < words[w].first.size(); ++k) {
                    out->push_back(words[w].first[k]);
                    map->copied(words[w].second[k], 1);
                }
                out->push_back('\n');
                map->replaced(words[w].second.back(), 1, 1);
                append_words(words[w].first, words[w].second, poll, out, map);
                continue;
            }
            for (size_t k = 0; k < words[w].first.size(); ++k) {
                out->push_back(words[w].first[k]);
                map->copied(words[w].second[k], 1);
            }
        }
    }
    return !out->empty();
}

bool split_run_together(std::string_view text, Poll poll, std::string* out, OffsetMap* map) {
    Pacer pacer(poll);
    for (size_t at = 0; at < text.size();) {
        pacer.reached(at);
        size_t end = at;
        while (end < text.size() && is_letter(text[end])) ++end;
        if (end - at >= 18) {
            std::vector<uint32_t> places;
            for (size_t i = at; i < end; ++i) places.push_back(static_cast<uint32_t>(i));
            if (!out->empty()) {
                out->push_back('\n');
                map->replaced(static_cast<uint32_t>(at), 1, 1);
            }
            append_words(std::string(text.substr(at, end - at)), places, poll, out, map);
        }
        at = end + 1;
    }
    return !out->empty();
}

}  // namespace pgprompt::guardrail
