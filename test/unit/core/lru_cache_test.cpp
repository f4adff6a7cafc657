#include "core/lru_cache.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace pgprompt {
namespace {

using Cache = LruCache<std::string, int, std::hash<std::string>>;

TEST(LruCache, ForgetsWhatWasUsedLongestAgo) {
    Cache cache;
    cache.insert("a", std::make_shared<int>(1), 40, 100);
    cache.insert("b", std::make_shared<int>(2), 40, 100);
    ASSERT_NE(cache.find("a"), nullptr);
    cache.insert("c", std::make_shared<int>(3), 40, 100);
    EXPECT_EQ(cache.find("b"), nullptr);
    EXPECT_EQ(*cache.find("a"), 1);
    EXPECT_EQ(*cache.find("c"), 3);
    EXPECT_EQ(cache.bytes(), 80u);
}

TEST(LruCache, LeavesWhatIsInUseAlive) {
    Cache cache;
    cache.insert("a", std::make_shared<int>(1), 60, 100);
    auto held = cache.find("a");
    cache.insert("b", std::make_shared<int>(2), 60, 100);
    EXPECT_EQ(cache.find("a"), nullptr);
    EXPECT_EQ(*held, 1);
}

TEST(LruCache, DoesNotKeepWhatIsLargerThanItself) {
    Cache cache;
    cache.insert("a", std::make_shared<int>(1), 50, 100);
    cache.insert("b", std::make_shared<int>(2), 101, 100);
    EXPECT_EQ(cache.find("b"), nullptr);
    EXPECT_NE(cache.find("a"), nullptr);
}

TEST(LruCache, ReplacesAValue) {
    Cache cache;
    cache.insert("a", std::make_shared<int>(1), 50, 100);
    cache.insert("a", std::make_shared<int>(2), 30, 100);
    EXPECT_EQ(*cache.find("a"), 2);
    EXPECT_EQ(cache.bytes(), 30u);
    EXPECT_EQ(cache.size(), 1u);
}

}  // namespace
}  // namespace pgprompt
