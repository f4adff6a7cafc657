// Renders the cases of the files given and compares with what they expect. A file has one JSON object a line:
//   template, vars, and out (the expected text) or err (an error is expected)
//   opts       environment options by Jinja2's names, and format: jinja2 (default), handlebars, mustache or
//   f-string templates, partials   what includes may find, by name hf_tojson  true: the chat templates'
//   custom of tojson and their options; so without the field jsonb_order   an object with the out or err that
//   is expected if keys are ordered as jsonb orders them
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
#include "core/template/template.h"

using namespace pgprompt;

namespace {

struct Sums {
    int passed = 0, failed = 0;
    std::map<std::string, int> not_expressible;
};

std::string text_of(const Value& map, const char* key, const char* otherwise = "") {
    Value v;
    return map.find(key, &v) && v.is(Value::Kind::string) ? std::string(v.view()) : otherwise;
}

void quote(std::string_view s, std::string* to) {
    *to += '"';
    for (char c : s) {
        if (c == '"' || c == '\\')
            *to += '\\', *to += c;
        else if (static_cast<unsigned char>(c) < 0x20) {
            char buffer[8];
            std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
            *to += buffer;
        } else
            *to += c;
    }
    *to += '"';
}

// The value as JSON text with keys in jsonb's order: by length, then by bytes.
void write_jsonb_order(const Value& v, std::string* to) {
    Container::Cursor cursor;
    Value key, item;
    switch (v.kind) {
        case Value::Kind::null:
            *to += "null";
            break;
        case Value::Kind::boolean:
            *to += v.boolean ? "true" : "false";
            break;
        case Value::Kind::integer:
            *to += std::to_string(v.integer);
            break;
        case Value::Kind::digits:
            *to += v.view();
            break;
        case Value::Kind::real: {
            char buffer[40];
            std::snprintf(buffer, sizeof buffer, "%.17g", v.real);
            *to += buffer;
            if (!std::strpbrk(buffer, ".e")) *to += ".0";
            break;
        }
        case Value::Kind::string:
            quote(v.view(), to);
            break;
        case Value::Kind::list: {
            *to += '[';
            bool first = true;
            while (v.next(&cursor, nullptr, &item)) {
                if (!first) *to += ',';
                first = false;
                write_jsonb_order(item, to);
            }
            *to += ']';
            break;
        }
        default: {
            std::vector<std::pair<std::string, Value>> pairs;
            while (v.next(&cursor, &key, &item)) pairs.emplace_back(key.view(), item);
            std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
                return a.first.size() != b.first.size() ? a.first.size() < b.first.size() : a.first < b.first;
            });
            *to += '{';
            bool first = true;
            for (const auto& [k, x] : pairs) {
                if (!first) *to += ',';
                first = false;
                quote(k, to);
                *to += ':';
                write_jsonb_order(x, to);
            }
            *to += '}';
        }
    }
}

// Reads the options; the name of one that cannot be expressed, or nothing.
std::string read_options(const Value& opts, bool chat, CompileOptions* compile_options,
                         RenderOptions* render_options) {
    if (!opts.is(Value::Kind::map)) return {};
    Container::Cursor cursor;
    Value key, v;
    while (opts.next(&cursor, &key, &v)) {
        std::string_view name = key.view();
        bool yes = v.is(Value::Kind::boolean) && v.boolean;
        if (name == "trim_blocks")
            compile_options->trim_blocks = yes;
        else if (name == "lstrip_blocks")
            compile_options->lstrip_blocks = yes;
        else if (name == "keep_trailing_newline")
            compile_options->keep_trailing_newline = yes;
        else if (name == "autoescape" && v.is(Value::Kind::boolean))
            compile_options->escape_html = yes;
        else if (name == "escape_html")
            compile_options->escape_html = yes;
        else if (name == "strict")
            render_options->check_names = yes;
        else if (name == "format") {
            auto format = template_format(v.view());
            if (!format) return "format";
            compile_options->format = *format;
        } else if (name == "undefined") {
            if (v.view() == "StrictUndefined")
                render_options->undefined = UndefinedMode::strict;
            else if (v.view() == "ChainableUndefined")
                render_options->undefined = UndefinedMode::chainable;
            else if (v.view() == "DebugUndefined")
                render_options->undefined = UndefinedMode::debug;
            else if (v.view() != "LoggingUndefined" && v.view() != "Undefined")
                return "undefined class";
        } else if (name == "ext" || name == "extensions") {
            Container::Cursor each;
            Value item;
            while (v.is(Value::Kind::list) && v.next(&each, nullptr, &item)) {
                std::string_view extension = item.view();
                if (extension.find("LoopControl") == std::string_view::npos &&
                    extension.find("ExprStmt") == std::string_view::npos) {
                    return "extension " + std::string(extension);
                }
            }
        } else if (name.find("_string") != std::string_view::npos) {
            return "custom delimiters";
        } else if (name.find("line_") == 0) {
            return "line statements";
        } else {
            return std::string(name);
        }
    }
    (void)chat;
    return {};
}

