// Text as a reader sees it: what hides, decorates or imitates is taken away. Everything keeps its way back.
#pragma once

#include <string>
#include <string_view>

#include "core/guardrail/text_view.h"
#include "core/status.h"

namespace pgprompt::guardrail {

// True when normalise() would return `text` as it is: ASCII without control characters.
bool is_plain(std::string_view text) noexcept;

// Hidden characters (format characters, variation selectors, soft hyphens, tags, fillers, controls) are
// dropped, compatibility forms resolved (NFKC), marks on Latin, Greek and Cyrillic letters dropped, digits of
// any script turned into ASCII's, dashes, quotes and spaces into their ASCII forms, and letters beyond ASCII
// folded to lower case. ASCII stays as it is, its case included. `text` is UTF-8. Throws Failure(cancelled).
// With `keep_capitals` Greek and Cyrillic capitals that look Latin stay as they are.
void normalise(std::string_view text, Poll poll, std::string* out, OffsetMap* map,
               bool keep_capitals = false);
bool has_capital_lookalike(std::string_view text);

// normalise(), and ASCII in lower case: the form in which keywords are compared.
std::string folded(std::string_view text);

// Letters that look like Latin ones made Latin, in words that are Latin otherwise. False if there are none.
// `text` is normalised. With `capitals`, those that were kept become Latin capitals.
bool unmask_lookalikes(std::string_view text, Poll poll, std::string* out, OffsetMap* map,
                       bool capitals = false);

// Not shown by any renderer, or only as a space.
bool is_hidden(uint32_t code_point);

}  // namespace pgprompt::guardrail
