// Any configuration of any rule type on any text: an error or violations inside the text, never more. The
// input's first byte chooses the type; up to the first zero byte or line break follows the configuration,
// then the text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/guardrail/rule_set.h"
#include "core/guardrail/utf8.h"
#include "core/json.h"

using namespace pgprompt;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2 || size > 8192) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const size_t end = input.find('\n', 1);
    const std::string_view config = input.substr(1, end == std::string_view::npos ? end : end - 1);
    const std::string_view text = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
    const auto document = parse_json(config);
    if (!document.ok()) return 0;
    RuleSpec spec;
    spec.name = "fuzz";
    spec.type = static_cast<RuleType>(data[0] % 9);
    spec.enforcement = static_cast<Enforcement>(data[0] / 9 % 4);
    spec.config = (*document)->root();
    const auto rules = compile_rules({spec});
    require(rules.ok() == check_rule(spec).ok());
    if (!rules.ok()) {
        require(!rules.error().message.empty() && rules.error().code != Code::internal);
        return 0;
    }
    const auto violations = evaluate_rules(**rules, text, (*rules)->all());
    if (!violations.ok()) {
        require(violations.error().code != Code::internal);
        return 0;
    }
    for (const Violation& violation : *violations) {
        require(violation.start_byte <= violation.end_byte && violation.end_byte <= text.size());
        require(violation.start_offset <= violation.end_offset);
        require(violation.start_offset == guardrail::count_characters(text.substr(0, violation.start_byte)));
    }
    const auto redacted = redact_violations(**rules, text, *violations);
    require(redacted.ok() && guardrail::is_utf8(*redacted));
    return 0;
}
