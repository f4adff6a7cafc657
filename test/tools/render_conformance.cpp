// Renders the cases of the files given and compares with what they expect. A file has one JSON object a line:
//   template, vars, and out (the expected text) or err (an error is expected)
//   format       jinja2, handlebars, mustache or f-string; if missing, what the file's name has in it, else
//   jinja2 opts         jinja2: environment options by Jinja2's names; handlebars: options of handlebars.js
//   templates, partials   what includes may find, by name
//   hf_tojson    true, or no opts at all: the chat templates' custom of tojson and their options
//   jsonb_order  an object with the out or err that is expected if keys are ordered as jsonb orders them
// HTML is escaped in handlebars and mustache, as both have it by default.
// Options: -v shows every failure, -q only the sums, --now SECONDS what strftime_now tells (Unix time).
// Exit code 1 if a case failed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/json_writer.h"
#include "core/template/template.h"

using namespace pgprompt;

namespace {

struct Sums {
    int passed = 0, failed = 0;
    std::map<std::string, int> not_expressible;
};

std::string text_of(const Value& map, const char* key) {
    Value v;
    return map.find(key, &v) && v.is(Value::Kind::string) ? std::string(v.view()) : "";
}

bool is_true(const Value& v) {
    return v.is(Value::Kind::boolean) && v.boolean;
}

// The value as JSON text with keys in jsonb's order: by length, then by bytes.
void write_jsonb_order(const Value& v, std::string* to) {
    Container::Cursor cursor;
    Value key, item;
    bool first = true;
    if (v.is(Value::Kind::list)) {
        *to += '[';
        for (; v.next(&cursor, nullptr, &item); first = false) {
            if (!first) *to += ',';
            write_jsonb_order(item, to);
        }
        *to += ']';
    } else if (v.is(Value::Kind::map)) {
        std::vector<std::pair<std::string, Value>> pairs;
        while (v.next(&cursor, &key, &item)) pairs.emplace_back(key.view(), item);
        std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
            return a.first.size() != b.first.size() ? a.first.size() < b.first.size() : a.first < b.first;
        });
        *to += '{';
        for (const auto& [name, member] : pairs) {
            if (!first) *to += ',';
            first = false;
            append_json_string(name, to);
            *to += ':';
            write_jsonb_order(member, to);
        }
        *to += '}';
    } else {
        *to += json_text(v);
    }
}

// How a case is compiled and rendered.
struct Setup {
    CompileOptions compile;
    RenderOptions render;
    std::string not_expressible;  // the reason, if it is
};

const char* const kUndefinedClasses[] = {"Undefined", "StrictUndefined", "ChainableUndefined",
                                         "DebugUndefined"};

void read_jinja_option(std::string_view name, const Value& v, Setup* setup) {
    const bool yes = is_true(v);
    if (name == "trim_blocks") {
        setup->compile.trim_blocks = yes;
    } else if (name == "lstrip_blocks") {
        setup->compile.lstrip_blocks = yes;
    } else if (name == "keep_trailing_newline") {
        setup->compile.keep_trailing_newline = yes;
    } else if (name == "escape_html" || (name == "autoescape" && v.is(Value::Kind::boolean))) {
        setup->compile.escape_html = yes;
    } else if (name == "strict") {
        setup->render.check_names = yes;
    } else if (name == "format") {
        if (const auto format = template_format(v.view())) setup->compile.format = *format;
    } else if (name == "undefined") {
        const std::string_view wanted = v.view() == "LoggingUndefined" ? "Undefined" : v.view();
        const auto found = std::find(std::begin(kUndefinedClasses), std::end(kUndefinedClasses), wanted);
        if (found == std::end(kUndefinedClasses)) {
            setup->not_expressible = "undefined class";
        } else {
            setup->render.undefined = static_cast<UndefinedMode>(found - kUndefinedClasses);
        }
    } else if (name == "ext" || name == "extensions") {
        Container::Cursor each;
        Value item;
        while (v.is(Value::Kind::list) && v.next(&each, nullptr, &item)) {
            const std::string extension(item.view());
            if (extension.find("LoopControl") == std::string::npos &&
                extension.find("ExprStmt") == std::string::npos)
                setup->not_expressible = "extension " + extension;
        }
    } else if (name.find("_string") != std::string_view::npos) {
        setup->not_expressible = "custom delimiters";
    } else if (name.find("line_") == 0) {
        setup->not_expressible = "line statements";
    } else {
        setup->not_expressible = name;
    }
}

