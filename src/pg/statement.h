// Saved plans: a statement prepared once per backend and run many times.
#pragma once

#include "pg/server.h"

extern "C" {
#include <executor/spi.h>
}

namespace pgprompt::pg {

// One SQL statement with its parameters' types. Define it at namespace scope; it is prepared at its first use
// and kept for the life of the backend. Plain data: safe to use where errors longjmp.
struct Statement {
    const char* sql;
    int argument_count;
    Oid argument_types[24];
    SPIPlanPtr prepared;
    // Planned once for all arguments: for statements on prompt_executions by id, which planning anew would
    // cost several times what running them does; partitions are pruned when they start.
    bool generic = false;
};

// SPI_connect and SPI_finish, in between with functions and operators found in pg_catalog only: the caller's
// search path must not choose what our statements mean. An error in between restores both.
int connect();
void finish(int level);

// Runs it; `nulls` as SPI has it (null: none is). A read-only run uses the statement's own snapshot.
// Returns SPI's result code; rows are in SPI_tuptable.
int run(Statement* statement, Datum* arguments, const char* nulls, bool read_only, long row_limit = 0);

// Runs it on what is committed now and what this transaction did, whatever the transaction's isolation, as
// foreign-key checks do: for integrity across transactions alone. Never read-only.
int run_on_latest(Statement* statement, Datum* arguments, long row_limit = 0);

// A column of a row that a statement found, by its number from 1: of the type, or an error (42804) that names
// the table it is from, which is the user's to change. Where nulls are not expected (`is_null` null) they are
// an error, too.
Datum result_column(HeapTuple row, TupleDesc columns, int number, Oid type, const char* table,
                    bool* is_null = nullptr);

// Acts as the owner of a relation, as foreign-key checks do, until restored, and finds functions and
// operators in pg_catalog only: the caller's search path must not choose what runs with the owner's rights.
// Errors restore both.
struct Identity {
    Oid user;
    int security_context;
    int settings_level;
};
Identity become_owner_of(Oid relation);
void restore(const Identity& identity);

}  // namespace pgprompt::pg
