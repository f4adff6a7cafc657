// Names of prompts, experiments, variants and rules: what two that look the same must not differ by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgprompt {

enum class NameFault : uint8_t {
    none,
    not_utf8,
    control,      // a control character, a line's or paragraph's end, or no character at all
    white_space,  // other than single spaces between what shows
    invisible,    // shows nothing, or turns the direction of what follows
};

struct FaultInName {
    NameFault fault;
    uint32_t code_point;
    size_t at;     // its first byte
    size_t size;   // its bytes
    size_t place;  // in characters, from 1
};

// The first character of a name that is refused, by the properties that Unicode gives it. Joiners stay where
// they show: behind a virama and, for the non-joiner, between letters that would join (RFC 5892, A.1 and A.2:
// Persian, Indic), and for the joiner between emoji; so does the selector of an emoji's coloured form.
FaultInName fault_in_name(std::string_view name) noexcept;

}  // namespace pgprompt
