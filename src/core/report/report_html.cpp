// The report as one page: no scripts, nothing loaded, well-formed as XML, too.
#include <algorithm>
#include <cmath>

#include "core/report/charts.h"
#include "core/report/experiment_report.h"
#include "core/report/markup.h"
#include "core/report/report_numbers.h"

namespace pgprompt {
namespace {

using namespace report;

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1c2330; --faint: #667085; --rule: #d9dee7; --panel: #f5f7fa;
  --c0: #64748b; --c1: #1d6fd6; --c2: #c2410c; --c3: #15803d; --c4: #9333ea; --c5: #b45309; --c6: #0e7490; --c7: #be185d; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161e; --ink: #e6eaf2; --faint: #98a2b3; --rule: #323a48; --panel: #1b212c;
    --c0: #94a3b8; --c1: #60a5fa; --c2: #fb923c; --c3: #4ade80; --c4: #c084fc; --c5: #fbbf24; --c6: #22d3ee; --c7: #f472b6; } }
body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem;
  padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; overflow-wrap: anywhere; }
.faint, .legend { color: var(--faint); }
.verdict { background: var(--panel); border-left: 4px solid var(--c1); margin: 1.2rem 0; padding: .8rem 1rem; }
.verdict strong { display: block; }
.alarm { border-left-color: var(--c2); }
.entry { margin-right: 1.2rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--rule); padding: .3rem .7rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
progress { accent-color: var(--c1); width: 14rem; }
svg { height: auto; max-width: 100%; width: 100%; }
svg text { fill: var(--faint); font-size: 12px; }
svg text.heading { fill: var(--ink); font-size: 13px; font-weight: 600; }
.axis, .zero { stroke: var(--faint); } .grid { stroke: var(--rule); } .alpha { stroke: var(--ink); stroke-dasharray: 6 4; }
.interval, .path { fill: none; stroke: currentColor; stroke-width: 2; } .dot, .bar { fill: currentColor; }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); } .c4 { color: var(--c4); }
.c5 { color: var(--c5); } .c6 { color: var(--c6); } .c7 { color: var(--c7); }
)";

std::string cells(const char* name, std::initializer_list<std::string> texts) {
    std::string out;
    for (const std::string& text : texts) out += element(name, {}, escaped(text));
    return element("tr", {}, out);
}

std::string progress(const char* what, double part, double whole, const std::string& words) {
    const double share = whole > 0 ? std::min(1.0, part / whole) : 1;
    const std::string shown = share_of(part, whole);
    return element(
        "p", {},
        std::string(what) + ": " + escaped(words) + " " +
            element("progress", {{"value", coordinate(share)}, {"max", "1"}, {"aria-label", what}}, shown) +
            " " + shown);
}

std::string progress_of(const ExperimentReport& report) {
    std::string out;
    const int64_t users = report.users();
    if (report.planned_users > 0) {
        out +=
            progress("Planned users", static_cast<double>(users), static_cast<double>(report.planned_users),
                     thousands(users) + " of " + thousands(report.planned_users));
    }
    if (report.minimum_users > 0) {
        int64_t least = -1;
        for (const ReportRow& row : rows_of(report, report.primary_metric)) {
            if (least < 0 || row.users < least) least = row.users;
        }
        least = std::max<int64_t>(least, 0);
        out += progress("Users of every variant", static_cast<double>(least),
                        static_cast<double>(report.minimum_users),
                        thousands(least) + " of " + thousands(report.minimum_users));
    }
    if (report.minimum_days > 0) {
        out += progress("Days", report.days, report.minimum_days,
                        day_count(report.days) + " of " + day_count(report.minimum_days));
    }
    if (report.days_to_go)
        out += element("p", {}, "About " + day_count(std::ceil(*report.days_to_go)) + " days to go.");
    return out;
}

