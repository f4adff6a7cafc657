// Rows of the extension's own tables, read and written directly: a found row and its update cost a tenth of
// what a prepared statement takes to start and end. Rights and policies of the caller do not apply: these
// tables are written for the tables' owner, as foreign-key checks are.
#pragma once

#include "pg/server.h"
#include "pg/table_layout.h"

extern "C" {
#include <access/genam.h>
#include <access/tableam.h>
#include <executor/executor.h>
#include <nodes/execnodes.h>
#include <utils/rel.h>
#include <utils/snapmgr.h>
}

namespace pgprompt::pg {

// Plain data: errors that longjmp over it leave nothing behind that the server does not clean up.
struct Table {
    const TableLayout* layout;
    Relation relation;
    Columns columns;
    MemoryContext context;    // that was the current one when it was opened
    Relation key_index;       // opened at need
    EState* state;            // what the executor needs to check rows and to make index entries, at need
    ResultRelInfo* result;    // the same
    TupleTableSlot* found;    // the row that find() found
    TupleTableSlot* written;  // scratch for rows to be written
    bool has_moved;  // the last update() found no room beside the old version, and made index entries
};

// A table to be read only: its primary key's index and nothing else is opened.
struct Lookup {
    const TableLayout* layout;
    Relation relation;
    Columns columns;
    Relation key_index;
    TupleTableSlot* found;
};

void open_table(Table* table, const TableLayout* layout, LOCKMODE mode);
void close_table(Table* table);

void open_lookup(Lookup* table, const TableLayout* layout);
void close_lookup(Lookup* table);

// The row with the key (values of the first columns), as `snapshot` sees it; false if there is none.
bool find(Table* table, const Datum* key, Snapshot snapshot);
bool find(Lookup* table, const Datum* key, Snapshot snapshot);

// The same, if the row is at a place that was remembered; false if another one or none is there.
struct RowPlace {
    ItemPointerData row;
    Buffer buffer;  // that held its page
};
bool find_at(Table* table, const RowPlace& place, const Datum* key, Snapshot snapshot);

// Where update() has put the new version, unless the row has moved.
RowPlace updated_place(const Table* table);

// Whether the page of the found row seems to have room for another version of it.
bool has_room(Table* table);

// A column of the found row.
Datum found_column(Table* table, int column, bool* is_null);
Datum found_column(Lookup* table, int column, bool* is_null);

// A scan of the primary key's index, in its order. Conditions are in the order of the key's columns.
struct KeyCondition {
    int column;  // of the key, from 0
    StrategyNumber strategy;
    Datum value;
};
IndexScanDesc begin_scan(Relation relation, Relation key_index, const KeyCondition* conditions, int count,
                         Snapshot snapshot);

// Columns that are ours as given, the user's by their defaults.
void insert(Table* table, const Datum* values, const bool* nulls);

// Replaces the found row; the user's columns stay. False if another transaction is writing or has written it.
bool update(Table* table, const Datum* values, const bool* nulls);

// Deletes a row. False as in update().
bool remove(Table* table, ItemPointer row);

}  // namespace pgprompt::pg
