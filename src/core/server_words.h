// Force-included into every file of the core by both build systems: the core must not know PostgreSQL, so
// the words that no server header can do without are compile errors here.
#pragma once
#pragma GCC poison Datum PG_FUNCTION_INFO_V1 PG_MODULE_MAGIC MemoryContext palloc pfree ereport elog PG_TRY
