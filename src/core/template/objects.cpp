#include "core/template/objects.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/template/operators.h"

namespace pgprompt {
namespace {

class ListReader final : public Container {
 public:
    uint32_t size(const void* node) const override { return list(node).size - list(node).consumed; }
    bool next(const void* node, Cursor* cursor, Value*, Value* value) const override {
        if (cursor->index >= size(node)) return false;
        *value = list(node).items[list(node).consumed + cursor->index++];
        return true;
    }
    Value at(const void* node, uint32_t index) const override {
        return list(node).items[list(node).consumed + index];
    }
    bool find(const void*, std::string_view, Value*) const override { return false; }

 private:
    static const ListObject& list(const void* node) { return *static_cast<const ListObject*>(node); }
};

class DictReader final : public Container {
 public:
    uint32_t size(const void* node) const override { return dict(node).size; }
    bool next(const void* node, Cursor* cursor, Value* key, Value* value) const override {
        if (cursor->index >= dict(node).size) return false;
        const DictObject::Pair& pair = dict(node).pairs[cursor->index++];
        if (key) *key = pair.key;
        *value = pair.value;
        return true;
    }
    Value at(const void* node, uint32_t index) const override { return dict(node).pairs[index].value; }
    bool find(const void* node, std::string_view key, Value* value) const override {
        const Value* found = dict_find(&dict(node), Value::of(key));
        if (found) *value = *found;
        return found != nullptr;
    }

 private:
    static const DictObject& dict(const void* node) { return *static_cast<const DictObject*>(node); }
};

class RangeReader final : public Container {
 public:
    uint32_t size(const void* node) const override { return range(node).size; }
    bool next(const void* node, Cursor* cursor, Value*, Value* value) const override {
        if (cursor->index >= range(node).size) return false;
        *value = at(node, cursor->index++);
        return true;
    }
    Value at(const void* node, uint32_t index) const override {
        return Value::of(range(node).start + static_cast<int64_t>(index) * range(node).step);
    }
    bool find(const void*, std::string_view, Value*) const override { return false; }

