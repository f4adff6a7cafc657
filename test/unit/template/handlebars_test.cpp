#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/json.h"
#include "core/template/template.h"

namespace pgprompt {
namespace {

using Partials = std::map<std::string, std::string>;

struct Outcome {
    std::string text;
    Error error;  // without a message: it rendered
};

struct Options {
    TemplateFormat format = TemplateFormat::handlebars;
    bool escape = false;
    RenderOptions render;
};

Outcome run(const std::string& source, const std::string& json = "{}", const Partials& partials = {},
            const Options& options = {}) {
    auto document = parse_json(json);
    if (!document.ok()) return {"", document.error()};
    CompileOptions compile_options;
    compile_options.format = options.format;
    compile_options.escape_html = options.escape;
    auto compiled = compile(source, compile_options);
    if (!compiled.ok()) return {"", compiled.error()};
    TemplateLibrary library;
    RenderOptions render_options = options.render;
    render_options.library = &library;
    while (true) {
        auto result = render(**compiled, (*document)->root(), render_options);
        if (result.ok()) return {*result, {}};
        if (result.error().code != Code::template_needed) return {"", result.error()};
        std::string name = result.error().message;
        auto found = partials.find(name);
        if (found == partials.end()) {
            library.add_missing(name);
            continue;
        }
        auto part = compile(found->second, compile_options);
        if (!part.ok()) return {"", part.error()};
        library.add(name, *part);
    }
}

std::string text(const std::string& source, const std::string& json = "{}", const Partials& partials = {},
                 const Options& options = {}) {
    Outcome outcome = run(source, json, partials, options);
    return outcome.error.message.empty() ? outcome.text : "ERROR " + outcome.error.message;
}

std::string mustache(const std::string& source, const std::string& json = "{}",
                     const Partials& partials = {}) {
    Options options;
    options.format = TemplateFormat::mustache;
    return text(source, json, partials, options);
}

Error error(const std::string& source, const std::string& json = "{}", const Partials& partials = {}) {
    return run(source, json, partials).error;
}

// Expected texts are what handlebars.js 4.7.7 writes, but for HTML escaping, which is off here.

TEST(Handlebars, PrintsValuesAsJavaScriptDoes) {
    EXPECT_EQ(
        text("{{a}} {{b}} {{c}} {{d}} {{e}} {{f}}",
             R"({"a": true, "b": null, "c": [1, [2, null], "x"], "d": {"k": 1}, "e": 1.50, "f": 1e21})"),
        "true  1,2,,x [object Object] 1.5 1e+21");
    EXPECT_EQ(text("{{a}} {{b}} {{c}} {{d}}",
                   R"({"a": 0.1, "b": 1e-7, "c": 123456789012345680000.0, "d": -0.00025})"),
              "0.1 1e-7 123456789012345680000 -0.00025");
    EXPECT_EQ(
        text("{{a.length}} {{b.length}} {{a.[1]}} {{b.[0]}}", R"({"a": [7, 8, 9], "b": "\ud83d\ude00é"})"),
        "3 3 8 \xef\xbf\xbd");
}

TEST(Handlebars, EscapesHtmlOnlyIfAsked) {
    std::string json = R"js({"x": "<a href='b'>&\"`="})js";
    Options options;
    options.escape = true;
    EXPECT_EQ(text("{{x}}", json), "<a href='b'>&\"`=");
    EXPECT_EQ(text("{{x}}", json, {}, options), "&lt;a href&#x3D;&#x27;b&#x27;&gt;&amp;&quot;&#x60;&#x3D;");
    EXPECT_EQ(text("{{{x}}}{{&x}}", json, {}, options), "<a href='b'>&\"`=<a href='b'>&\"`=");
    options.format = TemplateFormat::mustache;
    EXPECT_EQ(text("{{x}}", json, {}, options), "&lt;a href='b'&gt;&amp;&quot;`=");
}

