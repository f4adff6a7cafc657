// The lists and maps of a parsed JSON text: one block each, in the document's arena.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/arena.h"
#include "core/status.h"
#include "core/value.h"

namespace pgprompt {

// The keys of a map. Maps with the same keys in the same order, as rows have them, share one.
struct JsonShape {
    uint32_t size;
    uint32_t unused;
    const uint32_t* sorted;  // indices by length and text; null for small maps
    const Value* keys() const { return reinterpret_cast<const Value*>(this + 1); }
};

// What the node of a map is.
struct JsonMap {
    const JsonShape* shape;
    const Value* values() const { return reinterpret_cast<const Value*>(this + 1); }
};

// The reader of such maps, and of no others.
const Container* json_map_reader() noexcept;
bool find_key(const JsonShape& shape, std::string_view key, uint32_t* index);

class JsonTree {
 public:
    JsonTree(Arena& arena, Poll poll) noexcept : arena_(arena), poll_(poll) {}

    // `result` may be where the items are.
    void list(const Value* items, uint32_t count, Value* result);
    // A map of a shape that an earlier map has.
    void map(const JsonShape* shape, const Value* values, Value* result);
    // A map of new keys. Of a key that comes twice the last value counts, at the first one's place. `shape`
    // gets the map's, or null if keys came twice.
    void map(const Value* keys, const Value* values, uint32_t count, const JsonShape** shape, Value* result);
    void poll() const {
        if (poll_ && poll_()) throw Failure(Code::cancelled, "reading the JSON text was cancelled");
    }

 private:
    Value* copy(void* to, const Value* from, size_t count) const;
    void sort(uint32_t* order, const Value* keys, uint32_t count) const;
    static bool may_repeat(const Value* keys, uint32_t count);
    static uint32_t drop_repeated(Value* keys, Value* values, const uint32_t* order, uint32_t count);

    Arena& arena_;
    Poll poll_;
};

// The value of a number in JSON's notation; the digits of an integer beyond int64 stay where they are.
Value json_number(std::string_view text);

// Reads a JSON text fast, or answers false: then it is wrong, or has something rare (a number beyond int64,
// half of a surrogate pair) that the caller's complete reader has to judge. Writes into `text`, which needs
// kJsonPadding NULs behind its `size` bytes; the values point into it.
inline constexpr size_t kJsonPadding = 64;
bool read_json_quickly(char* text, size_t size, uint32_t max_depth, uint64_t max_memory_bytes, JsonTree& tree,
                       Value* result);

}  // namespace pgprompt
