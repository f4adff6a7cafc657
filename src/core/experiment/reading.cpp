#include "core/experiment/reading.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/always_valid.h"
#include "core/experiment/bayes.h"
#include "core/experiment/metric.h"
#include "core/experiment/proportions.h"
#include "core/experiment/stratified.h"

namespace pgprompt {

namespace {

constexpr size_t kMostVariantsForPairs = 20;

class Reader {
 public:
    explicit Reader(const ExperimentInput& input) : input_(input) {}

    ExperimentReading run() {
        find_control();
        digest();
        for (size_t metric = 0; metric < input_.metrics.size(); metric++) {
            for (size_t variant = 0; variant < input_.variants.size(); variant++) {
                result_.rows.push_back(read(variant, metric));
            }
        }
        result_.sample_ratio = sample_ratio_sequential(input_.exposures, planned_shares()).take();
        result_.verdict = verdict();
        for (size_t variant = 0; variant < input_.variants.size(); variant++) {
            result_.rows[variant].adjusted_p = result_.verdict.adjusted_p[variant];
        }
        return std::move(result_);
    }

 private:
    struct Cell {
        UserMoments moments;
        int64_t users = 0;
        double rows = 0;
        double sum = 0;
        int64_t non_binary = 0;
        bool one_row_each = false;
    };

    void find_control() {
        const auto is_control = [](const VariantDefinition& v) { return v.is_control; };
        if (input_.variants.size() < 2 ||
            std::count_if(input_.variants.begin(), input_.variants.end(), is_control) != 1) {
            throw Failure(Code::invalid_parameter,
                          "an experiment has at least two variants, one of them the control");
        }
        if (input_.metrics.empty())
            throw Failure(Code::invalid_parameter, "an experiment has a primary metric");
        control_ =
            static_cast<size_t>(std::find_if(input_.variants.begin(), input_.variants.end(), is_control) -
                                input_.variants.begin());
    }

    void digest() {
        for (const CellSums& cell : input_.cells) strata_ = std::max(strata_, cell.stratum + 1);
        cells_.resize(input_.variants.size() * input_.metrics.size() * strata_);
        for (const CellSums& given : input_.cells) {
            if (given.variant >= input_.variants.size() || given.metric >= input_.metrics.size()) {
                throw Failure(Code::invalid_parameter,
                              "sums of a variant or metric that the experiment does not have");
            }
            Cell& cell = at(given.variant, given.metric, given.stratum);
            cell.moments = moments_of(given.sums).take();
            cell.users = given.sums.users;
            cell.rows = cell.moments.mean_m * cell.moments.users;
            cell.sum = cell.moments.mean_s * cell.moments.users;
            cell.non_binary = given.non_binary;
            cell.one_row_each = cell.moments.mean_m == 1 && cell.moments.var_m == 0;
        }
    }

    Cell& at(size_t variant, size_t metric, size_t stratum) {
        return cells_[(metric * input_.variants.size() + variant) * strata_ + stratum];
    }

    Metric metric(size_t index) const { return metric_named(input_.metrics[index]); }

    Contrast contrast(size_t a, size_t b, size_t metric_index) {
        std::vector<StratumPair> pairs;
        for (size_t stratum = 0; stratum < strata_; stratum++) {
            pairs.push_back({at(a, metric_index, stratum).moments, at(b, metric_index, stratum).moments});
        }
        return contrast_of(pairs.data(), pairs.size(), metric(metric_index).kind, input_.adjust);
    }

    // The precision of the mixture is fixed by what was planned, never by what was seen.
    double rho2(size_t a, size_t b) const {
        double total = 0;
        for (const VariantDefinition& variant : input_.variants) total += variant.share;
        const double planned = std::max(input_.planned_users, 2.0);
        const auto users = [&](size_t v) {
            return std::max(1.0, planned * input_.variants[v].share / total);
        };
        return mixture_rho2_planned(users(a), users(b), input_.alpha).take();
    }

    // Whether the two arms are plain counts: one outcome of 0 or 1 per user, one stratum.
    bool is_binary(size_t variant, size_t metric_index) {
        if (strata_ != 1 || input_.adjust || metric(metric_index).kind != MetricKind::per_row) return false;
        for (size_t v : {control_, variant}) {
            const Cell& cell = at(v, metric_index, 0);
            if (cell.users > 0 && (!cell.one_row_each || cell.non_binary > 0)) return false;
        }
        return true;
    }

    MetricReading read(size_t variant, size_t metric_index) {
        MetricReading reading;
        reading.variant = variant;
        reading.metric = metric_index;
        double sum = 0;
        for (size_t stratum = 0; stratum < strata_; stratum++) {
            const Cell& cell = at(variant, metric_index, stratum);
            reading.users += cell.users;
            reading.executions += cell.rows;
            sum += cell.sum;
        }
        const bool per_user = metric(metric_index).kind == MetricKind::per_user;
        const double base = per_user ? static_cast<double>(reading.users) : reading.executions;
        if (base > 0) reading.value = sum / base;
        if (variant != control_) compare(variant, metric_index, &reading);
        return reading;
    }

