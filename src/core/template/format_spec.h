// Format specs and the writing of what they ask for, shared by all ways to format.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/template/renderer.h"

namespace pgprompt {

constexpr uint64_t kHuge = uint64_t{1} << 62;

struct Spec {
    std::string_view fill = " ";
    char align = '\0';
    char sign = '\0';
    bool alternate = false;
    bool no_negative_zero = false;
    uint64_t width = 0;
    char grouping = '\0';
    bool has_precision = false;
    uint64_t precision = 0;
    char type = '\0';
};

uint64_t read_number(std::string_view s, size_t* at);
void write_aligned(Renderer& r, std::string_view body, const Spec& spec, char otherwise);
// A number of its parts: sign and prefix before zeros, digits (with separators after `every` so many), and
// what follows them.
void write_number(Renderer& r, const Spec& spec, bool negative, std::string_view prefix,
                  std::string_view digits, std::string_view rest, size_t every);
void format_real(Renderer& r, double v, const Spec& spec);

}  // namespace pgprompt
