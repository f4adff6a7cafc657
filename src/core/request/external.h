// Rules that call functions the core cannot call: the caller asks them and hands in what they said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/rule_set.h"

namespace pgprompt {

// One thing a custom rule's function found. Offsets are characters of the text, from 0, end exclusive;
// without them the text as a whole is meant. Borrowed.
struct ExternalFinding {
    std::string_view entity;   // empty: the rule's type
    std::string_view message;  // empty: the rule's own
    bool has_span = false;
    uint32_t start = 0;
    uint32_t end = 0;
    double score = 1;
};

struct ExternalAnswer {
    std::string failure;  // why there is no answer; empty: there is one
    double score = 0;          // model_check
    std::vector<ExternalFinding> findings;
};

// The answers known so far. Borrowed answers must outlive the violations made of them.
class ExternalRules {
 public:
    virtual ~ExternalRules() = default;
    // What the function of an external rule says of a text; null where it has not been asked yet. The
    // question is then noted, and the caller begins anew once it can answer.
    virtual const ExternalAnswer* answer(uint32_t rule, std::string_view text) = 0;
    // Whether a question has been noted: what was worked out is then not to be used.
    virtual bool pending() const = 0;
    // Whether an answer that is none is reported with the reason, also where on_error is to ignore it: for who
    // tries a rule out.
    virtual bool explains_defects() const { return false; }
};

// Appends what an external rule's answer means. A failure, a score that is no number or below 0, a span that is
// empty or outside the text, an entity that is no name or repeats the text it stands for follow the rule's on_error: a blocking violation, Failure, or nothing.
void add_external(const RuleSet& rules, uint32_t rule, std::string_view text, const ExternalAnswer& answer,
                  std::vector<Violation>* out, bool explain_defects = false);

// evaluate_rules() and the external rules of the mask, in order of start, then rule. Without `external`
// nobody can evaluate those: they follow their on_error. Throws Failure.
std::vector<Violation> evaluate_all(const RuleSet& rules, std::string_view text, const RuleMask& mask,
                                    ExternalRules* external, Poll poll);

}  // namespace pgprompt
