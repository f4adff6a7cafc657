#include "core/experiment/verdict.h"

#include <algorithm>
#include <cmath>

#include "core/experiment/arguments.h"
#include "core/experiment/multiplicity.h"
#include "core/experiment/words.h"

namespace pgprompt {
namespace {

enum class Effect : unsigned char { none, better, worse };

class Judge {
 public:
    explicit Judge(const VerdictInput& input) : in_(input) { check(); }

    Verdict verdict() {
        adjust();
        alarms();
        if (!out_.missing.empty()) return not_yet();
        for (size_t i = 0; i < in_.variants.size(); ++i) {
            if (i != control_) classify(i);
        }
        if (in_.variants.size() < 2) {
            miss(Missing::metric, "", "", "there is no variant beside the control");
            return not_yet();
        }
        experiment_minima();
        for (size_t i : beating_) requirements(i);
        const std::vector<size_t> winners = qualified();
        if (!winners.empty()) return winner(winners);
        if (!harmful_.empty()) return harm();
        if (beating_.empty() && all_equivalent()) return equivalent();
        if (in_.planned_end && beating_.empty() && out_.missing.empty()) return no_difference();
        for (size_t i = 0; i < in_.variants.size(); ++i) {
            if (i != control_ && effect_[i] == Effect::none) insignificant(i);
        }
        return not_yet();
    }

 private:
    void check() {
        arguments::alpha(in_.alpha);
        int controls = 0;
        for (size_t i = 0; i < in_.variants.size(); ++i) {
            const VariantReading& v = in_.variants[i];
            arguments::not_negative("users of a variant", v.users);
            if (v.primary.p_value) arguments::probability("p-value of a variant", *v.primary.p_value);
            if (v.is_control) control_ = i, ++controls;
        }
        if (controls != 1) {
            throw Failure(Code::invalid_parameter, "variants must name one control",
                          std::to_string(controls) + " are marked as control.");
        }
        arguments::probability("sample_ratio_p", in_.sample_ratio_p);
        arguments::probability("sample_ratio_alarm", in_.sample_ratio_alarm);
        arguments::not_negative("crossovers", in_.crossovers);
        arguments::not_negative("exposed", in_.exposed);
        arguments::not_negative("minimum_users", in_.minimum_users);
        arguments::not_negative("minimum_days", in_.minimum_days);
        arguments::not_negative("days", in_.days);
        arguments::not_negative("users_per_day", in_.users_per_day);
        if (in_.users_needed) arguments::not_negative("users_needed", *in_.users_needed);
        if (in_.minimum_detectable_effect) {
            arguments::positive("minimum_detectable_effect", *in_.minimum_detectable_effect);
        }
        effect_.assign(in_.variants.size(), Effect::none);
    }

    // Holm over the challengers that have a reading; one without counts with p = 1.
    void adjust() {
        std::vector<double> p;
        for (size_t i = 0; i < in_.variants.size(); ++i) {
            if (i != control_) p.push_back(in_.variants[i].primary.p_value.value_or(1));
        }
        const std::vector<double> adjusted = adjust_p_values(p, Adjustment::holm).take();
        out_.adjusted_p.resize(in_.variants.size());
        for (size_t i = 0, k = 0; i < in_.variants.size(); ++i) {
            if (i == control_) continue;
            if (in_.variants[i].primary.p_value) out_.adjusted_p[i] = adjusted[k];
            ++k;
        }
    }

    void alarms() {
        if (in_.sample_ratio_p < in_.sample_ratio_alarm) {
            miss(Missing::sample_ratio, "", "",
                 "the traffic is not split as intended (sample-ratio p " +
                     words::p_value(in_.sample_ratio_p) +
                     "), so no reading can be believed until the cause is found");
        }
        if (in_.crossovers > kCrossoverShare * in_.exposed) {
            miss(Missing::crossovers, "", "",
                 words::count(in_.crossovers, "user", "users") + " of " + words::number(in_.exposed) +
                     " met more than one variant");
        }
    }

