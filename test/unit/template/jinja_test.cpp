// What a user of Jinja2 relies on here; the breadth is checked against python3-jinja2 by test/conformance.
#include "rendering.h"

namespace pgprompt {
namespace {

using testing::render_error;
using testing::rendered;

TEST(Jinja, TrimsAndStripsBlocksByDefault) {
    EXPECT_EQ(rendered("a\n  {% if true %}\n  b\n  {% endif %}\nc\n"), "a\n  b\nc");
    CompileOptions plain;
    plain.trim_blocks = plain.lstrip_blocks = false;
    plain.keep_trailing_newline = true;
    EXPECT_EQ(rendered("a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "{}", {}, plain),
              "a\n  \n  b\n  \nc\n");
}

TEST(Jinja, ReadsNothingInAValueAsTemplate) {
    EXPECT_EQ(rendered("{{ x }}", R"({"x": "{{ y }}{% if %}"})"), "{{ y }}{% if %}");
}

TEST(Jinja, DoesNotEscapeUnlessAsked) {
    EXPECT_EQ(rendered("{{ x }}{{ x|e }}", R"({"x": "<&>"})"), "<&>&lt;&amp;&gt;");
    CompileOptions escape;
    escape.escape_html = true;
    EXPECT_EQ(rendered("{{ x }}{{ x|safe }}", R"({"x": "<&>"})", {}, escape), "&lt;&amp;&gt;<&>");
}

TEST(Jinja, PrintsAsPythonDoes) {
    EXPECT_EQ(
        rendered(
            "{{ x }}",
            R"({"x": [1, 2.0, 1e22, 1e-7, 0.1, true, null, "a'b", {"k": "\n"}, 1e16, 123456789012345.0]})"),
        "[1, 2.0, 1e+22, 1e-07, 0.1, True, None, \"a'b\", {'k': '\\n'}, 1e+16, 123456789012345.0]");
}

TEST(Jinja, CountsWithIntegersOfAnySize) {
    EXPECT_EQ(
        rendered("{{ 2 ** 100 }} {{ x + 1 }} {{ x * x }} {{ -7 // 2 }} {{ -7 % 3 }} {{ x // 7 }}",
                 R"({"x": 18446744073709551615})"),
        "1267650600228229401496703205376 18446744073709551616 340282366920938463426481119284349108225 -4 2 "
        "2635249153387078802");
    EXPECT_EQ(rendered("{{ 9223372036854775807 + 1 }} {{ -9223372036854775808 - 1 }} {{ 10 ** 20 == 1e20 }}"),
              "9223372036854775808 -9223372036854775809 True");
}

TEST(Jinja, UndefinedModes) {
    RenderOptions strict, chainable, debug;
    strict.undefined = UndefinedMode::strict;
    chainable.undefined = UndefinedMode::chainable;
    debug.undefined = UndefinedMode::debug;
    EXPECT_EQ(rendered("[{{ x }}]"), "[]");
    EXPECT_EQ(render_error("{{ x }}", "{}", strict).code, Code::undefined_name);
    EXPECT_EQ(rendered("[{{ x.y.z }}]", "{}", chainable), "[]");
    EXPECT_EQ(rendered("{{ x }}", "{}", debug), "{{ x }}");
    EXPECT_EQ(rendered("{{ x is defined }}{{ x|default(1) }}", "{}", strict), "False1");
}

TEST(Jinja, TojsonHasTwoStyles) {
    const char* json = R"({"x": {"b": "<é>", "a": [1, {"c": null}]}})";
    EXPECT_EQ(rendered("{{ x|tojson }}", json), R"({"a": [1, {"c": null}], "b": "\u003c\u00e9\u003e"})");
    RenderOptions chat;
    chat.json = JsonStyle::chat;
    EXPECT_EQ(rendered("{{ x|tojson }}", json, chat), R"({"b": "<é>", "a": [1, {"c": null}]})");
    EXPECT_EQ(rendered("{{ x|tojson(separators=(',', ':'), sort_keys=true) }}", json, chat),
              R"({"a":[1,{"c":null}],"b":"<é>"})");
    EXPECT_EQ(rendered("{{ x|tojson(ensure_ascii=true) }}", json, chat),
              R"({"b": "<\u00e9>", "a": [1, {"c": null}]})");
    EXPECT_EQ(rendered("{{ [1, {}]|tojson(indent=2) }}", "{}", chat), "[\n  1,\n  {}\n]");
}

TEST(Jinja, ListsMayBeChangedUnlessImmutable) {
    const char* text = "{% set l = [1] %}{% do l.append(2) %}{{ l }}";
    EXPECT_EQ(rendered(text), "[1, 2]");
    RenderOptions sandbox;
    sandbox.immutable = true;
    EXPECT_EQ(render_error(text, "{}", sandbox).code, Code::template_error);
    // A variable that was passed in is never changed.
    EXPECT_EQ(render_error("{% do l.append(2) %}", R"({"l": [1]})").code, Code::template_error);
}

TEST(Jinja, TheClockIsTheCallers) {
    Clock clock{1785067200123456, 7200, "CEST"};
    RenderOptions options;
    options.now = &clock;
    EXPECT_EQ(rendered("{{ strftime_now('%Y-%m-%d %H:%M:%S.%f %j %a %b %p %z %Z %%') }}", "{}", options),
              "2026-07-26 14:00:00.123456 207 Sun Jul PM +0200 CEST %");
    EXPECT_EQ(render_error("{{ strftime_now('%Y') }}").code, Code::template_error);
}

// As datetime.strftime of Python 3.11 gives it in the C locale.
TEST(Jinja, TheClockKnowsAllDirectives) {
    Clock clock{1767483367000089, 19800, "IST"};
    RenderOptions options;
    options.now = &clock;
    EXPECT_EQ(rendered("{{ strftime_now('%-d|%e|%-m|%k|%l|%-I|%^a|%y|%C|%U|%W|%V|%G|%u|%w|%D|%F|%R|%T') }}",
                       "{}", options),
              "4| 4|1| 5| 5|5|SUN|26|20|01|00|01|2026|7|0|01/04/26|2026-01-04|05:06|05:06:07");
    EXPECT_EQ(
        rendered("{{ strftime_now('%r|%c|%x|%X|%z|%Z|%f|%s|%P|%h|%q|%%f|%') }}", "{}", options),
        "05:06:07 AM|Sun Jan  4 05:06:07 2026|01/04/26|05:06:07|+0530|IST|000089|1767483367|am|Jan|%q|%f|%");
    EXPECT_EQ(rendered("{{ strftime_now('') }}", "{}", options), "");
    EXPECT_EQ(render_error("{{ strftime_now('%1000000d') }}", "{}", options).code, Code::template_error);
    EXPECT_EQ(render_error("{{ strftime_now('a\\x00b') }}", "{}", options).code, Code::template_error);
    clock.unix_microseconds = -1;
    EXPECT_EQ(rendered("{{ strftime_now('%F %T.%f') }}", "{}", options), "1970-01-01 05:29:59.999999");
}

// Jinja2 compares the size of a batch with what it is given, whatever that is.
TEST(Jinja, BatchesOfWhateverSize) {
    EXPECT_EQ(rendered("{{ [1, 2, 3, 4]|batch(4 / 2)|list }}"), "[[1, 2], [3, 4]]");
    EXPECT_EQ(
        rendered("{{ [1, 2, 3]|batch(3 / 2)|list }}{{ [1, 2]|batch(none)|list }}{{ [1]|batch(n)|list }}"),
        "[[1, 2, 3]][[1, 2]][[1]]");
    EXPECT_EQ(rendered("{{ [1, 2, 3, 4]|batch(2.0, 'x')|list }}"), "[[1, 2], [3, 4]]");
    EXPECT_EQ(render_error("{{ [1, 2, 3]|batch(2.0, 'x')|list }}").code, Code::template_error);
    EXPECT_EQ(render_error("{{ [1]|batch('a', 'x')|list }}").code, Code::template_error);
}

TEST(Jinja, PprintTellsSafeTexts) {
    EXPECT_EQ(rendered("{{ t|safe|pprint }} {{ [1, 'b'|safe]|pprint }}", R"({"t": "a"})"),
              "Markup('a') [1, Markup('b')]");
    // They are never cut into lines.
    const std::string text(100, 'x');
    EXPECT_EQ(rendered("{{ (t ~ ' ' ~ t)|safe|pprint }}", R"({"t": ")" + text + R"("})"),
              "Markup('" + text + " " + text + "')");
}

// As Python 3.11 and MarkupSafe 2.1 do.
TEST(Jinja, PercentFormats) {
    EXPECT_EQ(rendered("{{ '%-5d|%+.2f|%05i|%#x|%.3s|%c|%r|%%' % (7, 2.5, -42, 255, 'abcd', 'é', 'q') }}"),
              "7    |+2.50|-0042|0xff|abc|é|'q'|%");
    EXPECT_EQ(rendered("{{ '%*d|%-*d|%.*f' % (4, 7, 3, 8, 1, 2.25) }}"), "   7|8  |2.2");
    EXPECT_EQ(rendered("{{ '%(a)s%(b)03d' % {'a': '<', 'b': 5} }}"), "<005");
    // Only the sign that follows at once stands for itself.
    EXPECT_EQ(render_error("{{ '%-%' % (1,) }}").message, "unsupported format character '%'");
    EXPECT_EQ(render_error("{{ '%(a)s%s' % {'a': 1} }}").message, "not enough arguments for format string");
    EXPECT_EQ(render_error("{{ '%s' % (1, 2) }}").message,
              "not all arguments converted during string formatting");
}

TEST(Jinja, PercentFormatsOfSafeTextsWrapTheirArguments) {
    EXPECT_EQ(rendered("{{ '<b>%s %d %.1f %r</b>'|safe % ('<', ' 7 ', '2.55', '<') }}"),
              "<b>&lt; 7 2.5 &#39;&lt;&#39;</b>");
    for (const char* refused : {"%x", "%o", "%c", "%*d"})
        EXPECT_EQ(render_error("{{ f|safe % (1, 2) }}", "{\"f\": \"" + std::string(refused) + "\"}").code,
                  Code::template_error)
            << refused;
}

TEST(Jinja, GenerationBlocksAreTheirBody) {
    EXPECT_EQ(rendered("{% generation %}{{ x }}{% endgeneration %}", R"({"x": 1})"), "1");
}

TEST(Jinja, IncludeWithoutContextIsCapturedInItsPlace) {
    TemplateLibrary library;
    library.add("b", testing::compiled("B"));
    RenderOptions options;
    options.library = &library;
    EXPECT_EQ(rendered("{% filter lower %}A{% include 'b' without context %}C{% endfilter %}", "{}", options),
              "abc");
}

// What Jinja2's compiler checks only once it is reached, and what it checks at once: everything that opens a
// scope.
TEST(Jinja, ChecksFiltersAndTestsOfAnIfOnceTheyAreReached) {
    for (const char* unreached :
         {"{% if false and x|nope %}{% endif %}", "{% if true %}{% elif x is nope %}{% endif %}",
          "{% if false %}{{ x|nope }}{% endif %}",
          "{% if false %}{% for a in x|nope %}{% endfor %}{% endif %}",
          "{% if false %}{% with a = x|nope %}{% endwith %}{% endif %}", "{{ 1 if false and x|nope }}"}) {
        EXPECT_EQ(rendered(unreached), "") << unreached;
    }
    for (const char* checked :
         {"{% if x|nope %}{% endif %}", "{% if false %}{% set y %}{{ x|nope }}{% endset %}{% endif %}",
          "{% if false %}{% set y | nope %}{% endset %}{% endif %}",
          "{% if false %}{% filter nope %}{% endfilter %}{% endif %}",
          "{% if false %}{% autoescape x|nope %}{% endautoescape %}{% endif %}",
          "{% if false %}{% for a in [] if a|nope %}{% endfor %}{% endif %}",
          "{% if false %}{% macro m(a=x|nope) %}{% endmacro %}{% endif %}"}) {
        EXPECT_EQ(render_error(checked).code, Code::undefined_name) << checked;
    }
}

TEST(Jinja, FiltersOfABlockReadWhatIsAssignedLater) {
    const char* json = R"({"s": "b", "w": "W"})";
    EXPECT_EQ(rendered("{% filter replace(s, w) %}abc{% endfilter %}{% set s = 'c' %}{{ s }}", json), "aWcc");
    EXPECT_EQ(
        rendered(
            "{% for i in [1, 2] %}{% filter replace(s, w) %}abc{% endfilter %}{% set s = i %}{% endfor %}",
            json),
        "aWcaWc");
    // In any other scope the name is that of the assignment.
    EXPECT_EQ(rendered("{% with %}{{ s }}{% endwith %}{% set s = 'c' %}", json), "");
}

TEST(Jinja, MethodsRefuseWhatPythonDoes) {
    for (const char* refused : {"{{ 'a'.splitlines(none) }}", "{{ [1]|sort(reverse='') }}",
                                "{{ {}|dictsort(reverse=none) }}", "{{ 'a'.partition(1) }}"})
        EXPECT_EQ(render_error(refused).code, Code::template_error) << refused;
    EXPECT_EQ(rendered("{{ ('1<2'|e).partition('<')|list }}"), "[Markup('1'), Markup('&lt;'), Markup('2')]");
    EXPECT_EQ(rendered("{{ ('1.5'|e).partition(1.5)|first is escaped }}"), "True");
    // A width is asked for only where there is something to wrap.
    EXPECT_EQ(rendered("{{ ''|wordwrap(0) }}"), "");
    EXPECT_EQ(render_error("{{ 'a'|wordwrap(0) }}").code, Code::template_error);
}

TEST(Jinja, FiltersOfABlockSeeWhatItAssigns) {
    EXPECT_EQ(rendered("{% filter default(y, true) %}{% set y = 'in' %}{% endfilter %}{{ y }}"), "in");
    EXPECT_EQ(
        rendered("{% set y = 1 %}{% set z | default(y, true) %}{% set y = 3 %}{% endset %}{{ z }}{{ y }}"),
        "31");
}

TEST(Jinja, LoopsOverTextKnowItsLength) {
    EXPECT_EQ(
        rendered(
            "{% for c in 'aé' %}{{ c }}{{ loop.length }}{{ loop.revindex }}{{ loop.last }} {% endfor %}"),
        "a22False é21True ");
}

TEST(Jinja, DoesNotEscapeWhatAFilterBlockMadeOfEscapedText) {
    EXPECT_EQ(rendered("{% autoescape true %}{% filter title %}{{ x }}{% endfilter %}"
                       "{% set y | title %}{{ x }}{% endset %}{{ y }}{% endautoescape %}",
                       R"({"x": "<b"})"),
              "&lt;b&lt;b");
}

TEST(Jinja, KnowsCharactersByName) {
    EXPECT_EQ(rendered(R"({{ '\N{EM DASH}\N{digit one}\N{GRINNING FACE}' }})"), "—1😀");
    EXPECT_EQ(render_error(R"({{ '\N{NO SUCH THING}' }})").code, Code::syntax);
}

TEST(Jinja, ACallBlockGivesTheCallerItself) {
    EXPECT_EQ(render_error("{% macro m() %}{{ caller() }}{% endmacro %}{% call m(caller=1) %}{% endcall %}")
                  .message,
              "a call block gives \"caller\" itself");
}

TEST(Jinja, TellsWhichParameterWasNotGiven) {
    RenderOptions strict;
    strict.undefined = UndefinedMode::strict;
    EXPECT_EQ(render_error("{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}", "{}", strict).message,
              "parameter 'a' was not provided");
}

TEST(Jinja, ChainableUndefinedIsHtml) {
    RenderOptions chainable;
    chainable.undefined = UndefinedMode::chainable;
    EXPECT_EQ(rendered("{{ ('<'|e) + x }}{{ x is escaped }}{{ ('<'|e).replace('l', x) }}", "{}", chainable),
              "&lt;True&t;");
    EXPECT_EQ(rendered("{% autoescape true %}{{ ['<', x]|join|length }}{% endautoescape %}", "{}", chainable),
              "4");
    EXPECT_EQ(rendered("{{ '%(a)s|%(b)r' % x }}", "{}", chainable), "|Undefined");
    EXPECT_EQ(rendered("[{{ x[y] }}]", "{}", chainable), "[]");
    EXPECT_EQ(render_error("{{ ('<'|e) + x }}").code, Code::undefined_name);
    EXPECT_EQ(rendered("{{ ('<'|e).join(['>', x]) }}"), "&gt;&lt;");
}

TEST(Jinja, RefusesToRepeatMoreOftenThanAnIndexCounts) {
    for (const char* source : {"{{ '' * 10**25 }}", "{{ [] * 10**25 }}", "{{ 'a' * -(10**25) }}"})
        EXPECT_EQ(render_error(source).message, "the number of repetitions is too large") << source;
    EXPECT_EQ(rendered("[{{ '' * 2**62 }}{{ 'a' * -5 }}]"), "[]");
}

// As pprint.pformat() of Jinja2's groups gives it.
TEST(Jinja, KeepsAGroupOnOneLineWhenPrettyPrinting) {
    EXPECT_EQ(rendered("{{ [{'b': 'x' * 70, 'a': 1}, {'b': 'y', 'a': 1}] | groupby('a') | list | pprint }}"),
              "[(1, [{'b': '" + std::string(70, 'x') + "', 'a': 1}, {'b': 'y', 'a': 1}])]");
}

// Where the versions of Jinja2 3.1 differ it is the latest, 3.1.6; the oracle may be an older one.
TEST(Jinja, RendersAsTheLatestVersionDoes) {
    EXPECT_EQ(rendered("{% set ns = namespace() %}{% set ns.a, b = 1, 2 %}{% set b, ns.c = ns.a, b %}"
                       "{{ ns.a }}{{ b }}{{ ns.c }}"),
              "112");
    EXPECT_EQ(rendered("{{ 'inf' | int }} {{ '-Infinity' | int(7) }}"), "0 7");
}

TEST(Jinja, RendersTheSameTwice) {
    auto t = testing::compiled(
        "{% set ns = namespace(n=0) %}{% for i in l %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}");
    auto document = parse_json(R"({"l": [1, 2, 3]})");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(*render(*t, (*document)->root(), {}), "6");
}

TEST(Tojson, TakesJsonDumpsForOneCallWhereItsArgumentsAreGiven) {
    EXPECT_EQ(rendered("{{ x | tojson }}", R"({"x": {"b": "é<", "a": 1}})"),
              R"({"a": 1, "b": "\u00e9\u003c"})");
    EXPECT_EQ(rendered("{{ x | tojson(ensure_ascii=false) }}", R"({"x": {"b": "é<", "a": 1}})"),
              R"({"b": "é<", "a": 1})");
    EXPECT_EQ(rendered("{{ x | tojson(separators=(',', ':')) }}", R"({"x": [1, "<"]})"), R"([1,"<"])");
}

}  // namespace
}  // namespace pgprompt
