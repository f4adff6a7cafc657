#include "core/report/report_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/experiment/words.h"

namespace pgprompt::report {

std::string thousands(int64_t count) {
    std::string digits = std::to_string(count);
    const size_t first = digits[0] == '-' ? 1 : 0;
    for (size_t at = digits.size(); at > first + 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

std::string figure(const std::optional<double>& value) {
    return value ? words::number(*value) : "-";
}

std::string lift(const std::optional<double>& share) {
    return share ? words::percent(*share) : "-";
}

std::string p_value(const std::optional<double>& p) {
    if (!p) return "-";
    return *p < 0.0001 ? "< 0.0001" : words::p_value(*p);
}

std::string day_count(double days) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", days);
    std::string out = text;
    if (out.size() > 2 && out.compare(out.size() - 2, 2, ".0") == 0) out.resize(out.size() - 2);
    return out;
}

std::string share_of(double part, double whole) {
    const double share = whole > 0 ? std::min(1.0, part / whole) : 1;
    return std::to_string(static_cast<int>(std::floor(share * 100))) + " %";
}

bool draws_every_look(const ExperimentReport& report) {
    return std::any_of(report.rows.begin(), report.rows.end(), [&](const ReportRow& row) {
        return row.metric == report.primary_metric && row.any_low && row.any_high;
    });
}

Interval interval_of(const ReportRow& row, bool every_look) {
    const std::optional<double>&low = every_look ? row.any_low : row.lift_low,
          &high = every_look ? row.any_high : row.lift_high;
    if (!low || !high) return {};
    return {*low > *high ? Shape::rays : Shape::interval, *low, *high};
}

std::string interval_text(const Interval& interval) {
    switch (interval.shape) {
        case Shape::absent:
            return "-";
        case Shape::interval:
            return words::percent(interval.low) + " to " + words::percent(interval.high);
        case Shape::rays:
            return "up to " + words::percent(interval.high) + ", from " + words::percent(interval.low);
    }
    return "-";
}

Span span_of(const std::vector<ReportRow>& rows, bool every_look) {
    double low = 0, high = 0;
    const auto take = [&](double value) {
        if (!std::isfinite(value)) return;
        // One wild end must not flatten all the others.
        low = std::min(low, std::max(value, -2.0));
        high = std::max(high, std::min(value, 4.0));
    };
    for (const ReportRow& row : rows) {
        if (row.lift) take(*row.lift);
        const Interval interval = interval_of(row, every_look);
        if (interval.shape != Shape::absent) take(interval.low), take(interval.high);
    }
    const double margin = std::max(0.005, (high - low) * 0.06);
    return {low - margin, high + margin};
}

std::vector<ReportRow> rows_of(const ExperimentReport& report, const std::string& metric) {
    std::vector<ReportRow> rows;
    for (const ReportRow& row : report.rows) {
        if (row.metric == metric) rows.push_back(row);
    }
    return rows;
}

std::vector<ReportRow> challengers_of(const ExperimentReport& report, const std::string& metric) {
    std::vector<ReportRow> rows;
    for (const ReportRow& row : report.rows) {
        if (row.metric == metric && !report.variants[row.variant].is_control) rows.push_back(row);
    }
    return rows;
}

std::vector<std::string> other_metrics(const ExperimentReport& report) {
    std::vector<std::string> metrics;
    for (const ReportRow& row : report.rows) {
        const bool known = std::find(metrics.begin(), metrics.end(), row.metric) != metrics.end();
        if (row.metric != report.primary_metric && !known) metrics.push_back(row.metric);
    }
    return metrics;
}

}  // namespace pgprompt::report