std::string verdict_of(const ExperimentReport& report) {
    std::string out = element("strong", {}, escaped(report.code.empty() ? "no verdict yet" : report.code));
    if (!report.explanation.empty()) out += escaped(report.explanation);
    const bool alarm = report.srm_p && *report.srm_p < 0.01;
    return element("div", {{"class", alarm ? "verdict alarm" : "verdict"}}, out);
}

std::string table_of(const ExperimentReport& report) {
    const bool every_look = draws_every_look(report);
    std::vector<std::string> metrics{report.primary_metric};
    for (const std::string& metric : other_metrics(report)) metrics.push_back(metric);
    std::string rows;
    for (const std::string& metric : metrics) {
        for (const ReportRow& row : rows_of(report, metric)) {
            const ReportVariant& variant = report.variants[row.variant];
            rows += cells("td", {metric, variant.name + (variant.is_control ? " (control)" : ""),
                                 thousands(row.users), thousands(row.executions), figure(row.value),
                                 lift(row.lift), interval_text(interval_of(row, every_look)),
                                 p_value(row.any_p), p_value(row.adjusted_p), p_value(row.p_value),
                                 figure(row.chance_to_win), figure(row.expected_loss)});
        }
    }
    const std::string head =
        cells("th", {"metric", "variant", "users", "executions", "value", "lift", "interval", "p, any look",
                     "adjusted", "p, one look", "chance to win", "expected loss"});
    return element("table", {}, element("thead", {}, head) + element("tbody", {}, rows));
}

std::string section(const char* title, const std::string& inner, const std::string& remark = {}) {
    if (inner.empty()) return {};
    return element("h2", {}, title) + inner +
           (remark.empty() ? "" : element("p", {{"class", "faint"}}, escaped(remark)));
}

std::string body_of(const ExperimentReport& report) {
    std::string variants;
    for (const ReportVariant& variant : report.variants) {
        variants += cells("td", {variant.name + (variant.is_control ? " (control)" : ""),
                                 std::to_string(variant.version), figure(variant.weight) + " %"});
    }
    const std::string level = figure(100 * (1 - report.alpha)) + " %";
    std::string out = element("h1", {}, escaped(report.name));
    out += element("p", {{"class", "faint"}},
                   escaped("on prompt " + report.prompt + ", " + report.status + ", day " +
                           day_count(report.days) + "; " + thousands(report.users()) + " users; alpha " +
                           figure(report.alpha) + ", method " + report.method + "; " + report.printed_at));
    out += verdict_of(report);
    out += legend(report);
    const std::string adjusted = report.covariate.empty() ? "" : " adjusted for " + report.covariate;
    out += section("Lift against the control", lift_chart(report),
                   "Dots: estimates" + adjusted + "; lines: " + level +
                       (draws_every_look(report) ? " intervals that hold at every look at once."
                                                 : " intervals for one planned look."));
    out += section("Always-valid p by day", p_value_chart(report),
                   "Of all users first exposed up to a day, with their outcomes as they are now; "
                   "logarithmic, small is below.");
    out += section("New users by day", arrivals_chart(report));
    out += section("Progress", progress_of(report));
    out += section("Results", table_of(report));
    out += section("Variants", element("table", {},
                                       element("thead", {}, cells("th", {"variant", "version", "weight"})) +
                                           element("tbody", {}, variants)));
    return out;
}

}  // namespace

Result<std::string> experiment_report_html(const ExperimentReport& report) noexcept {
    return protect([&] {
        const std::string head =
            "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width\"/>\n" +
            element("title", {}, escaped(report.name)) + "\n" + element("style", {}, kStyle);
        return "<!DOCTYPE html>\n" +
               element("html", {{"lang", "en"}, {"xmlns", "http://www.w3.org/1999/xhtml"}},
                       "\n" + element("head", {}, "\n" + head + "\n") + "\n" +
                           element("body", {}, "\n" + body_of(report) + "\n") + "\n") +
               "\n";
    });
}

}  // namespace pgprompt
