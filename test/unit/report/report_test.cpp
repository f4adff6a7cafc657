// The report of an experiment: what stands where, how wide it is, and what a hostile name can do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/report/display_width.h"
#include "core/report/experiment_report.h"
#include "core/report/markup.h"

namespace pgprompt {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

std::string line_with(const std::string& text, const std::string& part) {
    for (const std::string& line : lines_of(text)) {
        if (line.find(part) != std::string::npos) return line;
    }
    return "no line with " + part;
}

// The column in which a part starts.
int column_of(const std::string& line, const std::string& part) {
    const size_t at = line.find(part);
    return at == std::string::npos ? -1 : display_width(line.substr(0, at));
}

ExperimentReport sample() {
    ExperimentReport report;
    report.name = "greeting";
    report.prompt = "support/greeting";
    report.status = "running";
    report.primary_metric = "conversion";
    report.method = "always_valid";
    report.planned_users = 4000;
    report.variants = {
        {"control", true, 50, 1}, {"短い挨拶", false, 25, 2}, {"a\xcc\x88 \xf0\x9f\x98\x80", false, 25, 3}};
    const auto row = [](size_t variant, double value) {
        ReportRow out;
        out.variant = variant;
        out.metric = "conversion";
        out.users = 1000;
        out.executions = 2000;
        out.value = value;
        return out;
    };
    report.rows = {row(0, 0.2), row(1, 0.25), row(2, 0.1)};
    report.rows[1].lift = 0.25, report.rows[1].any_low = -0.1, report.rows[1].any_high = 0.6;
    report.rows[2].lift = -0.5, report.rows[2].any_low = -0.7, report.rows[2].any_high = -0.2;
    report.code = "not_yet";
    report.explanation = "Not yet.";
    return report;
}

// The values stand beside what python3's wcwidth-like rules of Unicode Annex 11 say of each.
TEST(DisplayWidth, CountsColumns) {
    EXPECT_EQ(display_width("abc"), 3);
    EXPECT_EQ(display_width("短い挨拶"), 8);
    EXPECT_EQ(display_width("e\xcc\x81"), 1);         // e and a combining acute
    EXPECT_EQ(display_width("ｆｕｌｌ"), 8);          // fullwidth
    EXPECT_EQ(display_width("ﾊﾝ"), 2);                // halfwidth
    EXPECT_EQ(display_width("\xf0\x9f\x98\x80"), 2);  // emoji
    EXPECT_EQ(display_width("Ω"), 1);
    EXPECT_EQ(display_width("a\xe2\x80\x8b"
                            "b"),
              2);                             // zero width space
    EXPECT_EQ(display_width("\xff\xfe"), 2);  // no UTF-8
}

TEST(DisplayWidth, FittedTextHasTheWidth) {
    for (const char* text : {"", "ab", "短い挨拶", "短い挨拶の実験", "a\xcc\x88 \xf0\x9f\x98\x80 b",
                             "line\nbreak and more", "\xff\xff\xff"}) {
        for (int width : {1, 2, 3, 5, 8, 9, 13, 40}) {
            const std::string out = fitted(text, width);
            EXPECT_EQ(display_width(out), width) << text << " in " << width;
            EXPECT_EQ(out.find('\n'), std::string::npos);
        }
    }
    EXPECT_EQ(fitted("abcdef", 4), "abc…");
    EXPECT_EQ(fitted("短い挨拶", 4), "短… ");  // a wide one does not fit into the last but one column
}

TEST(TextReport, ColumnsAlignWhateverTheNames) {
    const std::string text = experiment_report_text(sample()).take();
    const int bar = column_of(line_with(text, "  control "), "█");
    EXPECT_GT(bar, 0);
    EXPECT_EQ(column_of(line_with(text, "短い挨拶"), "█"), bar);
    EXPECT_EQ(column_of(line_with(text, "\xf0\x9f\x98\x80"), "█"), bar);
    for (const std::string& line : lines_of(text)) EXPECT_EQ(line.find_last_not_of(' ') + 1, line.size());
}

TEST(TextReport, BarsAndIntervalsAreToScale) {
    const std::string text = experiment_report_text(sample()).take();
    const auto count = [](const std::string& line, const std::string& what) {
        int found = 0;
        for (size_t at = line.find(what); at != std::string::npos; at = line.find(what, at + what.size()))
            ++found;
        return found;
    };
    EXPECT_EQ(count(line_with(text, "短い挨拶"), "█"), 40);          // .25, the largest
    EXPECT_EQ(count(line_with(text, "  control "), "█"), 32);        // .2
    EXPECT_EQ(count(line_with(text, "\xf0\x9f\x98\x80"), "█"), 16);  // .1
    // The interval of the first holds 0, that of the second lies left of it.
    std::vector<std::string> plots;
    for (const std::string& line : lines_of(text)) {
        if (line.find("├") != std::string::npos) plots.push_back(line);
    }
    ASSERT_EQ(plots.size(), 2u);
    const int zero = column_of(plots[1], "│");
    EXPECT_GT(zero, column_of(plots[1], "┤"));
    EXPECT_EQ(column_of(plots[0], "┼"), zero);
    EXPECT_LT(column_of(plots[0], "├"), zero);
    EXPECT_GT(column_of(plots[0], "●"), zero);
    EXPECT_NE(plots[0].find("-10 % to +60 %"), std::string::npos);
}

TEST(TextReport, UnboundedIntervalsHaveArrowsAndRaysAGap) {
    ExperimentReport report = sample();
    report.rows[1].any_high = INFINITY;
    report.rows[2].any_low = 0.3, report.rows[2].any_high = -0.2;  // two rays
    const std::string text = experiment_report_text(report).take();
    EXPECT_NE(text.find("►  -10 % to +infinity"), std::string::npos) << text;
    EXPECT_NE(text.find("up to -20 %, from +30 %"), std::string::npos) << text;
    const std::string rays = line_with(text, "up to -20 %");
    EXPECT_NE(rays.find("◄"), std::string::npos);
    EXPECT_LT(column_of(rays, "┤"), column_of(rays, "├"));
}

TEST(TextReport, SaysWhatLiftsAreAdjustedFor) {
    ExperimentReport report = sample();
    EXPECT_EQ(line_with(experiment_report_text(report).take(), "lift against"),
              "lift against the control, interval valid at every look (95 %)");
    report.covariate = "pre_period";
    EXPECT_EQ(line_with(experiment_report_text(report).take(), "lift against"),
              "lift against the control, adjusted for pre_period, interval valid at every look (95 %)");
}

TEST(HtmlReport, EscapesEveryName) {
    ExperimentReport report = sample();
    const std::string evil = "<script>alert('1')</script>\" onload=\"x & \x01";
    report.name = report.prompt = report.status = report.primary_metric = report.method = report.code = evil;
    report.explanation = report.printed_at = report.covariate = evil;
    for (ReportVariant& variant : report.variants) variant.name = evil;
    for (ReportRow& row : report.rows) row.metric = row.note = evil;
    report.arrivals = {{evil, 0, 5}, {evil, 1, 6}};
    report.history = {{evil, 1, 0.5}};
    const std::string html = experiment_report_html(report).take();
    EXPECT_EQ(html.find("<script"), std::string::npos);
    EXPECT_EQ(html.find("\" onload"), std::string::npos);
    EXPECT_EQ(html.find('\x01'), std::string::npos);
    EXPECT_NE(html.find("<h1>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; onload=&quot;x &amp; "
                        "\xef\xbf\xbd</h1>"),
              std::string::npos);
}

TEST(HtmlReport, LeavesOutWhatItCannotDraw) {
    ExperimentReport report = sample();
    std::string html = experiment_report_html(report).take();
    EXPECT_NE(html.find("Lift against the control"), std::string::npos);
    EXPECT_EQ(html.find("New users by day"), std::string::npos);
    EXPECT_EQ(html.find("Always-valid p by day"), std::string::npos);
    report.arrivals = {{"2026-01-01", 0, 5}};
    report.history = {{"2026-01-01", 1, 0.0}, {"2026-01-02", 1, 1e-300}, {"2026-01-03", 2, std::nullopt}};
    html = experiment_report_html(report).take();
    EXPECT_NE(html.find("New users by day"), std::string::npos);
    EXPECT_NE(html.find("Always-valid p by day"), std::string::npos);
    EXPECT_EQ(html.find("nan"), std::string::npos);
    EXPECT_EQ(html.find("inf"), std::string::npos);
}

TEST(Markup, TicksAreRoundAndCover) {
    EXPECT_EQ(report::ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
    EXPECT_EQ(report::ticks(-0.3, 0.8, 6).size(), 6u);  // -.2 to .8 by .2
    EXPECT_EQ(report::ticks(1, 1, 5).size(), 1u);
}

TEST(ReportDocument, IsRefusedWhereItIsAnother) {
    EXPECT_EQ(experiment_report_of("[]").error().code, Code::invalid_parameter);
    EXPECT_EQ(experiment_report_of("{}").error().code, Code::invalid_parameter);
    EXPECT_EQ(
        experiment_report_of(R"({"variants": [{"name": "a"}], "results": [{"variant": "b"}]})").error().code,
        Code::invalid_parameter);
    const ExperimentReport report =
        experiment_report_of(
            R"({"variants": [{"name": "a", "is_control": true, "weight": 50}], "verdict": {"missing": ["users"]},
            "results": [{"variant": "a", "lift_low": "-Infinity", "lift": 1, "p_value": 0.5, "users": 12, "note": null}]})")
            .take();
    EXPECT_EQ(*report.rows[0].lift_low, -INFINITY);
    EXPECT_EQ(*report.rows[0].lift, 1);
    EXPECT_EQ(report.rows[0].users, 12);
    EXPECT_FALSE(report.rows[0].any_p);
    EXPECT_EQ(report.missing, std::vector<std::string>{"users"});
    EXPECT_EQ(
        render_experiment_report(R"({"variants": [{"name": "a"}], "verdict": {}})", "pdf").error().message,
        "format must be text or html");
}

}  // namespace
}  // namespace pgprompt
