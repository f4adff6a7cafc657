// A user's totals in one experiment, and how queued changes alter them.
#pragma once

#include "pg/metrics_experiment.h"
#include "pg/metrics_queue.h"
#include "pg/metrics_table.h"

namespace pgprompt::pg {

// A row of prompt_subject_queue, copied.
struct Delta {
    pg_uuid_t id;
    ItemPointerData position;
    text* tenant;
    text* unit;
    text* variant;
    int32 epoch;
    TimestampTz exposed_at;
    pg_uuid_t execution;
    bool is_late;
    int32 exposures;
    int32* rows;
    Datum* sums;  // numeric
    Delta* next;  // of the same unit
};

// A row of prompt_subjects, copied; without a variant there is none. With no exposure it stands for a user
// whose executions are gone or not folded yet, and counts for nothing.
struct Subject {
    text* variant;
    int32 first_epoch;
    int32 entry_epoch;
    TimestampTz first_exposed_at;
    pg_uuid_t first_execution;
    int64 exposures;
    int64 crossover_exposures;
    int64* rows;
    Datum* sums;
    int64* late_rows;  // null: none
    Datum* late_sums;
    Datum covariate;  // numeric; 0: none
};

extern const TableLayout subject_layout;

Delta* copy_delta(TupleTableSlot* row, const AttrNumber* numbers, int metric_count);

// The subject that has been found; `table` is a Table or a Lookup.
template <class AnyTable>
Subject copy_subject(AnyTable* table, int metric_count);

Subject no_subject(int metric_count);

// Takes rows (bigint[]) and sums (numeric[]) over.
void set_totals(Subject* subject, Datum rows, Datum sums, int metric_count);

// Applies the deltas of one unit. False if they cannot be applied without looking at the executions: the
// user's first one is gone, an earlier one has come to light, a row is gone that may have had late changes,
// or changes have overtaken each other. The subject is spoilt then.
bool apply(Subject* subject, const Delta* deltas, int metric_count);

// Values of a row of prompt_subjects, in the layout's order.
void subject_values(const Experiment& experiment, const Delta& delta, const Subject& subject, Datum* values,
                    bool* nulls);

}  // namespace pgprompt::pg
