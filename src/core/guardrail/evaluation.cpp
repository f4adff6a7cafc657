#include "core/guardrail/evaluation.h"

#include <algorithm>

#include "core/guardrail/detect.h"
#include "core/guardrail/detectors/injection.h"
#include "core/guardrail/detectors/secrets.h"
#include "core/guardrail/normalise.h"
#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

class Evaluation {
 public:
    Evaluation(const CompiledRuleSet& set, std::string_view text, const RuleMask& mask,
               const EvaluateOptions& options)
        : set_(set), text_(text), options_(options), pacer_(options.poll), active_(set.size(), 0) {
        for (uint32_t i = 0; i < set.size(); ++i) {
            if (!mask.test(i) || set.rule(i).external) continue;
            active_[i] = 1;
            any_ = true;
            any_of_[static_cast<size_t>(set.rule(i).type)] = true;
            any_pattern_ = any_pattern_ || set.has_patterns(i);
            note_needs(i);
        }
    }

    std::vector<Violation> run() {
        if (!any_) return {};
        poll();
        guarded(
            any_readable_, [&] { views_ = derive_views(text_, needs_, options_.poll); },
            [&](uint32_t i) { return reads_views(i); });
        if (any_pattern_)
            guarded(
                true, [&] { match_patterns(); }, [&](uint32_t i) { return set_.has_patterns(i); });
        run_type(RuleType::max_length, [&] { check_lengths(); });
        run_type(RuleType::pii, [&] { detect_pii(); });
        run_type(RuleType::toxic, [&] { detect_toxic(); });
        run_type(RuleType::secret, [&] { detect_secrets(); });
        guarded(
            any_of_[static_cast<size_t>(RuleType::injection)] ||
                any_of_[static_cast<size_t>(RuleType::model_check)],
            [&] { detect_injection(); },
            [&](uint32_t i) {
                return type_of(i) == RuleType::injection || type_of(i) == RuleType::model_check;
            });
        return finish();
    }

 private:
    RuleType type_of(uint32_t rule) const { return set_.rule(rule).type; }

    bool reads_views(uint32_t rule) const { return type_of(rule) != RuleType::max_length; }

    void note_needs(uint32_t rule) {
        const RuleSettings& settings = set_.settings(rule);
        const bool patterns = type_of(rule) == RuleType::regex || type_of(rule) == RuleType::keyword;
        if (!reads_views(rule)) return;
        any_readable_ = true;
        const bool normalised = !patterns || settings.normalise;
        const bool decoded = !patterns || settings.decode;
        needs_.normalised = needs_.normalised || normalised || decoded;
        needs_.decoded = needs_.decoded || decoded;
        needs_.relaxed = needs_.relaxed ||
                         (decoded && type_of(rule) != RuleType::pii && type_of(rule) != RuleType::secret);
    }

    void poll() const {
        if (options_.poll != nullptr && options_.poll()) throw Failure(Code::cancelled, "cancelled");
    }

    // Runs a step. Where it fails, the rules it serves follow their on_error.
    template <class Step, class Serves>
    void guarded(bool wanted, Step step, Serves serves) {
        if (!wanted) return;
        Error error;
        try {
            step();
            return;
        } catch (Failure& failure) {
            const bool too_many = violations_.size() >= options_.max_findings;
            if (failure.error().code == Code::cancelled) throw;
            if (failure.error().code == Code::limit_exceeded && !too_many) throw;
            error = failure.error();
        } catch (const std::bad_alloc&) {
            error = Error{Code::out_of_memory, Limit::none, "out of memory", {}, {}};
        }
        // What they have found so far is not all there is.
        violations_.erase(std::remove_if(violations_.begin(), violations_.end(),
                                         [&](const Violation& violation) { return serves(violation.rule); }),
                          violations_.end());
        for (uint32_t i = 0; i < set_.size(); ++i) {
            if (active_[i] == 0 || !serves(i)) continue;
            if (set_.rule(i).on_error == OnError::error) throw Failure(error);
            if (set_.rule(i).on_error == OnError::block) {
                Violation violation = violation_of(set_, i);
                violation.entity = "evaluation_error";
                violation.message = set_.rule(i).error_message;
                violation.enforcement = Enforcement::blocking;
                violation.end_byte = static_cast<uint32_t>(text_.size());
                violations_.push_back(violation);
            }
        }
    }

    template <class Step>
    void run_type(RuleType type, Step step) {
        guarded(any_of_[static_cast<size_t>(type)], step, [&](uint32_t i) { return type_of(i) == type; });
    }

