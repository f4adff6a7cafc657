#include "core/guardrail/redact.h"

#include <algorithm>

#include "core/guardrail/pacer.h"
#include "core/guardrail/utf8.h"
#include "core/guardrail/validators/sha256.h"

namespace pgprompt {
namespace {

using namespace guardrail;

bool on_boundary(std::string_view text, uint32_t at) {
    return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

bool better(const RedactSpan& a, const RedactSpan& b) {
    if (a.validated != b.validated) return a.validated;
    if (a.score != b.score) return a.score > b.score;
    return a.end_byte - a.start_byte > b.end_byte - b.start_byte;
}

void append_label(std::string_view entity, std::string* out) {
    for (const char c : entity) {
        const auto byte = static_cast<unsigned char>(c);
        out->push_back(is_ascii_lower(byte)         ? static_cast<char>(c - 32)
                       : byte == '<' || byte == '>' ? '_'
                                                    : c);
    }
}

// The part of a value that may stay readable: of an address its first character and the domain; of a value
// with at least eight letters or digits the last four of them; of anything shorter nothing. Separators stay.
void append_partial(std::string_view value, std::string* out) {
    const size_t at_sign = value.find('@');
    if (at_sign != std::string_view::npos && at_sign > 0 &&
        value.find('@', at_sign + 1) == std::string_view::npos &&
        value.find_first_of(" /:") == std::string_view::npos) {
        size_t first = 0;
        next_code_point(value, &first);
        out->append(value.substr(0, first < at_sign ? first : 0));
        out->append("***");
        out->append(value.substr(at_sign));
        return;
    }
    const auto counts = [](uint32_t c) { return c >= 0x80 || is_ascii_alnum(static_cast<unsigned char>(c)); };
    size_t alnum = 0;
    for (size_t at = 0; at < value.size();) alnum += counts(next_code_point(value, &at));
    const size_t hidden = alnum >= 8 ? alnum - 4 : alnum;
    size_t seen = 0;
    for (size_t at = 0; at < value.size();) {
        const size_t start = at;
        const uint32_t c = next_code_point(value, &at);
        if (counts(c) && seen++ < hidden) {
            out->push_back('*');
        } else {
            out->append(value.substr(start, at - start));
        }
    }
}

void append_cover(const RedactSpan& span, std::string_view value, const RedactOptions& options,
                  std::string* out) {
    if (span.mode == RedactMode::partial) return append_partial(value, out);
    out->push_back('<');
    append_label(span.entity, out);
    if (span.mode == RedactMode::hash && !options.hash_key.empty()) {
        static constexpr char kHex[] = "0123456789abcdef";
        const Sha256Digest digest = hmac_sha256(options.hash_key, value);
        out->push_back(':');
        for (int i = 0; i < 6; ++i) {
            out->push_back(kHex[digest[i] >> 4]);
            out->push_back(kHex[digest[i] & 15]);
        }
    }
    out->push_back('>');
}

}  // namespace

Result<std::string> redact(std::string_view text, std::vector<RedactSpan> spans,
                           const RedactOptions& options) noexcept {
    return protect([&] {
        for (const RedactSpan& span : spans) {
            if (span.start_byte > span.end_byte || span.end_byte > text.size() ||
                !on_boundary(text, span.start_byte) || !on_boundary(text, span.end_byte)) {
                throw Failure(Code::invalid_parameter, "a span to redact lies outside the text");
            }
        }
        Pacer pacer(options.poll);
        paced_sort(spans.begin(), spans.end(), options.poll, [](const RedactSpan& a, const RedactSpan& b) {
            return a.start_byte != b.start_byte ? a.start_byte < b.start_byte : a.end_byte > b.end_byte;
        });
        std::string out;
        out.reserve(text.size() + 16);
        uint32_t done = 0;
        for (size_t i = 0; i < spans.size();) {
            RedactSpan whole = spans[i];
            RedactSpan best = spans[i];
            for (++i; i < spans.size() && spans[i].start_byte < whole.end_byte; ++i) {
                whole.end_byte = std::max(whole.end_byte, spans[i].end_byte);
                if (better(spans[i], best)) best = spans[i];
            }
            if (whole.start_byte == whole.end_byte) continue;
            // A keyed hash costs as much as some hundred bytes.
            pacer.did(whole.end_byte - whole.start_byte + (best.mode == RedactMode::hash ? 1024 : 64));
            out.append(text.substr(done, whole.start_byte - done));
            append_cover(best, text.substr(whole.start_byte, whole.end_byte - whole.start_byte), options,
                         &out);
            done = whole.end_byte;
        }
        out.append(text.substr(done));
        return out;
    });
}

}  // namespace pgprompt
