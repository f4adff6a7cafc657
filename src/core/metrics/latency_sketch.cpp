#include "core/metrics/latency_sketch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace pgprompt {

static_assert(kSketchBuckets <= kMostCounts);

namespace {

constexpr int32_t kGreatest = std::numeric_limits<int32_t>::max();

// With the harmonic mean of its bounds for a bucket's value, the error is (high - low) / (high + low): below
// 0.0195 here, which leaves room for rounding the value.
constexpr int32_t high_of(int32_t low) {
    const int64_t high = static_cast<int64_t>(low) * 10195 / 9805;
    return high > kGreatest ? kGreatest : static_cast<int32_t>(high);
}

constexpr std::array<int32_t, kSketchBuckets> make_lows() {
    std::array<int32_t, kSketchBuckets> lows{};
    int32_t low = 0;
    for (int i = 0; i < kSketchBuckets; i++) {
        lows[i] = low;
        if (i + 1 < kSketchBuckets) low = high_of(low) + 1;
    }
    return lows;
}

constexpr std::array<int32_t, kSketchBuckets> kLows = make_lows();
static_assert(high_of(kLows[kSketchBuckets - 1]) == kGreatest &&
                  kLows[kSketchBuckets - 2] < kLows[kSketchBuckets - 1],
              "the last bucket holds the greatest time");

}  // namespace

int sketch_bucket(int32_t milliseconds) noexcept {
    const auto* above = std::upper_bound(kLows.begin() + 1, kLows.end(), milliseconds);
    return static_cast<int>(above - kLows.begin()) - 1;
}

int32_t sketch_low(int bucket) noexcept {
    return kLows[bucket];
}

int32_t sketch_high(int bucket) noexcept {
    return bucket + 1 < kSketchBuckets ? kLows[bucket + 1] - 1 : kGreatest;
}

double sketch_value(int bucket) noexcept {
    const double low = sketch_low(bucket);
    const double high = sketch_high(bucket);
    return low == high ? low : 2 * low * high / (low + high);
}

int64_t sketch_size(const SparseCounts& sketch) noexcept {
    int64_t size = 0;
    for (int64_t count : sketch.counts) size += count;
    return size;
}

double sketch_percentile(const SparseCounts& sketch, double fraction) noexcept {
    const int64_t size = sketch_size(sketch);
    if (size <= 0) return -1;
    const int64_t rank =
        std::max<int64_t>(1, static_cast<int64_t>(std::ceil(fraction * static_cast<double>(size))));
    int64_t seen = 0;
    for (int i = 0; i < kSketchBuckets; i++) {
        seen += sketch.counts[i];
        if (seen >= rank) return sketch_value(i);
    }
    return sketch_value(kSketchBuckets - 1);
}

}  // namespace pgprompt
