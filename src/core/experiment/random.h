// A small reproducible generator for simulations and permutations: the same seed gives the same numbers
// everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pgprompt {

// SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, OOPSLA 2014).
class Random {
 public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)
    bool chance(double p) { return uniform() < p; }
    size_t below(size_t n) { return static_cast<size_t>(uniform() * static_cast<double>(n)); }

 private:
    uint64_t state_;
};

}  // namespace pgprompt
