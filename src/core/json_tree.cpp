#include "core/json_tree.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/same_text.h"

namespace pgprompt {
namespace {

// Up to this size a map is searched from its begin.
constexpr uint32_t kSmallMap = 8;
// Values handled between two polls.
constexpr size_t kPollEvery = 1 << 16;

// Its items stand behind it.
struct ListNode {
    uint32_t size;
    uint32_t unused;
    const Value* items() const { return reinterpret_cast<const Value*>(this + 1); }
};
bool less(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

class ListReader final : public Container {
 public:
    uint32_t size(const void* node) const override { return list(node).size; }
    bool next(const void* node, Cursor* cursor, Value*, Value* value) const override {
        if (cursor->index >= list(node).size) return false;
        *value = list(node).items()[cursor->index++];
        return true;
    }
    Value at(const void* node, uint32_t index) const override { return list(node).items()[index]; }
    bool find(const void*, std::string_view, Value*) const override { return false; }

 private:
    static const ListNode& list(const void* node) { return *static_cast<const ListNode*>(node); }
};

class MapReader final : public Container {
 public:
    uint32_t size(const void* node) const override { return map(node).shape->size; }
    bool next(const void* node, Cursor* cursor, Value* key, Value* value) const override {
        const JsonMap& m = map(node);
        if (cursor->index >= m.shape->size) return false;
        if (key) *key = m.shape->keys()[cursor->index];
        *value = m.values()[cursor->index++];
        return true;
    }
    Value at(const void* node, uint32_t index) const override { return map(node).values()[index]; }
    bool find(const void* node, std::string_view key, Value* value) const override {
        uint32_t index;
        if (!find_key(*map(node).shape, key, &index)) return false;
        *value = map(node).values()[index];
        return true;
    }

 private:
    static const JsonMap& map(const void* node) { return *static_cast<const JsonMap*>(node); }
};

const ListReader kListReader;
const MapReader kMapReader;

}  // namespace

const Container* json_map_reader() noexcept {
    return &kMapReader;
}

bool find_key(const JsonShape& shape, std::string_view key, uint32_t* index) {
    const Value* keys = shape.keys();
    if (!shape.sorted) {
        for (uint32_t i = 0; i < shape.size; ++i) {
            if (!same_text(keys[i].view(), key)) continue;
            *index = i;
            return true;
        }
        return false;
    }
    const uint32_t* end = shape.sorted + shape.size;
    const uint32_t* found = std::lower_bound(
        shape.sorted, end, key, [&](uint32_t i, std::string_view k) { return less(keys[i].view(), k); });
    if (found == end || keys[*found].view() != key) return false;
    *index = *found;
    return true;
}

Value* JsonTree::copy(void* to, const Value* from, size_t count) const {
    auto* values = static_cast<Value*>(to);
    size_t done = 0;
    for (; count - done > kPollEvery; done += kPollEvery) {
        std::memcpy(to, from + done, kPollEvery * sizeof(Value));
        poll();
    }
    std::copy(from + done, from + count, values + done);
    return values;
}

void JsonTree::list(const Value* items, uint32_t count, Value* result) {
    auto* node = static_cast<ListNode*>(arena_.allocate(sizeof(ListNode) + size_t{count} * sizeof(Value)));
    node->size = count;
    copy(node + 1, items, count);
    *result = Value::of(Value::Kind::list, &kListReader, node);
}

void JsonTree::map(const JsonShape* shape, const Value* values, Value* result) {
    auto* node =
        static_cast<JsonMap*>(arena_.allocate(sizeof(JsonMap) + size_t{shape->size} * sizeof(Value)));
    node->shape = shape;
    copy(node + 1, values, shape->size);
    *result = Value::of(Value::Kind::map, &kMapReader, node);
}

void JsonTree::map(const Value* keys, const Value* values, uint32_t count, const JsonShape** made,
                   Value* result) {
    auto* shape = static_cast<JsonShape*>(arena_.allocate(sizeof(JsonShape) + size_t{count} * sizeof(Value)));
    shape->size = count;
    shape->sorted = nullptr;
    Value* own_keys = copy(shape + 1, keys, count);
    auto* node = static_cast<JsonMap*>(arena_.allocate(sizeof(JsonMap) + size_t{count} * sizeof(Value)));
    node->shape = shape;
    Value* own_values = copy(node + 1, values, count);
    uint32_t kept = count;
    if (count > kSmallMap) {
        auto* order = arena_.array<uint32_t>(count);
        sort(order, own_keys, count);
        kept = drop_repeated(own_keys, own_values, order, count);
        if (kept < count) sort(order, own_keys, kept);
        shape->sorted = order;
    } else if (may_repeat(own_keys, count)) {
        uint32_t order[kSmallMap];
        sort(order, own_keys, count);
        kept = drop_repeated(own_keys, own_values, order, count);
    }
    shape->size = kept;
    *made = kept == count ? shape : nullptr;
    *result = Value::of(Value::Kind::map, &kMapReader, node);
}

// The indices of keys by length and text, the same keys in the order they came in.
void JsonTree::sort(uint32_t* order, const Value* keys, uint32_t count) const {
    for (uint32_t i = 0; i < count; ++i) order[i] = i;
    size_t compared = 0;
    std::stable_sort(order, order + count, [&](uint32_t a, uint32_t b) {
        if (++compared % kPollEvery == 0) poll();
        return less(keys[a].view(), keys[b].view());
    });
}

// False if the keys' lengths and ends tell them all apart, or a closer look does.
bool JsonTree::may_repeat(const Value* keys, uint32_t count) {
    uint64_t seen = 0;
    for (uint32_t i = 0; i < count; ++i) {
        std::string_view key = keys[i].view();
        auto mark = static_cast<unsigned>(key.size()) * 5;
        if (!key.empty()) {
            mark += static_cast<unsigned char>(key.front()) + 11u * static_cast<unsigned char>(key.back());
        }
        const uint64_t bit = uint64_t{1} << (mark & 63);
        if (seen & bit) {
            for (uint32_t j = 0; j < i; ++j)
                if (same_text(keys[j].view(), key)) return true;
        }
        seen |= bit;
    }
    return false;
}

// A later pair of the same key gives its value to the first one. Returns how many pairs are left.
uint32_t JsonTree::drop_repeated(Value* keys, Value* values, const uint32_t* order, uint32_t count) {
    std::vector<bool> dropped;
    for (uint32_t i = 1, first = 0; i < count; ++i) {
        if (!same_text(keys[order[i]].view(), keys[order[first]].view())) {
            first = i;
            continue;
        }
        values[order[first]] = values[order[i]];
        dropped.resize(count);
        dropped[order[i]] = true;
    }
    if (dropped.empty()) return count;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
        if (dropped[i]) continue;
        keys[kept] = keys[i];
        values[kept++] = values[i];
    }
    return kept;
}

Value json_number(std::string_view text) {
    const char* end = text.data() + text.size();
    if (text.find_first_of(".eE") != std::string_view::npos) {
        double d = 0;
        // Beyond the range of doubles it is zero or infinite.
        if (std::from_chars(text.data(), end, d).ec != std::errc())
            d = std::strtod(std::string(text).c_str(), nullptr);
        return Value::of(d);
    }
    int64_t i = 0;
    auto [stop, error] = std::from_chars(text.data(), end, i);
    return error == std::errc() && stop == end ? Value::of(i) : Value::of_digits(text);
}

}  // namespace pgprompt
