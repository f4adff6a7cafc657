// What a text says once it is decoded: the readings an attacker may have hidden a sentence in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/text_view.h"
#include "core/status.h"

namespace pgprompt::guardrail {

// Which kinds of text are asked for.
struct ViewNeeds {
    bool normalised = true;
    bool decoded = true;
    bool relaxed = true;
};

// Every reading of `raw` beyond itself, bounded in number, depth (an encoding inside an encoding inside an
// encoding) and bytes. Empty for most texts. Throws Failure(cancelled).
std::vector<TextView> derive_views(std::string_view raw, const ViewNeeds& needs, Poll poll);

// The raw text's stretch behind [start, end) of views[view].
void to_raw(const std::vector<TextView>& views, int32_t view, uint32_t* start, uint32_t* end);

// The single readings. Each appends what it decoded and its origin, and returns false where there was
// nothing.
bool decode_escapes(std::string_view text, Poll poll, std::string* out,
                    OffsetMap* map);  // %41, &#65;, \u0041, \x41
bool decode_base64(std::string_view text, Poll poll, std::string* out, OffsetMap* map);
bool decode_hexadecimal(std::string_view text, Poll poll, std::string* out, OffsetMap* map);
bool decode_tags(std::string_view text, Poll poll, std::string* out, OffsetMap* map);  // tag characters
bool decode_selectors(std::string_view text, Poll poll, std::string* out,
                      OffsetMap* map);  // bytes as variation selectors
void decode_rot13(std::string_view text, Poll poll, std::string* out, OffsetMap* map);
// Digits and signs used as letters. `one_as_l` reads 1 as l where that is likelier than i.
bool decode_leet(std::string_view text, bool one_as_l, Poll poll, std::string* out, OffsetMap* map);
bool decode_spaced(std::string_view text, Poll poll, std::string* out, OffsetMap* map);  // s p a c e d  o u t
bool split_run_together(std::string_view text, Poll poll, std::string* out,
                        OffsetMap* map);  // ignoreallpreviousinstructions

// Cuts a run of letters into common words; the positions at which a new word begins.
std::vector<uint32_t> word_starts(std::string_view letters);

// Reads like text: letters and spaces, or digits with few signs between.
bool is_readable(std::string_view bytes);

}  // namespace pgprompt::guardrail
