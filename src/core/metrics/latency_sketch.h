// Counts of response times in buckets whose bounds differ by less than 4 %: percentiles of the nearest rank
// are right within 2 %, counts add and are taken back exactly, and two sketches of the same values are the
// same bytes. The buckets are those of DDSketch (Masson, Rim and Lee 2019) with bounds in whole milliseconds,
// so that no logarithm decides on any machine where a value belongs: below 26 ms each value has its own.
#pragma once

#include <cstdint>

#include "core/metrics/sparse_counts.h"

namespace pgprompt {

constexpr int kSketchBuckets = 483;

// The bucket of a time from 0 to 2^31 - 1 ms; a negative one counts as 0.
int sketch_bucket(int32_t milliseconds) noexcept;

// The least and the greatest time in a bucket, and the time that stands for it: at most 2 % from both.
int32_t sketch_low(int bucket) noexcept;
int32_t sketch_high(int bucket) noexcept;
double sketch_value(int bucket) noexcept;

// How many values there are.
int64_t sketch_size(const SparseCounts& sketch) noexcept;

// The value of rank ceil(fraction * size), at least 1, within 2 %; negative if there are no values.
// `fraction` is from 0 to 1.
double sketch_percentile(const SparseCounts& sketch, double fraction) noexcept;

}  // namespace pgprompt
