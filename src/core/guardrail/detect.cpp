#include "core/guardrail/detect.h"

#include <algorithm>
#include <cmath>

#include "core/guardrail/decode.h"
#include "core/guardrail/detectors/injection.h"
#include "core/guardrail/detectors/pii.h"
#include "core/guardrail/utf8.h"

namespace pgprompt {
namespace {

using namespace guardrail;

void check_text(std::string_view text) {
    if (text.size() > INT32_MAX) throw Failure(Code::limit_exceeded, "the text to check is longer than 2 GB");
    if (!is_utf8(text)) throw Failure(Code::invalid_text, "the text to check is not valid UTF-8");
}

bool better(const Detection& a, const Detection& b) {
    if (a.validated != b.validated) return a.validated;
    if (a.score != b.score) return a.score > b.score;
    return a.end_byte - a.start_byte > b.end_byte - b.start_byte;
}

}  // namespace

Result<std::vector<Detection>> detect_pii(std::string_view text,
                                          const std::vector<std::string_view>& entities, double min_score,
                                          Poll poll) noexcept {
    return protect([&] {
        check_text(text);
        PiiMask wanted = entities.empty() ? default_pii() : 0;
        for (const std::string_view name : entities) {
            const PiiMask mask = pii_mask(name);
            if (mask == 0) {
                std::string known;
                for (const DetectorName& entity : pii_entities())
                    known += (known.empty() ? "" : ", ") + std::string(entity.name);
                throw Failure(Code::invalid_parameter,
                              "unknown entity \"" + std::string(name.substr(0, 64)) + "\"", {},
                              "Known are " + known + ".");
            }
            wanted |= mask;
        }
        const auto views = derive_views(text, {true, true, false}, poll);
        std::vector<Detection> all;
        for (int32_t view = -1; view < static_cast<int32_t>(views.size()); ++view) {
            const std::string_view content =
                view < 0 ? text : std::string_view(views[static_cast<size_t>(view)].text);
            for (const PiiFinding& finding : scan_pii(content, wanted, static_cast<float>(min_score), poll)) {
                Detection detection;
                detection.entity = name_of(finding.entity);
                detection.view = view < 0 ? "raw" : views[static_cast<size_t>(view)].name;
                detection.start_byte = finding.start;
                detection.end_byte = finding.end;
                to_raw(views, view, &detection.start_byte, &detection.end_byte);
                detection.score = reported_score(finding.score);
                detection.validated = finding.validated;
                all.push_back(detection);
            }
        }
        std::stable_sort(all.begin(), all.end(), better);
        std::vector<Detection> kept;
        for (const Detection& detection : all) {
            const auto next = std::lower_bound(
                kept.begin(), kept.end(), detection,
                [](const Detection& a, const Detection& b) { return a.start_byte < b.start_byte; });
            if (next != kept.end() && next->start_byte < detection.end_byte) continue;
            if (next != kept.begin() && (next - 1)->end_byte > detection.start_byte) continue;
            kept.insert(next, detection);
        }
        CharacterCounter starts(text);
        CharacterCounter ends(text);
        for (Detection& detection : kept) {
            detection.start_offset = starts.at(detection.start_byte);
            detection.end_offset = ends.at(detection.end_byte);
        }
        return kept;
    });
}

double reported_score(double score) {
    constexpr double kExact = 9007199254740992;  // beyond it doubles have no decimal places
    return std::fabs(score) >= kExact ? score : std::round(score * 10000) / 10000;
}

Result<double> injection_score(std::string_view text, Poll poll) noexcept {
    return protect([&] {
        check_text(text);
        const auto views = derive_views(text, {}, poll);
        return reported_score(combined_score(scan_injection(text, views, ~0u, poll)));
    });
}

}  // namespace pgprompt
