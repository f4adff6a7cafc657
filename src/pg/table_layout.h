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

struct LayoutColumn {
    const char* name;
    Oid type;
    bool may_be_null = false;
};

// The columns of one table that we know, in the order of our own numbering.
struct TableLayout {
    const char* name;  // of the table, in schema prompt
    const LayoutColumn* columns;
    int column_count;         // at most kMaxColumns
    int key_count;            // the first columns are the primary key, in the key's order; 0: any key will do
    bool is_written = false;  // by us, past the executor: a column narrower than ours would not hold it
};

constexpr int kMaxColumns = 48;

// Of one relation: the table of the layout, or a partition of it.
struct Columns {
    AttrNumber numbers[kMaxColumns];  // attribute number of each column of the layout
    bool has_surplus;                 // the user has added columns
    Oid key_index;                    // the primary key's; invalid: there is none
};

// Raises the error (55000) of a table or key that is not there, with the hint to call install().
[[noreturn]] void refuse_missing(const char* what, const char* name);

// Raises the error (42804) of a column of another type than it is read as, with the statement that mends it.
// `value` is the default that it has from install(); null: what it has stays.
[[noreturn]] void refuse_type(const char* table, const char* column, Oid wanted, Oid type, int32 modifier,
                              const char* value);

// Raises the error (22004) of a null where install() allows none.
[[noreturn]] void refuse_null(const char* table, const char* column);

// Whether values of a column's type can be read as those of another.
bool is_readable(Oid type, Oid wanted);

// Where a table of the extension is; an error (55000) with a hint if it is not there.
Oid table_oid(const char* name);

// Opens the table of a layout. Anything but an ordinary table is refused (42809).
Relation open_relation(const TableLayout& layout, LOCKMODE mode);

// The columns of an open relation; an error with a hint if one is missing (55000) or of another type (42804).
// A copy: what is known may change while it is used.
Columns columns_of(Relation relation, const TableLayout& layout);

}  // namespace pgprompt::pg
