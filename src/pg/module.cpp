// Loading of the library: the magic block and the settings.
#include "pg/server.h"

#include "pg/settings.h"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
    pgprompt::pg::define_settings();
}
