// Checks the core's statistics against a CSV of reference values (method, inputs as JSON, expected as JSON,
// tolerance, source) and prints, by method, how many rows passed, failed or are not offered, and to how many
// digits the worst number agrees (relative; absolute where the row's tolerance is; 17: all are equal; none:
// the oracle has fewer than 11 itself). Exit status 1 if a row failed. usage: statistics_reference FILE.csv
#include <cstdio>

#include "statistics/check.h"

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::fprintf(stderr, "usage: statistics_reference FILE.csv\n");
        return 2;
    }
    reference::Tally total;
    const auto tallies = reference::check_file(argv[1]);
    std::printf("%-45s %6s %6s %11s %6s\n", "method", "passed", "failed", "not offered", "digits");
    for (const auto& [name, tally] : tallies) {
        char digits[16] = "";
        if (tally.digits < 99) std::snprintf(digits, sizeof digits, "%.1f", tally.digits);
        std::printf("%-45s %6d %6d %11d %6s%s%s\n", name.c_str(), tally.passed, tally.failed,
                    tally.not_offered, digits,
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
