// The report of an experiment, as text for a terminal and as one page of HTML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace pgprompt {

struct ReportVariant {
    std::string name;
    bool is_control = false;
    double weight = 0;  // in percent
    int64_t version = 0;
};

// One variant on one metric, as experiment_results() has it. Lifts are shares; an end may be infinite.
struct ReportRow {
    size_t variant = 0;  // in `variants`
    std::string metric;
    int64_t users = 0, executions = 0;
    std::optional<double> value, lift, lift_low, lift_high, p_value;  // one planned look
    std::optional<double> any_low, any_high, any_p;                   // valid at every look
    std::optional<double> adjusted_p, chance_to_win, expected_loss;
    std::string note;
};

// New users of one variant on one day.
struct ReportDay {
    std::string day;  // ISO 8601
    size_t variant = 0;
    int64_t users = 0;
};

// The always-valid reading of one variant against the control on the users up to one day.
struct ReportReading {
    std::string day;
    size_t variant = 0;
    std::optional<double> p;
};

struct ExperimentReport {
    std::string name, prompt, status, primary_metric, method, printed_at;
    std::string covariate;  // that lifts are adjusted for; empty: none
    double alpha = 0.05;
    double days = 0, minimum_days = 0;
    int64_t planned_users = 0, minimum_users = 0;  // of all variants; of each
    std::vector<ReportVariant> variants;
    std::vector<ReportRow> rows;
    std::string code, winner, explanation;
    std::vector<std::string> missing;
    std::optional<double> srm_p, days_to_go;
    std::vector<ReportDay> arrivals;
    std::vector<ReportReading> history;
    int64_t users() const;  // of all variants, on the primary metric
};

// From the JSON document that the wrapper gathers: the members above, variants in rows, arrivals and history
// by name. Errors: invalid_parameter where it is another document.
Result<ExperimentReport> experiment_report_of(std::string_view json) noexcept;

// About 80 to 100 columns wide; aligned by display width, names cut at 24 columns.
Result<std::string> experiment_report_text(const ExperimentReport& report) noexcept;

// A page without scripts and without anything from a network, well-formed as XML, too; every name escaped.
Result<std::string> experiment_report_html(const ExperimentReport& report) noexcept;

// Either, by its name: "text" or "html". Errors: another name.
Result<std::string> render_experiment_report(std::string_view json, std::string_view format) noexcept;

}  // namespace pgprompt
