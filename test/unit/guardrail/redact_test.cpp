#include "core/guardrail/redact.h"

#include <gtest/gtest.h>

#include "core/guardrail/validators/sha256.h"

namespace pgprompt {
namespace {

std::string hex(const guardrail::Sha256Digest& digest) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : digest) {
        out.push_back(kHex[byte >> 4]);
        out.push_back(kHex[byte & 15]);
    }
    return out;
}

TEST(Sha256, AnswersThePublishedVectors) {
    EXPECT_EQ(hex(guardrail::sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(guardrail::sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(guardrail::sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    // RFC 4231, test case 2.
    EXPECT_EQ(hex(guardrail::hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Redact, MasksByEntity) {
    EXPECT_EQ(redact("a 123 b", {{2, 5, "us_ssn"}}).value(), "a <US_SSN> b");
    EXPECT_EQ(redact("", {}).value(), "");
}

TEST(Redact, MergesOverlapsUnderTheBestName) {
    std::vector<RedactSpan> spans = {
        {0, 6, "phone", 0.9}, {4, 8, "credit_card", 0.5, true}, {7, 9, "x", 1.0}};
    EXPECT_EQ(redact("0123456789", spans).value(), "<CREDIT_CARD>9");
}

TEST(Redact, KeepsSpansThatOnlyTouchApart) {
    EXPECT_EQ(redact("abcd", {{0, 2, "a"}, {2, 4, "b"}}).value(), "<A><B>");
}

TEST(Redact, HashDependsOnTheKeyAndTheValueOnly) {
    RedactOptions key;
    key.hash_key = "k1";
    const RedactSpan one{0, 3, "id", 1, false, RedactMode::hash};
    const RedactSpan two{4, 7, "id", 1, false, RedactMode::hash};
    const std::string masked = redact("abc abc", {one, two}, key).value();
    EXPECT_EQ(masked.substr(0, 17), masked.substr(18));
    key.hash_key = "k2";
    EXPECT_NE(redact("abc abc", {one, two}, key).value(), masked);
}

TEST(Redact, PartialKeepsTheEnd) {
    EXPECT_EQ(redact("4111 1111 1111 1111", {{0, 19, "c", 1, true, RedactMode::partial}}).value(),
              "**** **** **** 1111");
    EXPECT_EQ(redact("jane@example.com", {{0, 16, "e", 1, true, RedactMode::partial}}).value(),
              "j***@example.com");
    EXPECT_EQ(redact("12-345", {{0, 6, "c", 1, true, RedactMode::partial}}).value(), "**-***");
}

TEST(Redact, RefusesSpansOutsideTheText) {
    EXPECT_EQ(redact("abc", {{2, 9, "x"}}).error().code, Code::invalid_parameter);
    EXPECT_EQ(redact("\xC3\xA4", {{1, 2, "x"}}).error().code, Code::invalid_parameter);
}

}  // namespace
}  // namespace pgprompt