 private:
    static const RangeObject& range(const void* node) { return *static_cast<const RangeObject*>(node); }
};

const ListReader kListReader;
const DictReader kDictReader;
const RangeReader kRangeReader;

constexpr uint32_t kSmallDict = 8;

void index_dict(Arena& arena, DictObject* dict) {
    uint32_t size = 32;
    while (size < dict->capacity * 2) size *= 2;
    if (size != dict->table_size) {
        dict->table = arena.array<uint32_t>(size);
        dict->table_size = size;
    }
    std::memset(dict->table, 0, size * sizeof(uint32_t));
    for (uint32_t i = 0; i < dict->size; ++i) {
        uint64_t at = hash_value(dict->pairs[i].key) & (size - 1);
        while (dict->table[at]) at = (at + 1) & (size - 1);
        dict->table[at] = i + 1;
    }
}

}  // namespace

const Container* list_reader() noexcept {
    return &kListReader;
}
const Container* dict_reader() noexcept {
    return &kDictReader;
}
const Container* range_reader() noexcept {
    return &kRangeReader;
}

ListObject* make_list(Arena& arena, uint32_t capacity, ListObject::Flavor flavor) {
    auto* list = arena.make<ListObject>();
    list->flavor = flavor;
    list->size = 0;
    list->capacity = capacity;
    list->consumed = 0;
    list->items = arena.array<Value>(capacity);
    return list;
}

void push(Arena& arena, ListObject* list, const Value& value) {
    if (list->size == list->capacity) {
        uint32_t larger = list->capacity < 4 ? 8 : list->capacity * 2;
        Value* items = arena.array<Value>(larger);
        std::copy(list->items, list->items + list->size, items);
        list->items = items;
        list->capacity = larger;
    }
    list->items[list->size++] = value;
}

DictObject* make_dict(Arena& arena, uint32_t capacity) {
    auto* dict = arena.make<DictObject>();
    dict->capacity = capacity;
    dict->pairs = arena.array<DictObject::Pair>(capacity);
    if (capacity > kSmallDict) index_dict(arena, dict);
    return dict;
}

uint64_t hash_value(const Value& key, int depth) {
    auto mix = [](uint64_t h) {
        h ^= h >> 33;
        h *= 0xff51afd7ed558ccdu;
        return h ^ h >> 33;
    };
    switch (key.kind) {
        case Value::Kind::digits:
            return 7;
        case Value::Kind::string: {
            uint64_t h = 1469598103934665603u;
            for (char c : key.view()) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
            return mix(h);
        }
        case Value::Kind::boolean:
            return mix(key.boolean);
        case Value::Kind::integer:
            return mix(static_cast<uint64_t>(key.integer));
        case Value::Kind::real:
            if (std::floor(key.real) == key.real && std::fabs(key.real) < 9.2e18) {
                return mix(static_cast<uint64_t>(static_cast<int64_t>(key.real)));
            }
            return 7;  // may equal an integer beyond int64: they all meet in one bucket
        case Value::Kind::list: {
            uint64_t h = 17;
            if (flavor_of(key) > ListObject::Flavor::tuple) return mix(reinterpret_cast<uintptr_t>(key.node));
            if (depth > 20) return h;  // equal tuples still have equal hashes
            Container::Cursor cursor;
            Value item;
            while (key.next(&cursor, nullptr, &item)) h = mix(h * 31 + hash_value(item, depth + 1));
            return h;
        }
        default:
            return mix(static_cast<uint64_t>(key.kind) + 1000);
    }
}

bool is_hashable(const Value& key, int depth) {
    if (depth > 500) throw Failure(Code::limit_exceeded, "the key is nested too deeply");
    if (key.is(Value::Kind::map)) return false;
    if (!key.is(Value::Kind::list)) return true;
    ListObject::Flavor flavor = flavor_of(key);
    if (flavor == ListObject::Flavor::values || flavor >= ListObject::Flavor::generator)
        return true;  // by identity
    if (flavor != ListObject::Flavor::tuple) return as_range(key) != nullptr;
    Container::Cursor cursor;
    Value item;
    while (key.next(&cursor, nullptr, &item))
        if (!is_hashable(item, depth + 1)) return false;
    return true;
}

Value* dict_find(const DictObject* dict, const Value& key) {
    if (!dict->table_size) {
        for (uint32_t i = 0; i < dict->size; ++i)
            if (equal(dict->pairs[i].key, key)) return &dict->pairs[i].value;
        return nullptr;
    }
    uint64_t at = hash_value(key) & (dict->table_size - 1);
    while (uint32_t entry = dict->table[at]) {
        if (equal(dict->pairs[entry - 1].key, key)) return &dict->pairs[entry - 1].value;
        at = (at + 1) & (dict->table_size - 1);
    }
    return nullptr;
}

void dict_set(Arena& arena, DictObject* dict, const Value& key, const Value& value) {
    if (Value* found = dict_find(dict, key)) {
        *found = value;
        return;
    }
    if (dict->size == dict->capacity) {
        dict->capacity = dict->capacity < 4 ? 8 : dict->capacity * 2;
        auto* pairs = arena.array<DictObject::Pair>(dict->capacity);
        std::copy(dict->pairs, dict->pairs + dict->size, pairs);
        dict->pairs = pairs;
        if (dict->capacity > kSmallDict) index_dict(arena, dict);
    }
    dict->pairs[dict->size++] = {key, value};
    if (!dict->table_size) return;
    uint64_t at = hash_value(key) & (dict->table_size - 1);
    while (dict->table[at]) at = (at + 1) & (dict->table_size - 1);
    dict->table[at] = dict->size;
}

bool dict_remove(DictObject* dict, const Value& key, Value* removed) {
    Value* found = dict_find(dict, key);
    if (!found) return false;
    auto* pair = reinterpret_cast<DictObject::Pair*>(reinterpret_cast<char*>(found) -
                                                     offsetof(DictObject::Pair, value));
    if (removed) *removed = pair->value;
    std::copy(pair + 1, dict->pairs + dict->size, pair);
    --dict->size;
    if (dict->table_size) {
        std::memset(dict->table, 0, dict->table_size * sizeof(uint32_t));
        for (uint32_t i = 0; i < dict->size; ++i) {
            uint64_t at = hash_value(dict->pairs[i].key) & (dict->table_size - 1);
            while (dict->table[at]) at = (at + 1) & (dict->table_size - 1);
            dict->table[at] = i + 1;
        }
    }
    return true;
}

}  // namespace pgprompt
