#include "core/json.h"

#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#elif defined(__ARM_NEON)
#define RAPIDJSON_NEON
#endif
// RapidJSON adds to the null pointer of a stack that is still empty, which sanitizers report.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#if defined(__clang__)
#pragma clang attribute pop
#endif

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/arena.h"
#include "core/template/text.h"

namespace pgprompt {
namespace {

struct JsonList {
    uint32_t size;
    const Value* items;
};

struct Pair {
    Value key;
    Value value;
};

struct JsonMap {
    uint32_t size;
    const Pair* pairs;
    const uint32_t* sorted;  // null for small maps
};

bool less(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

class ListReader final : public Container {
 public:
    uint32_t size(const void* node) const override { return list(node).size; }
    bool next(const void* node, Cursor* cursor, Value*, Value* value) const override {
        if (cursor->index >= list(node).size) return false;
        *value = list(node).items[cursor->index++];
        return true;
    }
    Value at(const void* node, uint32_t index) const override { return list(node).items[index]; }
    bool find(const void*, std::string_view, Value*) const override { return false; }

 private:
    static const JsonList& list(const void* node) { return *static_cast<const JsonList*>(node); }
};

class MapReader final : public Container {
 public:
    uint32_t size(const void* node) const override { return map(node).size; }
    bool next(const void* node, Cursor* cursor, Value* key, Value* value) const override {
        if (cursor->index >= map(node).size) return false;
        const Pair& pair = map(node).pairs[cursor->index++];
        if (key) *key = pair.key;
        *value = pair.value;
        return true;
    }
    Value at(const void* node, uint32_t index) const override { return map(node).pairs[index].value; }
    bool find(const void* node, std::string_view key, Value* value) const override {
        const JsonMap& m = map(node);
        if (!m.sorted) {
            for (uint32_t i = 0; i < m.size; ++i) {
                const Value& k = m.pairs[i].key;
                if (k.length == key.size() && (key.empty() || (k.text[0] == key[0] && k.view() == key))) {
                    *value = m.pairs[i].value;
                    return true;
                }
            }
            return false;
        }
        const uint32_t* end = m.sorted + m.size;
        const uint32_t* found = std::lower_bound(m.sorted, end, key, [&](uint32_t i, std::string_view k) {
            return less(m.pairs[i].key.view(), k);
        });
        if (found == end || m.pairs[*found].key.view() != key) return false;
        *value = m.pairs[*found].value;
        return true;
    }

 private:
    static const JsonMap& map(const void* node) { return *static_cast<const JsonMap*>(node); }
};

const ListReader kListReader;
const MapReader kMapReader;

class Document final : public JsonDocument {
 public:
    explicit Document(uint64_t limit) : arena(limit) {}
    Value root() const noexcept override { return value; }
    size_t memory_size() const noexcept override { return arena.heap_bytes() + sizeof *this; }

    Arena arena;
    Value value = Value::null_();
};

// Builds values from RapidJSON's events; open lists and maps keep their elements on one stack.
class Handler {
 public:
    Handler(Arena& arena, const JsonOptions& options) : arena_(arena), max_depth_(options.max_depth) {}

    bool Null() { return push(Value::null_()); }
    bool Bool(bool b) { return push(Value::of(b)); }
    bool Int(int i) { return push(Value::of(int64_t{i})); }
    bool Uint(unsigned u) { return push(Value::of(int64_t{u})); }
    bool Int64(int64_t i) { return push(Value::of(i)); }
    bool Uint64(uint64_t) { return false; }
    bool Double(double d) { return push(Value::of(d)); }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
        std::string_view number(text, length);
        if (number.find_first_of(".eE") != std::string_view::npos) {
            double d = 0;
            auto [end, error] = std::from_chars(text, text + length, d);
            // Beyond the range of doubles it is zero or infinite.
            if (error != std::errc()) d = std::strtod(std::string(number).c_str(), nullptr);
            (void)end;
            return push(Value::of(d));
        }
        int64_t i = 0;
        auto [end, error] = std::from_chars(text, text + length, i);
        if (error == std::errc() && end == text + length) return push(Value::of(i));
        return push(Value::of_digits(number));
    }
    bool String(const char* text, rapidjson::SizeType length, bool) {
        return push(Value::of(std::string_view(text, length)));
    }
    bool Key(const char* text, rapidjson::SizeType length, bool) { return String(text, length, true); }
    bool StartObject() { return open(); }
    bool StartArray() { return open(); }
    bool EndArray(rapidjson::SizeType) {
        size_t start = close();
        auto count = static_cast<uint32_t>(stack_.size() - start);
        Value* items = arena_.array<Value>(count);
        std::copy(stack_.begin() + start, stack_.end(), items);
        stack_.resize(start);
        return push(Value::of(Value::Kind::list, &kListReader, arena_.make<JsonList>(count, items)));
    }
    bool EndObject(rapidjson::SizeType) {
        size_t start = close();
        auto count = static_cast<uint32_t>((stack_.size() - start) / 2);
        Pair* pairs = arena_.array<Pair>(count);
        for (uint32_t i = 0; i < count; ++i) pairs[i] = {stack_[start + 2 * i], stack_[start + 2 * i + 1]};
        stack_.resize(start);
        count = drop_repeated(pairs, count);
        return push(Value::of(Value::Kind::map, &kMapReader,
                              arena_.make<JsonMap>(count, pairs, index(pairs, count))));
    }
    Value result() const { return stack_.empty() ? Value::null_() : stack_.back(); }

 private:
    static constexpr uint32_t kSmall = 8;

    bool push(const Value& value) {
        stack_.push_back(value);
        return true;
    }
    bool open() {
        if (starts_.size() >= max_depth_) {
            throw Failure(Code::limit_exceeded, "the JSON document is nested more than " +
                                                    std::to_string(max_depth_) + " levels deep");
        }
        starts_.push_back(stack_.size());
        return true;
    }
    size_t close() {
        size_t start = starts_.back();
        starts_.pop_back();
        return start;
    }
    const uint32_t* index(const Pair* pairs, uint32_t count) {
        if (count <= kSmall) return nullptr;
        auto* order = arena_.array<uint32_t>(count);
        for (uint32_t i = 0; i < count; ++i) order[i] = i;
        std::stable_sort(order, order + count, [&](uint32_t a, uint32_t b) {
            return less(pairs[a].key.view(), pairs[b].key.view());
        });
        return order;
    }
    // A later pair of the same key gives its value to the first one.
    uint32_t drop_repeated(Pair* pairs, uint32_t count) {
        if (count <= kSmall) {
            bool repeated = false;
            for (uint32_t i = 1; i < count; ++i)
                for (uint32_t j = 0; j < i; ++j) repeated |= pairs[i].key.view() == pairs[j].key.view();
            if (!repeated) return count;
        }
        std::vector<uint32_t> order(count);
        for (uint32_t i = 0; i < count; ++i) order[i] = i;
        std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
            return less(pairs[a].key.view(), pairs[b].key.view());
        });
        std::vector<bool> dropped(count);
        bool any = false;
        for (uint32_t i = 1, first = 0; i < count; ++i) {
            if (pairs[order[i]].key.view() != pairs[order[first]].key.view()) {
                first = i;
                continue;
            }
            pairs[order[first]].value = pairs[order[i]].value;
            dropped[order[i]] = any = true;
        }
        if (!any) return count;
        uint32_t kept = 0;
        for (uint32_t i = 0; i < count; ++i)
            if (!dropped[i]) pairs[kept++] = pairs[i];
        return kept;
    }

