// What every simulation prints: a figure with its standard error, what must hold, and whether it does.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>

namespace simulation {

struct Options {
    bool quick = false;
    uint64_t seed = 20240501;
    int runs(int full, int quick_runs) const { return quick ? quick_runs : full; }
};

class Report {
 public:
    explicit Report(bool quick) : quick_(quick) {}

    void section(const char* title) { std::printf("%s\n", title); }

    // A share of runs that must not exceed `most`. `proven`: its one-sided 99 % bound must not, either (full
    // runs only: the quick mode has too few runs to prove it, and fails only where the excess itself is
    // beyond chance).
    void at_most(const std::string& what, int hits, int runs, double most, bool proven = false) {
        const double share = static_cast<double>(hits) / runs, se = error(share, runs);
        const double bound = share + 2.326 * std::sqrt(std::fmax(share, 1.0 / runs) * (1 - share) / runs);
        const double slack = quick_ ? 3.1 * std::sqrt(most * (1 - most) / runs) : 0;
        const bool ok = proven && !quick_ ? bound <= most : share <= most + slack;
        char must[80];
        std::snprintf(must, sizeof must, "at most %g %%", 100 * most);
        if (proven) std::snprintf(must, sizeof must, "bound %.2f %%, at most %g %%", 100 * bound, 100 * most);
        line(what, 100 * share, 100 * se, must, ok);
    }

    void at_least(const std::string& what, double share, double se, double least) {
        const bool ok = share >= least - (quick_ ? 3.1 * se : 0);
        char must[80];
        std::snprintf(must, sizeof must, "at least %g %%", 100 * least);
        line(what, 100 * share, 100 * se, must, ok);
    }

    void between(const std::string& what, double share, double se, double low, double high) {
        const double slack = quick_ ? 3.1 * std::fmax(se, 0.01) : 0;
        char must[80];
        std::snprintf(must, sizeof must, "%g to %g %%", 100 * low, 100 * high);
        line(what, 100 * share, 100 * se, must, share >= low - slack && share <= high + slack);
    }

    // For comparison only: what a method without the care would do.
    void share(const std::string& what, double value, double se) {
        std::printf("  %-74s %7.2f %%  (se %.2f)\n", what.c_str(), 100 * value, 100 * se);
    }
    void shown(const std::string& what, int hits, int runs) {
        const double part = static_cast<double>(hits) / runs;
        share(what, part, error(part, runs));
    }

    static double error(double share, int runs) { return std::sqrt(share * (1 - share) / runs); }
    int passed() const { return passed_; }
    int failures() const { return failures_; }

 private:
    void line(const std::string& what, double figure, double se, const char* must, bool ok) {
        std::printf("  %-74s %7.2f %%  (se %.2f)  must: %s  %s\n", what.c_str(), figure, se, must,
                    ok ? "holds" : "DOES NOT HOLD");
        ++(ok ? passed_ : failures_);
    }

    bool quick_;
    int passed_ = 0, failures_ = 0;
};

}  // namespace simulation
