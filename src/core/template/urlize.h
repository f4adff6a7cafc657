// Links in text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/template/renderer.h"

namespace pgprompt {

struct UrlizeOptions {
    int64_t limit = -1;  // characters of a link that are shown; negative: all
    std::string rel, target;
    std::vector<std::string> schemes;  // further ones, such as "tel:"
};

// Writes `source` (escaped HTML) with URLs and mail addresses made links.
void urlize(Renderer& r, std::string_view source, const UrlizeOptions& options);
bool is_scheme(std::string_view s);

}  // namespace pgprompt
