// The guardrail's speed, as ratios taken in one run: bench_guardrail [texts]. Every text is new to the
// matcher. Vectorscan, where its headers and library are there (libvectorscan-dev), gives the scale.
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/guardrail/matcher.h"
#include "core/guardrail/rule_set.h"
#include "guardrail_texts.h"

#if __has_include(<hs/hs.h>)
#include <dlfcn.h>
#include <hs/hs.h>
#define PGPROMPT_HAVE_VECTORSCAN 1
#endif

namespace {

using namespace pgprompt;
using namespace pgprompt::bench;
using guardrail::Matcher;
using guardrail::RegexProgram;
using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

size_t allocated() {
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

volatile size_t g_sink;

struct Engines {
    std::vector<std::unique_ptr<RegexProgram>> single;
    Matcher matcher;
    double compile_seconds = 0;
    size_t memory = 0;
};

std::unique_ptr<Engines> regex_engines(const std::vector<std::string>& patterns) {
    auto engines = std::make_unique<Engines>();
    const size_t before = allocated();
    engines->compile_seconds = seconds_of([&] {
        for (const std::string& pattern : patterns)
            engines->matcher.add_regex("bench", pattern, {}, 1 << 20, {});
        engines->matcher.build();
    });
    engines->memory = allocated() - before;
    for (const std::string& pattern : patterns) {
        engines->single.push_back(
            std::make_unique<RegexProgram>("bench", pattern, guardrail::RegexFlags{}, 8 << 20));
    }
    return engines;
}

size_t run_matcher(const Matcher& matcher, const std::vector<std::string>& texts) {
    size_t found = 0;
    std::vector<Matcher::Match> matches;
    for (const std::string& text : texts) {
        matcher.find(text, {}, &matches);
        found += matches.size();
    }
    return found;
}

size_t run_single(const Engines& engines, const std::vector<std::string>& texts) {
    size_t found = 0;
    for (const std::string& text : texts) {
        for (const auto& program : engines.single) {
            size_t from = 0, start = 0, end = 0;
            while (from < text.size() && program->find(text, from, text.size(), &start, &end)) {
                ++found;
                from = end > from ? end : from + 1;
            }
        }
    }
    return found;
}

#ifdef PGPROMPT_HAVE_VECTORSCAN
struct Vectorscan {
    decltype(&hs_compile_multi) compile = nullptr;
    decltype(&hs_alloc_scratch) alloc_scratch = nullptr;
    decltype(&hs_scan) scan = nullptr;
    bool load() {
        void* library = dlopen("libhs.so.5", RTLD_NOW);
        if (library == nullptr) return false;
        compile = reinterpret_cast<decltype(compile)>(dlsym(library, "hs_compile_multi"));
        alloc_scratch = reinterpret_cast<decltype(alloc_scratch)>(dlsym(library, "hs_alloc_scratch"));
        scan = reinterpret_cast<decltype(scan)>(dlsym(library, "hs_scan"));
        return compile != nullptr && alloc_scratch != nullptr && scan != nullptr;
    }
};

int count_match(unsigned, unsigned long long, unsigned long long, unsigned, void* count) {
    ++*static_cast<size_t*>(count);
    return 0;
}

// Seconds for the texts, or below 0 where Vectorscan cannot take the patterns.
double vectorscan_seconds(const std::vector<std::string>& patterns, unsigned flags,
                          const std::vector<std::string>& texts, double* compile_seconds) {
    static Vectorscan hs;
    static const bool loaded = hs.load();
    if (!loaded) return -1;
    std::vector<const char*> expressions;
    std::vector<unsigned> ids, all_flags;
    for (size_t i = 0; i < patterns.size(); ++i) {
        expressions.push_back(patterns[i].c_str());
        ids.push_back(static_cast<unsigned>(i));
        all_flags.push_back(flags);
    }
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    hs_error_t status = HS_SUCCESS;
    *compile_seconds = seconds_of([&] {
        status =
            hs.compile(expressions.data(), all_flags.data(), ids.data(),
                       static_cast<unsigned>(expressions.size()), HS_MODE_BLOCK, nullptr, &database, &error);
    });
    if (status != HS_SUCCESS) {
        std::printf("  (vectorscan: %s)\n", error->message);
        return -1;
    }
    hs_scratch_t* scratch = nullptr;
    hs.alloc_scratch(database, &scratch);
    size_t found = 0;
    double best = 1e9;
    for (int round = 0; round < 3; ++round) {
        best = std::min(best, seconds_of([&] {
                            for (const std::string& text : texts) {
                                hs.scan(database, text.data(), static_cast<unsigned>(text.size()), 0, scratch,
                                        count_match, &found);
                            }
                        }));
    }
    g_sink = found;
    return best;
}
#endif

std::vector<std::string> prose(size_t size, size_t count, uint32_t seed) {
    TextSource source(seed);
    std::vector<std::string> texts;
    for (size_t i = 0; i < count; ++i) texts.push_back(source.prose(size));
    return texts;
}

// Each round gets texts of its own; the fastest round counts, as it was disturbed least.
double best_of(const std::function<size_t(const std::vector<std::string>&)>& work, size_t size, size_t count,
               uint32_t seed,
               const std::function<std::vector<std::string>(size_t, size_t, uint32_t)>& texts) {
    double best = 1e9;
    for (uint32_t round = 0; round < 5; ++round) {
        const auto round_texts = texts(size, count, seed + round);
        best = std::min(best, seconds_of([&] { g_sink = work(round_texts); }));
    }
    return best / static_cast<double>(count);
}

void regex_table(size_t rules, size_t size, size_t count, double* microseconds) {
    const auto patterns = rule_patterns(rules);
    const auto engines = regex_engines(patterns);
    run_matcher(engines->matcher, prose(size, 20, 1));
    run_single(*engines, prose(size, 5, 1));
    const double ours =
        best_of([&](const auto& t) { return run_matcher(engines->matcher, t); }, size, count, 100, prose);
    const double single = best_of([&](const auto& t) { return run_single(*engines, t); }, size,
                                  std::max<size_t>(2, count / 20), 100, prose);
    *microseconds = ours * 1e6;
    std::printf("%5zu regex rules %4zu KB   %9.2f us  %7.1f MB/s   one by one %9.1f us = %6.1fx", rules,
                size / 1000, ours * 1e6, static_cast<double>(size) / ours / 1e6, single * 1e6, single / ours);
#ifdef PGPROMPT_HAVE_VECTORSCAN
    double compile_seconds = 0;
    const auto texts = prose(size, count, 555);
    const double plain = vectorscan_seconds(patterns, 0, texts, &compile_seconds);
    if (plain > 0) {
        std::printf("   vectorscan %7.2f us, ours/its %.2f", plain * 1e6 / static_cast<double>(count),
                    ours / (plain / static_cast<double>(count)));
    }
#endif
    std::printf("\n      compile %.1f ms, memory %.2f MB, not filtered %zu\n", engines->compile_seconds * 1e3,
                static_cast<double>(engines->memory) / 1e6, engines->matcher.unfiltered());
}

double keyword_microseconds(size_t count, size_t size, size_t texts) {
    Matcher matcher;
    for (const std::string& word : keywords(count)) matcher.add_keyword(word, {}, {});
    matcher.build();
    run_matcher(matcher, prose(size, 20, 1));
    return 1e6 * best_of([&](const auto& t) { return run_matcher(matcher, t); }, size, texts, 300, prose);
}

// The four detectors by their default rules, through evaluate_rules().
void detector_table(size_t size, size_t count) {
    for (const RuleType type : {RuleType::pii, RuleType::secret, RuleType::toxic, RuleType::injection}) {
        RuleSpec spec;
        spec.name = name_of(type);
        spec.type = type;
        const auto rules = compile_rules({spec}).take();
        const auto mask = rules->all();
        const auto work = [&](const std::vector<std::string>& texts) {
            size_t found = 0;
            for (const std::string& text : texts) found += evaluate_rules(*rules, text, mask).take().size();
            return found;
        };
        const double first = seconds_of([&] { g_sink = work(prose(size, 1, 5)); });
        const double each = best_of(work, size, count, 700, prose);
        std::printf("%-10s %4zu KB   %9.2f us  %7.1f MB/s   first text %.1f ms\n", name_of(type), size / 1000,
                    each * 1e6, static_cast<double>(size) / each / 1e6, first * 1e3);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const size_t scale = argc > 1 ? static_cast<size_t>(std::atoi(argv[1])) : 400;
    std::printf("-- regex rules against RE2 one by one, new prose every call\n");
    double time_30 = 0, time_300 = 0, time_1000 = 0, other = 0;
    regex_table(30, 1000, scale, &time_30);
    regex_table(300, 1000, scale, &time_300);
    regex_table(1000, 1000, scale, &time_1000);
    regex_table(300, 10000, scale / 8, &other);
    regex_table(300, 100000, std::max<size_t>(scale / 80, 2), &other);
    std::printf("growth of time from 30 to 1,000 rules: %.1fx\n", time_1000 / time_30);

    std::printf("-- keywords\n");
    for (const size_t size : {1000u, 10000u, 100000u}) {
        const size_t texts = std::max<size_t>(scale * 1000 / size, 4);
        const double few = keyword_microseconds(3, size, texts);
        const double many = keyword_microseconds(1000, size, texts);
        std::printf("%4zu KB: 3 keywords %8.2f us, 1,000 keywords %8.2f us = %.2fx, %.0f MB/s\n", size / 1000,
                    few, many, many / few, static_cast<double>(size) / many);
    }

    std::printf("-- detectors by their default rules, new prose every call\n");
    for (const size_t size : {1000u, 10000u}) detector_table(size, std::max<size_t>(scale * 500 / size, 4));

    std::printf("-- hostile texts: digits, hexadecimal digits, beginnings of secrets\n");
    static const std::vector<std::string> heads = {
        "AKIA", "ghp_",        "sk_live_", "xoxb-", "AIza", "eyJ", "SG.", "key-",    "hf_",
        "npm_", "-----BEGIN ", "glpat-",   "0x12",  "AC",   "SK",  "@",   "123-45-", "4111-1111-"};
    const auto hostile = [&](size_t size, size_t count, uint32_t seed) {
        TextSource source(seed);
        std::vector<std::string> texts;
        for (size_t i = 0; i < count; ++i) texts.push_back(source.hostile(size, heads));
        return texts;
    };
    for (const size_t rules : {30u, 300u}) {
        const auto engines = regex_engines(rule_patterns(rules));
        for (const size_t size : {1000u, 10000u, 100000u}) {
            const size_t count = std::max<size_t>(scale * 100 / size, 2);
            run_matcher(engines->matcher, hostile(size, 2, 1));
            run_single(*engines, hostile(size, 2, 1));
            const double ours = best_of([&](const auto& t) { return run_matcher(engines->matcher, t); }, size,
                                        count, 900, hostile);
            const double single =
                best_of([&](const auto& t) { return run_single(*engines, t); }, size, count, 900, hostile);
            std::printf("%5zu regex rules %4zu KB   %9.2f us, one by one %9.2f us = %.2fx\n", rules,
                        size / 1000, ours * 1e6, single * 1e6, single / ours);
        }
    }
    return 0;
}
