// Grouping in server memory: a map from byte strings to plain structs, safe to use where errors longjmp.
#pragma once

#include "pg/server.h"

#include <cstring>
#include <type_traits>

namespace pgprompt::pg {

struct Group {
    uint32 hash;
    int key_length;
    char* key;
    void* value;
};

struct GroupMap {
    MemoryContext context;
    size_t value_size;
    int count;
    int capacity;
    Group* groups;  // in the order of their first appearance until sorted
    int* buckets;   // group number + 1, 0: free; made when the groups are too many to look through
    int bucket_mask;
};

GroupMap make_groups(MemoryContext context, size_t value_size);

// The value of a key, zeroed when it is new.
void* find_or_add(GroupMap* map, const char* key, int key_length);

// By key, bytewise; nothing can be added afterwards.
void sort(GroupMap* map);

template <class T>
T* value_of(const Group& group) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(group.value);
}

// Writes a key: fixed fields as their bytes, texts behind their length.
struct KeyWriter {
    char* start;
    char* end;

    void bytes(const void* data, size_t size) {
        memcpy(end, data, size);
        end += size;
    }
    void text_of(const char* data, int size) {
        bytes(&size, sizeof size);
        bytes(data, size);
    }
    int length() const { return static_cast<int>(end - start); }
};

// Reads it again, in the same order.
struct KeyReader {
    const char* next;

    const char* bytes(size_t size) {
        const char* here = next;
        next += size;
        return here;
    }
    text* text_of() {
        int size;
        memcpy(&size, bytes(sizeof size), sizeof size);
        auto* result = static_cast<text*>(palloc(VARHDRSZ + size));
        SET_VARSIZE(result, VARHDRSZ + size);
        memcpy(VARDATA(result), bytes(size), size);
        return result;
    }
};

}  // namespace pgprompt::pg