    void compare(size_t variant, size_t metric_index, MetricReading* reading) {
        const Contrast of = contrast(control_, variant, metric_index);
        reading->always_valid =
            always_valid_test(of, rho2(control_, variant), input_.alpha).take().comparison;
        if (input_.method == Method::e_process && metric_index == 0) bet(variant, &reading->always_valid);
        const bool higher = metric(metric_index).better == Better::higher;
        if (is_binary(variant, metric_index)) {
            const Cell& a = at(control_, metric_index, 0);
            const Cell& b = at(variant, metric_index, 0);
            const auto x_a = static_cast<int64_t>(std::llround(a.sum));
            const auto x_b = static_cast<int64_t>(std::llround(b.sum));
            reading->fixed = two_rate_test(x_a, a.users, x_b, b.users, input_.alpha).take();
            const auto posterior = beta_binomial_test(x_a, a.users, x_b, b.users);
            if (posterior.ok() && a.users > 0 && b.users > 0) {
                reading->chance_to_win = higher ? posterior->prob_b_beats_a : 1 - posterior->prob_b_beats_a;
                reading->expected_loss =
                    higher ? posterior->expected_loss_choose_b : posterior->expected_loss_choose_a;
            }
            return;
        }
        reading->fixed = fixed_test(of, input_.alpha);
        if (!reading->fixed.lift || of.value_a == 0 || of.variance <= 0) return;
        const auto posterior = normal_posterior(*reading->fixed.lift, lift_se(of, *reading->fixed.lift));
        if (!posterior.ok()) return;
        // A lift on a value below zero is a fall.
        const bool wins = higher == (of.value_a > 0);
        reading->chance_to_win = wins ? posterior->chance_to_win : 1 - posterior->chance_to_win;
        const double loss = wins ? posterior->expected_loss_choose_b : posterior->expected_loss_choose_a;
        reading->expected_loss = loss * std::fabs(of.value_a);
    }

    // By the delta method: b - (1 + lift) a is the difference less lift times a.
    static double lift_se(const Contrast& of, double lift) {
        const double with_difference = of.covariance - of.variance_a;
        const double variance = of.variance + lift * (lift * of.variance_a - 2 * with_difference);
        return std::sqrt(std::fmax(0, variance)) / std::fabs(of.value_a);
    }

    // The exact test takes the place of the mixture's; that has no part in its interval, which is left out.
    void bet(size_t variant, Comparison* comparison) const {
        const std::optional<double>& log_e = input_.variants[variant].betting_log_e;
        Comparison exact;
        exact.difference = comparison->difference;
        exact.lift = comparison->lift;
        if (log_e) {
            exact.p_value = std::min(1.0, std::exp(-*log_e));
            if (input_.bets_disturbed) exact.note = "users who had been bet on are gone since";
        } else {
            exact.note = "nobody has been bet on yet";
        }
        *comparison = exact;
    }

    // What a planned or Bayesian reading says in place of the always-valid p-value.
    std::optional<bool> decision(size_t variant) const {
        const MetricReading& primary = result_.rows[variant];
        switch (input_.method) {
            case Method::group_sequential:
            case Method::fixed_horizon:
                return input_.variants[variant].look_rejects;
            case Method::bayesian: {
                // A chance alone is no error rate: the always-valid test guards it.
                const double chance = primary.chance_to_win.value_or(0.5);
                const bool clear = chance < input_.alpha / 2 || chance > 1 - input_.alpha / 2;
                if (!clear) return false;
                return std::nullopt;
            }
            default:
                return std::nullopt;
        }
    }

    std::vector<double> planned_shares() const {
        std::vector<double> shares;
        for (const VariantDefinition& variant : input_.variants) shares.push_back(variant.share);
        return shares;
    }

    MarginState margin_state(size_t variant, size_t metric_index, const Margin& margin) {
        return margin_sequence(contrast(control_, variant, metric_index), margin, rho2(control_, variant),
                               input_.alpha)
            .take()
            .state;
    }

    std::vector<GuardrailReading> guardrails(size_t variant) {
        std::vector<GuardrailReading> readings;
        for (const GuardrailMetric& guardrail : input_.guardrail_metrics) {
            const auto found = std::find(input_.metrics.begin(), input_.metrics.end(), guardrail.metric);
            if (found == input_.metrics.end()) continue;
            const auto index = static_cast<size_t>(found - input_.metrics.begin());
            const Margin margin{guardrail.margin, guardrail.relative, metric(index).better};
            readings.push_back({guardrail.metric, margin_state(variant, index, margin)});
        }
        const auto rows = std::find(input_.metrics.begin(), input_.metrics.end(), kExecutionsPerUser);
        if (rows != input_.metrics.end()) {
            readings.push_back(
                {std::string(kExecutionsPerUser),
                 executions_per_user(variant, static_cast<size_t>(rows - input_.metrics.begin()))});
        }
        return readings;
    }

