#include "core/json.h"

#include <gtest/gtest.h>

#include <string>

namespace pgprompt {
namespace {

std::string keys(const Value& map) {
    std::string result;
    Container::Cursor cursor;
    Value key, value;
    while (map.next(&cursor, &key, &value)) result += std::string(key.view()) + " ";
    return result;
}

TEST(Json, KeepsTheOrderOfKeysAndTheLastOfRepeatedOnes) {
    auto document = parse_json(R"({"b": 1, "a": 2, "b": 3})");
    ASSERT_TRUE(document.ok());
    Value root = (*document)->root();
    EXPECT_EQ(keys(root), "b a ");
    Value b;
    ASSERT_TRUE(root.find("b", &b));
    EXPECT_EQ(b.integer, 3);
}

TEST(Json, FindsEveryKeyOfALargeMap) {
    std::string text = "{";
    for (int i = 0; i < 100; ++i)
        text += (i ? "," : "") + ("\"k" + std::to_string(i * 7 % 100)) + "\":" + std::to_string(i);
    auto document = parse_json(text + "}");
    ASSERT_TRUE(document.ok());
    for (int i = 0; i < 100; ++i) {
        Value value;
        ASSERT_TRUE((*document)->root().find("k" + std::to_string(i * 7 % 100), &value));
        EXPECT_EQ(value.integer, i);
    }
    Value none;
    EXPECT_FALSE((*document)->root().find("k100", &none));
}

TEST(Json, TellsIntegersOfAnySizeFromReals) {
    auto document = parse_json("[9223372036854775807, 9223372036854775808, -1, 1.10, 1e2, -0]");
    ASSERT_TRUE(document.ok());
    Value list = (*document)->root();
    ASSERT_EQ(list.size(), 6u);
    EXPECT_EQ(list.at(0).integer, INT64_MAX);
    EXPECT_TRUE(list.at(1).is(Value::Kind::digits));
    EXPECT_EQ(list.at(1).view(), "9223372036854775808");
    EXPECT_EQ(list.at(2).integer, -1);
    EXPECT_EQ(list.at(3).real, 1.1);
    EXPECT_EQ(list.at(4).real, 100.0);
    EXPECT_EQ(list.at(5).integer, 0);
}

TEST(Json, SaysWhereTheTextIsWrong) {
    auto document = parse_json("{\"a\": 1,\n \"b\" 2}");
    ASSERT_FALSE(document.ok());
    EXPECT_EQ(document.error().code, Code::invalid_parameter);
    EXPECT_NE(document.error().detail.find("line 2"), std::string::npos);
}

TEST(Json, RefusesNumbersBeyondTheRangeOfDoubles) {
    auto document = parse_json("[1,\n 1e400]");
    ASSERT_FALSE(document.ok());
    EXPECT_EQ(document.error().message, "a number in the JSON text is too large");
    EXPECT_EQ(document.error().detail, "At line 2, byte 5.");
}

TEST(Json, BoundsTheNesting) {
    JsonOptions options;
    options.max_depth = 10;
    EXPECT_TRUE(parse_json("[[[[[[[[[[1]]]]]]]]]]", options).ok());
    EXPECT_EQ(parse_json("[[[[[[[[[[[1]]]]]]]]]]]", options).error().code, Code::limit_exceeded);
    std::string deep(1000000, '[');
    EXPECT_FALSE(parse_json(deep).ok());
}

}  // namespace
}  // namespace pgprompt
