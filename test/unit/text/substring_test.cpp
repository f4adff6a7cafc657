#include "core/text/substring.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pgprompt {
namespace {

TEST(Substring, IsFoundWhereTheStandardLibraryFindsIt) {
    std::mt19937 random(7);
    size_t found = 0;
    for (int run = 0; run < 20000; ++run) {
        std::string text, part;
        const int letters = 1 + static_cast<int>(random() % 3);
        for (size_t size = random() % 300; text.size() < size;)
            text += static_cast<char>('a' + static_cast<int>(random()) % letters);
        if (random() % 2 == 0 && !text.empty()) {
            const size_t from = random() % text.size();
            part = text.substr(from, random() % 100);
        } else {
            for (size_t size = random() % 60; part.size() < size;)
                part += static_cast<char>('a' + static_cast<int>(random()) % letters);
        }
        const size_t from = random() % 10;
        found += part.size() > 32 && text.find(part) != std::string::npos;
        ASSERT_EQ(find_first(text, part, from), text.find(part, from)) << text << " | " << part;
        ASSERT_EQ(find_last(text, part), text.rfind(part)) << text << " | " << part;
    }
    EXPECT_GT(found, 1000u);
}

// Comparing at every place would take an hour.
TEST(Substring, IsSoughtInLinearTime) {
    const size_t size = 16 << 20;
    const std::string text(size, 'a'), half(size / 2, 'a');
    for (const std::string& part : {half + "b", "b" + half, half.substr(1) + "b" + half.substr(1)}) {
        EXPECT_EQ(find_first(text, part), std::string::npos);
        EXPECT_EQ(find_last(text, part), std::string::npos);
    }
}

}  // namespace
}  // namespace pgprompt