    std::string_view view_text(int32_t view) const {
        return view < 0 ? text_ : std::string_view(views_[static_cast<size_t>(view)].text);
    }
    std::string_view view_name(int32_t view) const {
        return view < 0 ? "raw" : views_[static_cast<size_t>(view)].name;
    }
    ViewKind view_kind(int32_t view) const {
        return view < 0 ? ViewKind::raw : views_[static_cast<size_t>(view)].kind;
    }

    void add(uint32_t rule, std::string_view entity, int32_t view, uint32_t start, uint32_t end, double score,
             bool validated) {
        if (violations_.size() >= options_.max_findings) {
            throw Failure(Code::limit_exceeded,
                          "more than " + std::to_string(options_.max_findings) + " findings in one text", {},
                          "Check the text in smaller pieces.");
        }
        Violation violation = violation_of(set_, rule);
        violation.entity = entity;
        violation.view = view_name(view);
        violation.start_byte = start;
        violation.end_byte = end;
        violation.score = reported_score(score);
        violation.validated = validated;
        violations_.push_back(violation);
    }

    bool is_allowed(const RuleSettings& settings, uint32_t start, uint32_t end) const {
        if (settings.allow.empty()) return false;
        return std::binary_search(settings.allow.begin(), settings.allow.end(),
                                  folded(text_.substr(start, end - start)));
    }

    // Readings may end inside a character of the raw text only if a rule matched single bytes.
    void snap(uint32_t* start, uint32_t* end) const {
        while (*start > 0 && (static_cast<unsigned char>(text_[*start]) & 0xC0) == 0x80) --*start;
        while (*end < text_.size() && (static_cast<unsigned char>(text_[*end]) & 0xC0) == 0x80) ++*end;
    }

    void match_patterns() {
        Matcher::Query query;
        query.groups = &active_;
        query.poll = options_.poll;
        std::vector<Matcher::Match> matches;
        for (int32_t view = -1; view < static_cast<int32_t>(views_.size()); ++view) {
            query.view = view_bit(view_kind(view));
            set_.matcher().find(view_text(view), query, &matches);
            for (const Matcher::Match& match : matches) {
                pacer_.did(64);
                const uint32_t rule = set_.rule_of_pattern(match.pattern);
                uint32_t start = match.start;
                uint32_t end = match.end;
                to_raw(views_, view, &start, &end);
                if (start < end && start < text_.size()) snap(&start, &end);
                add(rule, set_.settings(rule).entity, view, start, end, 1, false);
            }
        }
    }

    void check_lengths() {
        for (uint32_t i = 0; i < set_.size(); ++i) {
            if (active_[i] == 0 || type_of(i) != RuleType::max_length) continue;
            const RuleSettings& settings = set_.settings(i);
            const auto size = static_cast<uint32_t>(text_.size());
            if (settings.max_characters >= 0 &&
                static_cast<int64_t>(text_.size()) > settings.max_characters &&
                static_cast<int64_t>(count_characters(text_)) > settings.max_characters) {
                size_t at = 0;
                for (int64_t n = 0; n < settings.max_characters; ++n) next_code_point(text_, &at);
                add(i, "max_characters", -1, static_cast<uint32_t>(at), size, 1, true);
            } else if (settings.max_bytes >= 0 && static_cast<int64_t>(text_.size()) > settings.max_bytes) {
                auto at = static_cast<uint32_t>(settings.max_bytes);
                while (at > 0 && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80) --at;
                add(i, "max_bytes", -1, at, size, 1, true);
            } else if (settings.max_tokens >= 0) {
                size_t at = 0;
                if (estimate_tokens(text_, settings.max_tokens, options_.poll, &at) > settings.max_tokens) {
                    add(i, "max_tokens", -1, static_cast<uint32_t>(at), size, 1, false);
                }
            }
        }
    }

