// Parser, renderer and analysis of handlebars and mustache. The first byte chooses format and options, the
// text behind it is the template; each template may use itself and a fixed layout as partials.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/json.h"
#include "core/template/template.h"

using namespace pgprompt;

namespace {

const Value& variables() {
    static const auto document =
        parse_json(
            R"({"a": {"b": [1, {"c": "x\ny"}, [2.5, null, true]], "d": "<&>"}, "l": [1, 2, 3], "s": "text",
                       "n": 0, "e": [], "m": {"k": "v", "a": 1}, "t": true})")
            .value();
    static const Value root = document->root();
    return root;
}

std::shared_ptr<const Template> layout(TemplateFormat format) {
    CompileOptions options;
    options.format = format;
    return compile(format == TemplateFormat::mustache
                       ? "<{{s}}\n {{#l}}{{> self}}{{/l}}>"
                       : "<{{#if @partial-block}}{{> @partial-block}}{{/if}}{{> self}}>",
                   options)
        .value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    uint8_t mode = data[0];
    std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    CompileOptions options;
    options.format = mode & 1 ? TemplateFormat::mustache : TemplateFormat::handlebars;
    options.escape_html = mode & 2;
    options.compat = mode & 4;
    options.prevent_indent = mode & 8;
    options.explicit_partial_context = mode & 16;
    options.ignore_standalone = mode & 32;
    auto compiled = compile(text, options);
    if (!compiled.ok()) {
        if (compiled.error().code == Code::internal) std::abort();
        return 0;
    }
    if (!template_variables(**compiled).ok()) std::abort();
    RenderOptions render_options;
    render_options.undefined = mode & 64 ? UndefinedMode::strict : UndefinedMode::lenient;
    render_options.max_steps = 20000;
    render_options.max_output_bytes = 1 << 18;
    render_options.max_memory_bytes = 1 << 22;
    render_options.max_depth = 50;
    TemplateLibrary library;
    library.add("self", *compiled);
    library.add("layout", layout(options.format));
    render_options.library = &library;
    for (int loads = 0; loads < 8; ++loads) {
        auto result = render(**compiled, variables(), render_options);
        if (result.ok()) break;
        if (result.error().code == Code::internal) std::abort();
        if (result.error().code != Code::template_needed) break;
        library.add_missing(result.error().message);
    }
    return 0;
}
