// Polling at an even pace: once in so many bytes of work.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/status.h"

namespace pgprompt::guardrail {

class Pacer {
 public:
    static constexpr size_t kStep = 32768;  // bytes between two polls

    explicit Pacer(Poll poll) : poll_(poll) {}

    // A walk over a text has come to this byte. Throws Failure(cancelled).
    void reached(size_t at) {
        if (at < next_) return;
        next_ = at + kStep;
        check();
    }
    // So much work was done, in bytes or what costs as much. Throws Failure(cancelled).
    void did(size_t work) {
        done_ += work;
        if (done_ < kStep) return;
        done_ = 0;
        check();
    }
    void check() const {
        if (poll_ != nullptr && poll_()) throw Failure(Code::cancelled, "cancelled");
    }

 private:
    Poll poll_;
    size_t next_ = kStep;
    size_t done_ = 0;
};

// std::sort and std::stable_sort that poll. Throw Failure(cancelled).
template <class Iterator, class Less>
void paced_sort(Iterator first, Iterator last, Poll poll, Less less) {
    Pacer pacer(poll);
    std::sort(first, last, [&](const auto& a, const auto& b) {
        pacer.did(8);
        return less(a, b);
    });
}
template <class Iterator, class Less>
void paced_stable_sort(Iterator first, Iterator last, Poll poll, Less less) {
    Pacer pacer(poll);
    std::stable_sort(first, last, [&](const auto& a, const auto& b) {
        pacer.did(8);
        return less(a, b);
    });
}

}  // namespace pgprompt::guardrail