void read_handlebars_option(std::string_view name, const Value& v, Setup* setup) {
    const bool yes = is_true(v);
    if (name == "strict") {
        setup->render.undefined = yes ? UndefinedMode::strict : UndefinedMode::lenient;
    } else if (name == "compat") {
        setup->compile.compat = yes;
    } else if (name == "ignoreStandalone") {
        setup->compile.ignore_standalone = yes;
    } else if (name == "explicitPartialContext") {
        setup->compile.explicit_partial_context = yes;
    } else if (name == "preventIndent") {
        setup->compile.prevent_indent = yes;
    } else if (name == "assumeObjects") {
        setup->compile.assume_objects = yes;
    } else if (name == "noEscape") {
        setup->compile.escape_html = !yes;
    } else if (name != "data" && name != "knownHelpersOnly") {
        // Neither of these is seen from outside as long as there are no helpers of the user's own.
        setup->not_expressible = "option " + std::string(name);
    }
}

// The cases of the handlebars test suite that pass private data (`data: {...}`) to the template function in
// JavaScript show in what they expect: a value that is nowhere in the input.
bool needs_private_data(const Value& c) {
    const std::string source = text_of(c, "template");
    Value out, vars;
    if (!c.find("out", &out) || !out.is(Value::Kind::string)) return false;
    if (source == "{{@hello}}") return true;
    return source == "{{@root.foo}}" && c.find("vars", &vars) && text_of(vars, "foo") != out.view();
}

Setup setup_of(const Value& c, std::string_view path) {
    Setup setup;
    std::string format = text_of(c, "format");
    for (const char* named : {"mustache", "handlebars"}) {
        if (format.empty() && path.find(named) != std::string_view::npos) format = named;
    }
    setup.compile.format = template_format(format).value_or(TemplateFormat::jinja2);
    const bool has_views = setup.compile.format == TemplateFormat::handlebars ||
                           setup.compile.format == TemplateFormat::mustache;
    Value opts, hf;
    const bool has_opts = c.find("opts", &opts);
    if (has_views) {
        setup.compile.escape_html = true;
        if (needs_private_data(c)) setup.not_expressible = "private data passed in JavaScript";
    } else {
        setup.compile.trim_blocks = setup.compile.lstrip_blocks = !has_opts;
        if (!has_opts || (c.find("hf_tojson", &hf) && is_true(hf))) {
            setup.render.json = JsonStyle::chat;
            setup.render.immutable = true;
        }
    }
    if (!opts.is(Value::Kind::map)) return setup;
    Container::Cursor cursor;
    Value key, v;
    while (setup.not_expressible.empty() && opts.next(&cursor, &key, &v)) {
        (has_views ? read_handlebars_option : read_jinja_option)(key.view(), v, &setup);
    }
    return setup;
}

class Runner {
 public:
    bool verbose = false, quiet = false;
    int64_t now_seconds = 1785067200;  // 26 July 2026, the day the chat cases were recorded on

    Sums run_file(const char* path) {
        Sums sums;
        std::ifstream file(path);
        if (!file) give_up(path, 0, "cannot be read");
        std::string line;
        for (int number = 1; std::getline(file, line); ++number) {
            if (line.empty()) continue;
            auto document = parse_json(line);
            if (!document.ok()) give_up(path, number, document.error().detail);
            run_case((*document)->root(), path, number, &sums);
        }
        return sums;
    }

 private:
    [[noreturn]] static void give_up(const char* path, int line, const std::string& why) {
        std::fprintf(stderr, "%s:%d: %s\n", path, line, why.c_str());
        std::exit(2);
    }

