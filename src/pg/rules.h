// Compiled guardrails of this backend, by who asks and the generation that the statement's snapshot sees.
#pragma once

#include "pg/server.h"

#include <memory>
#include <string_view>

#include "core/guardrail/rule_set.h"
#include "pg/arguments.h"

namespace pgprompt::pg {

// Names one immutable set of rules: those that a role sees in a snapshot. Plain data in the current memory
// context.
struct RulesKey {
    const char* bytes;
    size_t length;
};

// Reads the generation in the active snapshot under the caller's rights, and compiles the rules unless they
// are known. SPI must be connected; the key is allocated in `context`. Raises server errors.
RulesKey load_rules(const text* tenant, MemoryContext context);
// The same for whoever calls, without SPI; the key is in the current context. Raises where the tables are
// missing.
RulesKey load_rules();
// The named rules, whether or not they are active. Raises for a name that no rule has.
RulesKey load_named_rules(const TextList& names);

// For use inside enter_core, after load_rules: the set, and which of its rules apply to a prompt.
struct ApplicableRules {
    std::shared_ptr<const RuleSet> set;
    RuleMask applicable;
};
ApplicableRules rules_for(const RulesKey& key, std::string_view prompt_name, std::string_view category);
// Null for none.
ApplicableRules rules_for(const RulesKey& key, const text* prompt_name, const text* category);

}  // namespace pgprompt::pg
