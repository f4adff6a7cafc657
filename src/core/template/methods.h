// Python's methods of str, list, tuple, dict, int and float, by name.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/template/renderer.h"

namespace pgprompt {

inline constexpr uint16_t kNoMethod = 0;

// The method of this name of any type, or kNoMethod.
uint16_t find_method(std::string_view name) noexcept;
// A hint of the form `Did you mean "strip"?` for values of a type as Python names it, or empty if nothing is
// near.
std::string near_method(std::string_view name, std::string_view type);
std::string_view method_name(uint16_t method) noexcept;
// Whether a value of this type has the method.
bool has_method(const Value& self, uint16_t method) noexcept;

// By type; `method` is one that has_method() allows.
Value call_string_method(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments);
Value call_list_method(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments);
Value call_dict_method(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments);
Value call_number_method(Renderer& r, const Value& self, uint16_t method, const Arguments& arguments);

// str.format() and format(); printf-like % in format.h.
enum Method : uint16_t {
    kAppend = 1,
    kBitLength,
    kCapitalize,
    kCasefold,
    kCenter,
    kClear,
    kCopy,
    kCount,
    kEndswith,
    kExpandtabs,
    kExtend,
    kFind,
    kFormat,
    kFormatMap,
    kGet,
    kIndex,
    kInsert,
    kIsInteger,
    kIsalnum,
    kIsalpha,
    kIsascii,
    kIsdecimal,
    kIsdigit,
    kIsidentifier,
    kIslower,
    kIsnumeric,
    kIsprintable,
    kIsspace,
    kIstitle,
    kIsupper,
    kItems,
    kJoin,
    kKeys,
    kLjust,
    kLower,
    kLstrip,
    kPartition,
    kPop,
    kPopitem,
    kRemove,
    kRemoveprefix,
    kRemovesuffix,
    kReplace,
    kReverse,
    kRfind,
    kRindex,
    kRjust,
    kRpartition,
    kRsplit,
    kRstrip,
    kSetdefault,
    kSort,
    kSplit,
    kSplitlines,
    kStartswith,
    kStrip,
    kSwapcase,
    kTitle,
    kUpdate,
    kUpper,
    kValues,
    kZfill,
    kMethodCount,
};

}  // namespace pgprompt
