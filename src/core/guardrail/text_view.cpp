#include "core/guardrail/text_view.h"

#include <algorithm>

namespace pgprompt::guardrail {

void OffsetMap::copied(uint32_t source, uint32_t bytes) {
    if (bytes == 0) return;
    if (runs_.empty() || runs_.back().source_bytes != 0 ||
        runs_.back().source + (size_ - runs_.back().derived) != source) {
        runs_.push_back({size_, source, 0});
    }
    size_ += bytes;
}

void OffsetMap::replaced(uint32_t source, uint32_t source_bytes, uint32_t bytes) {
    if (bytes == 0) return;
    runs_.push_back({size_, source, source_bytes});
    size_ += bytes;
}

const OffsetMap::Run& OffsetMap::run_at(uint32_t derived) const {
    const auto after = std::upper_bound(runs_.begin(), runs_.end(), derived,
                                        [](uint32_t at, const Run& run) { return at < run.derived; });
    return after == runs_.begin() ? *after : *(after - 1);
}

void OffsetMap::to_source(uint32_t start, uint32_t end, uint32_t* source_start, uint32_t* source_end) const {
    if (runs_.empty() || start >= end) {
        *source_start = start;
        *source_end = end;
        if (runs_.empty()) return;
    }
    const Run& first = run_at(start);
    *source_start = first.source_bytes == 0 ? first.source + (start - first.derived) : first.source;
    if (start >= end) {
        *source_end = *source_start;
        return;
    }
    const Run& last = run_at(end - 1);
    *source_end =
        last.source_bytes == 0 ? last.source + (end - last.derived) : last.source + last.source_bytes;
}

}  // namespace pgprompt::guardrail
