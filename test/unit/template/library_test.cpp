// Templates that include, import and extend others: the caller loads what is asked for.
#include <map>

#include "rendering.h"

namespace pgprompt {
namespace {

using testing::compiled;
using testing::render_error;
using testing::rendered;

// Renders as a caller does: on template_needed it loads the template and renders again.
std::string with_templates(std::string_view text, const std::map<std::string, std::string>& templates,
                           std::string_view json = "{}") {
    auto main = compiled(text);
    auto document = parse_json(json);
    TemplateLibrary library;
    RenderOptions options;
    options.library = &library;
    while (true) {
        auto result = render(*main, (*document)->root(), options);
        if (result.ok()) return *result;
        if (result.error().code != Code::template_needed) return "error: " + result.error().message;
        std::string name = result.error().message;
        auto found = templates.find(name);
        if (found == templates.end())
            library.add_missing(name);
        else
            library.add(name, compiled(found->second));
    }
}

TEST(Library, AsksForTemplatesByName) {
    auto error = render_error("a{% include 'b' %}");
    EXPECT_EQ(error.code, Code::template_needed);
    EXPECT_EQ(error.message, "b");
}

TEST(Library, RendersWhatTheCallerSupplied) {
    EXPECT_EQ(with_templates("<{% include 'b' %}>", {{"b", "{{ x }}"}}, R"({"x": 1})"), "<1>");
    EXPECT_EQ(with_templates("<{% include name %}>", {{"b", "B"}}, R"({"name": "b"})"), "<B>");
}

TEST(Library, GoesOnWhereATemplateDoesNotExist) {
    EXPECT_EQ(with_templates("<{% include 'b' ignore missing %}>", {}), "<>");
    EXPECT_EQ(with_templates("<{% include ['b', 'c'] %}>", {{"c", "C"}}), "<C>");
    EXPECT_EQ(with_templates("{% include 'b' %}", {}), "error: there is no template 'b'");
    EXPECT_EQ(with_templates("{% include ['b', 'c'] %}", {}), "error: there is no template 'b', 'c'");
}

// Which `loop` an include sees: the innermost one around it that something in that loop's body reads.
TEST(Library, SeesTheLoopThatIsUsed) {
    const std::map<std::string, std::string> templates = {
        {"l", "[{{ loop.index if loop is defined else '-' }}]"},
        {"m", "{% macro f() %}<{{ loop.index if loop is defined else '-' }}>{% endmacro %}"}};
    const std::pair<const char*, const char*> cases[] = {
        {"{% for a in 'xy' %}{{ loop.index }}{% for b in 'z' %}{% include 'l' %}{% endfor %}{% endfor %}",
         "1[1]2[2]"},
        {"{% for a in 'xy' %}{% for b in 'zz' %}{{ loop.index }}{% endfor %}{% include 'l' %}{% endfor %}",
         "12[1]12[2]"},
        {"{% for a in 'xy' %}{% include 'l' %}{% endfor %}", "[-][-]"},
        {"{% for a in 'xy' recursive %}{% include 'l' %}{% endfor %}", "[1][2]"},
        {"{% for a in 'xy' %}{% block q scoped %}{% endblock %}{% include 'l' %}{% endfor %}", "[1][2]"},
        {"{% for a in 'xy' %}{% block q %}{% for c in 'c' %}{{ loop.index }}{% endfor %}{% endblock %}"
         "{% include 'l' %}{% endfor %}",
         "1[-]1[-]"},
        {"{% for a in 'xy' %}{{ loop.index }}{% for b in 'z' %}{% import 'm' as k with context %}{{ k.f() }}"
         "{% endfor %}{% endfor %}",
         "1<1>2<2>"},
        {"{% for a in 'xy' %}{{ loop.index }}{% for b in 'z' %}{% macro f() %}{{ loop.index }}{% endmacro "
         "%}{{ f() }}"
         "{% include 'l' %}{% endfor %}{% endfor %}",
         "11[1]21[1]"}};
    for (const auto& [text, expected] : cases) EXPECT_EQ(with_templates(text, templates), expected) << text;
}

// The names that a template and what it includes require from outside.
std::vector<std::string> required_with(std::string_view text,
                                       const std::map<std::string, std::string>& templates) {
    TemplateLibrary library;
    for (const auto& [name, other] : templates) library.add(name, compiled(other));
    const auto main = compiled(text);
    return variable_names({main.get()}, &library).take().required;
}

TEST(Library, RequiresNoVariablesThatAnIncludeDoesNotSee) {
    using Names = std::vector<std::string>;
    const std::map<std::string, std::string> templates{{"b", "{{ x }}"}, {"c", "{% include 'b' %}"}};
    EXPECT_EQ(required_with("{% include 'b' %}", templates), Names{"x"});
    EXPECT_EQ(required_with("{% macro m(x) %}{% include 'b' %}{% endmacro %}", templates), Names{});
    EXPECT_EQ(required_with("{% include 'b' without context %}", templates), Names{});
    EXPECT_EQ(required_with("{% import 'c' as m %}", templates), Names{});
    EXPECT_EQ(required_with("{% import 'c' as m with context %}", templates), Names{"x"});
    EXPECT_EQ(required_with("{% include 'b' without context %}{% include 'c' %}", templates), Names{"x"});
}

// As Jinja2: what a template prints by itself is dropped once it extends another, what a call block does is
// not.
TEST(Library, PrintsCallBlocksOfATemplateThatExtends) {
    EXPECT_EQ(with_templates("{% extends 'b' %}x{{ 1 }}{% macro m() %}({{ caller() }}){% endmacro %}"
                             "{% call m() %}c{% endcall %}{% filter center(3) %}y{% endfilter %}",
                             {{"b", "B"}}),
              "(c)   B");
}

TEST(Library, ImportsNamesThatAreUndefinedThere) {
    auto main = compiled("{% from 'b' import x, y %}{{ x }}{{ y }}{{ 1 if false }}");
    TemplateLibrary library;
    library.add("b", compiled("{% set x = missing %}"));
    RenderOptions options;
    options.library = &library;
    options.undefined = UndefinedMode::debug;
    EXPECT_EQ(*render(*main, (*parse_json("{}"))->root(), options),
              "{{ missing }}{{ undefined value printed: the template 'b' does not export the requested name "
              "'y' }}");
}

TEST(Library, TakesAListOfNamesInIncludeAlone) {
    const std::map<std::string, std::string> templates{{"b", "B{% block x %}{% endblock %}"}};
    EXPECT_EQ(with_templates("{% include ['a', 'b'] %}", templates), "B");
    const std::string error = "error: a template's name must be a string, not list";
    EXPECT_EQ(with_templates("{% extends ['a', 'b'] %}", templates), error);
    EXPECT_EQ(with_templates("{% import ['a', 'b'] as m %}", templates), error);
}

TEST(Library, ShowsTheBeginningOfWhatIsTooLongToBeAName) {
    const std::string error = "error: there is no template 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...'";
    EXPECT_EQ(with_templates("{% include 'n' * 100000 %}", {}), error);
    EXPECT_EQ(with_templates("{% include '" + std::string(100000, 'n') + "' %}", {}), error);
    EXPECT_EQ(with_templates("<{% include 'n' * 100000 ignore missing %}>", {}), "<>");
}

TEST(Library, NamesTheChainOfWhatIncludesItselfWhateverTheVariables) {
    EXPECT_EQ(with_templates("{% include 'b' %}", {{"b", "{% include 'c' %}"}, {"c", "{% include 'b' %}"}}),
              "error: templates include each other without an end: b -> c -> b");
    EXPECT_EQ(with_templates("{% extends 'b' %}", {{"b", "{% extends 'b' %}"}}),
              "error: templates include each other without an end: b -> b");
    EXPECT_EQ(with_templates("{% with %}{% import 'b' as m %}{% endwith %}",
                             {{"b", "{% block x %}{% from 'b' import y %}{% endblock %}"}}),
              "error: templates include each other without an end: b -> b");
    // A child's block takes the place of the one that would include.
    EXPECT_EQ(with_templates("{% include 'b' %}", {{"b", "{% extends 'c' %}{% block x %}B{% endblock %}"},
                                                   {"c", "{% block x %}{% include 'b' %}{% endblock %}"}}),
              "B");
}

TEST(Library, LetsATemplateIncludeItselfUnderACondition) {
    EXPECT_EQ(with_templates("{% include 'b' %}",
                             {{"b", "{{ n }}{% if n %}{% set n = n - 1 %}{% include 'b' %}{% endif %}"}},
                             R"({"n": 3})"),
              "3210");
    EXPECT_EQ(with_templates("{% include 'b' %}", {{"b", "{% if 1 %}{% include 'b' %}{% endif %}"}}),
              "error: templates include each other more than 200 levels deep");
}

TEST(Library, IncludesSeeTheContextUnlessTheyMustNot) {
    EXPECT_EQ(with_templates("{% set a = 1 %}{% include 'b' %}", {{"b", "{{ a }}{{ x }}"}}, R"({"x": 2})"),
              "12");
    EXPECT_EQ(with_templates("{% set a = 1 %}{% include 'b' without context %}", {{"b", "[{{ a }}{{ x }}]"}},
                             R"({"x": 2})"),
              "[]");
}

TEST(Library, ListsTheNamesThatAreConstants) {
    auto t = compiled(
        "{% extends 'base' %}{% include 'a' %}{% include ['b', 'c'] %}{% include 'd' ignore missing %}"
        "{% from 'm' import x %}{% import 'm' as m %}");
    std::string names;
    for (const TemplateReference& r : t->references()) names += r.name + (r.optional ? "? " : " ");
    EXPECT_EQ(names, "base a b? c? d? m ");
    EXPECT_FALSE(t->has_dynamic_references());
    EXPECT_TRUE(compiled("{% include x %}")->has_dynamic_references());
}

TEST(Library, KeepsTheTextAndSaysItsSize) {
    std::string text = "a\r\n{{ x }}\n";
    auto t = compiled(text);
    EXPECT_EQ(t->text(), text);
    EXPECT_GT(t->memory_size(), text.size());
    EXPECT_GT(compiled(std::string(100000, 'x'))->memory_size(), 100000u);
}

TEST(Names, StrictNamesEveryMissingAndEverySurplusVariable) {
    RenderOptions options;
    options.check_names = true;
    auto error = render_error("{{ a }}{{ b }}{{ c|default(1) }}", R"({"b": 1, "d": 2, "e": 3})", options);
    EXPECT_EQ(error.code, Code::invalid_parameter);
    EXPECT_NE(error.message.find("missing: a"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("not used: d, e"), std::string::npos) << error.message;
    EXPECT_EQ(rendered("{{ a }}{{ c|default(1) }}", R"({"a": 5})", options), "51");
}

TEST(Names, WhatIncludesUseIsNotSurplus) {
    TemplateLibrary library;
    library.add("b", compiled("{{ x }}"));
    RenderOptions options;
    options.check_names = true;
    options.library = &library;
    EXPECT_EQ(rendered("{% include 'b' %}", R"({"x": 5})", options), "5");
    EXPECT_EQ(render_error("{% include 'b' %}", R"({"x": 5, "y": 1})", options).code,
              Code::invalid_parameter);
}

std::string uses(std::string_view text, TemplateFormat format = TemplateFormat::jinja2) {
    CompileOptions options;
    options.format = format;
    auto found = template_variables(*compiled(text, options));
    EXPECT_TRUE(found.ok());
    std::string result;
    for (const VariableUse& use : *found) {
        if (!result.empty()) result += " ";
        result += use.name + (use.required ? "!" : "");
        for (const std::string& path : use.paths) result += "," + path;
    }
    return result;
}

TEST(Variables, AreRequiredUnlessGuarded) {
    EXPECT_EQ(uses("{{ a }}{{ b.c[0].d }}"), "a! b!,b.c,b.c[],b.c[].d");
    EXPECT_EQ(uses("{{ a|default('x') }}{% if b %}{{ b }}{% endif %}{% if c is defined %}{{ c }}{% endif %}"),
              "a b c");
    EXPECT_EQ(uses("{% if not a %}{{ a }}{% endif %}"), "a!");
    EXPECT_EQ(uses("{% if a is not defined %}{% set a = 1 %}{% endif %}{{ a }}"), "a");
    EXPECT_EQ(uses("{{ a or 'x' }}{{ b and b.c }}{{ 'y' if c else '' }}"), "a b,b.c c");
    EXPECT_EQ(uses("{% set a = 1 %}{{ a }}{{ range(3) }}"), "");
    EXPECT_EQ(uses("{{ a }}{{ a|default(1) }}"), "a!");
}

TEST(Variables, FollowLoopsAndAssignments) {
    EXPECT_EQ(
        uses("{% for m in messages %}{{ m.role }}{% for t in m.tags %}{{ t.name }}{% endfor %}{% endfor %}"),
        "messages!,messages[],messages[].role,messages[].tags,messages[].tags[],messages[].tags[].name");
    EXPECT_EQ(uses("{% set first = messages[0] %}{{ first.content }}"),
              "messages!,messages[],messages[].content");
    EXPECT_EQ(uses("{% macro m(x) %}{{ x }}{{ y }}{% endmacro %}{{ m(z) }}"), "y! z!");
    EXPECT_EQ(uses("{% block a %}{{ b }}{% endblock %}"), "b!");
}

TEST(Variables, OfFstringsAreAllRequired) {
    EXPECT_EQ(uses("{a} {b[c]:>{width}}", TemplateFormat::fstring), "a! b!,b.c width!");
}

}  // namespace
}  // namespace pgprompt
