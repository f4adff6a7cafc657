// What a statement's rows change in the totals of experiments' users, appended to prompt_subject_queue.
#pragma once

#include "pg/metrics_experiment.h"
#include "pg/metrics_groups.h"
#include "pg/metrics_table.h"

namespace pgprompt::pg {

// Columns of prompt_subject_queue, in the order of queue_layout.
enum QueueColumn {
    kQueueExperiment,
    kQueueDueAt,
    kQueueId,
    kQueueTenant,
    kQueueUnit,
    kQueueVariant,
    kQueueEpoch,
    kQueueExposedAt,
    kQueueExecution,
    kQueueIsLate,
    kQueueExposures,
    kQueueRows,
    kQueueSums,
    kQueueColumns
};

extern const TableLayout queue_layout;

struct QueueChanges {
    MemoryContext context;
    GroupMap experiments;  // Experiment by id
    GroupMap entries;
    TimestampTz now;
};

QueueChanges make_queue_changes(MemoryContext context);

// A new row (sign 1) or one that is gone (sign -1).
void queue_row(QueueChanges* changes, const Execution& row, int sign);

// A row before and after an update.
void queue_change(QueueChanges* changes, const Execution& before, const Execution& after);

// Appends the entries. Does not increment the command counter. Returns how many.
int write_queue(QueueChanges* changes);

}  // namespace pgprompt::pg
