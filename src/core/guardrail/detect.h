// The detectors by themselves, without a rule around them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace pgprompt {

// One finding; `entity` and `view` are static texts.
struct Detection {
    std::string_view entity;
    std::string_view view;
    uint32_t start_offset = 0;  // characters of the text as given, from 0
    uint32_t end_offset = 0;    // exclusive
    uint32_t start_byte = 0;
    uint32_t end_byte = 0;
    double score = 0;
    bool validated = false;
};

// A score as it is reported: in four decimals, without the digits that come of the detectors' float arithmetic.
double reported_score(double score);

// A name a detector goes by, and whether it runs where a rule names none.
struct DetectorName {
    std::string_view name;
    std::string_view description;
    bool by_default = true;
};
const std::vector<DetectorName>& pii_entities();
const std::vector<DetectorName>& injection_families();
const std::vector<DetectorName>& toxic_categories();
const std::vector<DetectorName>& secret_kinds();

// Personal data in `text`, in order, without overlaps (validated beats scored beats longest). `entities`
// empty: the default ones. Errors: invalid_parameter for an unknown entity, invalid_text, cancelled.
Result<std::vector<Detection>> detect_pii(std::string_view text,
                                          const std::vector<std::string_view>& entities = {},
                                          double min_score = 0.5, Poll poll = nullptr) noexcept;

// How much a text looks like an attempt to take a model over: 0 (not at all) to 1.
Result<double> injection_score(std::string_view text, Poll poll = nullptr) noexcept;

}  // namespace pgprompt
