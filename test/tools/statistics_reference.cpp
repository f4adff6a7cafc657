// Checks the core's statistics against a CSV of reference values (method, inputs as JSON, expected as JSON,
// tolerance, source) and prints, by method, how many rows passed, failed or are not offered. Exit status 1 if
// a row failed. usage: statistics_reference FILE.csv
#include <cstdio>

#include "statistics/check.h"

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::fprintf(stderr, "usage: statistics_reference FILE.csv\n");
        return 2;
    }
    reference::Tally total;
    const auto tallies = reference::check_file(argv[1]);
    std::printf("%-45s %6s %6s %11s\n", "method", "passed", "failed", "not offered");
    for (const auto& [name, tally] : tallies) {
        std::printf("%-45s %6d %6d %11d%s%s\n", name.c_str(), tally.passed, tally.failed, tally.not_offered,
                    tally.fields.empty() ? "" : "  not compared:", tally.fields.c_str());
        total.passed += tally.passed;
        total.failed += tally.failed;
        total.not_offered += tally.not_offered;
    }
    std::printf("%-45s %6d %6d %11d\n", "total", total.passed, total.failed, total.not_offered);
    return total.failed > 0;
} catch (const std::exception& failure) {
    std::fprintf(stderr, "statistics_reference: %s\n", failure.what());
    return 2;
}
