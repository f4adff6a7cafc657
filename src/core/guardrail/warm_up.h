// The detectors' tables, which are otherwise built when a text first needs them.
#pragma once

namespace pgprompt {

// Builds them all. What fails is built, or fails, at first use.
void warm_up() noexcept;

}  // namespace pgprompt