TEST(Handlebars, TakesEmptyListsAsFalseAndObjectsAsTrue) {
    std::string source = "{{#if x}}yes{{else}}no{{/if}}";
    for (const char* empty : {"0", "\"\"", "null", "false", "[]"})
        EXPECT_EQ(text(source, std::string("{\"x\": ") + empty + "}"), "no") << empty;
    for (const char* full : {"1", "\"0\"", "true", "[0]", "{}"})
        EXPECT_EQ(text(source, std::string("{\"x\": ") + full + "}"), "yes") << full;
    EXPECT_EQ(text("{{#if x includeZero=true}}yes{{/if}}", R"({"x": 0})"), "yes");
    EXPECT_EQ(text("{{#x}}zero is shown{{/x}}", R"({"x": 0})"), "zero is shown");
}

TEST(Handlebars, ChainsElseIf) {
    std::string source = "{{#if a}}A{{else if b}}B{{else unless c}}C{{else}}D{{/if}}";
    EXPECT_EQ(text(source, R"({"a": 1, "c": 1})"), "A");
    EXPECT_EQ(text(source, R"({"b": 1, "c": 1})"), "B");
    EXPECT_EQ(text(source, R"({})"), "C");
    EXPECT_EQ(text(source, R"({"c": 1})"), "D");
    EXPECT_EQ(text("{{#each a}}{{this}}{{else if b}}B{{else}}C{{/each}}", R"({"b": 1})"), "B");
    EXPECT_EQ(text("{{^if a}}A{{else}}B{{/if}}", R"({"a": 1})"), "B");
}

TEST(Handlebars, LoopsOverListsAndMaps) {
    EXPECT_EQ(
        text("{{#each x}}{{@index}}{{@key}}{{@first}}{{@last}}{{this}};{{/each}}", R"({"x": ["a", "b"]})"),
        "00truefalsea;11falsetrueb;");
    EXPECT_EQ(text("{{#each x}}{{@index}}{{@key}}{{@last}}{{this.n}};{{/each}}",
                   R"({"x": {"p": {"n": 1}, "q": {"n": 2}}})"),
              "0pfalse1;1qtrue2;");
    EXPECT_EQ(text("{{#each x}}{{#each this}}{{@../index}}{{@index}}{{../../y}} {{/each}}{{/each}}",
                   R"({"x": [[5, 6], [7]], "y": "!"})"),
              "00! 01! 10! ");
    EXPECT_EQ(text("{{#each x}}{{this}}{{else}}none{{/each}}", R"({"x": []})"), "none");
    EXPECT_EQ(text("{{#each x as |v k|}}{{k}}={{v}} {{#each ../y as |w|}}{{k}}{{w}}{{/each}};{{/each}}",
                   R"({"x": {"a": 1}, "y": [2, 3]})"),
              "a=1 a2a3;");
}

TEST(Handlebars, GoesUpOnlyWhereTheContextChanged) {
    EXPECT_EQ(text("{{#with a}}{{#if b}}{{../c}}{{/if}}{{/with}}", R"({"a": {"b": 1}, "c": "up"})"), "up");
    EXPECT_EQ(text("{{#with a}}{{c}}|{{../c}}|{{@root.c}}{{/with}}", R"({"a": {"b": 1}, "c": "up"})"),
              "|up|up");
}

TEST(Handlebars, StripsWhiteSpaceAndStandaloneLines) {
    EXPECT_EQ(text("a\n  {{#if x}}\nb\n  {{else}}\nc\n  {{/if}}\nd\n", R"({"x": 1})"), "a\nb\nd\n");
    EXPECT_EQ(text("a \n {{~x~}} \n b", R"({"x": 1})"), "a1b");
    EXPECT_EQ(text("a\r\n{{! comment }}\r\nb"), "a\r\nb");
    EXPECT_EQ(text("a {{! comment }}\nb"), "a \nb");
    EXPECT_EQ(text("a {{!-- }} --}} b"), "a  b");
}

TEST(Handlebars, KeepsEscapedTags) {
    EXPECT_EQ(text("\\{{x}} {{x}} \\\\{{x}}", R"({"x": 1})"), "{{x}} 1 \\1");
    EXPECT_EQ(text("{{{{x}}}} {{y}} {{{{/x}}}}", R"({"x": true})"), " {{y}} ");
}

