// What an experiment has shown, as a code and in words, and what is missing for more. Pure: readings in,
// verdict out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/experiment/comparison.h"
#include "core/experiment/noninferiority.h"
#include "core/status.h"

namespace pgprompt {

enum class VerdictCode : unsigned char {
    winner,                // one variant beats the control, everything required holds
    winner_among_several,  // several do, and the best of them beats the others, too
    leader_not_separated,  // several do, but the best is not yet told from the others
    harmful,               // a variant is worse than the control: stop it early
    equivalent,            // every variant lies within +- the minimum detectable effect of the control
    no_difference,         // the planned end has come without any of the above
    not_yet,               // see `missing`
};
const char* verdict_name(VerdictCode code) noexcept;  // "winner", "not_yet", ...

enum class Missing : unsigned char {
    sample_ratio,     // the traffic is not split as intended: no reading can be believed
    crossovers,       // too many users met more than one variant
    users,            // a variant is below the minimum sample size
    runtime,          // the minimum runtime is not over
    significance,     // the test on the primary metric does not reject yet
    guardrail_open,   // a guardrail metric is not yet shown to be non-inferior
    guardrail_worse,  // a guardrail metric is worse than its margin
    separation,       // the leader is not told from another variant that beats the control
    reading,          // a variant has no reading: too few users, or no variance
    look,             // of a plan: the next one has not been taken
    metric,           // no primary metric has been read at all: fewer than two variants
};
const char* missing_name(Missing kind) noexcept;

struct MissingItem {
    Missing kind = Missing::significance;
    std::string variant;  // empty: the experiment as a whole
    std::string metric;   // of a guardrail
    std::string text;     // one clause, in words
};

struct GuardrailReading {
    std::string metric;  // "rows per user" should always be among them
    MarginState state = MarginState::absent;
};

struct VariantReading {
    std::string name;
    bool is_control = false;
    double users = 0;
    std::optional<double> value;  // of the primary metric
    // Against the control on the primary metric; ignored for the control itself. The always-valid reading at
    // the experiment's alpha: its p_value enters Holm's procedure.
    Comparison primary;
    // Set by the caller for a spending plan, whose looks decide instead of the p-value.
    std::optional<bool> plan_rejects;
    std::vector<GuardrailReading> guardrails;
};

// The always-valid reading of one challenger against another, positions in VerdictInput::variants. Needed
// only for pairs of variants that both beat the control; a missing pair counts as not separated.
struct PairReading {
    size_t first = 0;
    size_t second = 0;
    std::optional<double> p_value;
};

inline constexpr double kCrossoverShare = 0.01;

struct VerdictInput {
    std::string metric;  // the primary one's name
    Better better = Better::higher;
    double alpha = 0.05;
    std::vector<VariantReading> variants;  // one control
    std::vector<PairReading> pairs;
    double sample_ratio_p = 1;  // of the sequential test
    double sample_ratio_alarm = 0.01;
    double crossovers = 0;     // users who met more than one variant
    double exposed = 0;        // users in all, with those; alarm above kCrossoverShare
    double minimum_users = 0;  // a variant
    double minimum_days = 0;
    double days = 0;                                  // run so far
    std::optional<double> minimum_detectable_effect;  // relative, above 0
    bool planned_end = false;  // the planned number of users or the scheduled end has been reached
    double users_per_day = 0;  // arriving now, all variants; 0: unknown
    std::string pending_look;  // of a plan: what is to be said of the next look; empty: none is left
    std::optional<double> users_needed;  // in all, for the planned power (planning.h); for the time to go
};

struct Verdict {
    VerdictCode code = VerdictCode::not_yet;
    std::string winner;       // of the winner codes; the leader's name for leader_not_separated; else empty
    std::string harmful;      // names of variants shown to be worse, comma separated
    std::string explanation;  // sentences
    std::vector<MissingItem> missing;
    std::vector<std::optional<double>> adjusted_p;  // Holm, one per variant; absent for the control
    std::optional<double> days_to_go;               // estimated, of not_yet
    bool may_complete = false;  // auto-completion may act: winner, winner_among_several, equivalent,
                                // no_difference, or every challenger harmful
};

// Errors: invalid_parameter for no control or two, alpha outside (0, 1), negative counts, p-values outside
// [0, 1].
Result<Verdict> judge(const VerdictInput& input) noexcept;

// The explanation, with what the lifts in it are adjusted for: a covariate's name; empty: nothing.
std::string explanation_of(const Verdict& verdict, std::string_view covariate);

}  // namespace pgprompt
