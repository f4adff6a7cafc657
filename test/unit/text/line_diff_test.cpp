#include "core/text/line_diff.h"

#include <gtest/gtest.h>

#include <random>

#include "core/text/edit_distance.h"

namespace pgprompt {
namespace {

std::string patched(const std::vector<DiffLine>& script, char keep) {
    std::string text;
    for (const auto& line : script) {
        if (line.change == ' ' || line.change == keep) text.append(line.line).append("\n");
    }
    return text;
}

// The output of GNU diff -u.
TEST(UnifiedDiff, IsWhatDiffPrints) {
    const std::string a = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
    const std::string b = "1\n2\n3\nfour\n5\n6\n7\n8\n9\n10\n11\n12\n13\n";
    EXPECT_EQ(*unified_diff(a, b, "a", "b"),
              "--- a\n+++ b\n@@ -1,7 +1,7 @@\n 1\n 2\n 3\n-4\n+four\n 5\n 6\n 7\n@@ -10,3 +10,4 @@\n 10\n "
              "11\n 12\n+13\n");
    EXPECT_EQ(*unified_diff("", "x\n", "a", "b"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
    EXPECT_EQ(*unified_diff("x", "x\n", "a", "b"), "");
}

TEST(LineDiff, LeadsFromOneTextToTheOther) {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; round++) {
        std::string a, b;
        for (unsigned i = random() % 12; i > 0; i--)
            a.append(1, static_cast<char>('a' + random() % 4)).append("\n");
        for (unsigned i = random() % 12; i > 0; i--)
            b.append(1, static_cast<char>('a' + random() % 4)).append("\n");
        const auto script = line_diff(a, b);
        ASSERT_TRUE(script.ok());
        EXPECT_EQ(patched(*script, '-'), a);
        EXPECT_EQ(patched(*script, '+'), b);
    }
}

TEST(LineDiff, ReplacesTextsThatShareTooLittle) {
    std::string a, b;
    for (int i = 0; i < 4000; i++) a.append("a").append(std::to_string(i)).append("\n");
    for (int i = 0; i < 4000; i++) b.append("b").append(std::to_string(i)).append("\n");
    EXPECT_EQ(line_diff(a, b)->size(), 8000u);
}

TEST(EditDistance, CountsCharacters) {
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
    EXPECT_EQ(edit_distance("", "abc"), 3);
    EXPECT_EQ(edit_distance("größe", "grösse"), 2);
    EXPECT_EQ(edit_distance(std::string(1001, 'x'), "x"), -1);
}

}  // namespace
}  // namespace pgprompt
