// The metrics an experiment can have: what a user contributes, and which direction is good.
#pragma once

#include <string_view>

#include "core/experiment/noninferiority.h"
#include "core/experiment/stratified.h"

namespace pgprompt {

struct Metric {
    MetricKind kind = MetricKind::per_row;
    Better better = Better::higher;
};

// By its name in SQL: success_rate, error_rate, conversion, rating, quality_score, response_time_ms,
// cost_usd, tokens, input_tokens, output_tokens, escalation_rate, executions_per_user; any other name is a
// key of metadata, higher being better.
Metric metric_named(std::string_view name) noexcept;

// The metric that every experiment keeps: a variant that changes how much its users come back moves every
// ratio.
inline constexpr std::string_view kExecutionsPerUser = "executions_per_user";
// It must stay within this share of the control's, either way: at .1 light users who do 3 rows instead of 2
// made a false winner in 12 % of simulated experiments, at .05 in none (simulate traps).
inline constexpr double kExecutionsPerUserMargin = 0.05;

}  // namespace pgprompt
