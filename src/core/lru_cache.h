// A cache bounded in bytes that forgets what was used longest ago.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

namespace pgprompt {

// Holds immutable values by key. Hands out shared_ptr only, so that what a caller holds outlives its
// eviction. Keys are compared in full. Not for use by several threads.
template <class Key, class Value, class Hash>
class LruCache {
 public:
    // Null if the key is not there.
    std::shared_ptr<const Value> find(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->value;
    }

    // Keeps a value that takes `bytes`, key included; then forgets until `limit` bytes are left. A value
    // larger than the limit is not kept.
    void insert(Key key, std::shared_ptr<const Value> value, size_t bytes, size_t limit) {
        if (const auto found = index_.find(key); found != index_.end()) forget(found->second);
        if (bytes <= limit) {
            entries_.push_front(Entry{std::move(key), std::move(value), bytes});
            index_.emplace(entries_.front().key, entries_.begin());
            bytes_ += bytes;
        }
        while (bytes_ > limit) forget(std::prev(entries_.end()));
    }

    size_t bytes() const noexcept { return bytes_; }
    size_t size() const noexcept { return entries_.size(); }

 private:
    struct Entry {
        Key key;
        std::shared_ptr<const Value> value;
        size_t bytes;
    };
    using Position = typename std::list<Entry>::iterator;

    void forget(Position position) {
        bytes_ -= position->bytes;
        index_.erase(position->key);
        entries_.erase(position);
    }

    std::list<Entry> entries_;
    std::unordered_map<Key, Position, Hash> index_;
    size_t bytes_ = 0;
};

}  // namespace pgprompt
