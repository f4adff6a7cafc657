// Figures as a report prints them, inside this area.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/report/experiment_report.h"

namespace pgprompt::report {

std::string thousands(int64_t count);                    // "12,345"
std::string figure(const std::optional<double>& value);  // "0.2601", "-" where absent
std::string lift(const std::optional<double>& share);    // "+4.5 %", "-"
std::string p_value(const std::optional<double>& p);     // "0.071", "< 0.0001", "-"
std::string day_count(double days);                      // "3.2"
std::string share_of(double part, double whole);         // "20 %", at most "100 %"

// What an interval of lifts is: nothing, from low to high (an end may be infinite), or all but what lies
// between high and low.
enum class Shape : unsigned char { absent, interval, rays };

struct Interval {
    Shape shape = Shape::absent;
    double low = 0, high = 0;
};

// The intervals that a report draws: those valid at every look where the primary metric has any, else those
// of one planned look.
bool draws_every_look(const ExperimentReport& report);
Interval interval_of(const ReportRow& row, bool every_look);
std::string interval_text(const Interval& interval);  // "-2.3 % to +66 %", "-"

// The stretch of lifts to draw: all finite ends and estimates of the rows, and 0.
struct Span {
    double low = -0.01, high = 0.01;
};
Span span_of(const std::vector<ReportRow>& rows, bool every_look);

// The rows of the metric, challengers and control; of challengers only.
std::vector<ReportRow> rows_of(const ExperimentReport& report, const std::string& metric);
std::vector<ReportRow> challengers_of(const ExperimentReport& report, const std::string& metric);
std::vector<std::string> other_metrics(const ExperimentReport& report);  // in their order, each once

}  // namespace pgprompt::report