    void run_case(const Value& c, const char* path, int number, Sums* sums) {
        const Setup setup = setup_of(c, path);
        if (!setup.not_expressible.empty()) {
            ++sums->not_expressible[setup.not_expressible];
            return;
        }
        Value vars, other;
        c.find("vars", &vars);
        compare(c, c, vars, setup, path, number, sums);
        if (!c.find("jsonb_order", &other)) return;
        std::string ordered;
        write_jsonb_order(vars, &ordered);
        const auto document = parse_json(ordered).take();
        compare(c, other, document->root(), setup, path, number, sums);
    }

    // Renders `c` and holds it against what `wanted` says.
    void compare(const Value& c, const Value& wanted, const Value& vars, const Setup& setup, const char* path,
                 int number, Sums* sums) {
        std::string out;
        const Error error = render_case(c, vars, setup, &out);
        const bool rendered = error.message.empty();
        Value expected;
        const bool wants_text = wanted.find("out", &expected);
        const std::string err = text_of(wanted, "err");
        bool good;
        if (wants_text) {
            good = rendered && out == expected.view();
        } else {
            const bool is_limit = err.find("OverflowError") == 0 || err.find("MemoryError") == 0;
            good =
                !rendered && error.code != Code::internal && (is_limit || error.code != Code::limit_exceeded);
        }
        ++(good ? sums->passed : sums->failed);
        if (good || quiet) return;
        std::printf("FAILED %s:%d %s\n", path, number, text_of(c, "name").c_str());
        if (!verbose) return;
        std::printf(
            "--- template\n%s\n--- expected%s\n%s\n--- got\n%s\n",
            text_of(c, "template").substr(0, 1500).c_str(), wants_text ? "" : " an error",
            wants_text ? std::string(expected.view()).c_str() : err.c_str(),
            rendered ? out.c_str() : (error.message + "\n" + error.detail + "\n" + error.hint).c_str());
    }

    // An error without a message: it rendered.
    Error render_case(const Value& c, const Value& vars, const Setup& setup, std::string* out) {
        const auto compiled = compile(text_of(c, "template"), setup.compile);
        if (!compiled.ok()) return compiled.error();
        const Clock clock{now_seconds * 1000000, 0, "UTC"};
        TemplateLibrary library;
        RenderOptions options = setup.render;
        options.now = &clock;
        options.library = &library;
        Value others, source;
        const bool has_others =
            (c.find("templates", &others) || c.find("partials", &others)) && others.is(Value::Kind::map);
        for (int loads = 0;; ++loads) {
            const auto result = render(**compiled, vars, options);
            if (result.ok()) {
                *out = *result;
                return {};
            }
            if (result.error().code != Code::template_needed || loads > 100) return result.error();
            const std::string name = result.error().message;
            if (!has_others || !others.find(name, &source) || !source.is(Value::Kind::string)) {
                library.add_missing(name);
                continue;
            }
            CompileOptions other = setup.compile;
            other.name = name;
            const auto part = compile(source.view(), other);
            if (!part.ok()) return part.error();
            library.add(name, *part);
        }
    }
};

}  // namespace

int main(int argc, char** argv) {
    Runner runner;
    bool failed = false, any = false;
    for (int i = 1; i < argc; ++i) {
        if (!std::strcmp(argv[i], "-v")) {
            runner.verbose = true;
            continue;
        }
        if (!std::strcmp(argv[i], "-q")) {
            runner.quiet = true;
            continue;
        }
        if (!std::strcmp(argv[i], "--now") && i + 1 < argc) {
            runner.now_seconds = std::atoll(argv[++i]);
            continue;
        }
        any = true;
        const Sums sums = runner.run_file(argv[i]);
        int other = 0;
        for (const auto& [reason, count] : sums.not_expressible) other += count;
        std::printf("%s: %d passed, %d failed, %d not expressible (%.1f %%)\n", argv[i], sums.passed,
                    sums.failed, other, 100.0 * other / std::max(1, sums.passed + sums.failed + other));
        for (const auto& [reason, count] : sums.not_expressible)
            std::printf("    %4d %s\n", count, reason.c_str());
        failed |= sums.failed > 0;
    }
    if (!any) {
        std::fprintf(stderr, "usage: render_conformance [-v] [-q] [--now SECONDS] file.jsonl ...\n");
        return 2;
    }
    return failed ? 1 : 0;
}
