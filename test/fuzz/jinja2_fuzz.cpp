// Compiles and renders whatever bytes come: the first line up to a NUL is JSON for the variables, the rest
// the template, which may include, import and extend itself as "t" and a layout that includes it as "layout".
#include <cstdint>
#include <string>

#include "core/json.h"
#include "core/template/template.h"

using namespace pgprompt;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    auto bits = static_cast<unsigned char>(input[0]);
    input.remove_prefix(1);
    size_t nul = input.find('\0');
    std::string_view text = nul == std::string_view::npos ? input : input.substr(nul + 1);
    auto document = parse_json(nul == std::string_view::npos ? std::string_view("{}") : input.substr(0, nul));
    if (!document.ok())
        document =
            parse_json(R"({"s": "aé", "n": 3, "f": 1.5, "l": [1, "b", null], "d": {"a": {"b": [2]}}})");
    CompileOptions how;
    how.trim_blocks = bits & 1;
    how.lstrip_blocks = bits & 2;
    how.keep_trailing_newline = bits & 4;
    how.escape_html = bits & 8;
    auto compiled = compile(text, how);
    if (!compiled.ok()) return 0;
    (void)template_variables(**compiled);
    TemplateLibrary library;
    library.add("t", *compiled);
    static const auto layout = compile(
                                   "<{% block a %}{% if n %}{% include 't' ignore missing %}{% endif %}{% "
                                   "endblock %}{{ self.a() }}>",
                                   {})
                                   .take();
    library.add("layout", layout);
    library.add_missing("m");
    RenderOptions options;
    options.undefined = static_cast<UndefinedMode>(bits >> 4 & 3);
    options.json = bits & 64 ? JsonStyle::chat : JsonStyle::html;
    options.check_names = (bits & 128) && (bits & 3) == 0;
    options.max_output_bytes = 1 << 16;
    options.max_memory_bytes = 1 << 22;
    options.max_steps = 20000;
    options.max_depth = 20;
    options.library = &library;
    Clock clock{1785067200000000, 0, "UTC"};
    options.now = &clock;
    for (int loads = 0; loads < 8; ++loads) {
        auto text_or_error = render(**compiled, (*document)->root(), options);
        if (text_or_error.ok()) break;
        if (text_or_error.error().code == Code::internal) __builtin_trap();
        if (text_or_error.error().code != Code::template_needed) break;
        library.add_missing(text_or_error.error().message, "It was not stored.");
    }
    return 0;
}
