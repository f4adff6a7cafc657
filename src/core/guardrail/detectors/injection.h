// Attempts to take a model over, by families of phrases in several languages. A signal, not a proof.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/guardrail/detectors/phrases.h"
#include "core/guardrail/text_view.h"

namespace pgprompt::guardrail {

enum class InjectionFamily : uint8_t {
    override_,
    persona,
    extraction,
    delimiter,
    encoded,
    tool_abuse,
    authority,
    coercion,
    count
};
const char* name_of(InjectionFamily family);
// count for an unknown name.
InjectionFamily injection_family(std::string_view name);

struct InjectionFinding {
    InjectionFamily family;
    int32_t view;    // -1: the raw text
    uint32_t start;  // in the raw text
    uint32_t end;
    float weight;
};

// Findings of the families (a bit each) in the raw text and its views, in order, without repetitions.
std::vector<InjectionFinding> scan_injection(std::string_view raw, const std::vector<TextView>& views,
                                             uint32_t families, Poll poll);

// 1 - product of (1 - weight) over the findings, each further one of a family counting half of the one before: what
// several weak signs amount to, whatever the length of the text.
double combined_score(const std::vector<InjectionFinding>& findings);

}  // namespace pgprompt::guardrail
