// What amplifies work or memory ends soon, with limit_exceeded.
#include <sys/resource.h>

#include <algorithm>
#include <ctime>

#include "rendering.h"

// The sanitizer keeps freed memory for a while, so that the peak says nothing of what was in use at once.
#if defined(__SANITIZE_ADDRESS__)
#define PGPROMPT_KEEPS_FREED_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PGPROMPT_KEEPS_FREED_MEMORY 1
#endif
#endif

namespace pgprompt {
namespace {

using testing::compiled;
using testing::render_error;
using testing::rendered;

struct Bomb {
    const char* name;
    std::string text;
};

std::string repeated(const std::string& s, int n) {
    std::string result;
    for (int i = 0; i < n; ++i) result += s;
    return result;
}

// The most memory that the process has had at once.
int64_t peak_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return int64_t{usage.ru_maxrss} * 1024;
}

class Bombs : public ::testing::TestWithParam<Bomb> {};

// The milliseconds go into the report (--gtest_output) and are printed by test/bench/bombs.sh; a machine's
// speed decides nothing. Work is bounded by what is asked of the poll: it comes every so many steps, and a
// bomb that no limit stops would ask for minutes.
TEST(Limits, NothingIsRepeatedWithoutBeingLookedAt) {
    EXPECT_EQ(rendered("{{ [] * 10**15 }}{{ () * 10**15 }}{{ 10**15 * '' }}"), "[]()");
}

TEST_P(Bombs, EndByALimit) {
    static uint64_t polls;
    polls = 0;
    RenderOptions options;
    options.poll = []() noexcept { return ++polls > 2000; };
    const int64_t before = peak_bytes();
    const std::clock_t begin = std::clock();
    const auto error = render_error(GetParam().text, R"({"s": "ab", "l": [1, 2, 3]})", options);
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    EXPECT_EQ(error.code, Code::limit_exceeded) << error.message;
    RecordProperty("cpu_milliseconds", static_cast<int>(seconds * 1000));
    RecordProperty("polls", static_cast<int>(polls));
#ifndef PGPROMPT_KEEPS_FREED_MEMORY
    // Values, the text, and the template's own program.
    const auto most = static_cast<int64_t>(options.max_memory_bytes + 4 * options.max_output_bytes);
    EXPECT_LT(peak_bytes() - before, most);
#endif
}

INSTANTIATE_TEST_SUITE_P(
    All, Bombs,
    ::testing::Values(
        Bomb{"range", "{% for i in range(10**9) %}{% endfor %}"},
        Bomb{"range_list",
             "{{ range(9999999)|list|length }}{{ range(9999999)|list|length }}{{ range(9999999)|list }}"},
        Bomb{"repeat", "{{ 'x' * 10**9 }}"}, Bomb{"repeat_list", "{{ ([0] * 10**9)|length }}"},
        Bomb{"loops",
             "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}"
             "{% endfor %}{% endfor %}"},
        Bomb{"output", "{% for a in range(100000) %}{{ 'x' * 100000 }}{% endfor %}"},
        Bomb{"doubling",
             "{% set ns = namespace(x='x') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor "
             "%}"},
        Bomb{"list_doubling",
             "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor "
             "%}"},
        Bomb{"nested_lists",
             "{% set ns = namespace(x=[]) %}{% for i in range(30) %}{% set ns.x = [ns.x, ns.x] %}{% endfor "
             "%}{{ ns.x }}"},
        Bomb{"deep_lists",
             "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor "
             "%}{{ ns.x }}"},
        Bomb{"deep_tojson",
             "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor "
             "%}{{ ns.x|tojson }}"},
        Bomb{"deep_equal",
             "{% set a = namespace(x=[]) %}{% set b = namespace(x=[]) %}{% for i in range(100000) %}{% set "
             "a.x = [a.x] %}"
             "{% set b.x = [b.x] %}{% endfor %}{{ a.x == b.x }}"},
        Bomb{"deep_pprint",
             "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor "
             "%}{{ ns.x|pprint }}"},
        Bomb{"deep_key",
             "{% set ns = namespace(x=()) %}{% for i in range(100000) %}{% set ns.x = (ns.x,) %}{% endfor "
             "%}{{ {ns.x: 1} }}"},
        Bomb{"parentheses", "{{ " + repeated("(", 100000) + "1" + repeated(")", 100000) + " }}"},
        Bomb{"brackets", "{{ " + repeated("[", 100000) + repeated("]", 100000) + " }}"},
        Bomb{"not", "{{ " + repeated("not ", 100000) + "1 }}"},
        Bomb{"minus", "{{ " + repeated("- ", 100000) + "s }}"}, Bomb{"ifs", repeated("{% if 1 %}", 10000)},
        Bomb{"else_if", "{{ " + repeated("1 if 0 else ", 100000) + "1 }}"},
        Bomb{"chain", "{{ s" + repeated("|upper", 100000) + " }}"},
        Bomb{"dots", "{{ s" + repeated(".a", 100000) + " }}"},
        Bomb{"macro", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"},
        Bomb{"macro_two", "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}"},
        Bomb{"macro_tree",
             "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}"},
        Bomb{"caller",
             "{% macro m() %}{{ caller() }}{% endmacro %}{% macro n() %}{% call m() %}{{ n() }}{% endcall "
             "%}{% endmacro %}{{ n() }}"},
        Bomb{"recursive_loop", "{% for i in l recursive %}{{ loop(l) }}{% endfor %}"},
        Bomb{"center", "{{ s|center(10**9) }}"}, Bomb{"ljust", "{{ s.ljust(10**12) }}"},
        Bomb{"zfill", "{{ s.zfill(10**9) }}"}, Bomb{"format_width", "{{ '{:1000000000}'.format(1) }}"},
        Bomb{"format_precision", "{{ '{:.1000000000f}'.format(1.5) }}"},
        Bomb{"percent_width", "{{ '%1000000000d' % 1 }}"}, Bomb{"percent_star", "{{ '%*d' % (10**9, 1) }}"},
        Bomb{"percent_precision", "{{ '%.1000000000f' % 1.5 }}"},
        Bomb{"indent", "{{ s|indent(10**9, true) }}"},
        Bomb{"replace", "{{ ('x' * 10000)|replace('x', 'x' * 10000) }}"},
        Bomb{"replace_empty", "{{ ('x' * 100000)|replace('', 'x' * 10000) }}"},
        Bomb{"join", "{{ range(100000)|join('x' * 10000) }}"},
        Bomb{"tojson_indent", "{{ l|tojson(indent=10**9) }}"},
        Bomb{"expandtabs", "{{ '\t'.expandtabs(10**9) }}"},
        Bomb{"wordwrap", "{{ ('x ' * 1000000)|wordwrap(1, true, 'y' * 1000) }}"},
        Bomb{"power", "{{ 10 ** 100000 }}"}, Bomb{"power_chain", "{{ (9 ** 4000) ** 4000 }}"},
        Bomb{
            "multiply",
            "{% set ns = namespace(x=3) %}{% for i in range(100) %}{% set ns.x = ns.x * ns.x %}{% endfor %}"},
        Bomb{"digits", "{{ ('9' * 1000000)|int }}"}, Bomb{"batch", "{{ l|batch(10**9, 0)|list }}"},
        Bomb{"slice", "{{ l|slice(10**9)|list }}"},
        Bomb{"map_sum",
             "{{ (range(3000000)|map('string')|join)|length }}{{ range(3000000)|map('string')|join }}"},
        Bomb{"sort", "{% for i in range(1000) %}{{ range(100000)|sort(reverse=true)|first }}{% endfor %}"},
        Bomb{"unique", "{% for i in range(1000) %}{{ range(100000)|unique|list|length }}{% endfor %}"},
        Bomb{"contains", "{% for i in range(100000) %}{{ i in range(100000) }}{% endfor %}"},
        Bomb{"string_find",
             "{% set x = 'a' * 5000000 %}{% for i in range(100000) %}{{ x.find('b') }}{% endfor %}"},
        Bomb{"upper",
             "{% set x = 'a' * 5000000 %}{% for i in range(100000) %}{% set y = x|upper %}{% endfor %}"},
        Bomb{"varargs",
             "{% macro m() %}{{ varargs|length }}{% endmacro %}{% for i in range(1000) %}{{ "
             "m(*range(100000)) }}{% endfor %}"},
        Bomb{"self_block", "{% block a %}{{ self.a() }}{% endblock %}"},
        Bomb{"loop_cycle", "{% for i in range(100000) %}{{ loop.cycle(*range(100000)) }}{% endfor %}"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Limits, IncludesOfThemselvesAreToldByTheirChain) {
    TemplateLibrary library;
    library.add("a", compiled("{% include 'b' %}"));
    library.add("b", compiled("{% include 'a' %}"));
    RenderOptions options;
    options.library = &library;
    auto error = render_error("{% include 'a' %}", "{}", options);
    EXPECT_EQ(error.code, Code::limit_exceeded);
    EXPECT_NE(error.message.find("a -> b -> a"), std::string::npos) << error.message;
    library.add("a", compiled("{% if true %}{% include 'b' %}{% endif %}"));
    error = render_error("{% include 'a' %}", "{}", options);
    EXPECT_EQ(error.code, Code::limit_exceeded);
    EXPECT_NE(error.detail.find("a -> b -> a"), std::string::npos) << error.detail;
}

TEST(Limits, TemplatesThatExtendThemselvesEnd) {
    TemplateLibrary library;
    library.add("a", compiled("{% extends 'a' %}"));
    RenderOptions options;
    options.library = &library;
    EXPECT_EQ(render_error("{% extends 'a' %}", "{}", options).code, Code::limit_exceeded);
}

TEST(Limits, OutputMayBeAsLongAsTheLimitAndNoLonger) {
    RenderOptions options;
    options.max_output_bytes = 1000;
    EXPECT_EQ(rendered("{{ 'x' * 1000 }}", "{}", options).size(), 1000u);
    EXPECT_EQ(render_error("{{ 'x' * 1000 }}y", "{}", options).code, Code::limit_exceeded);
    EXPECT_EQ(render_error("{% for i in range(501) %}ab{% endfor %}", "{}", options).code,
              Code::limit_exceeded);
}

TEST(Limits, StepsAreCounted) {
    RenderOptions options;
    options.max_steps = 10000;
    EXPECT_EQ(rendered("{% for i in range(1000) %}{% endfor %}ok", "{}", options), "ok");
    EXPECT_EQ(render_error("{% for i in range(100000) %}{% endfor %}", "{}", options).code,
              Code::limit_exceeded);
}

TEST(Limits, ThePollFunctionEndsARendering) {
    RenderOptions options;
    options.poll = []() noexcept { return true; };
    EXPECT_EQ(render_error("{% for i in range(100000) %}{% endfor %}", "{}", options).code, Code::cancelled);
}

TEST(Limits, MacrosMayCallEachOtherAsDeepAsTheLimit) {
    const char* text =
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% else %}end{% endif %}{% endmacro %}{{ m(150) }}";
    EXPECT_EQ(rendered(text), "end");
}

TEST(Limits, SourceNestsAsDeepAsTheLimit) {
    EXPECT_EQ(rendered("{{ " + repeated("(", 90) + "1" + repeated(")", 90) + " }}"), "1");
    EXPECT_EQ(rendered(repeated("{% if 1 %}", 90) + "x" + repeated("{% endif %}", 90)), "x");
}

TEST(Limits, TheCompiledSizeIsBounded) {
    CompileOptions options;
    options.max_compiled_bytes = 1 << 20;
    auto result = compile(repeated("{{ a }}", 100000), options);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Code::limit_exceeded);
}

}  // namespace
}  // namespace pgprompt
