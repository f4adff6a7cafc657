#include "core/metrics/latency_sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace pgprompt {
namespace {

constexpr int32_t kGreatest = 2147483647;

std::string encoded(const SparseCounts& sketch) {
    std::string bytes(kMostCountBytes, '\0');
    bytes.resize(encode(sketch, bytes.data()));
    return bytes;
}

SparseCounts sketch_of(const std::vector<int32_t>& values) {
    SparseCounts sketch{};
    for (int32_t value : values) sketch.counts[sketch_bucket(value)]++;
    return sketch;
}

void add(SparseCounts* sketch, const std::string& bytes, int64_t sign) {
    add_encoded(sketch, bytes.data(), bytes.size(), sign);
}

// The value of the nearest rank, as PostgreSQL's percentile_disc has it.
int32_t nearest_rank(std::vector<int32_t> values, double fraction) {
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<size_t>(std::ceil(fraction * static_cast<double>(values.size())));
    return values[std::max<size_t>(rank, 1) - 1];
}

TEST(LatencySketch, BucketsCoverEveryTimeWithinTwoPercent) {
    int32_t expected = 0;
    for (int i = 0; i < kSketchBuckets; i++) {
        const int32_t low = sketch_low(i);
        const int32_t high = sketch_high(i);
        ASSERT_EQ(low, expected);
        ASSERT_GE(high, low);
        ASSERT_EQ(sketch_bucket(low), i);
        ASSERT_EQ(sketch_bucket(high), i);
        // with the value rounded to hundredths, as it is shown
        const double value = std::round(sketch_value(i) * 100) / 100;
        ASSERT_LE(std::abs(value - low), 0.02 * low) << low;
        ASSERT_LE(std::abs(value - high), 0.02 * high) << high;
        expected = high == kGreatest ? -1 : high + 1;
    }
    EXPECT_EQ(expected, -1);
    EXPECT_EQ(sketch_bucket(-5), 0);
    EXPECT_EQ(sketch_high(sketch_bucket(25)), 25);
}

TEST(LatencySketch, PercentilesAreWithinTwoPercentOfTheNearestRank) {
    std::mt19937_64 random(1);
    const std::vector<std::vector<double>> logs = {{6.0, 0.3}, {7.5, 1.2}, {2.0, 1.0}, {14.0, 3.0}};
    for (const auto& shape : logs) {
        std::lognormal_distribution<double> times(shape[0], shape[1]);
        for (int size : {1, 2, 7, 100, 5000}) {
            std::vector<int32_t> values(size);
            for (auto& value : values) value = static_cast<int32_t>(std::min(times(random), 2e9));
            const SparseCounts sketch = sketch_of(values);
            ASSERT_EQ(sketch_size(sketch), size);
            for (double fraction : {0.0, 0.5, 0.9, 0.95, 0.99, 1.0}) {
                const int32_t exact = nearest_rank(values, fraction);
                ASSERT_LE(std::abs(sketch_percentile(sketch, fraction) - exact), 0.02 * exact) << fraction;
            }
        }
    }
}

TEST(LatencySketch, PartsAddAndAreTakenBackExactly) {
    std::mt19937_64 random(2);
    std::vector<int32_t> values(3000);
    for (auto& value : values) value = static_cast<int32_t>(random() >> (33 + random() % 30));
    const std::string whole = encoded(sketch_of(values));
    // in parts of any order, one of which holds what others take back
    SparseCounts merged{};
    add(&merged, encoded(sketch_of({values.begin(), values.begin() + 1000})), 1);
    add(&merged, encoded(sketch_of({values.begin(), values.begin() + 500})), -1);
    add(&merged, encoded(sketch_of({values.begin() + 1000, values.end()})), 1);
    SparseCounts taken{};
    add(&taken, encoded(sketch_of({values.begin(), values.begin() + 500})), -1);
    add(&merged, encoded(taken), -1);
    EXPECT_EQ(encoded(merged), whole);
    add(&merged, whole, -1);
    EXPECT_EQ(encoded(merged), "");
    EXPECT_LT(sketch_percentile(merged, 0.5), 0);
}

TEST(LatencySketch, LargeAndNegativeCountsAreEncoded) {
    SparseCounts sketch{};
    for (int i = 0; i < kSketchBuckets; i++) {
        sketch.counts[i] = (i % 2 == 0 ? 1 : -1) * (int64_t{1} << (i % 63));
    }
    const std::string bytes = encoded(sketch);
    EXPECT_LE(bytes.size(), kMostCountBytes);
    SparseCounts back{};
    add(&back, bytes, 1);
    EXPECT_EQ(encoded(back), bytes);
    EXPECT_EQ(back.counts[61], sketch.counts[61]);
    EXPECT_EQ(back.counts[62], sketch.counts[62]);
}

TEST(LatencySketch, WhatIsNoSketchEndsIt) {
    SparseCounts sketch{};
    add(&sketch, std::string("\x01\x02\xff\xff\xff\xff\x7f\x02\x01\x02", 10), 1);
    EXPECT_EQ(sketch_size(sketch), 1);
    add(&sketch, std::string("\x00\x02\x01\x02", 4), 1);
    add(&sketch, std::string(40, '\xff'), 1);
    add(&sketch, "\x01", 1);
    EXPECT_EQ(sketch_size(sketch), 1);
}

}  // namespace
}  // namespace pgprompt
