#include "core/experiment/assignment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "core/experiment/distributions.h"
#include "core/experiment/random.h"

namespace pgprompt {
namespace {

TEST(Bucket, SeparatesSaltFromUnit) {
    EXPECT_NE(bucket("ab", "c"), bucket("a", "bc"));
}

// Values of python3-xxhash: xxhash.xxh3_64_intdigest(salt + b"\0" + unit) % 10000. They are in
// doc/assignment.md.
TEST(Bucket, AgreesWithAnotherImplementation) {
    EXPECT_EQ(bucket("", ""), 1883);
    EXPECT_EQ(bucket("salt", "user-1"), 8962);
    EXPECT_EQ(bucket("salt", "user-2"), 3403);
    EXPECT_EQ(bucket("salt", "user-42"), 1936);
    EXPECT_EQ(bucket("salt2", "user-1"), 9638);
    EXPECT_EQ(bucket("a", "bc"), 4799);
    EXPECT_EQ(bucket("ab", "c"), 3469);
    EXPECT_EQ(bucket("5f1c9b0a-3c1e-4a57-9d3c-0f7c2f3f9a10", "1"), 5500);
    EXPECT_EQ(bucket("s\xc3\xa4lz", "Nutzerin \xc3\x84"), 1782);
    EXPECT_EQ(bucket("salt", "\xf0\x9f\x99\x82"), 1533);
    // Around the lengths at which XXH3 and the joining change their ways.
    EXPECT_EQ(bucket("x", std::string(16, 'y')), 8876);
    EXPECT_EQ(bucket("x", std::string(17, 'y')), 3418);
    EXPECT_EQ(bucket("x", std::string(127, 'y')), 8727);
    EXPECT_EQ(bucket("x", std::string(128, 'y')), 274);
    EXPECT_EQ(bucket("x", std::string(240, 'y')), 7732);
    EXPECT_EQ(bucket("x", std::string(241, 'y')), 4029);
    EXPECT_EQ(bucket(std::string(200, 's'), std::string(310, 'u')), 6605);
    EXPECT_EQ(bucket(std::string(200, 's'), std::string(311, 'u')), 3872);
    EXPECT_EQ(bucket(std::string(200, 's'), std::string(312, 'u')), 8656);
    EXPECT_EQ(bucket(std::string(1000, 's'), std::string(5000, 'u')), 6292);
}

TEST(Assign, SharesOfAMillionUsersLieWithinFourStandardErrors) {
    const int users = 1000000;
    for (const std::vector<double>& weights : {std::vector<double>{50, 25, 25}, {1, 99}}) {
        std::vector<int> counts(weights.size());
        for (int i = 0; i < users; ++i) {
            ++counts[assign(bucket("share test", std::to_string(i)), weights.data(), weights.size()).take()];
        }
        for (size_t j = 0; j < weights.size(); ++j) {
            const double p = weights[j] / 100;
            EXPECT_NEAR(counts[j], users * p, 4 * std::sqrt(users * p * (1 - p))) << j;
        }
    }
}

// Two experiments, 3 x 2 variants: the groups of one say nothing about the other's.
TEST(Assign, ExperimentsAreIndependent) {
    const std::vector<double> first = {50, 25, 25}, second = {50, 50};
    double seen[3][2] = {}, rows[3] = {}, columns[2] = {};
    const int users = 1000000;
    for (int i = 0; i < users; ++i) {
        const std::string id = "user-" + std::to_string(i);
        const int a = assign(bucket("experiment one", id), first.data(), 3).take();
        const int b = assign(bucket("experiment two", id), second.data(), 2).take();
        ++seen[a][b], ++rows[a], ++columns[b];
    }
    double chi_square = 0;
    for (int a = 0; a < 3; ++a) {
        for (int b = 0; b < 2; ++b) {
            const double expected = rows[a] * columns[b] / users;
            chi_square += (seen[a][b] - expected) * (seen[a][b] - expected) / expected;
        }
    }
    EXPECT_GT(chi_square_sf(chi_square, 2), 1e-3);
}

TEST(Assign, FollowsTheLayout) {
    for (const std::vector<double>& weights : {std::vector<double>{50, 25, 25},
                                               {1, 1, 1},
                                               {33.3, 33.3, 33.4},
                                               {0, 1, 0},
                                               {0.004, 99.996},
                                               {1e-300, 1e-300}}) {
        const std::vector<int> owners = bucket_owners(initial_layout(weights).take()).take();
        const std::vector<int> counts = bucket_counts(weights).take();
        std::vector<int> seen(weights.size());
        for (int b = 0; b < kBuckets; ++b) {
            const int variant = assign(b, weights.data(), weights.size()).take();
            ASSERT_EQ(variant, owners[b]);
            ++seen[variant];
        }
        EXPECT_EQ(seen, counts);
    }
}

TEST(Layout, LaysOutByCumulatedWeights) {
    EXPECT_EQ(initial_layout({50, 25, 25}).take(),
              (std::vector<Buckets>{{{0, 5000}}, {{5000, 7500}}, {{7500, 10000}}}));
    EXPECT_EQ(bucket_counts({1, 1, 1}).take(), (std::vector<int>{3333, 3334, 3333}));
    EXPECT_EQ(initial_layout({0, 1, 0}).take(), (std::vector<Buckets>{{}, {{0, 10000}}, {}}));
}

TEST(Layout, AChangeMovesTheFewestBuckets) {
    Random random(1);
    std::vector<Buckets> layout = initial_layout({50, 30, 20}).take();
    for (int change = 0; change < 100; ++change) {
        std::vector<double> weights(3 + random.below(3));
        weights.resize(std::max(weights.size(), layout.size()));
        for (double& weight : weights) weight = random.chance(0.2) ? 0 : random.uniform();
        weights[random.below(weights.size())] += 0.1;
        const std::vector<int> target = bucket_counts(weights).take();
        const std::vector<Buckets> next = relayout(layout, weights).take();
        int least = 0;
        for (size_t j = 0; j < next.size(); ++j) {
            EXPECT_EQ(bucket_count(next[j]), target[j]);
            const int had = j < layout.size() ? bucket_count(layout[j]) : 0;
            least += std::max(0, had - target[j]);
        }
        EXPECT_EQ(buckets_moved(layout, next).take(), least);
        layout = next;
    }
}

TEST(Layout, ChangesByTheDocumentedRule) {
    const std::vector<Buckets> first = initial_layout({50, 25, 25}).take();
    // Variant 0 gives up its highest buckets, variant 1 takes them.
    EXPECT_EQ(relayout(first, {25, 50, 25}).take(),
              (std::vector<Buckets>{{{0, 2500}}, {{2500, 7500}}, {{7500, 10000}}}));
    // Two givers, a new taker: freed buckets in ascending order.
    EXPECT_EQ(relayout(first, {40, 20, 20, 20}).take(),
              (std::vector<Buckets>{
                  {{0, 4000}}, {{5000, 7000}}, {{7500, 9500}}, {{4000, 5000}, {7000, 7500}, {9500, 10000}}}));
    // Buckets that were nobody's are handed out, too.
    EXPECT_EQ(relayout({{{0, 100}}, {}}, {1, 1}).take(),
              (std::vector<Buckets>{{{0, 5000}}, {{5000, 10000}}}));
    EXPECT_EQ(relayout(first, {50, 25, 25}).take(), first);
}

TEST(Layout, RefusesBadInput) {
    const double nan = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();
    for (const std::vector<double>& weights :
         {std::vector<double>{}, {0, 0}, {1, -1}, {1, nan}, {1, infinity}, {1e308, 1e308}}) {
        for (const Error& error :
             {initial_layout(weights).error(), bucket_counts(weights).error(), relayout({}, weights).error(),
              assign(5, weights.data(), weights.size()).error()}) {
            EXPECT_EQ(error.code, Code::invalid_parameter);
            EXPECT_NE(error.message.find("weight"), std::string::npos) << error.message;
        }
    }
    const double one = 1;
    EXPECT_EQ(assign(-1, &one, 1).error().code, Code::invalid_parameter);
    EXPECT_EQ(assign(kBuckets, &one, 1).error().code, Code::invalid_parameter);
    EXPECT_EQ(relayout({{{0, 10}}, {{5, 20}}}, {1, 1}).error().message, "bucket 5 has two owners");
    EXPECT_FALSE(relayout({{{0, 10001}}}, {1}).ok());
    EXPECT_FALSE(relayout({{{10, 10}}}, {1}).ok());
    EXPECT_FALSE(relayout({{{0, 5000}}, {{5000, 10000}}}, {1}).ok());
}

TEST(Layout, TakesThousandsOfVariants) {
    const std::vector<double> weights(5000, 1);
    const std::vector<Buckets> layout = initial_layout(weights).take();
    std::vector<double> changed(weights);
    changed[17] = 100;
    const std::vector<int> target = bucket_counts(changed).take();
    const std::vector<Buckets> next = relayout(layout, changed).take();
    for (size_t j = 0; j < next.size(); ++j) ASSERT_EQ(bucket_count(next[j]), target[j]);
}

}  // namespace
}  // namespace pgprompt
