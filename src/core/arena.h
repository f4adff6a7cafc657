// Memory that is given back all at once. Bounded: running over the bound is limit_exceeded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/status.h"

namespace pgprompt {

class Arena {
 public:
    // `first` (may be null) is used before anything is taken from the heap.
    Arena(void* first, size_t first_size, uint64_t limit) noexcept
        : at_(static_cast<char*>(first)), end_(at_ + first_size), limit_(limit) {}
    explicit Arena(uint64_t limit) noexcept : limit_(limit) {}
    ~Arena() {
        while (chunks_) {
            Chunk* next = chunks_->next;
            std::free(chunks_);
            chunks_ = next;
        }
    }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    void* allocate(size_t size) {
        size = (size + 7) & ~size_t{7};
        if (size <= static_cast<size_t>(end_ - at_)) {
            void* result = at_;
            at_ += size;
            return result;
        }
        return allocate_slow(size);
    }
    template <class T, class... A>
    T* make(A&&... arguments) {
        static_assert(std::is_trivially_destructible_v<T>, "nothing in an arena is destroyed");
        return new (allocate(sizeof(T))) T{std::forward<A>(arguments)...};
    }
    template <class T>
    T* array(size_t count) {
        static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 8, "arena");
        if (count > limit_ / sizeof(T)) exceeded();
        return static_cast<T*>(allocate(count * sizeof(T)));
    }
    char* text(size_t size) { return static_cast<char*>(allocate(size)); }
    std::string_view copy(std::string_view text_) {
        char* to = text(text_.size());
        if (!text_.empty()) std::memcpy(to, text_.data(), text_.size());
        return {to, text_.size()};
    }
    // Gives back the unused tail of the latest allocation.
    void shrink_last(char* begin, size_t old_size, size_t new_size) noexcept {
        if (begin + ((old_size + 7) & ~size_t{7}) == at_) at_ = begin + ((new_size + 7) & ~size_t{7});
    }
    // The next chunk from the heap is to be at least this large: one large chunk is cheaper than several, and
    // what is not used of it costs nothing.
    void expect(size_t bytes) noexcept {
        if (next_size_ < bytes) next_size_ = bytes;
    }
    uint64_t heap_bytes() const noexcept { return taken_; }

    [[noreturn]] static void exceeded() {
        throw Failure(Code::limit_exceeded, "the memory limit of one rendering is exceeded", {},
                      "Make fewer or smaller values.");
    }

 private:
    struct Chunk {
        Chunk* next;
        size_t size;
    };
    __attribute__((noinline)) void* allocate_slow(size_t size) {
        size_t want = next_size_;
        if (want < size) want = size;
        if (taken_ + want > limit_) {
            want = size;
            if (taken_ + want > limit_ || size > limit_) exceeded();
        }
        auto* chunk = static_cast<Chunk*>(std::malloc(sizeof(Chunk) + want));
        if (!chunk) throw std::bad_alloc();
        chunk->next = chunks_;
        chunk->size = want;
        chunks_ = chunk;
        taken_ += want;
        char* begin = reinterpret_cast<char*>(chunk + 1);
        // A chunk made for one large request leaves the current one in use.
        if (want == size && static_cast<size_t>(end_ - at_) > 256) return begin;
        at_ = begin + size;
        end_ = begin + want;
        if (next_size_ < (size_t{1} << 20)) next_size_ *= 2;
        return begin;
    }

    char* at_ = nullptr;
    char* end_ = nullptr;
    Chunk* chunks_ = nullptr;
    size_t next_size_ = 16 << 10;
    uint64_t taken_ = 0;
    uint64_t limit_;
};

}  // namespace pgprompt
