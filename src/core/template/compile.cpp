#include <cstring>

#include "core/template/ast.h"
#include "core/template/builder.h"
#include "core/template/errors.h"
#include "core/template/jinja_parser.h"
#include "core/template/template.h"
#include "core/template/text.h"

namespace pgprompt {

std::unique_ptr<const Program> compile_fstring(std::string_view text, const CompileOptions& options);
std::unique_ptr<const Program> compile_handlebars(std::string_view text, const CompileOptions& options);

std::optional<TemplateFormat> template_format(std::string_view name) noexcept {
    if (name == "jinja2") return TemplateFormat::jinja2;
    if (name == "handlebars") return TemplateFormat::handlebars;
    if (name == "mustache") return TemplateFormat::mustache;
    if (name == "f-string") return TemplateFormat::fstring;
    return std::nullopt;
}

const char* template_format_name(TemplateFormat format) noexcept {
    switch (format) {
        case TemplateFormat::jinja2:
            return "jinja2";
        case TemplateFormat::handlebars:
            return "handlebars";
        case TemplateFormat::mustache:
            return "mustache";
        case TemplateFormat::fstring:
            return "f-string";
    }
    return "";
}

Template::Template(std::unique_ptr<const Program> program) noexcept : program_(std::move(program)) {}
Template::~Template() = default;
TemplateFormat Template::format() const noexcept {
    return program_->options.format;
}
const CompileOptions& Template::options() const noexcept {
    return program_->options;
}
std::string_view Template::text() const noexcept {
    return program_->given.empty() ? std::string_view(program_->source) : program_->given;
}
size_t Template::memory_size() const noexcept {
    return program_->memory_size;
}
const std::vector<TemplateReference>& Template::references() const noexcept {
    return program_->references;
}
bool Template::has_dynamic_references() const noexcept {
    return program_->dynamic_references;
}

namespace {

std::unique_ptr<const Program> compile_jinja(std::string_view text, const CompileOptions& options) {
    Builder builder(text, unify_newlines(text, options.keep_trailing_newline), options);
    JinjaParser parser(builder);
    NodeId body = parser.parse();
    return builder.finish(body);
}

}  // namespace

Result<std::shared_ptr<const Template>> compile(std::string_view text,
                                                const CompileOptions& options) noexcept {
    return protect([&]() -> std::shared_ptr<const Template> {
        if (text.size() > options.max_compiled_bytes || text.size() > UINT32_MAX / 2) {
            throw Failure(Limit::compiled_bytes, "the template is longer than the limit of " +
                                                     std::to_string(options.max_compiled_bytes) + " bytes");
        }
        if (!text::is_valid_utf8(text)) throw Failure(Code::invalid_text, "the template is not valid UTF-8");
        std::unique_ptr<const Program> program;
        switch (options.format) {
            case TemplateFormat::jinja2:
                program = compile_jinja(text, options);
                break;
            case TemplateFormat::fstring:
                program = compile_fstring(text, options);
                break;
            case TemplateFormat::handlebars:
            case TemplateFormat::mustache:
                program = compile_handlebars(text, options);
                break;
        }
        return std::make_shared<const Template>(std::move(program));
    });
}

}  // namespace pgprompt
