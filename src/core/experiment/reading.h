// One reading of a whole experiment: every variant against the control on every metric, and the verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/experiment/comparison.h"
#include "core/experiment/moments.h"
#include "core/experiment/noninferiority.h"
#include "core/experiment/sample_ratio.h"
#include "core/experiment/verdict.h"
#include "core/status.h"

namespace pgprompt {

struct VariantDefinition {
    std::string name;
    bool is_control = false;
    double share = 0;                     // of the experiment's traffic at its start; any scale
    std::optional<double> betting_log_e;  // of the e-process; absent: nobody has been bet on
    bool look_rejects = false;            // at one of the recorded looks
};

// What decides. All are read; this one gives the verdict.
enum class Method : unsigned char { always_valid, e_process, group_sequential, fixed_horizon, bayesian };
Method method_named(std::string_view name) noexcept;  // as SQL has it; any other name is always_valid
const char* method_name(Method method) noexcept;

struct GuardrailMetric {
    std::string metric;
    double margin = 0;
    bool relative = true;
};

// Sums over the users of one variant in one stratum on one metric.
struct CellSums {
    size_t variant = 0;  // in `variants`
    size_t metric = 0;   // in `metrics`
    size_t stratum = 0;  // from 0, in the order of time
    UserSums sums;
    int64_t non_binary = 0;  // users whose total is neither 0 nor 1
};

struct ExperimentInput {
    std::vector<VariantDefinition> variants;
    std::vector<std::string> metrics;  // the primary one first
    std::vector<GuardrailMetric> guardrail_metrics;
    std::vector<CellSums> cells;
    std::vector<SampleRatioStratum> exposures;  // users at first exposure, by stratum
    int64_t crossovers = 0;  // users who met more than one variant; not among the exposures
    double alpha = 0.05;
    double planned_users = 0;  // all variants together
    double minimum_users = 0;  // a variant
    double minimum_days = 0;
    double days = 0;
    std::optional<double> minimum_detectable_effect;
    Method method = Method::always_valid;
    bool adjust = false;   // by the covariate that the sums carry (CUPED)
    bool is_over = false;  // the scheduled end has come
    int looks = 0;         // recorded ones, of group_sequential and fixed_horizon
    double last_information = 0;
    bool bets_disturbed = false;  // users who had been bet on are gone, or were first exposed otherwise
};

// One variant on one metric.
struct MetricReading {
    size_t variant = 0;
    size_t metric = 0;
    int64_t users = 0;
    double executions = 0;        // rows that entered
    std::optional<double> value;  // of the variant by itself
    Comparison fixed;  // against the control, valid at one look planned beforehand; absent for the control
    Comparison always_valid;           // against the control, valid at every look
    std::optional<double> adjusted_p;  // Holm over the variants, always valid; the primary metric's only
    std::optional<double> chance_to_win;
    std::optional<double> expected_loss;  // of choosing this variant, in the metric's unit
};

struct ExperimentReading {
    std::vector<MetricReading> rows;  // by metric, then variant, in the order given
    Verdict verdict;
    SequentialSampleRatio sample_ratio;
};

// Errors: invalid_parameter for no control or two, fewer than two variants, alpha outside (0, 1), sums no
// data could have.
Result<ExperimentReading> read_experiment(const ExperimentInput& input) noexcept;

}  // namespace pgprompt
