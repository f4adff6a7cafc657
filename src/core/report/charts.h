// The pictures of a report as SVG, inside this area. Each is empty where there is nothing to draw.
#pragma once

#include <string>

#include "core/report/experiment_report.h"

namespace pgprompt::report {

// One line per challenger and metric: estimate, interval, 0.
std::string lift_chart(const ExperimentReport& report);

// The always-valid p of each challenger by day, on a logarithmic scale, with alpha.
std::string p_value_chart(const ExperimentReport& report);

// New users by day, stacked by variant.
std::string arrivals_chart(const ExperimentReport& report);

// Coloured marks with the variants' names.
std::string legend(const ExperimentReport& report);

}  // namespace pgprompt::report
