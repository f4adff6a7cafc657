// Rule configurations for tests, built by hand.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "core/value.h"

namespace pgprompt::test {

// Owns the maps and lists it hands out as Values.
class ConfigBuilder : public Container {
 public:
    using Pairs = std::vector<std::pair<std::string, Value>>;

    Value text(std::string s) {
        texts_.push_back(std::move(s));
        return Value::of(std::string_view(texts_.back()));
    }
    Value list(std::vector<Value> values) {
        Pairs pairs;
        for (const Value& v : values) pairs.emplace_back(std::string(), v);
        nodes_.push_back(std::move(pairs));
        return Value::of(Value::Kind::list, this, &nodes_.back());
    }
    Value texts(const std::vector<std::string>& strings) {
        std::vector<Value> values;
        for (const std::string& s : strings) values.push_back(text(s));
        return list(values);
    }
    Value map(Pairs pairs) {
        nodes_.push_back(std::move(pairs));
        return Value::of(Value::Kind::map, this, &nodes_.back());
    }

    uint32_t size(const void* node) const override { return static_cast<uint32_t>(pairs(node).size()); }
    bool next(const void* node, Cursor* cursor, Value* key, Value* value) const override {
        if (cursor->index >= pairs(node).size()) return false;
        const auto& pair = pairs(node)[cursor->index++];
        if (key != nullptr) *key = Value::of(std::string_view(pair.first));
        *value = pair.second;
        return true;
    }
    Value at(const void* node, uint32_t index) const override { return pairs(node)[index].second; }
    bool find(const void* node, std::string_view key, Value* value) const override {
        for (const auto& pair : pairs(node)) {
            if (pair.first == key) {
                *value = pair.second;
                return true;
            }
        }
        return false;
    }

 private:
    static const Pairs& pairs(const void* node) { return *static_cast<const Pairs*>(node); }

    std::deque<std::string> texts_;
    std::deque<Pairs> nodes_;
};

}  // namespace pgprompt::test
