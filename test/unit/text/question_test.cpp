#include "core/text/question.h"

#include <gtest/gtest.h>

#include "core/json.h"

namespace pgprompt {
namespace {

std::string normal(std::string_view text) {
    return *normalised_question(text);
}

TEST(NormalisedQuestion, TakesAwayWhatDoesNotMatter) {
    const std::string expected = "how do i reset my password";
    for (const char* same :
         {"How do I reset my password?", "  how do I reset\n my PASSWORD?!  ",
          "¿How do I reset my password…?", "“How do I reset my password?”", "Ｈｏｗ do I reset my password？",
          "How do I réset my password", "How do I (reset) my *password* ?"}) {
        EXPECT_EQ(normal(same), expected) << same;
    }
    EXPECT_EQ(normal(""), "");
    EXPECT_EQ(normal(" ?! … "), "");
}

TEST(NormalisedQuestion, KeepsWhatDoes) {
    EXPECT_EQ(normal("What's 3.5 + 4?"), "what's 3.5 + 4");
    EXPECT_NE(normal("C++ or C#?"), normal("C or C?"));
    EXPECT_EQ(normal("パスワードは？"), normal("パスワードは"));
    EXPECT_EQ(normal("パスワードは。"), normal("「パスワードは」"));
    EXPECT_NE(normal("パスワードは"), normal("パスワードが"));
    EXPECT_EQ(normal("\xff\xfe raw?"), "\xff\xfe raw");
}

// Computed by python3-xxhash: xxhash.xxh3_128_hexdigest(b'how do i reset my password').
TEST(QuestionHash, IsXxh3OfTheNormalForm) {
    EXPECT_EQ(*question_hash("How do I reset my password?"), *question_hash("how do i  reset my password"));
    EXPECT_EQ(*question_hash("How do I reset my password?"), "eaf07e0264d0f65c4b3b09b469366e88");
    EXPECT_NE(*question_hash("How do I reset my passwords?"), *question_hash("How do I reset my password?"));
    EXPECT_EQ(*question_hash("?"), "");
}

std::string question(const char* variables, const char* context) {
    auto v = parse_json(variables);
    auto c = parse_json(context);
    return std::string(question_of((*v)->root(), (*c)->root()));
}

TEST(QuestionOf, IsTheFirstNamedVariableElseTheUsersLastMessage) {
    EXPECT_EQ(question(R"({"query": "q", "name": "n"})", "null"), "q");
    EXPECT_EQ(question(R"({"input": "i", "question": "q"})", R"([{"role": "user", "content": "c"}])"), "q");
    EXPECT_EQ(question(R"({"question": "", "query": 5, "input": "i"})", "null"), "i");
    EXPECT_EQ(question(R"({"name": "n"})",
                       R"([{"role": "user", "content": "first"}, {"role": "user", "content": "last"},
                                               {"role": "assistant", "content": "a"}, 7, {"role": "user"}])"),
              "last");
    EXPECT_EQ(question("[]", "{}"), "");
    EXPECT_EQ(question("null", R"(["question"])"), "");
}

}  // namespace
}  // namespace pgprompt
