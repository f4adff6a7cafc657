// The report for a terminal: bars and intervals out of block and line characters.
#include <algorithm>
#include <cmath>

#include "core/report/display_width.h"
#include "core/report/experiment_report.h"
#include "core/report/report_numbers.h"

namespace pgprompt {
namespace {

using namespace report;

constexpr int kNameWidth = 24;
constexpr int kBarWidth = 40;
constexpr int kPlotWidth = 49;
constexpr int kTextWidth = 92;

std::string repeated(const char* character, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += character;
    return out;
}

std::string right(const std::string& text, int width) {
    const int missing = width - display_width(text);
    return std::string(static_cast<size_t>(std::max(0, missing)), ' ') + text;
}

// Eighths of a character, as Unicode has them.
std::string bar(double share, int width) {
    const char* eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const int steps = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width * 8));
    return repeated("█", steps / 8) + eighths[steps % 8];
}

std::string progress(double part, double whole) {
    const double share = whole > 0 ? std::min(1.0, part / whole) : 1;
    const int full = static_cast<int>(std::floor(share * 20));
    return repeated("█", full) + repeated("░", 20 - full);
}

// One line of a plot: the interval with its ends, the estimate and 0.
std::string plotted(const Interval& interval, const std::optional<double>& estimate, const Span& span) {
    std::vector<std::string> columns(kPlotWidth, " ");
    const auto column = [&](double value) {
        const double share = (value - span.low) / (span.high - span.low);
        return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * (kPlotWidth - 1)));
    };
    const auto line = [&](double from, double to) {
        const int first = column(from), last = column(to);
        for (int i = first; i <= last; ++i) columns[static_cast<size_t>(i)] = "─";
        columns[static_cast<size_t>(first)] = from < span.low ? "◄" : "├";
        columns[static_cast<size_t>(last)] = to > span.high ? "►" : "┤";
    };
    const size_t zero = static_cast<size_t>(column(0));
    columns[zero] = "│";
    if (interval.shape == Shape::interval) line(interval.low, interval.high);
    if (interval.shape == Shape::rays) {
        line(-INFINITY, interval.high);
        line(interval.low, INFINITY);
    }
    if (columns[zero] == "─") columns[zero] = "┼";
    if (estimate && *estimate >= span.low && *estimate <= span.high)
        columns[static_cast<size_t>(column(*estimate))] = "●";
    std::string out;
    for (const std::string& character : columns) out += character;
    return out;
}

// Words wrapped to the width, each line behind two spaces.
void wrap(const std::string& text, std::string* out) {
    std::string line = " ";
    int width = 1;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        const int columns = display_width(word);
        if (width > 1 && width + 1 + columns > kTextWidth) {
            *out += line + "\n";
            line = " ";
            width = 1;
        }
        line += " " + word;
        width += 1 + columns;
        at = end + 1;
    }
    *out += line + "\n";
}

void write_variants(const ExperimentReport& report, std::string* out) {
    const std::vector<ReportRow> rows = rows_of(report, report.primary_metric);
    double largest = 0;
    for (const ReportRow& row : rows) largest = std::max(largest, std::fabs(row.value.value_or(0)));
    *out += fitted(report.primary_metric, kNameWidth + 2) + right("users", 12) + right("value", 12) + "\n";
    for (const ReportRow& row : rows) {
        const ReportVariant& variant = report.variants[row.variant];
        *out += "  " + fitted(variant.name, kNameWidth) + right(thousands(row.users), 12) +
                right(figure(row.value), 12) + "  ";
        if (row.value && largest > 0) *out += bar(std::fabs(*row.value) / largest, kBarWidth);
        *out += "\n";
    }
}

