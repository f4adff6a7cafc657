// What the functions of custom rules may say, and what is none of it.
#include "core/request/external.h"

#include <gtest/gtest.h>

#include "core/json.h"

namespace pgprompt {
namespace {

std::shared_ptr<const RuleSet> rule_with(const Value& config) {
    RuleSpec spec;
    spec.name = "custom";
    spec.type = RuleType::custom;
    spec.config = config;
    return compile_rules({spec}).take();
}

struct Fixture : testing::Test {
    Fixture() : document(parse_json(R"({"function": "public.f"})").take()), rules(rule_with(document->root())) {}

    std::vector<Violation> of(const ExternalFinding& finding) {
        answer.findings = {finding};
        std::vector<Violation> violations;
        add_external(*rules, 0, "Größe 42, Ada", answer, &violations);
        return violations;
    }
    static ExternalFinding at(uint32_t start, uint32_t end) {
        ExternalFinding finding;
        finding.has_span = true;
        finding.start = start;
        finding.end = end;
        return finding;
    }

    std::shared_ptr<const JsonDocument> document;
    std::shared_ptr<const RuleSet> rules;
    ExternalAnswer answer;
};
using External = Fixture;

TEST_F(External, TakesASpanInCharacters) {
    ExternalFinding finding = at(6, 8);
    finding.entity = "number";
    const auto found = of(finding);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].entity, "number");
    EXPECT_EQ(found[0].start_byte, 8u);
    EXPECT_EQ(found[0].end_byte, 10u);
}

TEST_F(External, EvaluationFailsByWhatIsNoFinding) {
    ExternalFinding below = at(6, 8);
    below.score = -0.1;
    ExternalFinding copied = at(10, 13);
    copied.entity = "ada";
    ExternalFinding digits = at(6, 8);
    digits.entity = "42";
    for (const ExternalFinding& finding : {at(6, 6), at(6, 14), at(8, 6), below, copied, digits}) {
        const auto found = of(finding);
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found[0].entity, "evaluation_error");
        EXPECT_EQ(found[0].enforcement, Enforcement::blocking);
    }
}

}  // namespace
}  // namespace pgprompt