    Arena& arena_;
    uint32_t max_depth_;
    std::vector<Value> stack_;
    std::vector<size_t> starts_;
};

}  // namespace

Result<std::shared_ptr<const JsonDocument>> parse_json(std::string_view text,
                                                       const JsonOptions& options) noexcept {
    return protect([&]() -> std::shared_ptr<const JsonDocument> {
        auto document = std::make_shared<Document>(options.max_memory_bytes);
        Handler handler(document->arena, options);
        if (!text::is_valid_utf8(text)) throw Failure(Code::invalid_text, "the JSON text is not valid UTF-8");
        if (text.find('\0') != std::string_view::npos)
            throw Failure(Code::invalid_text, "the JSON text has a NUL");
        // Strings are unescaped in a copy of the text, and stay there.
        char* copy = document->arena.text(text.size() + 1);
        if (!text.empty()) std::memcpy(copy, text.data(), text.size());
        copy[text.size()] = '\0';
        rapidjson::Reader reader;
        rapidjson::InsituStringStream stream(copy);
        constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                                    rapidjson::kParseNumbersAsStringsFlag;
        if (!reader.Parse<kFlags>(stream, handler)) {
            size_t at = std::min(reader.GetErrorOffset(), text.size());
            auto line = 1 + std::count(text.begin(), text.begin() + at, '\n');
            throw Failure(Code::invalid_parameter, "the text is not valid JSON",
                          std::string(rapidjson::GetParseError_En(reader.GetParseErrorCode())) + " At line " +
                              std::to_string(line) + ", byte " + std::to_string(at) + ".");
        }
        document->value = handler.result();
        return document;
    });
}

}  // namespace pgprompt
