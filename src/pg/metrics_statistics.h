// Sufficient statistics over the users of an experiment: what changes in ab_test_statistics when a user's
// totals do.
#pragma once

#include "pg/metrics_groups.h"
#include "pg/metrics_subject.h"

namespace pgprompt::pg {

// Columns of ab_test_statistics, in the order of statistics_layout.
enum StatisticsColumn {
    kStatExperiment,
    kStatMetric,
    kStatVariant,
    kStatFirstEpoch,
    kStatEntryEpoch,
    kStatTenant,
    kStatUsers,
    kStatRows,
    kStatRowSquares,
    kStatSums,
    kStatSumSquares,
    kStatCrossSums,
    kStatNonBinary,
    kStatCrossovers,
    kStatCovariateSums,
    kStatCovariateSquares,
    kStatCovariateBySums,
    kStatCovariateByRows,
    kStatColumns
};

extern const TableLayout statistics_layout;

// Changes of sums over users, by metric (-1: exposed users), variant and stratum: epochs of the first
// exposure and of the bucket's entry.
GroupMap make_statistics(MemoryContext context);

// Takes the totals of one user in (sign 1) or out (sign -1).
void count_subject(GroupMap* statistics, const Experiment& experiment, const Subject& subject, int sign);

// Values of a row that holds the changes of one group. False if nothing changes.
bool statistics_values(const Experiment& experiment, const Group& group, Datum* values);

}  // namespace pgprompt::pg
