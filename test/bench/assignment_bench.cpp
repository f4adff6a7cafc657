// How fast a unit finds its variant.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "core/experiment/always_valid.h"
#include "core/experiment/assignment.h"
#include "core/experiment/moments.h"

namespace {

using namespace pgprompt;

const std::string kSalt = "5f1c9b0a-3c1e-4a57-9d3c-0f7c2f3f9a10";

std::vector<std::string> units(size_t length) {
    std::vector<std::string> out;
    for (int i = 0; i < 4096; ++i) {
        std::string id = "user-" + std::to_string(i * 7919);
        id.resize(length, 'x');
        out.push_back(id);
    }
    return out;
}

void BM_Bucket(benchmark::State& state) {
    const std::vector<std::string> ids = units(static_cast<size_t>(state.range(0)));
    size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(bucket(kSalt, ids[i++ & 4095]));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Bucket)->Arg(10)->Arg(36)->Arg(200)->Arg(2000);

void BM_Assign(benchmark::State& state) {
    const std::vector<std::string> ids = units(12);
    const std::vector<double> weights(static_cast<size_t>(state.range(0)), 1);
    size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(assign(bucket(kSalt, ids[i++ & 4095]), weights.data(), weights.size()));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Assign)->Arg(2)->Arg(3)->Arg(10);

void BM_Relayout(benchmark::State& state) {
    const std::vector<Buckets> layout = initial_layout({50, 25, 25}).take();
    for (auto _ : state) benchmark::DoNotOptimize(relayout(layout, {25, 50, 25}));
}
BENCHMARK(BM_Relayout);

void BM_MomentsFromDecimalTexts(benchmark::State& state) {
    const UserSums sums{5000000,
                        "123456789012345",
                        "9876543210987654321098",
                        "40000000",
                        "390000000",
                        "1034567890123456",
                        {},
                        {},
                        {},
                        {}};
    for (auto _ : state) benchmark::DoNotOptimize(moments_of(sums));
}
BENCHMARK(BM_MomentsFromDecimalTexts);

void BM_AlwaysValidReading(benchmark::State& state) {
    const StratumPair pair{moments_of_successes(8502, 44700), moments_of_successes(8279, 45489)};
    const double rho2 = mixture_rho2_planned(45000, 45000, 0.05).take();
    for (auto _ : state) {
        benchmark::DoNotOptimize(always_valid_test(contrast_of(&pair, 1, MetricKind::per_row), rho2, 0.05));
    }
}
BENCHMARK(BM_AlwaysValidReading);

}  // namespace
