#include "core/guardrail/rule_set.h"

#include <gtest/gtest.h>

#include "config_value.h"

namespace pgprompt {
namespace {

using test::ConfigBuilder;

RuleSpec spec(RuleType type, const Value& config, Enforcement enforcement = Enforcement::blocking) {
    RuleSpec s;
    s.name = "rule";
    s.type = type;
    s.config = config;
    s.enforcement = enforcement;
    return s;
}

std::vector<Violation> run(const RuleSpec& s, std::string_view text, RuleTest* keep) {
    auto result = test_rule(s, text);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    if (!result.ok()) return {};
    *keep = *result;
    return keep->violations;
}

TEST(RuleSet, RegexReportsCharactersOfTheText) {
    ConfigBuilder b;
    RuleTest keep;
    const auto found =
        run(spec(RuleType::regex,
                 b.map({{"pattern", b.text("gr\xC3\xBC\xC3\x9F|secret")}, {"flags", b.text("i")}})),
            "\xC3\xA4\xC3\xA4 SECRET", &keep);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].start_offset, 3u);
    EXPECT_EQ(found[0].end_offset, 9u);
    EXPECT_EQ(found[0].start_byte, 5u);
    EXPECT_EQ(found[0].entity, "regex");
    EXPECT_EQ(found[0].rule_name, "rule");
}

TEST(RuleSet, KeywordKeepsToWords) {
    ConfigBuilder b;
    RuleTest keep;
    const RuleSpec s = spec(RuleType::keyword, b.map({{"keywords", b.texts({"ass", "wire fraud"})}}));
    EXPECT_EQ(run(s, "please assess this", &keep).size(), 0u);
    EXPECT_EQ(run(s, "Wire Fraud, ass", &keep).size(), 2u);
}

TEST(RuleSet, MaxLengthCountsCharacters) {
    ConfigBuilder b;
    RuleTest keep;
    const RuleSpec s = spec(RuleType::max_length, b.map({{"max_characters", Value::of(int64_t{3})}}));
    EXPECT_EQ(run(s, "\xC3\xA4\xC3\xA4\xC3\xA4", &keep).size(), 0u);
    const auto found = run(s, "\xC3\xA4\xC3\xA4\xC3\xA4xy", &keep);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].start_offset, 3u);
    EXPECT_EQ(found[0].end_offset, 5u);
}

TEST(RuleSet, RedactCoversOnlyWhatRedactRulesFound) {
    ConfigBuilder b;
    RuleTest keep;
    const RuleSpec s = spec(RuleType::pii, b.map({{"entities", b.texts({"email"})}}), Enforcement::redact);
    const std::string_view text = "write to ann@example.com today";
    const auto found = run(s, text, &keep);
    EXPECT_FALSE(is_blocked(found));
    EXPECT_EQ(redact_violations(*keep.rules, text, found).value(), "write to <EMAIL> today");
}

TEST(RuleSet, SaysWhatIsWrongWithAConfig) {
    ConfigBuilder b;
    const auto unknown =
        check_rule(spec(RuleType::keyword, b.map({{"keywords", b.texts({"a"})}, {"wrods", b.text("b")}})));
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().code, Code::invalid_parameter);
    EXPECT_NE(unknown.error().message.find("\"wrods\""), std::string::npos);
    EXPECT_NE(unknown.error().hint.find("word_boundary"), std::string::npos);

    const auto lookaround = check_rule(spec(RuleType::regex, b.map({{"pattern", b.text("ab(?=c)")}})));
    ASSERT_FALSE(lookaround.ok());
    EXPECT_EQ(lookaround.error().code, Code::invalid_regex);
    EXPECT_NE(lookaround.error().message.find("lookahead"), std::string::npos);
    EXPECT_NE(lookaround.error().detail.find("\n  ^ at character 3"), std::string::npos);
}

TEST(RuleSet, LeavesExternalRulesToTheCaller) {
    ConfigBuilder b;
    const auto rules =
        compile_rules({spec(RuleType::custom, b.map({{"function", b.text("app.check(text,jsonb)")}}))});
    ASSERT_TRUE(rules.ok());
    EXPECT_TRUE((*rules)->rule(0).external);
    EXPECT_EQ((*rules)->rule(0).function, "app.check(text,jsonb)");
    EXPECT_TRUE(evaluate_rules(**rules, "anything", (*rules)->all())->empty());
    const Violation v = external_violation(**rules, 0, "\xC3\xA4 b", 0.9, 2, 3);
    EXPECT_EQ(v.start_byte, 3u);
    EXPECT_EQ(v.end_byte, 4u);
}

TEST(RuleSet, RefusesInvalidText) {
    ConfigBuilder b;
    const auto result = test_rule(spec(RuleType::keyword, b.map({{"keywords", b.texts({"a"})}})), "a\xFF");
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Code::invalid_text);
}

}  // namespace
}  // namespace pgprompt
