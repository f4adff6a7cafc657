// The server's headers, in the one order and language linkage that C++ can bear.
#pragma once

extern "C" {
#include <postgres.h>

#include <access/htup_details.h>
#include <catalog/pg_type.h>
#include <fmgr.h>
#include <funcapi.h>
#include <miscadmin.h>
#include <utils/builtins.h>
#include <utils/memutils.h>
}

// <libintl.h> macros of the server break std headers that are included later.
#ifdef gettext
#undef gettext
#endif
#ifdef printf
#undef printf
#undef fprintf
#undef sprintf
#undef snprintf
#undef vprintf
#undef vfprintf
#undef vsprintf
#undef vsnprintf
#endif
