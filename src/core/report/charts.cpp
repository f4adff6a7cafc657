#include "core/report/charts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "core/report/display_width.h"
#include "core/report/markup.h"
#include "core/report/report_numbers.h"

namespace pgprompt::report {
namespace {

constexpr double kWidth = 760;
constexpr double kLeft = 190;  // of the lifts' names
constexpr double kAxisLeft = 64;
constexpr double kRight = 24;
constexpr int kColours = 8;

std::string colour(size_t variant) {
    return "c" + std::to_string(variant % kColours);
}

std::string svg(double height, const std::string& label, const std::string& inner) {
    return element("svg",
                   {{"viewBox", "0 0 " + coordinate(kWidth) + " " + coordinate(height)},
                    {"role", "img"},
                    {"aria-label", label},
                    {"xmlns", "http://www.w3.org/2000/svg"}},
                   inner);
}

std::string line(double x1, double y1, double x2, double y2, const std::string& kind) {
    return element("line", {{"x1", coordinate(x1)},
                            {"y1", coordinate(y1)},
                            {"x2", coordinate(x2)},
                            {"y2", coordinate(y2)},
                            {"class", kind}});
}

std::string label(double x, double y, const std::string& anchor, const std::string& words) {
    return element("text", {{"x", coordinate(x)}, {"y", coordinate(y)}, {"text-anchor", anchor}},
                   escaped(words));
}

std::string name_of(const ExperimentReport& report, size_t variant, int width) {
    std::string name = fitted(report.variants[variant].name, width);
    return name.substr(0, name.find_last_not_of(' ') + 1);
}

// A position on the horizontal axis of lifts.
double across(double value, const Span& span) {
    const double share = std::clamp((value - span.low) / (span.high - span.low), 0.0, 1.0);
    return kLeft + share * (kWidth - kRight - kLeft);
}

std::string interval_marks(const Interval& interval, const std::optional<double>& estimate, const Span& span,
                           double y, const std::string& kind) {
    std::string out;
    const auto part = [&](double from, double to) {
        const double x1 = across(from, span), x2 = across(to, span);
        out += line(x1, y, x2, y, "interval " + kind);
        if (from >= span.low) out += line(x1, y - 5, x1, y + 5, "interval " + kind);
        if (to <= span.high) out += line(x2, y - 5, x2, y + 5, "interval " + kind);
    };
    if (interval.shape == Shape::interval) part(interval.low, interval.high);
    if (interval.shape == Shape::rays) {
        part(-INFINITY, interval.high);
        part(interval.low, INFINITY);
    }
    if (estimate && *estimate >= span.low && *estimate <= span.high) {
        out += element("circle", {{"cx", coordinate(across(*estimate, span))},
                                  {"cy", coordinate(y)},
                                  {"r", "5"},
                                  {"class", "dot " + kind}});
    }
    return out;
}

std::vector<std::string> days_of(const std::vector<std::string>& all) {
    std::vector<std::string> days = all;
    std::sort(days.begin(), days.end());
    days.erase(std::unique(days.begin(), days.end()), days.end());
    return days;
}

// The frame of a chart by day: names of at most six days below.
std::string day_axis(const std::vector<std::string>& days, double bottom,
                     const std::function<double(size_t)>& x) {
    std::string out = line(kAxisLeft, bottom, kWidth - kRight, bottom, "axis");
    const size_t step = std::max<size_t>(1, (days.size() + 5) / 6);
    for (size_t i = 0; i < days.size(); i += step) out += label(x(i), bottom + 18, "middle", days[i]);
    return out;
}

}  // namespace

std::string legend(const ExperimentReport& report) {
    std::string out;
    for (size_t i = 0; i < report.variants.size(); ++i) {
        const std::string mark = element("span", {{"class", "mark " + colour(i)}}, "&#9632;");
        out += element("span", {{"class", "entry"}}, mark + " " + escaped(report.variants[i].name));
    }
    return element("p", {{"class", "legend"}}, out);
}

std::string lift_chart(const ExperimentReport& report) {
    const bool every_look = draws_every_look(report);
    std::vector<std::string> metrics{report.primary_metric};
    for (const std::string& metric : other_metrics(report)) metrics.push_back(metric);
    std::vector<ReportRow> all;
    for (const std::string& metric : metrics) {
        for (const ReportRow& row : challengers_of(report, metric)) all.push_back(row);
    }
    if (all.empty()) return {};
    const Span span = span_of(all, every_look);
    std::string inner;
    double y = 24;
    for (const std::string& metric : metrics) {
        const std::vector<ReportRow> rows = challengers_of(report, metric);
        if (rows.empty()) continue;
        inner += element("text", {{"x", "4"}, {"y", coordinate(y)}, {"class", "heading"}}, escaped(metric));
        for (const ReportRow& row : rows) {
            y += 24;
            inner += label(kLeft - 12, y + 4, "end", name_of(report, row.variant, 20));
            const Interval interval = interval_of(row, every_look);
            const std::string words = report.variants[row.variant].name + ", " + metric + ": " +
                                      lift(row.lift) + " (" + interval_text(interval) + ")";
            inner += element("g", {},
                             element("title", {}, escaped(words)) +
                                 interval_marks(interval, row.lift, span, y, colour(row.variant)));
        }
        y += 30;
    }
    const double bottom = y - 14;
    std::string frame = line(kLeft, bottom, kWidth - kRight, bottom, "axis") +
                        line(across(0, span), 8, across(0, span), bottom, "zero");
    for (double tick : ticks(span.low, span.high, 6)) {
        if (tick != 0) frame += line(across(tick, span), 8, across(tick, span), bottom, "grid");
        frame += label(across(tick, span), bottom + 18, "middle", tick == 0 ? "0" : lift(tick));
    }
    return svg(bottom + 26, "lifts against the control with their intervals", frame + inner);
}

std::string p_value_chart(const ExperimentReport& report) {
    std::vector<std::string> all;
    for (const ReportReading& reading : report.history) {
        if (reading.p) all.push_back(reading.day);
    }
    const std::vector<std::string> days = days_of(all);
    if (days.empty()) return {};
    const double top = 16, bottom = 230;
    double deepest = -std::log10(report.alpha) + 0.5;
    const auto depth = [](double p) { return p > 0 ? std::min(20.0, -std::log10(p)) : 20.0; };
    for (const ReportReading& reading : report.history) {
        if (reading.p) deepest = std::max(deepest, depth(*reading.p) * 1.05);
    }
    const auto y = [&](double at) { return top + at / deepest * (bottom - top); };
    const auto x = [&](size_t day) {
        const double share =
            days.size() > 1 ? static_cast<double>(day) / static_cast<double>(days.size() - 1) : 0.5;
        return kAxisLeft + 30 + share * (kWidth - kRight - kAxisLeft - 60);
    };
    std::string inner;
    for (double tick : ticks(0, deepest, 5)) {
        if (tick != std::floor(tick)) continue;
        inner += line(kAxisLeft, y(tick), kWidth - kRight, y(tick), "grid");
        inner += label(kAxisLeft - 8, y(tick) + 4, "end", tick == 0 ? "1" : figure(std::pow(10, -tick)));
    }
    const double alpha = y(-std::log10(report.alpha));
    inner += line(kAxisLeft, alpha, kWidth - kRight, alpha, "alpha");
    inner += label(kWidth - kRight, alpha - 6, "end", "alpha " + figure(report.alpha));
    inner += day_axis(days, bottom, x);
    std::map<size_t, std::string> paths;
    for (const ReportReading& reading : report.history) {
        if (!reading.p) continue;
        const auto day =
            static_cast<size_t>(std::lower_bound(days.begin(), days.end(), reading.day) - days.begin());
        const std::string at = coordinate(x(day)) + "," + coordinate(y(depth(*reading.p)));
        std::string& path = paths[reading.variant];
        path += path.empty() ? at : " " + at;
        const std::string words =
            report.variants[reading.variant].name + ", " + reading.day + ": p " + p_value(reading.p);
        inner += element("circle",
                         {{"cx", coordinate(x(day))},
                          {"cy", coordinate(y(depth(*reading.p)))},
                          {"r", "3"},
                          {"class", "dot " + colour(reading.variant)}},
                         element("title", {}, escaped(words)));
    }
    for (const auto& [variant, points] : paths)
        inner += element("polyline", {{"points", points}, {"class", "path " + colour(variant)}});
    return svg(bottom + 28, "always-valid p by day", inner);
}

std::string arrivals_chart(const ExperimentReport& report) {
    std::vector<std::string> all;
    for (const ReportDay& day : report.arrivals) all.push_back(day.day);
    const std::vector<std::string> days = days_of(all);
    if (days.empty()) return {};
    std::vector<std::vector<int64_t>> counts(days.size(), std::vector<int64_t>(report.variants.size()));
    for (const ReportDay& day : report.arrivals) {
        const auto at =
            static_cast<size_t>(std::lower_bound(days.begin(), days.end(), day.day) - days.begin());
        counts[at][day.variant] += day.users;
    }
    int64_t most = 1;
    for (const auto& of_day : counts) {
        int64_t sum = 0;
        for (int64_t count : of_day) sum += count;
        most = std::max(most, sum);
    }
    const double top = 16, bottom = 210,
                 slot = (kWidth - kRight - kAxisLeft) / static_cast<double>(days.size());
    const double width = std::min(48.0, slot * 0.8), scale = (bottom - top) / static_cast<double>(most);
    const auto x = [&](size_t day) { return kAxisLeft + (static_cast<double>(day) + 0.5) * slot; };
    std::string inner;
    for (double tick : ticks(0, static_cast<double>(most), 4)) {
        if (tick != std::floor(tick)) continue;
        inner += line(kAxisLeft, bottom - tick * scale, kWidth - kRight, bottom - tick * scale, "grid");
        inner +=
            label(kAxisLeft - 8, bottom - tick * scale + 4, "end", thousands(static_cast<int64_t>(tick)));
    }
    for (size_t day = 0; day < days.size(); ++day) {
        double floor = bottom;
        for (size_t variant = 0; variant < report.variants.size(); ++variant) {
            const int64_t count = counts[day][variant];
            if (count == 0) continue;
            const double height = static_cast<double>(count) * scale;
            floor -= height;
            const std::string words =
                days[day] + ", " + report.variants[variant].name + ": " + thousands(count) + " users";
            inner += element("rect",
                             {{"x", coordinate(x(day) - width / 2)},
                              {"y", coordinate(floor)},
                              {"width", coordinate(width)},
                              {"height", coordinate(height)},
                              {"class", "bar " + colour(variant)}},
                             element("title", {}, escaped(words)));
        }
    }
    inner += day_axis(days, bottom, x);
    return svg(bottom + 28, "new users by day and variant", inner);
}

}  // namespace pgprompt::report
