// Any text through every reading: each must be UTF-8 of bounded size, and lead back into the raw text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/guardrail/decode.h"
#include "core/guardrail/normalise.h"
#include "core/guardrail/utf8.h"

using namespace pgprompt::guardrail;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!is_utf8(text)) return 0;
    std::string normal;
    OffsetMap map;
    normalise(text, nullptr, &normal, &map);
    require(is_utf8(normal));
    if (is_plain(text)) require(normal == text);
    const auto views = derive_views(text, {}, nullptr);
    size_t total = 0;
    for (size_t i = 0; i < views.size(); ++i) {
        const std::string_view content = views[i].text;
        total += content.size();
        require(is_utf8(content));
        require(views[i].parent < static_cast<int32_t>(i));
        // Each character, and the whole.
        uint32_t previous_start = 0;
        for (size_t at = 0; at < content.size() && at < 512;) {
            const size_t first = at;
            next_code_point(content, &at);
            auto start = static_cast<uint32_t>(first);
            auto end = static_cast<uint32_t>(at);
            to_raw(views, static_cast<int32_t>(i), &start, &end);
            require(start <= end && end <= size);
            require(start >= previous_start || views[i].kind == ViewKind::relaxed);
            previous_start = start;
        }
        uint32_t start = 0;
        auto end = static_cast<uint32_t>(content.size());
        to_raw(views, static_cast<int32_t>(i), &start, &end);
        require(start <= end && end <= size);
    }
    require(total <= size * 6 + 65536);
    return 0;
}
