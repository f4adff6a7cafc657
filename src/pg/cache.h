// What this backend has compiled, by text and options: immutable, so there is nothing to invalidate. For use
// inside enter_core: these throw Failure.
#pragma once

#include <memory>
#include <string_view>

#include "core/template/declarations.h"
#include "core/template/template.h"
#include "core/value.h"

namespace pgprompt::pg {

// Compiles, or finds what was compiled before.
std::shared_ptr<const Template> compiled_template(std::string_view text, const CompileOptions& options);

// The declarations of a prompt's variables, by the bytes of the document they are read from.
std::shared_ptr<const Declarations> parsed_declarations(std::string_view bytes, const Value& declarations);

// Limits of rendering, as the settings have them.
RenderOptions render_limits();

}  // namespace pgprompt::pg
