// Errors say what, where (line, column, a caret) and the way out.
#include "rendering.h"

namespace pgprompt {
namespace {

using testing::render_error;

struct Mistake {
    const char* name;
    const char* text;
    const char* message;  // part of it
    const char* detail;
    const char* hint;
};

class Mistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreTold) {
    auto error = render_error(GetParam().text, R"({"x": "abc", "n": 1, "d": {"a": 1}})");
    EXPECT_NE(error.message.find(GetParam().message), std::string::npos) << error.message;
    EXPECT_NE(error.detail.find(GetParam().detail), std::string::npos) << error.detail;
    EXPECT_NE(error.hint.find(GetParam().hint), std::string::npos) << error.hint;
    EXPECT_EQ(GetParam().hint[0] == '\0', error.hint.empty()) << error.hint;
}

INSTANTIATE_TEST_SUITE_P(
    All, Mistakes,
    ::testing::Values(
        Mistake{"one_brace", "a\nb {{ x }\n", "unexpected \"}\"", "Line 2, column 8:\n  b {{ x }\n         ^",
                "two braces"},
        Mistake{"no_brace", "{{ x ", "not closed", "Line 1, column 1:\n  {{ x \n  ^", "}}"},
        Mistake{"no_endif", "{% if x %}\nyes", "the \"if\" is not closed", "Line 1, column 1", "{% endif %}"},
        Mistake{"no_endfor", "{% for i in x %}{{ i }}", "the \"for\" is not closed", "column 1",
                "{% endfor %}"},
        Mistake{"wrong_end", "{% if x %}\n{% for i in x %}\n{% endif %}", "unexpected \"endif\"",
                "Line 3, column 4", "The \"for\" of line 2 has to be closed first, with {% endfor %}."},
        Mistake{"elseif", "{% if x %}{% elseif n %}{% endif %}", "no statement named \"elseif\"", "column 14",
                "elif"},
        Mistake{"unknown_filter", "{{ x | uper }}", "no filter named \"uper\"", "column 8", "\"upper\""},
        Mistake{"filter_of_others", "{{ x | strip }}", "no filter named \"strip\"", "", "\"trim\""},
        Mistake{"unknown_test", "{{ x is strng }}", "no test named \"strng\"", "column 9", "\"string\""},
        Mistake{"null_test", "{{ x is null }}", "no test named \"null\"", "", "\"none\""},
        Mistake{"assignment", "{% if n = 1 %}{% endif %}", "got \"=\"", "column 9", "=="},
        Mistake{"and_signs", "{{ x && n }}", "unexpected character \"&\"", "column 6", "and"},
        Mistake{"not_sign", "{{ !x }}", "unexpected character \"!\"", "", "not"},
        Mistake{"dollar", "{{ $x }}", "unexpected character \"$\"", "", "without $"},
        Mistake{"typographic", "{{ \xe2\x80\x9cx\xe2\x80\x9d }}", "unexpected character", "", "typographic"},
        Mistake{"undefined", "{{ missing.a }}", "'missing' is undefined", "Line 1, column 12", "default"},
        Mistake{"attribute", "{{ d.b.c }}", "'dict object' has no attribute 'b'", "column 8", "chainable"},
        Mistake{"concatenation", "{{ 'a' + n }}", "can only concatenate str (not \"int\") to str", "column 8",
                "~"},
        Mistake{"called_value", "{{ x() }}", "'str' object is not callable", "", "without parentheses"},
        Mistake{"python_call", "{{ len(x) }}", "'len' is undefined", "", "| length"},
        Mistake{"python_str", "{{ str(n) }}", "'str' is undefined", "", "| string"},
        Mistake{"append", "{% do d.update({'b': 2}) %}", "would change a variable", "", "dict("},
        Mistake{"namespace", "{% set d.a = 2 %}", "cannot assign attribute", "", "namespace("},
        Mistake{"raised", "{{ raise_exception('no user') }}", "no user", "column 19", ""},
        Mistake{"division", "{{ n / 0 }}", "division by zero", "column 6", ""},
        Mistake{"argument", "{{ x | replace('a') }}", "replace's second argument is missing", "", ""},
        Mistake{"named_argument", "{{ x | indent(widht=2) }}", "no argument named 'widht'", "",
                "width, first, blank"},
        Mistake{"generator", "{{ [1, 2] | map('string') | length }}", "no len()", "", "list"},
        Mistake{"tabs", "\t{{ x | uper }}", "uper", "Line 1, column 9:\n  \t{{ x | uper }}\n  \t       ^",
                "upper"},
        Mistake{"characters", "n\xc3\xa4 {{ x | uper }}", "uper", "Line 1, column 11", "upper"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Errors, CarryTheirCode) {
    EXPECT_EQ(render_error("{{ x").code, Code::syntax);
    EXPECT_EQ(render_error("{{ x | nope }}").code, Code::undefined_name);
    EXPECT_EQ(render_error("{{ x.y }}").code, Code::undefined_name);
    EXPECT_EQ(render_error("{{ 1 / 0 }}").code, Code::template_error);
    EXPECT_EQ(render_error("{{ 'a\xff' }}").code, Code::invalid_text);
}

TEST(Errors, CutLongLinesAroundThePosition) {
    auto error = render_error(std::string(500, 'a') + " {{ x | uper }} " + std::string(500, 'b'));
    size_t begin = error.detail.find('\n') + 1, end = error.detail.find('\n', begin);
    std::string line = error.detail.substr(begin, end - begin);
    EXPECT_LT(line.size(), 130u);
    // The caret stands below the name.
    EXPECT_EQ(error.detail.size() - end - 2, line.find("uper"));
}

TEST(Errors, NameTheTemplateAndTheChainOfIncludes) {
    CompileOptions named;
    named.name = "shared/tone";
    TemplateLibrary library;
    library.add("shared/tone", testing::compiled("x\n{{ nope.a }}", named));
    RenderOptions options;
    options.library = &library;
    auto error = render_error("{% include 'shared/tone' %}", "{}", options);
    EXPECT_EQ(error.detail,
              "In template \"shared/tone\", line 2, column 9:\n  {{ nope.a }}\n          ^\nBy way of "
              "shared/tone.");
}

// A limit may be met on the way into an included template, before any part of it has run.
TEST(Errors, TellAPlaceInTheTemplateThatMetTheLimit) {
    const std::string many = "{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}";
    for (const char* small : {"", "x", "{{b}}"}) {
        CompileOptions named;
        named.format = TemplateFormat::mustache;
        named.name = "main";
        auto main = testing::compiled(many + "{{#l}}{{> small}}{{/l}}" + many, named);
        named.name = "small";
        TemplateLibrary library;
        library.add("small", testing::compiled(small, named));
        auto document = parse_json(R"({"a": 1, "l": [1, 2, 3]})").take();
        RenderOptions options;
        options.library = &library;
        for (options.max_steps = 1; options.max_steps < 100; ++options.max_steps) {
            auto result = render(*main, document->root(), options);
            if (result.ok()) continue;
            EXPECT_EQ(result.error().code, Code::limit_exceeded);
            EXPECT_NE(result.error().detail.find("line 1, column "), std::string::npos)
                << result.error().detail;
        }
    }
}

}  // namespace
}  // namespace pgprompt
