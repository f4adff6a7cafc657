// What compile_rules() makes of rules: one matcher for all patterns and keywords, and the settings of the
// detectors.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/config_reader.h"
#include "core/guardrail/decode.h"
#include "core/guardrail/detectors/pii.h"
#include "core/guardrail/detectors/toxic.h"
#include "core/guardrail/matcher.h"
#include "core/guardrail/rule_set.h"

namespace pgprompt::guardrail {

inline constexpr size_t kMaxSecretKinds = 256;

struct RuleSettings {
    std::string entity;  // regex, keyword
    bool normalise = true;
    bool decode = true;
    int64_t max_characters = -1;
    int64_t max_bytes = -1;
    int64_t max_tokens = -1;
    PiiMask pii = 0;
    double min_score = 0.5;          // pii, secret
    std::vector<std::string> allow;  // folded, sorted
    uint32_t families = 0;           // injection, a bit each
    double threshold = 0.5;          // injection
    ToxicGrade min_grade = ToxicGrade::moderate;
    uint32_t categories = 0;             // toxic, a bit each
    std::bitset<kMaxSecretKinds> kinds;  // secret
};

class CompiledRuleSet : public RuleSet {
 public:
    CompiledRuleSet(const std::vector<RuleSpec>& specs, const RuleSetOptions& options);

    size_t memory_bytes() const noexcept override { return memory_; }
    const RuleSettings& settings(uint32_t rule) const { return settings_[rule]; }
    const Matcher& matcher() const { return matcher_; }
    uint32_t rule_of_pattern(uint32_t pattern) const { return rule_of_pattern_[pattern]; }
    bool has_patterns(uint32_t rule) const { return has_patterns_[rule] != 0; }
    const std::vector<std::string>& notes() const { return notes_; }

 private:
    void add(const RuleSpec& spec, const RuleSetOptions& options);
    void add_regex(ConfigReader* config, RuleSettings* settings, const RuleSetOptions& options);
    void add_keyword(ConfigReader* config, RuleSettings* settings);
    void add_max_length(ConfigReader* config, RuleSettings* settings);
    void add_pii(ConfigReader* config, RuleSettings* settings);
    void add_injection(ConfigReader* config, RuleSettings* settings);
    void add_toxic(ConfigReader* config, RuleSettings* settings);
    void add_secret(ConfigReader* config, RuleSettings* settings);
    void own_pattern();

    Poll poll_ = nullptr;
    Matcher matcher_;
    std::vector<RuleSettings> settings_;
    std::vector<uint32_t> rule_of_pattern_;
    std::vector<uint8_t> has_patterns_;
    std::vector<std::string> notes_;
    size_t memory_ = 0;
};

}  // namespace pgprompt::guardrail