    // As many rows per user as in the control, within the margin, on both sides.
    MarginState executions_per_user(size_t variant, size_t metric_index) {
        bool constant = true;
        for (size_t stratum = 0; stratum < strata_; stratum++) {
            for (size_t v : {control_, variant}) {
                const Cell& cell = at(v, metric_index, stratum);
                if (cell.users > 0)
                    constant = constant && cell.moments.mean_s == 1 && cell.moments.var_s == 0;
            }
        }
        if (constant) return MarginState::non_inferior;
        return unchanged_sequence(contrast(control_, variant, metric_index), kExecutionsPerUserMargin,
                                  rho2(control_, variant), input_.alpha)
            .take()
            .state;
    }

    Verdict verdict() {
        VerdictInput judged;
        judged.metric = input_.metrics[0];
        judged.better = metric_named(judged.metric).better;
        judged.alpha = input_.alpha;
        double exposed = 0;
        for (const SampleRatioStratum& stratum : input_.exposures) {
            for (int64_t users : stratum.observed) exposed += static_cast<double>(users);
        }
        for (size_t variant = 0; variant < input_.variants.size(); variant++) {
            VariantReading reading;
            reading.name = input_.variants[variant].name;
            reading.is_control = variant == control_;
            const MetricReading& primary = result_.rows[variant];
            reading.users = static_cast<double>(primary.users);
            reading.value = primary.value;
            reading.primary = primary.always_valid;
            if (variant != control_) {
                reading.guardrails = guardrails(variant);
                reading.plan_rejects = decision(variant);
            }
            judged.variants.push_back(std::move(reading));
        }
        if (input_.variants.size() <= kMostVariantsForPairs) judged.pairs = pairs();
        judged.sample_ratio_p = result_.sample_ratio.p_value;
        judged.sample_ratio_alarm = kSampleRatioAlarm;
        judged.crossovers = static_cast<double>(input_.crossovers);
        judged.exposed = exposed + judged.crossovers;
        judged.minimum_users = input_.minimum_users;
        judged.minimum_days = input_.minimum_days;
        judged.days = input_.days;
        judged.minimum_detectable_effect = input_.minimum_detectable_effect;
        const bool is_full = exposed >= input_.planned_users || input_.is_over;
        const bool is_planned =
            input_.method == Method::group_sequential || input_.method == Method::fixed_horizon;
        judged.planned_end = is_planned ? input_.last_information >= 1 : is_full;
        if (is_planned && input_.last_information < 1) {
            const bool is_due = is_full || (input_.method == Method::group_sequential && input_.looks == 0);
            judged.pending_look = is_due ? "a look is due (prompt.take_look())"
                                  : input_.method == Method::fixed_horizon
                                      ? "the one look is to be taken at the planned number of users"
                                      : "the looks taken so far do not reject, and there are further ones";
        }
        // What comes within a day says little of days to come.
        judged.users_per_day = input_.days >= 1 ? exposed / input_.days : 0;
        judged.users_needed = input_.planned_users;
        return judge(judged).take();
    }

    std::vector<PairReading> pairs() {
        std::vector<PairReading> result;
        for (size_t a = 0; a < input_.variants.size(); a++) {
            for (size_t b = a + 1; b < input_.variants.size(); b++) {
                if (a == control_ || b == control_) continue;
                const auto test = always_valid_test(contrast(a, b, 0), rho2(a, b), input_.alpha).take();
                result.push_back({a, b, test.comparison.p_value});
            }
        }
        return result;
    }

    const ExperimentInput& input_;
    size_t control_ = 0;
    size_t strata_ = 1;
    std::vector<Cell> cells_;
    ExperimentReading result_;
};

constexpr struct {
    Method method;
    const char* name;
} kMethods[] = {{Method::always_valid, "always_valid"},
                {Method::e_process, "e_process"},
                {Method::group_sequential, "group_sequential"},
                {Method::fixed_horizon, "fixed_horizon"},
                {Method::bayesian, "bayesian"}};

}  // namespace

Method method_named(std::string_view name) noexcept {
    for (const auto& entry : kMethods) {
        if (name == entry.name) return entry.method;
    }
    return Method::always_valid;
}

const char* method_name(Method method) noexcept {
    for (const auto& entry : kMethods) {
        if (method == entry.method) return entry.name;
    }
    return "always_valid";
}

Result<ExperimentReading> read_experiment(const ExperimentInput& input) noexcept {
    return protect([&] { return Reader(input).run(); });
}

}  // namespace pgprompt
