#include "core/guardrail/matcher.h"

#include <gtest/gtest.h>

#include <random>

#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

using Spans = std::vector<std::pair<size_t, size_t>>;

// What RE2 finds by itself, leftmost first, without overlap, empty matches left out.
Spans one_by_one(const std::string& pattern, const RegexFlags& flags, std::string_view text) {
    const RegexProgram program("test", pattern, flags, 1 << 22);
    Spans spans;
    size_t from = 0;
    size_t start = 0;
    size_t end = 0;
    while (from <= text.size() && program.find(text, from, text.size(), &start, &end)) {
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

std::vector<Spans> by_matcher(const Matcher& matcher, std::string_view text) {
    std::vector<Matcher::Match> matches;
    matcher.find(text, {}, &matches);
    std::vector<Spans> spans(matcher.patterns());
    for (const auto& match : matches) spans[match.pattern].emplace_back(match.start, match.end);
    return spans;
}

class RandomPatterns {
 public:
    explicit RandomPatterns(uint32_t seed) : random_(seed) {}

    std::string pattern(int depth = 0) {
        std::string out;
        const int items = below(3) + 1;
        for (int i = 0; i < items; ++i) out += repeated(item(depth));
        if (depth < 3 && below(6) == 0) out += "|" + pattern(depth + 1);
        return out;
    }

    std::string text(size_t size) {
        static const std::vector<std::string> parts = {
            "a",  "b", "c", "ab",   "key",    "AKIA",     "KEY-",         "0", "1",  "42", " ",
            "\n", "-", "_", "-12-", "secret", "\xC3\xA4", "\xE2\x84\xAA", "z", "foo"};
        std::string out;
        while (out.size() < size) out += parts[static_cast<size_t>(below(static_cast<int>(parts.size())))];
        return out;
    }

    int below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }

 private:
    std::string item(int depth) {
        switch (below(12)) {
            case 0:
                return "[0-9]";
            case 1:
                return "\\d";
            case 2:
                return "[a-f0-9]";
            case 3:
                return depth < 3 ? "(?:" + pattern(depth + 1) + ")" : "x";
            case 4:
                return depth < 3 ? "(" + pattern(depth + 1) + "|" + pattern(depth + 1) + ")" : "y";
            case 5:
                return "\\b";
            case 6:
                return ".";
            case 7:
                return "AKIA";
            case 8:
                return below(2) == 0 ? "secret" : "key";
            case 9:
                return "[^a-z]";
            case 10:
                return "\\w";
            default: {
                static const std::vector<std::string> literals = {"a",   "b",        "-", "_",
                                                                  "foo", "\xC3\xA4", "z", "ab"};
                return literals[static_cast<size_t>(below(8))];
            }
        }
    }
    std::string repeated(std::string item) {
        static const std::vector<std::string> counts = {"*",     "+",    "?",      "{2}", "{3,}",
                                                        "{1,4}", "{12}", "{2,20}", "+?"};
        if (below(3) != 0 || item == "\\b") return item;
        return "(?:" + item + ")" + counts[static_cast<size_t>(below(9))];
    }

    std::mt19937 random_;
};

TEST(Matcher, FindsWhatRe2FindsOneByOne) {
    size_t found = 0;
    size_t filtered = 0;
    for (uint32_t seed = 0; seed < 300; ++seed) {
        RandomPatterns random(seed);
        Matcher matcher;
        std::vector<std::pair<std::string, RegexFlags>> patterns;
        for (int i = 0; i < 12; ++i) {
            std::string pattern = random.pattern();
            while (!RE2(pattern, RE2::Quiet).ok()) pattern = random.pattern();
            RegexFlags flags;
            flags.fold_case = random.below(3) == 0;
            flags.dot_all = random.below(4) == 0;
            flags.multi_line = random.below(4) == 0;
            patterns.emplace_back(pattern, flags);
            matcher.add_regex("test", pattern, flags, 1 << 22, {});
        }
        matcher.build();
        filtered += matcher.patterns() - matcher.unfiltered();
        for (const size_t size : {5u, 60u, 700u, 3000u}) {
            const std::string text = random.text(size);
            const auto spans = by_matcher(matcher, text);
            for (size_t i = 0; i < patterns.size(); ++i) {
                const Spans expected = one_by_one(patterns[i].first, patterns[i].second, text);
                found += expected.size();
                ASSERT_EQ(spans[i], expected)
                    << "seed " << seed << ", pattern " << patterns[i].first << ", text " << text;
            }
        }
    }
    EXPECT_GT(found, 10000u);
    EXPECT_GT(filtered, 1000u);
}

void expect_like_re2(const std::string& pattern, const std::string& text) {
    Matcher matcher;
    matcher.add_regex("test", pattern, {}, 1 << 22, {});
    matcher.build();
    EXPECT_EQ(by_matcher(matcher, text)[0], one_by_one(pattern, {}, text)) << pattern;
}

// Texts of several pieces: matches without limit that keep to lines, and such that run over them.
TEST(Matcher, FindsWhatRe2FindsInLongTexts) {
    RandomPatterns random(7);
    std::string text;
    while (text.size() < 400000) {
        text += random.text(static_cast<size_t>(random.below(3000)));
        text += random.below(9) == 0 ? "<<" : random.below(9) == 0 ? ">>\n" : "\n";
    }
    const char* patterns[] = {"<<[^\n>]*>>", "AKIA.*secret", "(?s)<<.{0,9}AKIA", "secret[^z]*?42", "^.*<<$",
                              "<<[^>]+>>",    "foo.+foo",     "(?m)^AKIA.*$",     "\\w+-12-"};
    Matcher matcher;
    for (const char* pattern : patterns) matcher.add_regex("test", pattern, {}, 1 << 22, {});
    matcher.build();
    const auto spans = by_matcher(matcher, text);
    for (size_t i = 0; i < std::size(patterns); ++i)
        EXPECT_EQ(spans[i], one_by_one(patterns[i], {}, text)) << patterns[i];
}

TEST(Matcher, PollsInPiecesWhereMatchesKeepToLines) {
    static size_t polls;
    polls = 0;
    std::string text;
    while (text.size() < (4u << 20)) text += "SELECT secret FROM t WHERE a = 'b' AND c = 'd'\n";
    Matcher matcher;
    matcher.add_regex("test", "secret.*[0-9]z", {}, 1 << 22, {});
    matcher.build();
    Matcher::Query query;
    query.poll = []() noexcept {
        ++polls;
        return false;
    };
    std::vector<Matcher::Match> matches;
    matcher.find(text, query, &matches);
    EXPECT_GE(polls, text.size() / 65536);
}

TEST(Matcher, TakesTheBracesForCountsThatRe2TakesForCounts) {
    for (const std::string pattern :
         {"secret{2}", "secret{02}", "secret{2,03}", "secret{0}", "secret{00,}", "secret{,2}", "secret{ 2}",
          "secret{1234567890123}", "secret{", "secret{2", "secret{2,"}) {
        expect_like_re2(pattern, "a secrett, the secre, " + pattern + " and secrett{2} end");
    }
}

TEST(Matcher, RepeatsWhatRe2Repeats) {
    for (const std::string pattern : {"secret(?i)*", "secret(?i){2}X", "secret(?i)?X", "\\Qsecret?key\\E",
                                      "\\Qsecret*key\\E?", "\\Qab{2}cd", "\\Qsecret\\E+", "\\Qse\\cret\\E",
                                      "secret\\b*x", "secret^?x", "secret()*x", "(secret|)+x"}) {
        expect_like_re2(pattern,
                        "secre, secrettttX, secrex, ab{2}cd, secret?key, secret*ke, secret*key, se\\cret, "
                        "secretx, secretsecretx");
    }
}

TEST(Matcher, FindsKeywordsAtWordBoundaries) {
    Matcher matcher;
    matcher.add_keyword("ass", {}, {});
    matcher.add_keyword("Kill", {true, true}, {});
    matcher.add_keyword("\xE5\x8C\x97\xE4\xBA\xAC", {}, {});  // a word of Han characters
    matcher.add_keyword("inner", {false, false}, {});
    matcher.build();
    const auto spans =
        by_matcher(matcher, "assess ASS kill Kill dinner \xE5\x9C\xA8\xE5\x8C\x97\xE4\xBA\xAC\xE3\x81\xA7");
    EXPECT_EQ(spans[0], (Spans{{7, 10}}));
    EXPECT_EQ(spans[1], (Spans{{16, 20}}));
    EXPECT_EQ(spans[2], (Spans{{31, 37}}));
    EXPECT_EQ(spans[3], (Spans{{22, 27}}));
}

TEST(Matcher, FindsKeywordsAnywhereInALongText) {
    Matcher matcher;
    for (int i = 0; i < 1000; ++i) matcher.add_keyword("word" + std::to_string(i * 7919), {}, {});
    matcher.build();
    std::string text;
    std::vector<Spans> expected(1000);
    for (int i = 0; text.size() < 300000; ++i) {
        text += "some filler words ";
        const size_t which = static_cast<size_t>(i * 31 % 1000);
        const std::string word = "word" + std::to_string(which * 7919);
        expected[which].emplace_back(text.size(), text.size() + word.size());
        text += word + " ";
    }
    EXPECT_EQ(by_matcher(matcher, text), expected);
}

TEST(Matcher, CanBeCancelled) {
    Matcher matcher;
    matcher.add_keyword("word", {}, {});
    matcher.build();
    Matcher::Query query;
    query.poll = []() noexcept { return true; };
    std::vector<Matcher::Match> matches;
    EXPECT_THROW(matcher.find("some word", query, &matches), Failure);
}

TEST(Matcher, LeavesOutGroupsThatAreSwitchedOff) {
    Matcher matcher;
    matcher.add_keyword("one", {}, {0});
    matcher.add_regex("test", "o[a-z]e", {}, 1 << 20, {1});
    matcher.build();
    Matcher::Query query;
    const std::vector<uint8_t> groups = {0, 1};
    query.groups = &groups;
    std::vector<Matcher::Match> matches;
    matcher.find("one", query, &matches);
    ASSERT_EQ(matches.size(), 1u);
    EXPECT_EQ(matches[0].pattern, 1u);
}

}  // namespace
}  // namespace pgprompt::guardrail
