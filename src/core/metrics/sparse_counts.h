// Many counts most of which are zero, such as the buckets of a sketch, and the bytes they are kept in. Counts
// add and are taken back exactly, and the same counts are the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pgprompt {

constexpr int kMostCounts = 483;

// Plain data, zeroed at first. A part of a figure may hold less than nothing of it: what another part has.
struct SparseCounts {
    int64_t counts[kMostCounts];
};

// Encoded: for each count that is not zero, in order, the distance from the one before (the first from -1)
// and the count, as variable-length integers of 7 bits a byte, low bits first; counts in zigzag.
constexpr size_t kMostCountBytes = kMostCounts * 12;

// Adds encoded counts `sign` times. What is no encoding ends them.
void add_encoded(SparseCounts* counts, const void* data, size_t size, int64_t sign) noexcept;

// Writes at most kMostCountBytes; returns how many.
size_t encode(const SparseCounts& counts, void* out) noexcept;

}  // namespace pgprompt
