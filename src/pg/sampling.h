// prompt.sample_rate: of which executions the texts are kept.
#pragma once

#include "pg/server.h"

extern "C" {
#include <utils/uuid.h>
}

namespace pgprompt::pg {

// The same for every call that concerns the execution, as long as the setting is the same.
bool is_sampled(const pg_uuid_t* execution_id);

}  // namespace pgprompt::pg