TEST(Handlebars, LooksUpByLiteralsAndHelpers) {
    EXPECT_EQ(
        text("{{[foo bar]}} {{lookup m k}} {{lookup l 1}} {{#with (lookup m k)}}{{length}}{{/with}}{{log m}}",
             R"({"foo bar": 1, "m": {"a b": "xy"}, "k": "a b", "l": [1, 2]})"),
        "1 xy 2 2");
}

TEST(Handlebars, RendersPartials) {
    Partials partials{{"tone", "Be {{mood}}.{{#if @root.strict}} Strictly.{{/if}}"},
                      {"list", "{{#each .}}\n- {{this}}\n{{/each}}\n"},
                      {"shared/tone@3", "v3"},
                      {"layout", "<{{> title}}|{{> @partial-block}}>"}};
    EXPECT_EQ(text("{{> tone mood=\"kind\"}}", R"({"strict": 1, "mood": "x"})", partials),
              "Be kind. Strictly.");
    EXPECT_EQ(text("{{> shared/tone@3}}", "{}", partials), "v3");
    EXPECT_EQ(text("x\n  {{> list items}}\ny", R"({"items": ["a\nb", "c"]})", partials),
              "x\n  - a\n  b\n  - c\ny");
    EXPECT_EQ(text("{{#> layout}}{{#*inline \"title\"}}T{{n}}{{/inline}}body {{n}}{{/layout}}", R"({"n": 1})",
                   partials),
              "<T1|body 1>");
    EXPECT_EQ(text("{{#> nowhere}}fallback{{/nowhere}}", "{}", partials), "fallback");
    EXPECT_EQ(text("{{> (lookup . \"which\") mood=1}}", R"({"which": "tone"})", partials), "Be 1.");
}

TEST(Handlebars, KeepsBlockParametersOfRecursiveInlinePartials) {
    EXPECT_EQ(text("{{#*inline \"node\"}}{{#each c as |x|}}{{> node x}}{{x.n}}{{/each}}{{/inline}}{{> node}}",
                   R"({"c": [{"n": 1, "c": [{"n": 2, "c": []}]}, {"n": 3, "c": []}]})"),
              "213");
}