class Runner {
 public:
    bool verbose = false, quiet = false;
    int64_t now_seconds = 1785067200;  // 26 July 2026, the day the chat cases were recorded on

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
        Value opts, vars, expected, hf, templates;
        CompileOptions compile_options;
        RenderOptions render_options;
        bool has_opts = c.find("opts", &opts);
        bool chat = !has_opts || (c.find("hf_tojson", &hf) && hf.is(Value::Kind::boolean) && hf.boolean);
        compile_options.trim_blocks = compile_options.lstrip_blocks = !has_opts;
        std::string path_text(path);
        if (path_text.find("mustache") != std::string::npos)
            compile_options.format = TemplateFormat::mustache;
        if (path_text.find("handlebars") != std::string::npos)
            compile_options.format = TemplateFormat::handlebars;
        if (compile_options.format != TemplateFormat::jinja2) {
            chat = false;
            compile_options.escape_html = true;
        }
        if (chat) {
            render_options.json = JsonStyle::chat;
            render_options.immutable = true;
        }
        std::string reason =
            has_opts ? read_options(opts, chat, &compile_options, &render_options) : std::string();
        if (!reason.empty()) {
            ++sums->not_expressible[reason];
            return;
        }
        c.find("vars", &vars);
        std::string name = text_of(c, "name"), source_text = text_of(c, "template");
        TemplateLibrary library;
        std::string problem;
        Clock clock{now_seconds * 1000000, 0, "UTC"};
        render_options.now = &clock;
        render_options.library = &library;
        bool has_templates = c.find("templates", &templates) || c.find("partials", &templates);
        auto render_with = [&](const Value& variables, std::string* out) {
            auto compiled = compile(text_of(c, "template"), compile_options);
            if (!compiled.ok()) return compiled.error();
            for (int loads = 0;; ++loads) {
                auto result = render(**compiled, variables, render_options);
                if (result.ok()) {
                    *out = *result;
                    return Error{Code::internal, "", "", ""};
                }
                if (result.error().code != Code::template_needed || loads > 100) return result.error();
                std::string name = result.error().message;
                Value source;
                if (has_templates && templates.is(Value::Kind::map) && templates.find(name, &source) &&
                    source.is(Value::Kind::string)) {
                    CompileOptions other = compile_options;
                    other.name = name;
                    auto part = compile(source.view(), other);
                    if (!part.ok()) return part.error();
                    library.add(name, *part);
                } else {
                    library.add_missing(name);
                }
            }
        };
        auto check = [&](const Value& variables, const Value& wanted, const char* label) {
            const char* field = "out";
            const Value& c = wanted;
            std::string out;
            Error error = render_with(variables, &out);
            bool failed_to_render = !error.message.empty();
            bool good;
            if (c.find(field, &expected)) {
                good = !failed_to_render && out == expected.view();
            } else {
                std::string err = text_of(c, "err");
                bool limit = err.find("OverflowError") == 0 || err.find("MemoryError") == 0;
                good = failed_to_render && error.code != Code::internal &&
                       (limit || error.code != Code::limit_exceeded);
            }
            if (good) {
                ++sums->passed;
                return;
            }
            ++sums->failed;
            if (quiet) return;
            std::printf("FAILED %s:%d %s (%s)\n", path, number, name.c_str(), label);
            if (!verbose) return;
            std::printf(
                "--- template\n%s\n--- expected %s\n%s\n--- got\n%s\n", source_text.substr(0, 1500).c_str(),
                c.find(field, &expected) ? "" : "an error",
                c.find(field, &expected) ? std::string(expected.view()).c_str() : text_of(c, "err").c_str(),
                failed_to_render ? (error.message + "\n" + error.detail + "\n" + error.hint).c_str()
                                 : out.c_str());
        };
        check(vars, c, "out");
        Value other;
        if (c.find("jsonb_order", &other)) {
            std::string ordered;
            write_jsonb_order(vars, &ordered);
            auto document = parse_json(ordered);
            if (document.ok()) check((*document)->root(), other, "jsonb order");
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
        Sums sums = runner.run_file(argv[i]);
        int other = 0;
        for (const auto& [reason, count] : sums.not_expressible) other += count;
        std::printf("%s: %d passed, %d failed, %d not expressible (%.1f %%)\n", argv[i], sums.passed,
                    sums.failed, other, 100.0 * other / std::max(1, sums.passed + sums.failed + other));
        for (const auto& [reason, count] : sums.not_expressible)
            std::printf("    %4d %s\n", count, reason.c_str());
        failed |= sums.failed > 0;
    }
    if (!any) {
        std::fprintf(stderr, "usage: render_conformance [-v] [-q] file.jsonl ...\n");
        return 2;
    }
    return failed ? 1 : 0;
}
