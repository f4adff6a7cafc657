#pragma once

#include <string_view>
#include <vector>

#include "core/guardrail/compiled_rule_set.h"

namespace pgprompt::guardrail {

// evaluate_rules() without its checks of the text.
std::vector<Violation> evaluate(const CompiledRuleSet& set, std::string_view text, const RuleMask& mask,
                                const EvaluateOptions& options);

// A violation of the rule, its span still to be set.
Violation violation_of(const RuleSet& set, uint32_t rule);

// Tokens as a rough count: words by their length, digits by threes, signs and ideographs one each. `limit`
// tokens end before byte *limit_at, if there are more.
int64_t estimate_tokens(std::string_view text, int64_t limit, Poll poll, size_t* limit_at);

}  // namespace pgprompt::guardrail