    void classify(size_t i) {
        const VariantReading& v = in_.variants[i];
        const bool rejects =
            v.plan_rejects ? *v.plan_rejects : out_.adjusted_p[i] && *out_.adjusted_p[i] <= in_.alpha;
        const double difference = v.primary.difference.value_or(0);
        const bool good = in_.better == Better::higher ? difference > 0 : difference < 0;
        if (rejects && difference != 0) effect_[i] = good ? Effect::better : Effect::worse;
        if (effect_[i] == Effect::better) beating_.push_back(i);
        if (effect_[i] == Effect::worse) harmful_.push_back(i);
    }

    void experiment_minima() {
        for (const VariantReading& v : in_.variants) {
            if (v.users < in_.minimum_users) {
                const double lacking = in_.minimum_users - v.users;
                miss(Missing::users, v.name, "",
                     v.name + " needs " + words::count(lacking, "more user", "more users") + " (minimum " +
                         words::number(in_.minimum_users) + " a variant)");
                wait(lacking * static_cast<double>(in_.variants.size()));
            }
        }
        if (in_.days < in_.minimum_days) {
            const double lacking = in_.minimum_days - in_.days;
            miss(Missing::runtime, "", "",
                 "the minimum runtime of " + words::count(in_.minimum_days, "day", "days") + " ends in " +
                     words::number(lacking) + " days");
            out_.days_to_go = std::max(out_.days_to_go.value_or(0), lacking);
        }
    }

    void requirements(size_t i) {
        const VariantReading& v = in_.variants[i];
        for (const GuardrailReading& guardrail : v.guardrails) {
            if (guardrail.state == MarginState::non_inferior) continue;
            const bool worse = guardrail.state == MarginState::inferior;
            miss(worse ? Missing::guardrail_worse : Missing::guardrail_open, v.name, guardrail.metric,
                 v.name +
                     (worse ? " is worse than its margin allows on "
                            : " is not yet shown to be no worse on ") +
                     guardrail.metric);
        }
    }

    // The beating variants to which nothing is missing, for themselves and for the experiment.
    std::vector<size_t> qualified() const {
        std::vector<size_t> out;
        for (size_t i : beating_) {
            const bool lacks =
                std::any_of(out_.missing.begin(), out_.missing.end(), [&](const MissingItem& item) {
                    return item.kind == Missing::users || item.kind == Missing::runtime ||
                           item.variant == in_.variants[i].name;
                });
            if (!lacks) out.push_back(i);
        }
        return out;
    }

    bool ahead(size_t i, size_t j) const {
        const double a = in_.variants[i].primary.difference.value_or(0),
                     b = in_.variants[j].primary.difference.value_or(0);
        return in_.better == Better::higher ? a > b : a < b;
    }

    // Holm over the pairs of the leader with the other variants that beat the control.
    bool separated(size_t leader) {
        std::vector<double> p;
        std::vector<size_t> others;
        for (size_t other : beating_) {
            if (other == leader) continue;
            double value = 1;
            for (const PairReading& pair : in_.pairs) {
                const bool same = (pair.first == leader && pair.second == other) ||
                                  (pair.first == other && pair.second == leader);
                if (same) value = pair.p_value.value_or(1);
            }
            p.push_back(value);
            others.push_back(other);
        }
        const std::vector<double> adjusted = adjust_p_values(p, Adjustment::holm).take();
        bool all = true;
        for (size_t k = 0; k < others.size(); ++k) {
            if (adjusted[k] <= in_.alpha) continue;
            all = false;
            miss(Missing::separation, in_.variants[leader].name, "",
                 in_.variants[leader].name + " is not yet told from " + in_.variants[others[k]].name);
        }
        return all;
    }

