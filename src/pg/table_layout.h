// Where the extension's tables are and which of their columns is which: looked up once per backend, again
// after anything about them has changed.
#pragma once

#include "pg/server.h"

extern "C" {
#include <access/attnum.h>
#include <storage/lockdefs.h>
#include <utils/relcache.h>
}

namespace pgprompt::pg {

// The columns of one table that we know, in the order of our own numbering.
struct TableLayout {
    const char* name;            // of the table, in schema prompt
    const char* const* columns;  // names
    int column_count;            // at most kMaxColumns
    int key_count;               // the first columns are the primary key, in the key's order
    const Oid* types = nullptr;  // of the columns, where a wrong one must be refused
};

constexpr int kMaxColumns = 48;

// Of one relation: the table of the layout, or a partition of it.
struct Columns {
    AttrNumber numbers[kMaxColumns];  // attribute number of each column of the layout
    bool has_surplus;                 // the user has added columns
    Oid key_index;                    // the primary key's; invalid: there is none
};

// Raises the error (55000) of a table, column or key that is not there, with a hint.
[[noreturn]] void refuse_missing(const char* what, const char* name);

// Where a table of the extension is; an error (55000) with a hint if it is not there.
Oid table_oid(const char* name);

// Opens the table of a layout. It must be an ordinary one.
Relation open_relation(const TableLayout& layout, LOCKMODE mode);

// The columns of an open relation; an error with a hint if one is missing (55000) or of another type (42804).
// A copy: what is known may change while it is used.
Columns columns_of(Relation relation, const TableLayout& layout);

}  // namespace pgprompt::pg
