#include "pg/sampling.h"

#include "pg/boundary.h"
#include "pg/settings.h"

extern "C" {
#include <common/hashfn.h>
}

#include <cmath>

namespace pgprompt::pg {

bool is_sampled(const pg_uuid_t* execution_id) {
    if (settings.sample_rate >= 1) return true;
    const uint64 hash = hash_bytes_extended(execution_id->data, UUID_LEN, 0);
    return std::ldexp(static_cast<double>(hash >> 11), -53) < settings.sample_rate;
}

}  // namespace pgprompt::pg

PGPROMPT_FUNCTION(is_sampled) {
    PG_RETURN_BOOL(pgprompt::pg::is_sampled(PG_GETARG_UUID_P(0)));
}
