// Seeded simulations of what the statistics promise, through the core code that SQL calls. Each line is a
// figure with its standard error and what must hold; exit status 1 if something does not. usage: simulate
// [--quick] [--seed N] [NAME ...]   names: M1 to M6, traps; default: all
#include <cstdlib>
#include <cstring>
#include <set>

#include "simulation/adaptive.h"
#include "simulation/coverage.h"
#include "simulation/peeking.h"
#include "simulation/power.h"
#include "simulation/traps.h"

int main(int argc, char** argv) {
    simulation::Options options;
    std::set<std::string> wanted;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--quick") == 0) {
            options.quick = true;
        } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            options.seed = std::strtoull(argv[++i], nullptr, 10);
        } else {
            wanted.insert(argv[i]);
        }
    }
    struct Part {
        const char* name;
        void (*run)(const simulation::Options&, simulation::Report*);
    };
    const Part parts[] = {{"M1", simulation::run_m1},      {"M2", simulation::run_m2},
                          {"M3", simulation::run_m3},      {"M4", simulation::run_m4},
                          {"M5", simulation::run_m5},      {"M6", simulation::run_m6},
                          {"traps", simulation::run_traps}};
    simulation::Report report(options.quick);
    for (const Part& part : parts) {
        if (wanted.empty() || wanted.count(part.name)) part.run(options, &report);
    }
    std::printf("%d passed, %d failed\n", report.passed(), report.failures());
    return report.failures() > 0;
}