    Verdict winner(const std::vector<size_t>& winners) {
        size_t leader = winners[0];
        for (size_t i : winners) {
            if (ahead(i, leader)) leader = i;
        }
        out_.winner = in_.variants[leader].name;
        out_.explanation = beats(leader);
        if (beating_.size() == 1) {
            out_.code = VerdictCode::winner;
        } else if (separated(leader)) {
            out_.code = VerdictCode::winner_among_several;
            out_.explanation +=
                " It also beats the other variants that beat the control: " + names(beating_, leader) + ".";
        } else {
            out_.code = VerdictCode::leader_not_separated;
            out_.explanation +=
                " So do " + names(beating_, leader) + ", and the best of them is not yet certain.";
        }
        out_.may_complete = out_.code != VerdictCode::leader_not_separated;
        note_harm();
        if (out_.may_complete) out_.missing.clear(), out_.days_to_go.reset();
        return std::move(out_);
    }

    void note_harm() {
        out_.harmful = names(harmful_, in_.variants.size());
        for (size_t i : harmful_) {
            out_.explanation += (out_.explanation.empty() ? "" : " ") + contrast(i, "is worse than");
        }
    }

    Verdict harm() {
        out_.code = VerdictCode::harmful;
        out_.missing.clear();
        out_.days_to_go.reset();
        note_harm();
        out_.explanation += std::string(" Stop ") + (harmful_.size() == 1 ? "it" : "them") + " now.";
        if (!beating_.empty()) {
            out_.explanation += " " + names(beating_, in_.variants.size()) +
                                (beating_.size() == 1 ? " beats" : " beat") +
                                " the control, but not all that is required of a winner holds yet.";
        }
        out_.may_complete = harmful_.size() + 1 == in_.variants.size();
        return std::move(out_);
    }

    bool all_equivalent() const {
        if (!in_.minimum_detectable_effect) return false;
        const double mde = *in_.minimum_detectable_effect;
        for (size_t i = 0; i < in_.variants.size(); ++i) {
            if (i == control_) continue;
            const Comparison& c = in_.variants[i].primary;
            if (c.lift_set != LiftSet::interval || !(*c.lift_low > -mde && *c.lift_high < mde)) return false;
        }
        return true;
    }

    Verdict equivalent() {
        out_.code = VerdictCode::equivalent;
        out_.may_complete = true;
        out_.missing.clear();
        out_.days_to_go.reset();
        out_.explanation = "On " + in_.metric + " every variant lies within " +
                           words::percent(*in_.minimum_detectable_effect).substr(1) +
                           " of the control, whichever way: the smallest effect worth finding.";
        return std::move(out_);
    }

    Verdict no_difference() {
        out_.code = VerdictCode::no_difference;
        out_.may_complete = true;
        out_.explanation = "The planned end has come and no difference on " + in_.metric +
                           " has been shown. That is not proof that there is none.";
        for (size_t i = 0; i < in_.variants.size(); ++i) {
            if (i != control_) out_.explanation += " " + contrast(i, "against");
        }
        return std::move(out_);
    }

    void insignificant(size_t i) {
        const VariantReading& v = in_.variants[i];
        if (!in_.pending_look.empty()) {
            const bool is_said =
                std::any_of(out_.missing.begin(), out_.missing.end(),
                            [](const MissingItem& item) { return item.kind == Missing::look; });
            if (!is_said) miss(Missing::look, "", "", in_.pending_look);
        } else if (!v.primary.p_value && !v.plan_rejects) {
            const std::string why = *v.primary.note ? std::string(": ") + v.primary.note : "";
            miss(Missing::reading, v.name, "", v.name + " has no reading on " + in_.metric + why);
        } else {
            miss(Missing::significance, v.name, "",
                 v.name + " does not differ from the control on " + in_.metric + " yet" +
                     (out_.adjusted_p[i] ? " (p " + words::p_value(*out_.adjusted_p[i]) + ")" : ""));
        }
        double users = 0;
        for (const VariantReading& each : in_.variants) users += each.users;
        if (in_.users_needed && *in_.users_needed > users) wait(*in_.users_needed - users);
    }

