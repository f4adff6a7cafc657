// The text being built: grows by doubling within a limit, and is given away as a std::string.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/status.h"

namespace pgprompt {

class Output {
 public:
    Output(size_t expected, uint64_t limit) : limit_(limit) {
        storage_.resize(expected < limit ? expected : limit);
        bind();
    }
    size_t size() const noexcept { return size_; }
    void append(std::string_view text) {
        char* to = reserve(text.size());
        if (!text.empty()) std::memcpy(to, text.data(), text.size());
        size_ += text.size();
    }
    // The same, faster for a few bytes.
    void append_short(std::string_view text) {
        copy_short(reserve(text.size()), text.data(), text.size());
        size_ += text.size();
    }
    void append(char c) {
        *reserve(1) = c;
        ++size_;
    }
    void append(size_t count, char c) {
        std::memset(reserve(count), c, count);
        size_ += count;
    }
    // Room for `more` bytes at the end; commit() says how many were written.
    char* reserve(size_t more) {
        if (more > capacity_ - size_) grow(more);
        return data_ + size_;
    }
    void commit(size_t written) noexcept { size_ += written; }
    std::string_view from(size_t mark) const noexcept { return {data_ + mark, size_ - mark}; }
    void truncate(size_t size) noexcept { size_ = size; }
    // Checks that `more` bytes may come, before work whose result they are.
    void check(uint64_t more) const {
        if (more > limit_ - size_) exceeded();
    }
    std::string take() {
        storage_.resize(size_);
        return std::move(storage_);
    }

 private:
    // Most pieces are a few bytes long: two moves that overlap, without a call.
    __attribute__((always_inline)) static void copy_short(char* to, const char* from, size_t size) {
        auto moves = [&](auto word) {
            decltype(word) first, last;
            std::memcpy(&first, from, sizeof word);
            std::memcpy(&last, from + size - sizeof word, sizeof word);
            std::memcpy(to, &first, sizeof word);
            std::memcpy(to + size - sizeof word, &last, sizeof word);
        };
        struct Two {
            uint64_t words[2];
        };
        if (size > 32) {
            std::memcpy(to, from, size);
        } else if (size >= 16) {
            moves(Two{});
        } else if (size >= 8) {
            moves(uint64_t{});
        } else if (size >= 4) {
            moves(uint32_t{});
        } else if (size >= 2) {
            moves(uint16_t{});
        } else if (size == 1) {
            *to = *from;
        }
    }
    void bind() noexcept {
        data_ = storage_.data();
        capacity_ = storage_.size();
    }
    [[noreturn]] __attribute__((noinline, cold)) void exceeded() const {
        throw Failure(Limit::output_bytes,
                      "the text would be longer than the limit of " + std::to_string(limit_) + " bytes", {},
                      "Make the text shorter.");
    }
    __attribute__((noinline)) void grow(size_t more) {
        check(more);
        size_t want = size_ + more;
        size_t twice = capacity_ < 128 ? 256 : capacity_ * 2;
        if (twice > limit_) twice = limit_;
        std::string larger;
        larger.resize(want > twice ? want : twice);
        if (size_) std::memcpy(larger.data(), data_, size_);
        storage_.swap(larger);
        bind();
    }

    std::string storage_;
    char* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
    uint64_t limit_;
};

}  // namespace pgprompt
