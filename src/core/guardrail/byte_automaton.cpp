#include "core/guardrail/byte_automaton.h"

#include <algorithm>

namespace pgprompt::guardrail {
namespace {

constexpr size_t kStreams = 4;
constexpr size_t kShortText = 192;    // not worth cutting up
constexpr size_t kPollEvery = 65536;  // bytes

}  // namespace

void ByteAutomaton::scan(std::string_view text, std::vector<Hit>* hits, Poll poll) const {
    if (next_.empty()) return;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const uint16_t* next = next_.data();
    const uint32_t shift = shift_;
    const uint32_t accepting = first_accepting_;
    const auto step = [&](uint32_t state, size_t at) -> uint32_t {
        return next[(state << shift) | class_of_[bytes[at]]];
    };

    // A step waits for the one before it, so four stretches of the text are walked side by side. Each starts
    // as many bytes early as the longest pattern has, which brings it into the state the whole walk would be
    // in.
    for (size_t base = 0; base < text.size(); base += kPollEvery) {
        if (poll != nullptr && poll()) throw Failure(Code::cancelled, "cancelled");
        const size_t end = std::min(text.size(), base + kPollEvery);
        const size_t size = end - base;
        const size_t stretch = size < kShortText ? size : size / kStreams;
        const size_t streams = size < kShortText ? 1 : kStreams;
        uint32_t state[kStreams] = {};
        size_t start[kStreams] = {};
        for (size_t k = 0; k < streams; ++k) {
            start[k] = base + k * stretch;
            for (size_t at = start[k] > longest_ ? start[k] - longest_ : 0; at < start[k]; ++at) {
                state[k] = step(state[k], at);
            }
        }
        if (streams == 1) {
            uint32_t s = state[0];
            for (size_t at = base; at < end; ++at) {
                s = step(s, at);
                if (s >= accepting) hits->push_back({static_cast<uint32_t>(at + 1), s});
            }
            continue;
        }
        std::vector<Hit> later[kStreams - 1];
        uint32_t s0 = state[0], s1 = state[1], s2 = state[2], s3 = state[3];
        for (size_t i = 0; i < stretch; ++i) {
            s0 = step(s0, start[0] + i);
            s1 = step(s1, start[1] + i);
            s2 = step(s2, start[2] + i);
            s3 = step(s3, start[3] + i);
            if (std::max(std::max(s0, s1), std::max(s2, s3)) < accepting) continue;
            if (s0 >= accepting) hits->push_back({static_cast<uint32_t>(start[0] + i + 1), s0});
            if (s1 >= accepting) later[0].push_back({static_cast<uint32_t>(start[1] + i + 1), s1});
            if (s2 >= accepting) later[1].push_back({static_cast<uint32_t>(start[2] + i + 1), s2});
            if (s3 >= accepting) later[2].push_back({static_cast<uint32_t>(start[3] + i + 1), s3});
        }
        for (const auto& more : later) hits->insert(hits->end(), more.begin(), more.end());
        for (size_t at = start[3] + stretch; at < end; ++at) {
            s3 = step(s3, at);
            if (s3 >= accepting) hits->push_back({static_cast<uint32_t>(at + 1), s3});
        }
    }
}

uint64_t ByteAutomaton::which(std::string_view text, Poll poll) const {
    if (next_.empty()) return 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const size_t stretch = text.size() < kShortText ? 0 : text.size() / kStreams;
    uint64_t found = 0;
    const auto note = [&](uint32_t state) {
        for_each(state, [&](uint32_t pattern) { found |= uint64_t{1} << pattern; });
    };
    uint32_t state[kStreams] = {};
    for (size_t k = 0; k < kStreams && stretch > 0; ++k) {
        const size_t start = k * stretch;
        for (size_t at = start > longest_ ? start - longest_ : 0; at < start; ++at) {
            state[k] = next_[(state[k] << shift_) | class_of_[bytes[at]]];
        }
    }
    for (size_t i = 0; i < stretch; ++i) {
        if ((i & (kPollEvery / kStreams - 1)) == 0 && poll != nullptr && poll()) {
            throw Failure(Code::cancelled, "cancelled");
        }
        uint32_t highest = 0;
        for (size_t k = 0; k < kStreams; ++k) {
            state[k] = next_[(state[k] << shift_) | class_of_[bytes[k * stretch + i]]];
            highest = std::max(highest, state[k]);
        }
        if (highest < first_accepting_) continue;
        for (const uint32_t s : state) {
            if (s >= first_accepting_) note(s);
        }
    }
    uint32_t s = stretch == 0 ? 0 : state[kStreams - 1];
    for (size_t at = stretch * kStreams; at < text.size(); ++at) {
        s = next_[(s << shift_) | class_of_[bytes[at]]];
        if (s >= first_accepting_) note(s);
    }
    return found;
}

}  // namespace pgprompt::guardrail
