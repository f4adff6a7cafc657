#include "pg/metrics_groups.h"

extern "C" {
#include <common/hashfn.h>
}

namespace pgprompt::pg {

namespace {

constexpr int kLookThrough = 8;

bool is_key(const Group& group, uint32 hash, const char* key, int key_length) {
    return group.hash == hash && group.key_length == key_length && memcmp(group.key, key, key_length) == 0;
}

void place(GroupMap* map, int number) {
    int bucket = static_cast<int>(map->groups[number].hash) & map->bucket_mask;
    while (map->buckets[bucket] != 0) bucket = (bucket + 1) & map->bucket_mask;
    map->buckets[bucket] = number + 1;
}

void rebuild_buckets(GroupMap* map) {
    if (map->buckets != nullptr) pfree(map->buckets);
    int size = map->capacity * 2;
    map->bucket_mask = size - 1;
    map->buckets = static_cast<int*>(MemoryContextAllocHuge(map->context, sizeof(int) * size));
    memset(map->buckets, 0, sizeof(int) * size);
    for (int i = 0; i < map->count; i++) place(map, i);
}

void grow(GroupMap* map) {
    map->capacity *= 2;
    map->groups = static_cast<Group*>(repalloc_huge(map->groups, sizeof(Group) * map->capacity));
    rebuild_buckets(map);
}

int compare(const void* a, const void* b) {
    const auto* left = static_cast<const Group*>(a);
    const auto* right = static_cast<const Group*>(b);
    int order = memcmp(left->key, right->key, Min(left->key_length, right->key_length));
    return order != 0 ? order : left->key_length - right->key_length;
}

}  // namespace

GroupMap make_groups(MemoryContext context, size_t value_size) {
    GroupMap map{};
    map.context = context;
    map.value_size = value_size;
    map.capacity = kLookThrough;
    map.groups = static_cast<Group*>(MemoryContextAlloc(context, sizeof(Group) * kLookThrough));
    return map;
}

void* find_or_add(GroupMap* map, const char* key, int key_length) {
    uint32 hash = hash_bytes(reinterpret_cast<const unsigned char*>(key), key_length);
    if (map->buckets == nullptr) {
        for (int i = 0; i < map->count; i++) {
            if (is_key(map->groups[i], hash, key, key_length)) return map->groups[i].value;
        }
    } else {
        for (int b = static_cast<int>(hash) & map->bucket_mask; map->buckets[b] != 0;
             b = (b + 1) & map->bucket_mask) {
            const Group& group = map->groups[map->buckets[b] - 1];
            if (is_key(group, hash, key, key_length)) return group.value;
        }
    }
    if (map->count == map->capacity) grow(map);
    Group& group = map->groups[map->count];
    group.hash = hash;
    group.key_length = key_length;
    group.key = static_cast<char*>(MemoryContextAlloc(map->context, key_length));
    memcpy(group.key, key, key_length);
    group.value = MemoryContextAllocZero(map->context, map->value_size);
    if (map->buckets != nullptr) place(map, map->count);
    map->count++;
    return group.value;
}

void sort(GroupMap* map) {
    if (map->count > 1) qsort(map->groups, map->count, sizeof(Group), compare);
}

}  // namespace pgprompt::pg
