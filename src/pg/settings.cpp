#include "pg/settings.h"

extern "C" {
#include <utils/guc.h>
}

#include "core/request/request.h"

namespace pgprompt::pg {

Settings settings;

namespace {

const config_enum_entry log_content_options[] = {{"full", static_cast<int>(LogContent::full), false},
                                                 {"redacted", static_cast<int>(LogContent::redacted), false},
                                                 {"none", static_cast<int>(LogContent::none), false},
                                                 {nullptr, 0, false}};

const config_enum_entry partition_options[] = {{"month", 0, false}, {"day", 1, false}, {nullptr, 0, false}};

// Limits and what is stored are the owner's to say, not that of every role that may call a function; GRANT
// SET ON PARAMETER lends them.
void define_size(const char* name, const char* description, int* variable, int default_kb, int max_kb) {
    DefineCustomIntVariable(name, description, nullptr, variable, default_kb, 1, max_kb, PGC_SUSET,
                            GUC_UNIT_KB, nullptr, nullptr, nullptr);
}

void define_count(const char* name, const char* description, int* variable, int default_value,
                  int max_value) {
    DefineCustomIntVariable(name, description, nullptr, variable, default_value, 1, max_value, PGC_SUSET, 0,
                            nullptr, nullptr, nullptr);
}

}  // namespace

void define_settings() {
    constexpr int kGigabyte = 1024 * 1024;  // in kB
    DefineCustomStringVariable(
        "prompt.tenant_id", "Tenant whose prompts, rules and experiments this session uses.",
        "Empty: the shared ones.", &settings.tenant_id, "", PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("prompt.ab_testing", "Whether running experiments choose variants.",
                             "Off: every caller gets the production version.", &settings.ab_testing, true,
                             PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("prompt.change_reason", "Reason that the audit log gives for changes.",
                               "Mostly set for one transaction, by SET LOCAL.", &settings.change_reason, "",
                               PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("prompt.redact_key", "Key of the hashes that stand for masked values.",
                               "Empty: rules with redact hash mask plainly.", &settings.redact_key, "",
                               PGC_SUSET, GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE, nullptr,
                               nullptr, nullptr);
    DefineCustomStringVariable("prompt.pseudonym", "Name that forget_user() is giving a user everywhere.",
                               "It sets this itself.", &settings.pseudonym, "", PGC_USERSET,
                               GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, nullptr, nullptr,
                               nullptr);
    DefineCustomEnumVariable("prompt.log_content",
                             "What of prompts and responses is stored with an execution.", nullptr,
                             &settings.log_content, static_cast<int>(LogContent::full), log_content_options,
                             PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable("prompt.partition_by", "Span of a new partition of prompt_executions.", nullptr,
                             &settings.partition_by, 0, partition_options, PGC_USERSET, 0, nullptr, nullptr,
                             nullptr);
    DefineCustomRealVariable(
        "prompt.sample_rate",
        "Share of executions whose variables, prompts, contexts and responses are stored.",
        "Counts and measures are kept of all.", &settings.sample_rate, 1, 0, 1, PGC_SUSET, 0, nullptr,
        nullptr, nullptr);
    DefineCustomBoolVariable(
        "prompt.notify_blocks",
        "Whether executions that guardrails block are announced on channel prompt_events.",
        "NOTIFY lets transactions commit one at a time only.", &settings.notify_blocks, false, PGC_USERSET, 0,
        nullptr, nullptr, nullptr);
    define_size("prompt.max_output_bytes", "Longest text that a template may render to.",
                &settings.max_output_bytes, 16 * 1024, kGigabyte - 1);
    define_count("prompt.max_render_steps", "Most steps that one rendering may take.",
                 &settings.max_render_steps, 5 * 1000 * 1000, INT_MAX);
    define_count("prompt.max_template_depth", "Deepest nesting of a template's blocks, calls and includes.",
                 &settings.max_template_depth, 200, 1000);
    define_size("prompt.max_compiled_bytes", "Largest compiled form of one template.",
                &settings.max_compiled_bytes, 16 * 1024, kGigabyte);
    define_size("prompt.template_cache_size", "Memory for compiled templates in each backend.",
                &settings.template_cache_bytes, 16 * 1024, kGigabyte);
    define_size("prompt.guardrail_cache_size", "Memory for compiled rule sets in each backend.",
                &settings.guardrail_cache_bytes, 64 * 1024, kGigabyte);
    MarkGUCPrefixReserved("prompt");
}

}  // namespace pgprompt::pg
