#include "core/guardrail/detectors/toxic.h"

#include <algorithm>

#include "core/guardrail/best_of_overlapping.h"
#include "core/guardrail/decode.h"
#include "core/guardrail/detect.h"
#include "core/guardrail/detectors/toxic_words.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

// In the order of enum class ToxicCategory.
const std::vector<DetectorName>& categories() {
    static const std::vector<DetectorName> names = {
        {"profanity", "swear words", true},
        {"insult", "insults, and words used as such", true},
        {"slur", "slurs against groups of people", true},
        {"threat", "threats of violence", true},
        {"sexual", "crude sexual language", true},
        {"hate", "calls for violence against groups, and their dehumanisation", true},
        {"self_harm", "urging others to harm themselves", true}};
    return names;
}

bool is_whole_word(std::string_view text, size_t start, size_t end) {
    if (start > 0) {
        size_t left = previous_start(text, start);
        size_t first = start;
        if (!is_word_boundary(next_code_point(text, &left), next_code_point(text, &first))) return false;
    }
    if (end < text.size()) {
        size_t last = previous_start(text, end);
        size_t right = end;
        if (!is_word_boundary(next_code_point(text, &last), next_code_point(text, &right))) return false;
    }
    return true;
}

ToxicGrade grade_of(float weight) {
    return weight > 0.9f ? ToxicGrade::severe : weight > 0.5f ? ToxicGrade::moderate : ToxicGrade::mild;
}

}  // namespace

const char* name_of(ToxicCategory category) {
    return categories()[static_cast<size_t>(category)].name.data();
}

ToxicCategory toxic_category(std::string_view name) {
    for (size_t i = 0; i < categories().size(); ++i) {
        if (categories()[i].name == name) return static_cast<ToxicCategory>(i);
    }
    return ToxicCategory::count;
}

std::vector<ToxicFinding> scan_toxic(std::string_view raw, const std::vector<TextView>& views, Poll poll) {
    const PhraseMatcher& words = toxic_words();
    std::vector<ToxicFinding> findings;
    std::vector<PhraseFinding> found;
    Pacer pacer(poll);
    for (int32_t view = -1; view < static_cast<int32_t>(views.size()); ++view) {
        const std::string_view text =
            view < 0 ? raw : std::string_view(views[static_cast<size_t>(view)].text);
        words.find(text, poll, &found);
        for (const PhraseFinding& finding : found) {
            pacer.did(64);
            if (!is_whole_word(text, finding.start, finding.end)) continue;
            uint32_t start = finding.start;
            uint32_t end = finding.end;
            to_raw(views, view, &start, &end);
            const Phrase& phrase = words.phrase(finding.phrase);
            findings.push_back(
                {static_cast<ToxicCategory>(phrase.family), grade_of(phrase.weight), view, start, end});
        }
    }
    // Of overlapping findings the gravest stays, then the longest.
    return best_of_overlapping(std::move(findings), poll, [](const ToxicFinding& a, const ToxicFinding& b) {
        if (a.grade != b.grade) return a.grade > b.grade;
        if (a.end - a.start != b.end - b.start) return a.end - a.start > b.end - b.start;
        return a.view < b.view;
    });
}

}  // namespace pgprompt::guardrail

namespace pgprompt {

const std::vector<DetectorName>& toxic_categories() {
    return guardrail::categories();
}

}  // namespace pgprompt
