// Overlapping findings decided by rank.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "core/guardrail/pacer.h"

namespace pgprompt::guardrail {

// Of findings that overlap (members start and end) the one that `better` puts first stays; of equal ones the
// first. What stays comes in order of start.
template <class Finding, class Better>
std::vector<Finding> best_of_overlapping(std::vector<Finding> findings, Poll poll, Better better) {
    Pacer pacer(poll);
    paced_stable_sort(findings.begin(), findings.end(), poll, better);
    std::map<uint32_t, Finding> kept;
    for (const Finding& finding : findings) {
        pacer.did(64);
        const auto next = kept.lower_bound(finding.start);
        if (next != kept.end() && next->second.start < finding.end) continue;
        if (next != kept.begin() && std::prev(next)->second.end > finding.start) continue;
        kept.emplace_hint(next, finding.start, finding);
    }
    std::vector<Finding> result;
    result.reserve(kept.size());
    for (const auto& entry : kept) result.push_back(entry.second);
    return result;
}

}  // namespace pgprompt::guardrail
