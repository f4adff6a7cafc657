// Loading of the library: the magic block and the settings.
#include "pg/server.h"

#include "core/guardrail/warm_up.h"
#include "pg/settings.h"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
    pgprompt::pg::define_settings();
    // In shared_preload_libraries the detectors' tables are built once, for every backend to come.
    if (process_shared_preload_libraries_in_progress) pgprompt::warm_up();
}
