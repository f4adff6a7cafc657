// The functions that are there without being given; all have the shape of GlobalFunction.
#pragma once

#include "core/template/renderer.h"

namespace pgprompt {

Value global_range(Renderer& r, const Arguments& arguments);
Value global_dict(Renderer& r, const Arguments& arguments);
Value global_namespace(Renderer& r, const Arguments& arguments);
Value global_cycler(Renderer& r, const Arguments& arguments);
Value global_joiner(Renderer& r, const Arguments& arguments);
Value global_raise_exception(Renderer& r, const Arguments& arguments);
// strftime_now(format): RenderOptions::now as datetime.strftime() formats it.
Value global_strftime_now(Renderer& r, const Arguments& arguments);

}  // namespace pgprompt
