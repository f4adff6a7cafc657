// Rendering and parsing of the workloads in a directory, given as the first argument: a, b and d (.jinja with
// .json of the same name), c1_*.jinja and c2_*.jinja with c.json. `render` is the rendering alone,
// `json+render` reads the variables' JSON text first, `parse` compiles the template.
// test/bench/template_loop.py measures python3-jinja2 alike.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/template/template.h"

using namespace pgprompt;

namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Workload {
    std::string name, source, json;
    CompileOptions compile_options;
    RenderOptions render_options;
};

void must(bool good, const std::string& what) {
    if (good) return;
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

void run_render(benchmark::State& state, const Workload* w) {
    auto compiled = compile(w->source, w->compile_options);
    must(compiled.ok(), w->name);
    auto document = parse_json(w->json);
    must(document.ok(), w->name);
    Value root = (*document)->root();
    for (auto _ : state) {
        auto text = render(**compiled, root, w->render_options);
        must(text.ok(), w->name);
        benchmark::DoNotOptimize(text->data());
    }
}

void run_json_render(benchmark::State& state, const Workload* w) {
    auto compiled = compile(w->source, w->compile_options);
    must(compiled.ok(), w->name);
    for (auto _ : state) {
        auto document = parse_json(w->json);
        auto text = render(**compiled, (*document)->root(), w->render_options);
        must(text.ok(), text.ok() ? "" : text.error().message);
        benchmark::DoNotOptimize(text->data());
    }
}

void run_parse(benchmark::State& state, const Workload* w) {
    for (auto _ : state) {
        auto compiled = compile(w->source, w->compile_options);
        must(compiled.ok(), w->name);
        benchmark::DoNotOptimize(compiled->get());
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_template DIRECTORY [--benchmark_...]\n");
        return 2;
    }
    std::filesystem::path directory = argv[1];
    argv[1] = argv[0];
    ++argv;
    --argc;
    static std::vector<Workload> workloads;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const std::filesystem::path& path = entry.path();
        if (path.extension() != ".jinja" && path.extension() != ".hbs") continue;
        std::string name = path.stem().string();
        std::string data = name[0] == 'c' ? "c.json" : std::string(1, name[0]) + ".json";
        if (!std::filesystem::exists(directory / data)) continue;
        Workload w{path.filename().string(), read(path), read(directory / data), {}, {}};
        if (path.extension() == ".hbs") w.compile_options.format = TemplateFormat::handlebars;
        if (name[0] == 'c') w.render_options.json = JsonStyle::chat;
        if (!compile(w.source, w.compile_options).ok()) continue;
        workloads.push_back(std::move(w));
    }
    for (const Workload& w : workloads) {
        benchmark::RegisterBenchmark((w.name + " render").c_str(), run_render, &w);
        benchmark::RegisterBenchmark((w.name + " json+render").c_str(), run_json_render, &w);
        benchmark::RegisterBenchmark((w.name + " parse").c_str(), run_parse, &w);
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