TEST(Handlebars, NeverReadsValuesAsTemplate) {
    EXPECT_EQ(text("{{x}}{{#each l}}{{this}}{{/each}}", R"({"x": "{{y}}", "l": ["{{#if"], "y": "leak"})"),
              "{{y}}{{#if");
}

TEST(Mustache, LooksUpInTheContextsAround) {
    EXPECT_EQ(mustache("{{#a}}{{b}}{{c}}{{/a}}", R"({"a": [{"b": 1}, {"b": 2}], "c": "c"})"), "1c2c");
    EXPECT_EQ(mustache("{{#a}}{{b.x}}{{/a}}", R"({"a": {"b": {}}, "b": {"x": "no"}})"), "");
    EXPECT_EQ(mustache("{{^a}}none{{/a}}{{#b}}{{.}},{{/b}}", R"({"a": [], "b": [1, 2]})"), "none1,2,");
}

TEST(Mustache, ChangesDelimiters) {
    EXPECT_EQ(mustache("{{=<% %>=}}<% a %>{{a}}<%={{ }}=%>{{a}}", R"({"a": 1})"), "1{{a}}1");
    EXPECT_EQ(text("{{=<% %>=}}<%#if a%><%a%>{{a}}<%/if%>", R"({"a": 1})"), "1{{a}}");
}

TEST(Mustache, IndentsTheLinesOfPartialsButNotOfValues) {
    Partials partials{{"p", "{{a}}\n\n  {{#l}}\n  - {{.}}\n  {{/l}}\n{{> q}}\n"}, {"q", "q {{a}}"}};
    EXPECT_EQ(mustache("  {{> p}}\nend", R"({"a": "1\n2", "l": ["x", "y"]})", partials),
              "  1\n2\n\n    - x\n    - y\n  q 1\n2end");
    EXPECT_EQ(mustache("[{{> nowhere}}]"), "[]");
}

// ---- What a template uses.

std::string uses(const std::string& source, TemplateFormat format = TemplateFormat::handlebars) {
    CompileOptions options;
    options.format = format;
    auto compiled = compile(source, options);
    if (!compiled.ok()) return compiled.error().message;
    auto variables = template_variables(**compiled);
    if (!variables.ok()) return variables.error().message;
    std::string result;
    for (const VariableUse& use : *variables) {
        result += use.name + (use.required ? "!" : "?");
        for (const std::string& path : use.paths) result += " " + path;
        result += "; ";
    }
    return result;
}

TEST(Handlebars, ListsItsVariables) {
    EXPECT_EQ(uses("{{a}}{{b.c}}{{@root.d}}{{lookup e \"f\"}}{{@index}}{{this}}"),
              "a!; b! b.c; d!; e! e.f; ");
    EXPECT_EQ(uses("{{#if a}}{{a}}{{b}}{{else}}{{c}}{{/if}}{{#unless d}}x{{else}}{{d.e}}{{/unless}}"),
              "a?; b!; c!; d? d.e; ");
    EXPECT_EQ(uses("{{#each items}}{{name}}{{../title}}{{#each tags}}{{this}}{{/each}}{{/each}}"),
              "items! items[].name items[].tags; title!; ");
    EXPECT_EQ(
        uses(
            "{{#each items as |i k|}}{{i.name}}{{k}}{{/each}}{{#with user as |u|}}{{u.id}}{{name}}{{/with}}"),
        "items! items[].name; user? user.id user.name; ");
    // A section's own name may be below it or, its value being true, beside it.
    EXPECT_EQ(uses("{{#person}}{{name}}{{/person}}"), "person? person.name; name?; ");
    EXPECT_EQ(uses("{{#*inline \"p\"}}{{x}}{{y}}{{/inline}}{{> p y=z}}"), "z?; x!; ");
    EXPECT_EQ(uses("{{a}}{{#b}}{{c.d}}{{/b}}{{^e}}{{f}}{{/e}}", TemplateFormat::mustache),
              "a!; b? b.c.d; c? c.d; e?; f!; ");
}

TEST(Handlebars, ListsThePartialsItNames) {
    CompileOptions options;
    options.format = TemplateFormat::handlebars;
    auto compiled = compile(
        "{{> a}}{{#> b}}{{> c}}{{/b}}{{#*inline \"d\"}}{{> e/f@2}}{{/inline}}{{> d}}{{> @partial-block}}",
        options);
    ASSERT_TRUE(compiled.ok());
    std::string names;
    for (const TemplateReference& r : (*compiled)->references()) {
        EXPECT_EQ(r.kind, TemplateReference::Kind::partial);
        names += r.name + (r.optional ? "? " : " ");
    }
    EXPECT_EQ(names, "a b? c e/f@2 ");
    EXPECT_FALSE((*compiled)->has_dynamic_references());
    EXPECT_TRUE((*compile("{{> (lookup . \"x\")}}", options))->has_dynamic_references());
}

// ---- Errors.

struct Mistake {
    const char* source;
    const char* message;  // a part of it
    const char* detail;
    const char* hint;
};

TEST(Handlebars, TellsMistakesWithPlaceAndRemedy) {
    const Mistake kMistakes[] = {
        {"a\n{{#if x}}b", "\"if\" is not closed", "Line 2, column 1:\n  {{#if x}}b\n  ^", "{{/if}}"},
        {"{{#if x}}{{/each}}", "\"each\" is closed where \"if\" is open", "column 10", "{{/if}}"},
        {"x{{/if}}", "was not opened", "column 2", ""},
        {"{{#if x}}\n  {{upper x}}{{/if}}", "no helper named \"upper\"",
         "Line 2, column 5:\n    {{upper x}}{{/if}}\n      ^", "functions of your own are not available"},
        {"{{#if a == b}}{{/if}}", "unexpected \"==\"", "column 9", "no operators"},
        {"{{#if a b}}{{/if}}", "takes one argument", "column 4", "{{#if value}}"},
        {"{{#if (eq a b)}}{{/if}}", "no helper named \"eq\"", "column 8", "jinja2"},
        {"{{ x | upper }}", "unexpected \"|\"", "column 6", "no filters"},
        {"{{ x }", "unexpected \"}\"", "column 6", "}}"},
        {"{{ x", "not closed", "column 1", "}}"},
        {"{{}}", "empty", "column 3", "{{name}}"},
        {"{{{x}}", "does not end with }}}", "column 1", "{{{name}}}"},
        {"{{x}}}", "does not begin with {{{", "column 4", "{{name}}"},
        {"{{else}}", "outside of a block", "column 1", "{{#if"},
        {"{{#if a}}{{else}}{{else}}{{/if}}", "two \"else\"", "column 18", "{{else if"},
        {"{{a.[b}}", "bracket is not closed", "column 5", ""},
        {"{{\"a}}", "string is not closed", "column 3", ""},
        {"{{a/../b}}", "path \"a/..\" is not valid", "column 3", ""},
        {"{{> a b c}}", "takes one context, not 2", "column 5", ""},
        {"{{if a}}", "\"if\" is a block", "column 3", "{{#if"},
        {"{{!-- a }}", "comment is not closed", "column 1", "--}}"},
    };
    for (const Mistake& m : kMistakes) {
        Error e = error(m.source);
        EXPECT_NE(e.message.find(m.message), std::string::npos) << m.source << "\n" << e.message;
        EXPECT_NE(e.detail.find(m.detail), std::string::npos) << m.source << "\n" << e.detail;
        EXPECT_NE(e.hint.find(m.hint), std::string::npos) << m.source << "\n" << e.hint;
        EXPECT_TRUE(e.code == Code::syntax || e.code == Code::undefined_name) << m.source;
    }
}

TEST(Handlebars, TellsWhereRenderingFails) {
    Error missing = error("a\n {{> nowhere}}");
    EXPECT_EQ(missing.code, Code::template_error);
    EXPECT_EQ(missing.message, "there is no partial \"nowhere\"");
    EXPECT_NE(missing.detail.find("Line 2, column 2"), std::string::npos) << missing.detail;
    Options strict;
    strict.render.undefined = UndefinedMode::strict;
    Error undefined = run("{{a.b}}", R"({"a": {}})", {}, strict).error;
    EXPECT_EQ(undefined.code, Code::undefined_name);
    EXPECT_EQ(undefined.message, "\"b\" is not defined");
    EXPECT_EQ(text("{{#if a.b}}{{/if}}{{#a}}{{/a}}", R"({"a": {}})", {}, strict), "");
}

TEST(Handlebars, RespectsLimits) {
    EXPECT_EQ(error("{{> p}}", "{}", {{"p", "x{{> p}}"}}).code, Code::limit_exceeded);
    Options few;
    few.render.max_steps = 100;
    EXPECT_EQ(run("{{#each a}}{{#each @root.a}}x{{/each}}{{/each}}", "{\"a\": [1,2,3,4,5,6,7,8,9,10,11,12]}",
                  {}, few)
                  .error.code,
              Code::limit_exceeded);
    Options small;
    small.render.max_output_bytes = 100;
    EXPECT_EQ(run("{{#each a}}{{@root.b}}{{/each}}",
                  "{\"a\": [1,2,3,4,5,6,7,8,9,10,11,12], \"b\": \"0123456789\"}", {}, small)
                  .error.code,
              Code::limit_exceeded);
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += "{{#a}}";
    EXPECT_EQ(error(deep).code, Code::limit_exceeded);
    EXPECT_EQ(error("{{lookup " + std::string(100000, '(') + "}}").code, Code::limit_exceeded);
    EXPECT_EQ(mustache(deep).substr(0, 5), "ERROR");
}

}  // namespace
}  // namespace pgprompt
