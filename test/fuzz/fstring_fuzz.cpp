// Compiles and renders whatever bytes come as an f-string.
#include <cstdint>
#include <string_view>

#include "core/json.h"
#include "core/template/template.h"

using namespace pgprompt;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    auto document = parse_json(
        R"({"s": "aé", "n": 3, "f": -1.5e10, "l": [1, "b", null], "d": {"a": {"b": [2]}}, "w": 7, "x": 12345678901234567890})");
    CompileOptions how;
    how.format = TemplateFormat::fstring;
    auto compiled = compile({reinterpret_cast<const char*>(data), size}, how);
    if (!compiled.ok()) return 0;
    (void)template_variables(**compiled);
    RenderOptions options;
    options.max_output_bytes = 1 << 16;
    options.max_memory_bytes = 1 << 22;
    auto text = render(**compiled, (*document)->root(), options);
    if (!text.ok() && text.error().code == Code::internal) __builtin_trap();
    return 0;
}
