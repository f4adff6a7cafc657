// Against Python's str.format, whose results stand here.
#include "rendering.h"

namespace pgprompt {
namespace {

std::string formatted(std::string_view text, std::string_view json = "{}") {
    CompileOptions options;
    options.format = TemplateFormat::fstring;
    return testing::rendered(text, json, {}, options);
}
Error mistake(std::string_view text, std::string_view json = "{}") {
    CompileOptions options;
    options.format = TemplateFormat::fstring;
    return testing::render_error(text, json, {}, options);
}

TEST(Fstring, PutsInNamesKeysAndIndices) {
    EXPECT_EQ(formatted("Hello {name}!\n", R"({"name": "Zoë"})"), "Hello Zoë!\n");
    EXPECT_EQ(formatted("{d[key]}{l[1]}{d[sub][0]}", R"({"d": {"key": "k", "sub": [7]}, "l": [1, 2]})"),
              "k27");
    EXPECT_EQ(formatted("{{{x}}} {{}}", R"({"x": 1})"), "{1} {}");
    EXPECT_EQ(formatted("{t}{f}{n}{l}", R"({"t": true, "f": 1.0, "n": null, "l": [1, "a"]})"),
              "True1.0None[1, 'a']");
    EXPECT_EQ(formatted(""), "");
}

TEST(Fstring, ReadsNothingInAValueAsTemplate) {
    EXPECT_EQ(formatted("{x}", R"({"x": "{y} {{ z }}"})"), "{y} {{ z }}");
}

TEST(Fstring, Formats) {
    EXPECT_EQ(formatted("{x:>8}|{x:<8}|{x:^8}|{x:*^7}", R"({"x": "abc"})"),
              "     abc|abc     |  abc   |**abc**");
    EXPECT_EQ(formatted("{x:.2f} {x:10.3e} {x:g} {x:.0%} {x:,.1f} {x:+}", R"({"x": 1234.5678})"),
              "1234.57  1.235e+03 1234.57 123457% 1,234.6 +1234.5678");
    EXPECT_EQ(formatted("{n:05d} {n:x} {n:#o} {n:b} {n:,} {n:_} {n: d} {n:c}", R"({"n": 65})"),
              "00065 41 0o101 1000001 65 65  65 A");
    EXPECT_EQ(formatted("{n:010,}", R"({"n": 1234567})"), "01,234,567");
    EXPECT_EQ(formatted("{s!r:>8}{s!s}{s!a}", R"({"s": "é"})"), "     'é'é'\\xe9'");
    EXPECT_EQ(formatted("{s:.3}{s:{w}.{p}}", R"({"s": "abcdef", "w": 5, "p": 2})"), "abcab   ");
    EXPECT_EQ(formatted("{x:.3}|{y:.3}|{z:.2}", R"({"x": 3.0, "y": 1234.0, "z": 0.00001})"),
              "3.0|1.23e+03|1e-05");
}

TEST(Fstring, MistakesHaveHints) {
    auto json = mistake("{\"role\": \"user\"}");
    EXPECT_EQ(json.code, Code::syntax);
    EXPECT_NE(json.hint.find("{{"), std::string::npos);
    EXPECT_NE(mistake("a } b").hint.find("twice"), std::string::npos);
    EXPECT_NE(mistake("{a.b}").hint.find("{name[key]}"), std::string::npos);
    EXPECT_NE(mistake("{}").message.find("no name"), std::string::npos);
    EXPECT_NE(mistake("{0}").hint.find("named"), std::string::npos);
    EXPECT_NE(mistake("{a + 1}").message.find("not an expression"), std::string::npos);
    EXPECT_NE(mistake("{a").message.find("not closed"), std::string::npos);
    EXPECT_EQ(mistake("{a}").code, Code::undefined_name);
    EXPECT_EQ(mistake("{a[b]}", R"({"a": {}})").code, Code::undefined_name);
    EXPECT_EQ(mistake("{a:d}", R"({"a": "x"})").code, Code::template_error);
}

}  // namespace
}  // namespace pgprompt
