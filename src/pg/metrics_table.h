// Rows of the extension's own tables, read and written directly: a found row and its update cost a tenth of
// what a prepared statement takes to start and end. Rights and policies of the caller do not apply: these
// tables are written for the tables' owner, as foreign-key checks are.
#pragma once

#include "pg/server.h"

extern "C" {
#include <access/genam.h>
#include <access/tableam.h>
#include <executor/executor.h>
#include <nodes/execnodes.h>
#include <utils/rel.h>
#include <utils/snapmgr.h>
}

namespace pgprompt::pg {

// The columns of one table that we know, in the order of our own numbering.
struct TableLayout {
    const char* name;            // of the table, in schema prompt
    const char* const* columns;  // names
    int column_count;            // at most kMaxColumns
    int key_count;               // the first columns are the primary key, in the key's order
};

constexpr int kMaxColumns = 48;

// Plain data: errors that longjmp over it leave nothing behind that the server does not clean up.
struct Table {
    const TableLayout* layout;
    Relation relation;
    Relation key_index;
    AttrNumber numbers[kMaxColumns];  // attribute number of each of our columns
    ResultRelInfo* result;
    EState* state;
    TupleTableSlot* found;    // the row that find() found
    TupleTableSlot* written;  // scratch for rows to be written
    bool has_surplus;         // the user has added columns
    bool has_moved;  // the last update() found no room beside the old version, and made index entries
};

// A table to be read only: its primary key's index and nothing else is opened.
struct Lookup {
    const TableLayout* layout;
    Relation relation;
    Relation key_index;
    AttrNumber numbers[kMaxColumns];
    TupleTableSlot* found;
};

// Where the extension's tables are; an error with a hint if they are not there.
Oid table_oid(const char* name);

// Attribute numbers of the columns, by name; an error (55000) with a hint if one is missing.
void map_columns(TupleDesc row, const char* relation, const char* const* columns, int count,
                 AttrNumber* numbers);

void open_table(Table* table, const TableLayout* layout, LOCKMODE mode);
void close_table(Table* table);

void open_lookup(Lookup* table, const TableLayout* layout);
void close_lookup(Lookup* table);

// The row with the key (values of the first columns), as `snapshot` sees it; false if there is none.
bool find(Table* table, const Datum* key, Snapshot snapshot);
bool find(Lookup* table, const Datum* key, Snapshot snapshot);

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
