// Random draws for the simulations, reproducible from a seed.
#pragma once

#include <cmath>
#include <vector>

#include "core/experiment/random.h"

namespace simulation {

using pgprompt::Random;

inline double normal(Random* random) {
    const double u = 1 - random->uniform(), angle = 6.283185307179586477 * random->uniform();
    return std::sqrt(-2 * std::log(u)) * std::cos(angle);
}

inline double exponential(Random* random, double mean) {
    return -mean * std::log(1 - random->uniform());
}

// G. Marsaglia and W. W. Tsang (2000).
inline double gamma(Random* random, double shape) {
    if (shape < 1) return gamma(random, shape + 1) * std::pow(1 - random->uniform(), 1 / shape);
    const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    while (true) {
        const double z = normal(random), v = std::pow(1 + c * z, 3);
        if (v > 0 && std::log(1 - random->uniform()) < 0.5 * z * z + d - d * v + d * std::log(v))
            return d * v;
    }
}

inline double beta(Random* random, double a, double b) {
    const double x = gamma(random, a), y = gamma(random, b);
    return x + y > 0 ? x / (x + y) : a / (a + b);
}

// A user's own rate, with the given mean and correlation between two of his rows.
inline double user_rate(Random* random, double mean, double correlation) {
    if (correlation <= 0) return mean;
    const double size = 1 / correlation - 1;
    return beta(random, mean * size, (1 - mean) * size);
}

template <class T>
void shuffle(Random* random, std::vector<T>* items) {
    for (size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[random->below(i)]);
}

}  // namespace simulation
