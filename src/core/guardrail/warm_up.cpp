#include "core/guardrail/warm_up.h"

#include "core/guardrail/detect.h"
#include "core/guardrail/rule_set.h"

namespace pgprompt {

void warm_up() noexcept {
    (void)protect([] {
        std::vector<RuleSpec> specs;
        for (const RuleType type : {RuleType::pii, RuleType::injection, RuleType::toxic, RuleType::secret}) {
            RuleSpec spec;
            spec.name = name_of(type);
            spec.type = type;
            specs.push_back(spec);
        }
        const auto rules = compile_rules(specs).take();
        // A letter beyond ASCII, and something that looks like a number: each table is asked for.
        evaluate_rules(*rules, "caf\xC3\xA9 1234 5678 9012 3456", rules->all()).take();
        return true;
    });
}

}  // namespace pgprompt
