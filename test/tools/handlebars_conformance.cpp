// Renders cases of handlebars and mustache and compares with what they expect. A file has one JSON object a
// line:
//   template, vars, partials, and out (the expected text) or err (an error is expected)
//   opts       options of handlebars.js by their names
//   format     handlebars or mustache; if missing, mustache for files with that word in their name
// HTML is escaped, as both languages have it by default. Options: -v shows every failure, -q only the sums.
// Exit code 1 if a case failed.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <string>

#include "core/json.h"
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

// Reads the options; the name of one that cannot be expressed, or nothing.
std::string read_options(const Value& opts, CompileOptions* compile_options, RenderOptions* render_options) {
    if (!opts.is(Value::Kind::map)) return {};
    Container::Cursor cursor;
    Value key, v;
    while (opts.next(&cursor, &key, &v)) {
        std::string_view name = key.view();
        bool yes = v.is(Value::Kind::boolean) && v.boolean;
        if (name == "strict")
            render_options->undefined = yes ? UndefinedMode::strict : UndefinedMode::lenient;
        else if (name == "compat")
            compile_options->compat = yes;
        else if (name == "ignoreStandalone")
            compile_options->ignore_standalone = yes;
        else if (name == "explicitPartialContext")
            compile_options->explicit_partial_context = yes;
        else if (name == "preventIndent")
            compile_options->prevent_indent = yes;
        else if (name == "assumeObjects")
            compile_options->assume_objects = yes;
        else if (name == "noEscape")
            compile_options->escape_html = !yes;
        // Neither is seen from outside as long as there are no helpers of the user's own.
        else if (name != "data" && name != "knownHelpersOnly")
            return "option " + std::string(name);
    }
    return {};
}

// The cases of the specification's test suite that pass private data (`data: {...}`) to the template function
// in JavaScript show in what they expect: a value that is nowhere in the input.
bool needs_private_data(const Value& c) {
    std::string source = text_of(c, "template");
    Value out, vars;
    if (!c.find("out", &out) || !out.is(Value::Kind::string)) return false;
    if (source == "{{@hello}}") return true;
    return source == "{{@root.foo}}" && c.find("vars", &vars) && text_of(vars, "foo") != out.view();
}

class Runner {
 public:
    bool verbose = false, quiet = false;

    Sums run_file(const char* path) {
        Sums sums;
        std::ifstream file(path);
        if (!file) {
            std::fprintf(stderr, "cannot read %s\n", path);
            std::exit(2);
        }
        std::string line;
        for (int number = 1; std::getline(file, line); ++number) {
            if (line.empty()) continue;
            auto document = parse_json(line);
            if (!document.ok()) {
                std::fprintf(stderr, "%s:%d: %s\n", path, number, document.error().detail.c_str());
                std::exit(2);
            }
            run_case((*document)->root(), path, number, &sums);
        }
        return sums;
    }

 private:
    void run_case(const Value& c, const char* path, int number, Sums* sums) {
        CompileOptions compile_options;
        RenderOptions render_options;
        std::string format = text_of(c, "format");
        if (format.empty()) format = std::strstr(path, "mustache") ? "mustache" : "handlebars";
        compile_options.format = template_format(format).value_or(TemplateFormat::handlebars);
        compile_options.escape_html = true;
        Value opts, vars, partials, expected;
        std::string reason;
        if (c.find("opts", &opts)) reason = read_options(opts, &compile_options, &render_options);
        if (reason.empty() && needs_private_data(c)) reason = "private data passed in JavaScript";
        if (!reason.empty()) {
            ++sums->not_expressible[reason];
            return;
        }
        c.find("vars", &vars);
        c.find("partials", &partials);
        std::string out;
        Error error =
            render_case(text_of(c, "template"), vars, partials, compile_options, render_options, &out);
        bool good = c.find("out", &expected)
                        ? error.message.empty() && out == expected.view()
                        : !error.message.empty() && error.code != Code::internal && !error.detail.empty();
        if (good) {
            ++sums->passed;
            return;
        }
        ++sums->failed;
        if (quiet) return;
        std::printf("FAILED %s:%d %s\n", path, number, text_of(c, "name").c_str());
        if (!verbose) return;
        bool wants_text = c.find("out", &expected);
        std::printf("--- template\n%s\n--- expected%s\n%s\n--- got\n%s\n", text_of(c, "template").c_str(),
                    wants_text ? "" : " an error",
                    wants_text ? std::string(expected.view()).c_str() : text_of(c, "err").c_str(),
                    error.message.empty()
                        ? out.c_str()
                        : (error.message + "\n" + error.detail + "\n" + error.hint).c_str());
    }

    // An error without a message: it rendered.
    Error render_case(const std::string& source, const Value& vars, const Value& partials,
                      const CompileOptions& compile_options, RenderOptions options, std::string* out) {
        auto compiled = compile(source, compile_options);
        if (!compiled.ok()) return compiled.error();
        TemplateLibrary library;
        options.library = &library;
        for (int loads = 0;; ++loads) {
            auto result = render(**compiled, vars, options);
            if (result.ok()) {
                *out = *result;
                return {};
            }
            if (result.error().code != Code::template_needed || loads > 100) return result.error();
            std::string name = result.error().message;
            Value text;
            if (partials.is(Value::Kind::map) && partials.find(name, &text) && text.is(Value::Kind::string)) {
                CompileOptions other = compile_options;
                other.name = name;
                auto part = compile(text.view(), other);
                if (!part.ok()) return part.error();
                library.add(name, *part);
            } else {
                library.add_missing(name);
            }
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
        any = true;
        Sums sums = runner.run_file(argv[i]);
        int other = 0;
        for (const auto& [reason, count] : sums.not_expressible) other += count;
        std::printf("%s: %d passed, %d failed, %d not expressible\n", argv[i], sums.passed, sums.failed,
                    other);
        for (const auto& [reason, count] : sums.not_expressible)
            std::printf("    %4d %s\n", count, reason.c_str());
        failed |= sums.failed > 0;
    }
    if (!any) {
        std::fprintf(stderr, "usage: handlebars_conformance [-v] [-q] file.jsonl ...\n");
        return 2;
    }
    return failed ? 1 : 0;
}
