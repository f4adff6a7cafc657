// The metrics that an experiment keeps per user, and what one execution contributes to each.
#pragma once

#include "pg/metrics_execution.h"

namespace pgprompt::pg {

enum class MetricKind {
    unknown,  // never enters
    success_rate,
    error_rate,
    conversion,
    rating,
    quality_score,
    response_time_ms,
    cost_usd,
    tokens,
    input_tokens,
    output_tokens,
    escalation_rate,
    executions_per_user,  // kept as the user's exposures, not in the arrays
    metadata
};

constexpr const char* kMetadataPrefix = "metadata.";

struct Metric {
    MetricKind kind;
    const char* name;
    int64 window;  // microseconds after created_at at which the value enters; 0: as soon as it is final
};

struct Experiment {
    pg_uuid_t id;
    int count;  // of metrics; 0: the experiment is unknown or has not been started
    Metric* metrics;
    // Of load_for_folding() only.
    text* tenant;
    text* layer;
    int epoch_count;
    Datum* entered;  // int4multirange: buckets of the layer that entered in each epoch
    bool has_covariate;
    bool bets;  // the method is the e-process
};

// Reads metrics and windows in the active snapshot. Days have 24 hours and months 30 days, so that a window
// closes at the same moment in every session.
Experiment load_experiment(const pg_uuid_t* id);

// The same with what strata and covariates are found by.
Experiment load_for_folding(const pg_uuid_t* id);

// The epoch in which the unit's bucket of the layer entered the experiment; `first_epoch` where it entered
// later or never.
int entry_epoch_of(const Experiment& experiment, const text* unit, int first_epoch);

// A row's part in the total of its user: whether it enters, and with what value.
struct Contribution {
    bool enters;
    Numeric value;  // null: `whole`
    int64 whole;
};

Contribution contribution_of(const Execution& execution, const Metric& metric);

}  // namespace pgprompt::pg