void write_lifts(const ExperimentReport& report, std::string* out) {
    const std::vector<ReportRow> rows = challengers_of(report, report.primary_metric);
    if (rows.empty()) return;
    const bool every_look = draws_every_look(report);
    const Span span = span_of(rows, every_look);
    const bool any = std::any_of(rows.begin(), rows.end(), [&](const ReportRow& row) {
        return interval_of(row, every_look).shape != Shape::absent;
    });
    *out += "\nlift against the control";
    if (!report.covariate.empty())
        *out += ", adjusted for " + fitted(report.covariate, std::min(40, display_width(report.covariate)));
    if (any) {
        *out += every_look ? ", interval valid at every look" : ", interval valid at one planned look";
        *out += " (" + figure(100 * (1 - report.alpha)) + " %)";
        const std::string low = lift(span.low), high = lift(span.high);
        *out += "\n" + std::string(kNameWidth + 14, ' ') + low + right(high, kPlotWidth - display_width(low));
    }
    *out += "\n";
    for (const ReportRow& row : rows) {
        const Interval interval = interval_of(row, every_look);
        *out +=
            "  " + fitted(report.variants[row.variant].name, kNameWidth) + right(lift(row.lift), 10) + "  ";
        if (interval.shape == Shape::absent) {
            *out += row.note.empty() ? "no interval yet" : "no interval: " + row.note;
        } else {
            *out += plotted(interval, row.lift, span) + "  " + interval_text(interval);
        }
        *out += "\n";
        *out += std::string(kNameWidth + 14, ' ') + "p " + p_value(row.any_p) + " at any look";
        if (row.adjusted_p) *out += " (" + p_value(row.adjusted_p) + " adjusted)";
        *out += ", " + p_value(row.p_value) + " at one look";
        if (row.chance_to_win)
            *out += "; chance to win " + figure(std::floor(*row.chance_to_win * 1000) / 10) + " %";
        *out += "\n";
    }
}

void write_progress(const ExperimentReport& report, std::string* out) {
    *out += "\nprogress\n";
    const auto line = [&](const char* what, const std::string& now, const std::string& of, double part,
                          double whole) {
        *out += "  " + fitted(what, kNameWidth) + right(now + " of " + of, 24) + "  " +
                progress(part, whole) + " " + right(share_of(part, whole), 6) + "\n";
    };
    const int64_t users = report.users();
    if (report.planned_users > 0) {
        line("planned users", thousands(users), thousands(report.planned_users), static_cast<double>(users),
             static_cast<double>(report.planned_users));
    }
    if (report.minimum_users > 0) {
        int64_t least = -1;
        for (const ReportRow& row : rows_of(report, report.primary_metric)) {
            if (least < 0 || row.users < least) least = row.users;
        }
        least = std::max<int64_t>(least, 0);
        line("users of every variant", thousands(least), thousands(report.minimum_users),
             static_cast<double>(least), static_cast<double>(report.minimum_users));
    }
    if (report.minimum_days > 0)
        line("days", day_count(report.days), day_count(report.minimum_days), report.days,
             report.minimum_days);
    if (report.days_to_go) *out += "  about " + day_count(std::ceil(*report.days_to_go)) + " days to go\n";
}

void write_others(const ExperimentReport& report, std::string* out) {
    const bool every_look = draws_every_look(report);
    const std::vector<std::string> metrics = other_metrics(report);
    if (metrics.empty()) return;
    *out += "\n" + fitted("other metrics", kNameWidth + 2) + right("users", 12) + right("value", 12) +
            right("lift", 10) + "  " + fitted("interval", 32) + "p at any look\n";
    for (const std::string& metric : metrics) {
        *out += "  " + metric + "\n";
        for (const ReportRow& row : rows_of(report, metric)) {
            const bool control = report.variants[row.variant].is_control;
            *out += "    " + fitted(report.variants[row.variant].name, kNameWidth - 2) +
                    right(thousands(row.users), 12) + right(figure(row.value), 12);
            if (!control) {
                *out += right(lift(row.lift), 10) + "  " +
                        fitted(interval_text(interval_of(row, every_look)), 32) + p_value(row.any_p);
            }
            *out += "\n";
        }
    }
}

void write_verdict(const ExperimentReport& report, std::string* out) {
    *out += "\nverdict: " + (report.code.empty() ? std::string("none yet") : report.code) + "\n";
    if (!report.explanation.empty()) wrap(report.explanation, out);
}

}  // namespace

Result<std::string> experiment_report_text(const ExperimentReport& report) noexcept {
    return protect([&] {
        std::string out = "experiment " + fitted(report.name, std::min(60, display_width(report.name))) +
                          " on " + fitted(report.prompt, std::min(60, display_width(report.prompt))) + ": " +
                          report.status;
        if (report.days > 0) out += ", day " + day_count(report.days);
        out += "\n" + thousands(report.users()) + " users, alpha " + figure(report.alpha) + ", method " +
               report.method + "\n\n";
        write_variants(report, &out);
        write_lifts(report, &out);
        write_progress(report, &out);
        write_others(report, &out);
        write_verdict(report, &out);
        // No line ends in spaces.
        std::string trimmed;
        for (size_t at = 0; at < out.size();) {
            const size_t end = out.find('\n', at);
            const std::string line = out.substr(at, end - at);
            trimmed += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
            at = end + 1;
        }
        return trimmed;
    });
}

}  // namespace pgprompt
