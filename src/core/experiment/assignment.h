// Which variant a unit gets: documented to the bit in doc/assignment.md, so that any client can reproduce it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace pgprompt {

inline constexpr int kBuckets = 10000;

// The bucket (0 to 9999) of a unit under a salt: XXH3-64 (seed 0) of the salt's bytes, one zero byte and the
// unit's bytes, modulo 10,000. Text in the server holds no zero byte, so no two pairs share an input.
int bucket(std::string_view salt, std::string_view unit) noexcept;

// The variant (from 0) that owns a bucket under the initial layout of `count` weights: the first whose
// boundary exceeds the bucket. Boundary i is floor(10000 * ((w_0 + ... + w_i) / total) + .5) in IEEE doubles,
// sums from left to right; the last is 10,000. A variant of weight 0 owns nothing. Weights need not sum to
// 100. Errors: invalid_parameter for no weights, a weight that is negative or not finite, all weights 0.
Result<int> assign(int bucket, const double* weights, size_t count) noexcept;

// Buckets low (inclusive) to high (exclusive).
struct BucketRange {
    int low = 0;
    int high = 0;
    friend bool operator==(const BucketRange& a, const BucketRange& b) {
        return a.low == b.low && a.high == b.high;
    }
};

// What one variant owns: ascending, disjoint, none empty, none touching the next.
using Buckets = std::vector<BucketRange>;

int bucket_count(const Buckets& buckets) noexcept;

// How many buckets each variant has under the weights: the differences of the boundaries of assign(). Sums to
// 10,000.
Result<std::vector<int>> bucket_counts(const std::vector<double>& weights) noexcept;

// The initial layout: variant i owns one range, from boundary i-1 to boundary i (none when the two are
// equal).
Result<std::vector<Buckets>> initial_layout(const std::vector<double>& weights) noexcept;

// The layout after a change of weights, moving the fewest buckets that reach bucket_counts(weights): a
// variant with too many gives up its highest-numbered buckets; the freed ones (and any that nobody owned), in
// ascending order, go to the variants with too few, in the order of the variants, each filled before the
// next. A variant added behind the old ones starts with an empty entry in `current` or with none; a variant
// taken out stays with weight 0. Errors: as above, and for overlapping or out-of-range buckets or more
// entries in `current` than weights.
Result<std::vector<Buckets>> relayout(const std::vector<Buckets>& current,
                                      const std::vector<double>& weights) noexcept;

// How many buckets change hands between two layouts; bucket_owners answers the variant of each of the 10,000
// buckets
// (-1: nobody's).
Result<std::vector<int>> bucket_owners(const std::vector<Buckets>& layout) noexcept;
Result<int> buckets_moved(const std::vector<Buckets>& before, const std::vector<Buckets>& after) noexcept;

}  // namespace pgprompt
