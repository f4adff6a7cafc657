// Abusive language by graded word lists, in whole words: Scunthorpe, assess and Dickens pass.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/guardrail/text_view.h"
#include "core/status.h"

namespace pgprompt::guardrail {

enum class ToxicCategory : uint8_t { profanity, insult, slur, threat, sexual, hate, self_harm, count };
enum class ToxicGrade : uint8_t { mild = 1, moderate = 2, severe = 3 };
const char* name_of(ToxicCategory category);
// count for an unknown name.
ToxicCategory toxic_category(std::string_view name);

struct ToxicFinding {
    ToxicCategory category;
    ToxicGrade grade;
    int32_t view;    // -1: the raw text
    uint32_t start;  // in the raw text
    uint32_t end;
};

inline double score_of(ToxicGrade grade) {
    return grade == ToxicGrade::severe ? 0.95 : grade == ToxicGrade::moderate ? 0.75 : 0.4;
}

// Findings in the raw text and its views, in order, without repetitions.
std::vector<ToxicFinding> scan_toxic(std::string_view raw, const std::vector<TextView>& views, Poll poll);

}  // namespace pgprompt::guardrail
