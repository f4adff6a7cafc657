#include "core/report/experiment_report.h"

#include <cstdlib>
#include <limits>

#include "core/json.h"

namespace pgprompt {
namespace {

// Members of one JSON object; what is absent or null is empty.
class Members {
 public:
    explicit Members(const Value& object) : object_(object) {
        if (!object.is(Value::Kind::map)) fail("an object");
    }

    Value find(std::string_view name) const {
        Value value;
        return object_.find(name, &value) ? value : Value::null_();
    }
    std::string text(std::string_view name) const {
        const Value value = find(name);
        return value.is(Value::Kind::string) ? std::string(value.view()) : std::string();
    }
    std::optional<double> number(std::string_view name) const {
        const Value value = find(name);
        switch (value.kind) {
            case Value::Kind::integer:
                return static_cast<double>(value.integer);
            case Value::Kind::real:
                return value.real;
            case Value::Kind::digits:
                return std::strtod(std::string(value.view()).c_str(), nullptr);
            case Value::Kind::string:  // how JSON from the server writes what JSON has no number for
                if (value.view() == "Infinity") return std::numeric_limits<double>::infinity();
                if (value.view() == "-Infinity") return -std::numeric_limits<double>::infinity();
                return std::nullopt;
            default:
                return std::nullopt;
        }
    }
    int64_t integer(std::string_view name) const {
        const Value value = find(name);
        return value.is(Value::Kind::integer) ? value.integer : 0;
    }
    bool flag(std::string_view name) const {
        const Value value = find(name);
        return value.is(Value::Kind::boolean) && value.boolean;
    }
    template <class Body>
    void each(std::string_view name, Body&& body) const {
        const Value list = find(name);
        if (list.is(Value::Kind::null)) return;
        if (!list.is(Value::Kind::list)) fail("a list");
        Container::Cursor cursor;
        Value element;
        while (list.next(&cursor, nullptr, &element)) body(element);
    }

    [[noreturn]] static void fail(const char* wanted) {
        throw Failure(Code::invalid_parameter, "the document is no report of an experiment",
                      std::string("It lacks ") + wanted + ".", "It comes from prompt.experiment_report().");
    }

 private:
    Value object_;
};

size_t position(const std::vector<ReportVariant>& variants, const std::string& name) {
    for (size_t i = 0; i < variants.size(); ++i) {
        if (variants[i].name == name) return i;
    }
    Members::fail("a variant that it names");
}

ReportRow row_of(const Members& in, const std::vector<ReportVariant>& variants) {
    ReportRow row;
    row.variant = position(variants, in.text("variant"));
    row.metric = in.text("metric");
    row.users = in.integer("users");
    row.executions = in.integer("executions");
    row.value = in.number("value");
    row.lift = in.number("lift");
    row.lift_low = in.number("lift_low");
    row.lift_high = in.number("lift_high");
    row.p_value = in.number("p_value");
    row.any_low = in.number("always_valid_low");
    row.any_high = in.number("always_valid_high");
    row.any_p = in.number("always_valid_p");
    row.adjusted_p = in.number("adjusted_p");
    row.chance_to_win = in.number("chance_to_win");
    row.expected_loss = in.number("expected_loss");
    row.note = in.text("note");
    return row;
}

ExperimentReport read(const Members& in) {
    ExperimentReport out;
    out.name = in.text("name");
    out.prompt = in.text("prompt");
    out.status = in.text("status");
    out.primary_metric = in.text("primary_metric");
    out.method = in.text("method");
    out.printed_at = in.text("printed_at");
    out.covariate = in.text("covariate");
    out.alpha = in.number("alpha").value_or(0.05);
    out.days = in.number("days").value_or(0);
    out.minimum_days = in.number("minimum_days").value_or(0);
    out.planned_users = in.integer("planned_users");
    out.minimum_users = in.integer("minimum_users");
    in.each("variants", [&](const Value& element) {
        const Members variant(element);
        out.variants.push_back({variant.text("name"), variant.flag("is_control"),
                                variant.number("weight").value_or(0), variant.integer("version")});
    });
    if (out.variants.empty()) Members::fail("variants");
    in.each("results",
            [&](const Value& element) { out.rows.push_back(row_of(Members(element), out.variants)); });
    const Members verdict(in.find("verdict"));
    out.code = verdict.text("code");
    out.winner = verdict.text("winner");
    out.explanation = verdict.text("explanation");
    verdict.each("missing", [&](const Value& element) {
        if (element.is(Value::Kind::string)) out.missing.emplace_back(element.view());
    });
    out.srm_p = verdict.number("srm_p");
    out.days_to_go = verdict.number("days_to_go");
    in.each("arrivals", [&](const Value& element) {
        const Members day(element);
        out.arrivals.push_back(
            {day.text("day"), position(out.variants, day.text("variant")), day.integer("users")});
    });
    in.each("history", [&](const Value& element) {
        const Members day(element);
        out.history.push_back(
            {day.text("day"), position(out.variants, day.text("variant")), day.number("p")});
    });
    return out;
}

}  // namespace

int64_t ExperimentReport::users() const {
    int64_t sum = 0;
    for (const ReportRow& row : rows) sum += row.metric == primary_metric ? row.users : 0;
    return sum;
}

Result<ExperimentReport> experiment_report_of(std::string_view json) noexcept {
    return protect([&] {
        const auto document = parse_json(json).take();
        return read(Members(document->root()));
    });
}

Result<std::string> render_experiment_report(std::string_view json, std::string_view format) noexcept {
    return protect([&] {
        if (format != "text" && format != "html") {
            throw Failure(Code::invalid_parameter, "format must be text or html",
                          "It is \"" + std::string(format.substr(0, 60)) + "\".",
                          "text is for a terminal, html is a page for a browser.");
        }
        const ExperimentReport report = experiment_report_of(json).take();
        return format == "text" ? experiment_report_text(report).take()
                                : experiment_report_html(report).take();
    });
}

}  // namespace pgprompt
