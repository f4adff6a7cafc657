#include "core/template/builtins.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "core/template/filters.h"
#include "core/template/globals.h"
#include "core/template/renderer.h"
#include "core/template/tests.h"

namespace pgprompt {
namespace {

template <class Function>
struct Builtin {
    std::string_view name;
    Function function;
};

// All tables are sorted by name.
constexpr Builtin<FilterFunction> kFilters[] = {
    {"abs", filter_abs},
    {"attr", filter_attr},
    {"batch", filter_batch},
    {"capitalize", filter_capitalize},
    {"center", filter_center},
    {"count", filter_length},
    {"d", filter_default},
    {"default", filter_default},
    {"dictsort", filter_dictsort},
    {"e", filter_escape},
    {"escape", filter_escape},
    {"filesizeformat", filter_filesizeformat},
    {"first", filter_first},
    {"float", filter_float},
    {"forceescape", filter_forceescape},
    {"format", filter_format},
    {"groupby", filter_groupby},
    {"indent", filter_indent},
    {"int", filter_int},
    {"items", filter_items},
    {"join", filter_join},
    {"last", filter_last},
    {"length", filter_length},
    {"list", filter_list},
    {"lower", filter_lower},
    {"map", filter_map},
    {"max", filter_max},
    {"min", filter_min},
    {"pprint", filter_pprint},
    {"random", filter_random},
    {"reject", filter_reject},
    {"rejectattr", filter_rejectattr},
    {"replace", filter_replace},
    {"reverse", filter_reverse},
    {"round", filter_round},
    {"safe", filter_safe},
    {"select", filter_select},
    {"selectattr", filter_selectattr},
    {"slice", filter_slice},
    {"sort", filter_sort},
    {"string", filter_string},
    {"striptags", filter_striptags},
    {"sum", filter_sum},
    {"title", filter_title},
    {"tojson", filter_tojson},
    {"trim", filter_trim},
    {"truncate", filter_truncate},
    {"unique", filter_unique},
    {"upper", filter_upper},
    {"urlencode", filter_urlencode},
    {"urlize", filter_urlize},
    {"wordcount", filter_wordcount},
    {"wordwrap", filter_wordwrap},
    {"xmlattr", filter_xmlattr},
};

constexpr Builtin<TestFunction> kTests[] = {
    {"!=", test_unequal},
    {"<", test_less},
    {"<=", test_less_equal},
    {"==", test_equal},
    {">", test_greater},
    {">=", test_greater_equal},
    {"boolean", test_boolean},
    {"callable", test_callable},
    {"defined", test_defined},
    {"divisibleby", test_divisibleby},
    {"eq", test_equal},
    {"equalto", test_equal},
    {"escaped", test_escaped},
    {"even", test_even},
    {"false", test_false},
    {"filter", test_filter},
    {"float", test_float},
    {"ge", test_greater_equal},
    {"greaterthan", test_greater},
    {"gt", test_greater},
    {"in", test_in},
    {"integer", test_integer},
    {"iterable", test_iterable},
    {"le", test_less_equal},
    {"lessthan", test_less},
    {"lower", test_lower},
    {"lt", test_less},
    {"mapping", test_mapping},
    {"ne", test_unequal},
    {"none", test_none},
    {"number", test_number},
    {"odd", test_odd},
    {"sameas", test_sameas},
    {"sequence", test_sequence},
    {"string", test_string},
    {"test", test_test},
    {"true", test_true},
    {"undefined", test_undefined},
    {"upper", test_upper},
};

constexpr Builtin<GlobalFunction> kGlobals[] = {
    {"cycler", global_cycler},
    {"dict", global_dict},
    {"joiner", global_joiner},
    {"namespace", global_namespace},
    {"raise_exception", global_raise_exception},
    {"range", global_range},
    {"strftime_now", global_strftime_now},
};

template <class Function, size_t N>
uint16_t find(const Builtin<Function> (&table)[N], std::string_view name) {
    const auto* end = table + N;
    const auto* found = std::lower_bound(
        table, end, name, [](const Builtin<Function>& b, std::string_view n) { return b.name < n; });
    return found != end && found->name == name ? static_cast<uint16_t>(found - table) : kUnknown;
}

// The number of letters to insert, drop, change or swap.
size_t distance(std::string_view a, std::string_view b) {
    if (a.size() > 40 || b.size() > 40) return 99;
    size_t rows[3][41];
    for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t* row = rows[i % 3];
        const size_t* above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    return rows[a.size() % 3][b.size()];
}

struct Alias {
    std::string_view wrong, right;
};

// What other engines call these.
constexpr Alias kFilterAliases[] = {
    {"capfirst", "capitalize"}, {"concat", "join"},      {"contains", "in"},        {"downcase", "lower"},
    {"fromjson", ""},           {"json", "tojson"},      {"len", "length"},         {"lowercase", "lower"},
    {"size", "length"},         {"strip", "trim"},       {"substring", "truncate"}, {"to_json", "tojson"},
    {"toJson", "tojson"},       {"to_string", "string"}, {"str", "string"},         {"upcase", "upper"},
    {"uppercase", "upper"},     {"filter", "select"},    {"where", "selectattr"},
};

template <class Function, size_t N>
std::string nearest(const Builtin<Function> (&table)[N], std::string_view name) {
    size_t best = 3;
    std::string_view found;
    for (const auto& entry : table) {
        if (entry.name.size() < 2) continue;
        size_t d = distance(name, entry.name);
        if (d < best && d < std::max(name.size(), entry.name.size()) / 2 + 1) {
            best = d;
            found = entry.name;
        }
    }
    return std::string(found);
}

}  // namespace

uint16_t find_filter(std::string_view name) noexcept {
    return find(kFilters, name);
}
uint16_t find_test(std::string_view name) noexcept {
    return find(kTests, name);
}
uint16_t find_global(std::string_view name) noexcept {
    return find(kGlobals, name);
}
FilterFunction filter_function(uint16_t index) noexcept {
    return kFilters[index].function;
}
TestFunction test_function(uint16_t index) noexcept {
    return kTests[index].function;
}
GlobalFunction global_function(uint16_t index) noexcept {
    return kGlobals[index].function;
}

std::string python_function_hint(std::string_view name) {
    static constexpr Alias kFunctions[] = {
        {"abs", "| abs"},
        {"all", "| reject | list | length == 0"},
        {"any", "| select | list | length > 0"},
        {"bool", "{% if value %}"},
        {"datetime", "strftime_now(\"%Y-%m-%d\")"},
        {"enumerate", "loop.index0 in the loop"},
        {"filter", "| select"},
        {"float", "| float"},
        {"int", "| int"},
        {"isinstance", "a test: is string, is mapping, is number, ..."},
        {"len", "| length"},
        {"list", "| list"},
        {"map", "| map"},
        {"max", "| max"},
        {"min", "| min"},
        {"now", "strftime_now(\"%Y-%m-%d\")"},
        {"open", "{% include %}"},
        {"print", "{{ value }}"},
        {"repr", "\"%r\" | format(value)"},
        {"reversed", "| reverse"},
        {"round", "| round"},
        {"set", "| unique"},
        {"sorted", "| sort"},
        {"str", "| string"},
        {"sum", "| sum"},
        {"tuple", "| list"},
        {"type", "a test: is string, is mapping, is number, ..."},
        {"zip", "loop.index0 in the loop, and an index"},
    };
    for (const Alias& f : kFunctions) {
        if (f.wrong == name)
            return "Python's " + std::string(name) + "() is not there; write " + std::string(f.right) + ".";
    }
    return {};
}

std::string near_filter(std::string_view name) {
    for (const Alias& alias : kFilterAliases) {
        if (alias.wrong != name) continue;
        if (alias.right == "in") return "Write {% if part in text %}.";
        if (!alias.right.empty()) return "Did you mean \"" + std::string(alias.right) + "\"?";
    }
    std::string found = nearest(kFilters, name);
    return found.empty()
               ? "The filters are Jinja2's own; functions of your own are not available in the database."
               : "Did you mean \"" + found + "\"?";
}

std::string near_test(std::string_view name) {
    if (name == "null" || name == "nil") return "Did you mean \"none\"?";
    if (name == "empty") return "An empty value is false: write {% if not value %}.";
    if (name == "list" || name == "array") return "Did you mean \"sequence\"? (A string is one, too.)";
    if (name == "dict" || name == "object") return "Did you mean \"mapping\"?";
    if (name == "int") return "Did you mean \"integer\"?";
    if (name == "str") return "Did you mean \"string\"?";
    std::string found = nearest(kTests, name);
    return found.empty() ? found : "Did you mean \"" + found + "\"?";
}

}  // namespace pgprompt
