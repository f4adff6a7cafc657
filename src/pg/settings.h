// The settings prompt.*: names, ranges and defaults in one place.
#pragma once

#include "pg/server.h"

namespace pgprompt::pg {

struct Settings {
    char* tenant_id;            // prompt.tenant_id
    bool ab_testing;            // prompt.ab_testing
    char* change_reason;        // prompt.change_reason, for the audit log
    char* redact_key;           // prompt.redact_key
    char* pseudonym;            // prompt.pseudonym: the name that forget_user() is giving somebody
    int log_content;            // prompt.log_content: a LogContent of core/request
    int partition_by;           // prompt.partition_by
    double sample_rate;         // prompt.sample_rate, from 0 to 1
    bool notify_blocks;         // prompt.notify_blocks
    int max_output_bytes;       // prompt.max_output_bytes, in kB
    int max_render_steps;       // prompt.max_render_steps
    int max_template_depth;     // prompt.max_template_depth
    int max_compiled_bytes;     // prompt.max_compiled_bytes, in kB
    int template_cache_bytes;   // prompt.template_cache_size, in kB
    int guardrail_cache_bytes;  // prompt.guardrail_cache_size, in kB
};

extern Settings settings;

void define_settings();

}  // namespace pgprompt::pg
