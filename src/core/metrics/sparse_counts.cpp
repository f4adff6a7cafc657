#include "core/metrics/sparse_counts.h"

namespace pgprompt {

namespace {

struct Writer {
    uint8_t* next;

    void number(uint64_t value) {
        while (value >= 0x80) {
            *next++ = static_cast<uint8_t>(value | 0x80);
            value >>= 7;
        }
        *next++ = static_cast<uint8_t>(value);
    }
};

struct Reader {
    const uint8_t* next;
    const uint8_t* end;

    bool number(uint64_t* value) {
        if (next < end && *next < 0x80) {  // most are small
            *value = *next++;
            return true;
        }
        *value = 0;
        for (int shift = 0; next < end && shift < 64; shift += 7) {
            const uint8_t byte = *next++;
            *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }
};

uint64_t zigzag(int64_t value) {
    return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
int64_t unzigzag(uint64_t value) {
    return static_cast<int64_t>((value >> 1) ^ (0 - (value & 1)));
}

inline bool add_entry(SparseCounts* counts, int* index, uint64_t distance, uint64_t count, int64_t sign) {
    if (distance == 0 || distance > static_cast<uint64_t>(kMostCounts - 1 - *index)) return false;
    *index += static_cast<int>(distance);
    const uint64_t change = static_cast<uint64_t>(unzigzag(count)) * static_cast<uint64_t>(sign);
    counts->counts[*index] = static_cast<int64_t>(static_cast<uint64_t>(counts->counts[*index]) + change);
    return true;
}

}  // namespace

void add_encoded(SparseCounts* counts, const void* data, size_t size, int64_t sign) noexcept {
    Reader reader{static_cast<const uint8_t*>(data), static_cast<const uint8_t*>(data) + size};
    int index = -1;
    uint64_t distance;
    uint64_t count;
    while (reader.end - reader.next >= 3) {
        // Nearly always: one byte for the distance, one or two for the count.
        const uint8_t* at = reader.next;
        if (at[0] < 0x80 && at[1] < 0x80) {
            distance = at[0];
            count = at[1];
            reader.next += 2;
        } else if (at[0] < 0x80 && at[2] < 0x80) {
            distance = at[0];
            count = (at[1] & 0x7f) | static_cast<uint64_t>(at[2]) << 7;
            reader.next += 3;
        } else if (!reader.number(&distance) || !reader.number(&count)) {
            return;
        }
        if (!add_entry(counts, &index, distance, count, sign)) return;
    }
    while (reader.number(&distance) && reader.number(&count)) {
        if (!add_entry(counts, &index, distance, count, sign)) return;
    }
}

size_t encode(const SparseCounts& counts, void* out) noexcept {
    auto* start = static_cast<uint8_t*>(out);
    Writer writer{start};
    int previous = -1;
    for (int i = 0; i < kMostCounts; i++) {
        if (counts.counts[i] == 0) continue;
        writer.number(static_cast<uint64_t>(i - previous));
        writer.number(zigzag(counts.counts[i]));
        previous = i;
    }
    return static_cast<size_t>(writer.next - start);
}

}  // namespace pgprompt