    void detect_pii() {
        PiiMask wanted = 0;
        double min_score = 1;
        for (uint32_t i = 0; i < set_.size(); ++i) {
            if (active_[i] == 0 || type_of(i) != RuleType::pii) continue;
            wanted |= set_.settings(i).pii;
            min_score = std::min(min_score, set_.settings(i).min_score);
        }
        for (int32_t view = -1; view < static_cast<int32_t>(views_.size()); ++view) {
            if (view_kind(view) == ViewKind::relaxed) continue;
            for (const PiiFinding& finding :
                 scan_pii(view_text(view), wanted, static_cast<float>(min_score), options_.poll)) {
                pacer_.did(128);
                uint32_t start = finding.start;
                uint32_t end = finding.end;
                to_raw(views_, view, &start, &end);
                for (uint32_t i = 0; i < set_.size(); ++i) {
                    if (active_[i] == 0 || type_of(i) != RuleType::pii) continue;
                    const RuleSettings& settings = set_.settings(i);
                    if ((settings.pii & pii_bit(finding.entity)) == 0 ||
                        reported_score(finding.score) < settings.min_score ||
                        is_allowed(settings, start, end)) {
                        continue;
                    }
                    add(i, name_of(finding.entity), view, start, end, finding.score, finding.validated);
                }
            }
        }
    }

    void detect_toxic() {
        for (const ToxicFinding& finding : scan_toxic(text_, views_, options_.poll)) {
            pacer_.did(128);
            for (uint32_t i = 0; i < set_.size(); ++i) {
                if (active_[i] == 0 || type_of(i) != RuleType::toxic) continue;
                const RuleSettings& settings = set_.settings(i);
                if (finding.grade < settings.min_grade ||
                    (settings.categories >> static_cast<int>(finding.category) & 1) == 0 ||
                    is_allowed(settings, finding.start, finding.end)) {
                    continue;
                }
                add(i, name_of(finding.category), finding.view, finding.start, finding.end,
                    score_of(finding.grade), false);
            }
        }
    }

    void detect_secrets() {
        for (const SecretFinding& finding : scan_secrets(text_, views_, options_.poll)) {
            pacer_.did(128);
            for (uint32_t i = 0; i < set_.size(); ++i) {
                if (active_[i] == 0 || type_of(i) != RuleType::secret) continue;
                const RuleSettings& settings = set_.settings(i);
                if (!settings.kinds[finding.kind] || reported_score(finding.score) < settings.min_score ||
                    is_allowed(settings, finding.start, finding.end)) {
                    continue;
                }
                add(i, secret_kinds()[finding.kind].name, finding.view, finding.start, finding.end,
                    finding.score, finding.validated);
            }
        }
    }

    void detect_injection() {
        const auto findings = scan_injection(text_, views_, ~0u, options_.poll);
        for (uint32_t i = 0; i < set_.size(); ++i) {
            if (active_[i] == 0) continue;
            if (type_of(i) == RuleType::model_check) {
                const double score = reported_score(combined_score(findings));
                if (score >= set_.rule(i).threshold) {
                    add(i, "injection", -1, 0, static_cast<uint32_t>(text_.size()), score, false);
                }
            }
            if (type_of(i) != RuleType::injection) continue;
            const RuleSettings& settings = set_.settings(i);
            std::vector<InjectionFinding> own;
            for (const InjectionFinding& finding : findings) {
                pacer_.did(64);
                if ((settings.families >> static_cast<int>(finding.family) & 1) != 0) own.push_back(finding);
            }
            if (own.empty() || reported_score(combined_score(own)) < settings.threshold) continue;
            for (const InjectionFinding& finding : own) {
                add(i, name_of(finding.family), finding.view, finding.start, finding.end, finding.weight,
                    false);
            }
        }
    }

    // Within a rule and entity, what lies inside another finding is left out; within a pii rule overlapping
    // findings of several readings are decided by rank.
    std::vector<Violation> finish() {
        paced_stable_sort(violations_.begin(), violations_.end(), options_.poll,
                          [](const Violation& a, const Violation& b) {
                              if (a.rule != b.rule) return a.rule < b.rule;
                              if (a.entity != b.entity) return a.entity < b.entity;
                              if (a.start_byte != b.start_byte) return a.start_byte < b.start_byte;
                              return a.end_byte > b.end_byte;
                          });
        std::vector<Violation> kept;
        uint32_t furthest = 0;
        uint32_t count = 0;
        for (const Violation& violation : violations_) {
            pacer_.did(128);
            const bool same =
                !kept.empty() && kept.back().rule == violation.rule && kept.back().entity == violation.entity;
            if (kept.empty() || kept.back().rule != violation.rule) count = 0;
            if (same && violation.end_byte <= furthest && violation.end_byte > violation.start_byte) continue;
            if (violation.enforcement != Enforcement::redact && ++count > options_.max_findings_per_rule)
                continue;
            furthest = same ? std::max(furthest, violation.end_byte) : violation.end_byte;
            kept.push_back(violation);
        }
        paced_sort(kept.begin(), kept.end(), options_.poll, [](const Violation& a, const Violation& b) {
            if (a.start_byte != b.start_byte) return a.start_byte < b.start_byte;
            if (a.rule != b.rule) return a.rule < b.rule;
            if (a.end_byte != b.end_byte) return a.end_byte < b.end_byte;
            return a.entity < b.entity;
        });
        drop_outranked(&kept);
        CharacterCounter starts(text_);
        CharacterCounter ends(text_);
        for (Violation& violation : kept) {
            pacer_.did(256);
            violation.start_offset = starts.at(violation.start_byte);
            violation.end_offset = ends.at(violation.end_byte);
        }
        return kept;
    }

