#pragma once

namespace pgprompt {

// The library's version: what prompt.version() answers and the control file's default_version.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace pgprompt
