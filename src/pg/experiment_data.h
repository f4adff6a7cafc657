// What the tables hold of an experiment, as plain data, and as the core reads it.
#pragma once

#include "core/experiment/reading.h"
#include "pg/arguments.h"
#include "pg/comparison_row.h"

namespace pgprompt::pg {

struct ExperimentRow {
    TextList metrics;
    double alpha;
    double planned_users;
    double minimum_users;
    double minimum_days;
    double days;
    OptionalDouble minimum_detectable_effect;
    int epochs;
    const text* method;
    const text* covariate;  // null: none
    bool is_over;
    int looks;
    double information;  // of the last look
    bool bets_disturbed;
};

struct VariantRow {
    const char* name;
    bool is_control;
    double share;
    OptionalDouble log_e;
    bool look_rejects;
};

struct GuardrailMetricRow {
    const char* metric;
    double margin;
    bool relative;
};

struct CellRow {
    int metric;  // from 0; -1: the exposures
    int variant;
    int epoch;  // of the first exposure
    int stratum;
    int64 users;
    const char* sums[9];  // s, ss, m, mm, sm, x, xx, xs, xm
    int64 non_binary;
    int64 crossovers;
};

struct ShareRow {
    int epoch;
    int variant;
    double buckets;
};

template <class Row>
struct Rows {
    Row* items;
    uint64 count;
};

struct ExperimentData {
    ExperimentRow experiment;
    Rows<VariantRow> variants;
    Rows<GuardrailMetricRow> guardrail_metrics;
    Rows<CellRow> cells;
    Rows<ShareRow> shares;
};

// In the current memory context; SPI must be connected. Raises 42704 where there is no such experiment.
ExperimentData read_experiment_data(Datum experiment_id);

// For use inside enter_core. It borrows the sums of users.
ExperimentInput experiment_input(const ExperimentData& data);

}  // namespace pgprompt::pg
