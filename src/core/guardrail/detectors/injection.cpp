#include "core/guardrail/detectors/injection.h"

#include <algorithm>
#include <map>

#include "core/guardrail/decode.h"
#include "core/guardrail/detect.h"
#include "core/guardrail/detectors/injection_phrases.h"
#include "core/guardrail/pacer.h"

namespace pgprompt::guardrail {
namespace {

// In the order of enum class InjectionFamily.
const std::vector<DetectorName>& families() {
    static const std::vector<DetectorName> names = {
        {"override", "earlier instructions are to be ignored or replaced", true},
        {"persona", "role play without rules, jailbreak personas and modes", true},
        {"extraction", "the system prompt or secrets are to be told", true},
        {"delimiter", "forged role markers and ends of prompts", true},
        {"encoded", "encoded or invisible text that is to be obeyed", true},
        {"tool_abuse", "data to be sent away, tools to be misused, messages to the model in third-party text",
         true},
        {"authority", "claimed rights: developer, administrator, authorised test", true},
        {"coercion", "rules against refusing, warning or apologising", true}};
    return names;
}

}  // namespace

const char* name_of(InjectionFamily family) {
    return families()[static_cast<size_t>(family)].name.data();
}

InjectionFamily injection_family(std::string_view name) {
    for (size_t i = 0; i < families().size(); ++i) {
        if (families()[i].name == name) return static_cast<InjectionFamily>(i);
    }
    return InjectionFamily::count;
}

std::vector<InjectionFinding> scan_injection(std::string_view raw, const std::vector<TextView>& views,
                                             uint32_t wanted, Poll poll) {
    const PhraseMatcher& phrases = injection_phrases();
    // By family and start, without overlaps.
    std::map<uint32_t, InjectionFinding> by_family[static_cast<size_t>(InjectionFamily::count)];
    std::vector<PhraseFinding> found;
    Pacer pacer(poll);
    const auto add = [&](InjectionFamily family, int32_t view, uint32_t start, uint32_t end, float weight) {
        if ((wanted >> static_cast<int>(family) & 1) == 0) return;
        auto& own = by_family[static_cast<size_t>(family)];
        InjectionFinding finding{family, view, start, end, weight};
        auto at = own.lower_bound(start);
        if (at != own.begin() && std::prev(at)->second.end > start) --at;
        // The same thing seen twice: as wide and as strong as both.
        while (at != own.end() && at->second.start < finding.end) {
            finding.start = std::min(finding.start, at->second.start);
            finding.end = std::max(finding.end, at->second.end);
            if (at->second.weight >= finding.weight) {
                finding.weight = at->second.weight;
                finding.view = at->second.view;
            }
            at = own.erase(at);
        }
        own.emplace(finding.start, finding);
    };
    for (int32_t view = -1; view < static_cast<int32_t>(views.size()); ++view) {
        const std::string_view text =
            view < 0 ? raw : std::string_view(views[static_cast<size_t>(view)].text);
        phrases.find(text, poll, &found);
        const bool hidden = view >= 0 && views[static_cast<size_t>(view)].kind == ViewKind::decoded;
        float strongest = 0;
        uint32_t hidden_start = UINT32_MAX;
        uint32_t hidden_end = 0;
        for (const PhraseFinding& finding : found) {
            pacer.did(128);
            const Phrase& phrase = phrases.phrase(finding.phrase);
            uint32_t start = finding.start;
            uint32_t end = finding.end;
            to_raw(views, view, &start, &end);
            add(static_cast<InjectionFamily>(phrase.family), view, start, end, phrase.weight);
            strongest = std::max(strongest, phrase.weight);
            hidden_start = std::min(hidden_start, start);
            hidden_end = std::max(hidden_end, end);
        }
        // Whoever encodes such a phrase means it.
        if (hidden && strongest >= 0.3f) add(InjectionFamily::encoded, view, hidden_start, hidden_end, 0.7f);
        if (hidden && (views[static_cast<size_t>(view)].name == std::string_view("tags") ||
                       views[static_cast<size_t>(view)].name == std::string_view("selectors"))) {
            uint32_t start = 0;
            auto end = static_cast<uint32_t>(text.size());
            to_raw(views, view, &start, &end);
            // Flags of regions (England, Scotland, Wales) are made of tags, too: five or six letters each.
            if (text.size() > 12) add(InjectionFamily::encoded, view, start, end, 0.6f);
        }
    }
    std::vector<InjectionFinding> findings;
    for (const auto& own : by_family) {
        for (const auto& entry : own) findings.push_back(entry.second);
    }
    paced_sort(findings.begin(), findings.end(), poll,
               [](const InjectionFinding& a, const InjectionFinding& b) {
                   return a.start != b.start ? a.start < b.start : a.family < b.family;
               });
    return findings;
}

double combined_score(const std::vector<InjectionFinding>& findings) {
    std::vector<InjectionFinding> by_weight = findings;
    std::sort(by_weight.begin(), by_weight.end(),
              [](const InjectionFinding& a, const InjectionFinding& b) { return a.weight > b.weight; });
    double share[static_cast<size_t>(InjectionFamily::count)];
    std::fill(std::begin(share), std::end(share), 1.0);
    double innocent = 1;
    for (const InjectionFinding& finding : by_weight) {
        double& own = share[static_cast<size_t>(finding.family)];
        innocent *= 1 - finding.weight * own;
        own /= 2;
    }
    return 1 - innocent;
}

}  // namespace pgprompt::guardrail

namespace pgprompt {

const std::vector<DetectorName>& injection_families() {
    return guardrail::families();
}

}  // namespace pgprompt