    // One stretch seen as two entities by a pii rule, in the raw text and in a reading of it: the better one
    // stays.
    void drop_outranked(std::vector<Violation>* kept) {
        if (views_.empty() || !any_of_[static_cast<size_t>(RuleType::pii)]) return;
        const auto better = [](const Violation& a, const Violation& b) {
            if (a.validated != b.validated) return a.validated;
            if (a.score != b.score) return a.score > b.score;
            return a.end_byte - a.start_byte > b.end_byte - b.start_byte;
        };
        std::vector<uint8_t> out(kept->size(), 0);
        for (size_t i = 0; i < kept->size(); ++i) {
            pacer_.did(64);
            const Violation& a = (*kept)[i];
            if (a.rule_type != RuleType::pii || out[i] != 0) continue;
            for (size_t k = i + 1; k < kept->size() && (*kept)[k].start_byte < a.end_byte; ++k) {
                pacer_.did(16);
                const Violation& b = (*kept)[k];
                if (b.rule != a.rule || out[k] != 0) continue;
                out[better(b, a) ? i : k] = 1;
                if (out[i] != 0) break;
            }
        }
        size_t next = 0;
        kept->erase(
            std::remove_if(kept->begin(), kept->end(), [&](const Violation&) { return out[next++] != 0; }),
            kept->end());
    }

    const CompiledRuleSet& set_;
    std::string_view text_;
    const EvaluateOptions& options_;
    Pacer pacer_;
    std::vector<uint8_t> active_;
    bool any_ = false;
    bool any_pattern_ = false;
    bool any_readable_ = false;
    bool any_of_[9] = {};
    ViewNeeds needs_{false, false, false};
    std::vector<TextView> views_;
    std::vector<Violation> violations_;
};

}  // namespace

Violation violation_of(const RuleSet& set, uint32_t index) {
    const Rule& rule = set.rule(index);
    Violation violation;
    violation.rule = index;
    violation.rule_type = rule.type;
    violation.severity = rule.severity;
    violation.enforcement = rule.enforcement;
    violation.rule_name = rule.name;
    violation.message = rule.message;
    violation.view = "raw";
    return violation;
}

int64_t estimate_tokens(std::string_view text, int64_t limit, Poll poll, size_t* limit_at) {
    int64_t tokens = 0;
    Pacer pacer(poll);
    for (size_t at = 0; at < text.size();) {
        pacer.reached(at);
        const size_t start = at;
        const auto c = static_cast<unsigned char>(text[at]);
        if (is_ascii_alpha(c)) {
            while (at < text.size() && is_ascii_alpha(static_cast<unsigned char>(text[at]))) ++at;
            tokens += static_cast<int64_t>(1 + (at - start - 1) / 6);
        } else if (is_ascii_digit(c)) {
            while (at < text.size() && is_ascii_digit(static_cast<unsigned char>(text[at]))) ++at;
            tokens += static_cast<int64_t>((at - start + 2) / 3);
        } else if (c == ' ' || c == '\t' || c == '\r') {
            ++at;
        } else if (c == '\n') {
            while (at < text.size() && text[at] == '\n') ++at;
            ++tokens;
        } else if (c < 0x80) {
            ++at;
            ++tokens;
        } else {
            const uint32_t character = next_code_point(text, &at);
            // Letters of other alphabets come two to a token, ideographs and symbols one.
            if (character < 0x1100) {
                if (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80)
                    next_code_point(text, &at);
            }
            ++tokens;
        }
        if (tokens <= limit) *limit_at = at;
    }
    return tokens;
}

std::vector<Violation> evaluate(const CompiledRuleSet& set, std::string_view text, const RuleMask& mask,
                                const EvaluateOptions& options) {
    return Evaluation(set, text, mask, options).run();
}

}  // namespace pgprompt::guardrail