    Verdict not_yet() {
        out_.code = VerdictCode::not_yet;
        std::vector<std::string> clauses;
        for (const MissingItem& item : out_.missing) clauses.push_back(item.text);
        out_.explanation = "Not yet: " + words::join(clauses) + ".";
        for (size_t i : beating_) out_.explanation += " So far " + beats(i);
        if (out_.days_to_go && *out_.days_to_go > 0) {
            out_.explanation += " About " + words::count(*out_.days_to_go, "day", "days") + " to go.";
        }
        return std::move(out_);
    }

    std::string beats(size_t i) const { return contrast(i, "beats"); }

    std::string contrast(size_t i, const char* verb) const {
        const VariantReading &v = in_.variants[i], &control = in_.variants[control_];
        std::string out = v.name + " " + verb + " " + control.name + " on " + in_.metric;
        if (v.value && control.value)
            out += ": " + words::number(*v.value) + " against " + words::number(*control.value);
        if (v.primary.lift) out += ", lift " + words::percent(*v.primary.lift);
        if (v.primary.lift_set == LiftSet::interval) {
            out += " (" + words::percent(*v.primary.lift_low) + " to " +
                   words::percent(*v.primary.lift_high) + ")";
        }
        if (out_.adjusted_p[i] && !v.plan_rejects) out += ", p " + words::p_value(*out_.adjusted_p[i]);
        return out + ".";
    }

    std::string names(const std::vector<size_t>& positions, size_t but) const {
        std::vector<std::string> parts;
        for (size_t i : positions) {
            if (i != but) parts.push_back(in_.variants[i].name);
        }
        return words::join(parts);
    }

    void miss(Missing kind, const std::string& variant, const std::string& metric, std::string text) {
        out_.missing.push_back({kind, variant, metric, std::move(text)});
    }

    void wait(double users) {
        if (in_.users_per_day > 0) {
            out_.days_to_go = std::max(out_.days_to_go.value_or(0), users / in_.users_per_day);
        }
    }

    const VerdictInput& in_;
    Verdict out_;
    size_t control_ = 0;
    std::vector<Effect> effect_;
    std::vector<size_t> beating_, harmful_;
};

}  // namespace

const char* verdict_name(VerdictCode code) noexcept {
    switch (code) {
        case VerdictCode::winner:
            return "winner";
        case VerdictCode::winner_among_several:
            return "winner_among_several";
        case VerdictCode::leader_not_separated:
            return "leader_not_separated";
        case VerdictCode::harmful:
            return "harmful";
        case VerdictCode::equivalent:
            return "equivalent";
        case VerdictCode::no_difference:
            return "no_difference";
        case VerdictCode::not_yet:
            break;
    }
    return "not_yet";
}

const char* missing_name(Missing kind) noexcept {
    switch (kind) {
        case Missing::sample_ratio:
            return "sample_ratio";
        case Missing::crossovers:
            return "crossovers";
        case Missing::users:
            return "users";
        case Missing::runtime:
            return "runtime";
        case Missing::guardrail_open:
            return "guardrail_open";
        case Missing::guardrail_worse:
            return "guardrail_worse";
        case Missing::separation:
            return "separation";
        case Missing::reading:
            return "reading";
        case Missing::look:
            return "look";
        case Missing::metric:
            return "metric";
        case Missing::significance:
            break;
    }
    return "significance";
}

Result<Verdict> judge(const VerdictInput& input) noexcept {
    return protect([&] { return Judge(input).verdict(); });
}

std::string explanation_of(const Verdict& verdict, std::string_view covariate) {
    if (covariate.empty()) return verdict.explanation;
    return verdict.explanation + " Lifts are adjusted for " + std::string(covariate) + ", values are not.";
}

}  // namespace pgprompt
