#include "core/experiment/assignment.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <cstring>

#include "core/experiment/arguments.h"

namespace pgprompt {
namespace {

double total_of(const double* weights, size_t count) {
    if (count == 0)
        throw Failure(Code::invalid_parameter, "weights must hold at least one weight", "It is empty.",
                      "Give one weight for each variant.");
    double total = 0;
    for (size_t i = 0; i < count; ++i) {
        arguments::not_negative("every weight", weights[i]);
        total += weights[i];
    }
    arguments::positive("the sum of the weights", total);
    return total;
}

int boundary(double cumulated, double total) {
    // Volatile: a fused multiply-add would round once where the definition rounds twice.
    volatile double scaled = kBuckets * (cumulated / total);
    return static_cast<int>(std::floor(scaled + 0.5));
}

std::vector<int> boundaries(const std::vector<double>& weights) {
    const double total = total_of(weights.data(), weights.size());
    std::vector<int> ends(weights.size());
    double cumulated = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
        cumulated += weights[i];
        ends[i] = boundary(cumulated, total);
    }
    return ends;
}

std::vector<int> counts_of(const std::vector<double>& weights) {
    std::vector<int> counts = boundaries(weights);
    for (size_t i = counts.size() - 1; i > 0; --i) counts[i] -= counts[i - 1];
    return counts;
}

std::vector<int> owners_of(const std::vector<Buckets>& layout) {
    std::vector<int> owner(kBuckets, -1);
    for (size_t i = 0; i < layout.size(); ++i) {
        for (const BucketRange& range : layout[i]) {
            if (range.low < 0 || range.high > kBuckets || range.low >= range.high) {
                throw Failure(
                    Code::invalid_parameter,
                    "a range of buckets must lie within 0 and 10000 and not be empty",
                    "It is " + std::to_string(range.low) + " to " + std::to_string(range.high) + ".");
            }
            for (int b = range.low; b < range.high; ++b) {
                if (owner[b] >= 0) {
                    throw Failure(Code::invalid_parameter, "bucket " + std::to_string(b) + " has two owners");
                }
                owner[b] = static_cast<int>(i);
            }
        }
    }
    return owner;
}

std::vector<Buckets> layout_of(const std::vector<int>& owner, size_t variants) {
    std::vector<Buckets> layout(variants);
    for (int b = 0; b < kBuckets; ++b) {
        if (owner[b] < 0) continue;
        Buckets& ranges = layout[owner[b]];
        if (!ranges.empty() && ranges.back().high == b) {
            ++ranges.back().high;
        } else {
            ranges.push_back({b, b + 1});
        }
    }
    return layout;
}

}  // namespace

int bucket(std::string_view salt, std::string_view unit) noexcept {
    // One-shot hashing of a joined copy beats the streaming state, whose reset alone costs more than a short
    // hash.
    char joined[512];
    const size_t length = salt.size() + 1 + unit.size();
    if (length <= sizeof joined) {
        if (!salt.empty()) std::memcpy(joined, salt.data(), salt.size());
        joined[salt.size()] = '\0';
        if (!unit.empty()) std::memcpy(joined + salt.size() + 1, unit.data(), unit.size());
        return static_cast<int>(XXH3_64bits(joined, length) % kBuckets);
    }
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, salt.data(), salt.size());
    XXH3_64bits_update(&state, "", 1);
    XXH3_64bits_update(&state, unit.data(), unit.size());
    return static_cast<int>(XXH3_64bits_digest(&state) % kBuckets);
}

Result<int> assign(int bucket, const double* weights, size_t count) noexcept {
    return protect([&] {
        if (bucket < 0 || bucket >= kBuckets) arguments::refuse("bucket", "lie between 0 and 9999", bucket);
        const double total = total_of(weights, count);
        double cumulated = 0;
        for (size_t i = 0; i < count; ++i) {
            cumulated += weights[i];
            if (bucket < boundary(cumulated, total)) return static_cast<int>(i);
        }
        throw Failure(Code::internal, "no variant owns the bucket");
    });
}

int bucket_count(const Buckets& buckets) noexcept {
    int count = 0;
    for (const BucketRange& range : buckets) count += range.high - range.low;
    return count;
}

Result<std::vector<int>> bucket_counts(const std::vector<double>& weights) noexcept {
    return protect([&] { return counts_of(weights); });
}

Result<std::vector<Buckets>> initial_layout(const std::vector<double>& weights) noexcept {
    return protect([&] {
        const std::vector<int> ends = boundaries(weights);
        std::vector<Buckets> layout(weights.size());
        int low = 0;
        for (size_t i = 0; i < ends.size(); ++i) {
            if (ends[i] > low) layout[i].push_back({low, ends[i]});
            low = ends[i];
        }
        return layout;
    });
}

Result<std::vector<Buckets>> relayout(const std::vector<Buckets>& current,
                                      const std::vector<double>& weights) noexcept {
    return protect([&] {
        std::vector<int> missing = counts_of(weights);
        if (current.size() > weights.size()) {
            throw Failure(Code::invalid_parameter, "weights must name every variant of the present layout",
                          std::to_string(weights.size()) + " weights for " + std::to_string(current.size()) +
                              " variants.",
                          "Give a variant that is to be left out the weight 0.");
        }
        std::vector<int> owner = owners_of(current);
        for (int b = 0; b < kBuckets; ++b) {
            if (owner[b] >= 0) --missing[owner[b]];
        }
        for (int b = kBuckets - 1; b >= 0; --b) {
            if (owner[b] >= 0 && missing[owner[b]] < 0) {
                ++missing[owner[b]];
                owner[b] = -1;
            }
        }
        size_t taker = 0;
        for (int b = 0; b < kBuckets; ++b) {
            if (owner[b] >= 0) continue;
            while (missing[taker] == 0) ++taker;
            owner[b] = static_cast<int>(taker);
            --missing[taker];
        }
        return layout_of(owner, weights.size());
    });
}

Result<std::vector<int>> bucket_owners(const std::vector<Buckets>& layout) noexcept {
    return protect([&] { return owners_of(layout); });
}

Result<int> buckets_moved(const std::vector<Buckets>& before, const std::vector<Buckets>& after) noexcept {
    return protect([&] {
        const std::vector<int> was = owners_of(before), is = owners_of(after);
        int moved = 0;
        for (int b = 0; b < kBuckets; ++b) moved += was[b] != is[b];
        return moved;
    });
}

}  // namespace pgprompt
