// The template engine: three front ends (jinja2, handlebars with mustache, f-string), one AST, one renderer.
//
//   auto compiled = compile("Hello {{ name }}", {});             // once per text; immutable, safe to share
//   auto text = render(**compiled, variables, {});               // variables: a Value of kind map, borrowed
//
// Nothing here calls out: a template that includes, imports or extends others names them. render() ends with
// Code::template_needed, Error::message being the bare name, as long as RenderOptions::library neither holds
// that template nor says that it does not exist; the caller loads it, adds it and calls render() again. Names
// that are constants are known beforehand: Template::references().
//
// How a front end lowers its language to the shared AST is told in builder.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/value.h"

namespace pgprompt {

enum class TemplateFormat : uint8_t { jinja2, handlebars, mustache, fstring };

// From 'jinja2', 'handlebars', 'mustache' or 'f-string'; nothing for any other name.
std::optional<TemplateFormat> template_format(std::string_view name) noexcept;
const char* template_format_name(TemplateFormat format) noexcept;

struct CompileOptions {
    TemplateFormat format = TemplateFormat::jinja2;
    // jinja2: Jinja2's environment options of these names, with the defaults of chat templates.
    bool trim_blocks = true;
    bool lstrip_blocks = true;
    bool keep_trailing_newline = false;
    // jinja2: autoescape; handlebars and mustache: whether {{x}} escapes HTML ({{{x}}} never does).
    bool escape_html = false;
    // handlebars: the options of handlebars.js of these names.
    bool compat = false;                    // names are looked up in the contexts around, as in mustache
    bool ignore_standalone = false;         // lines that hold a block's tag alone stay
    bool explicit_partial_context = false;  // partials begin with an empty context
    bool prevent_indent = false;            // partials are not indented as the tag is
    bool assume_objects = false;            // a member of undefined or null is an error
    // Nesting of expressions and statements in the text, and bytes of the compiled form.
    uint32_t max_depth = 200;
    uint64_t max_compiled_bytes = uint64_t{64} << 20;
    // What error messages call the template; may be empty.
    std::string name;
    Poll poll = nullptr;
};

// Another template that a template names as a constant.
struct TemplateReference {
    enum class Kind : uint8_t { include, import, extends, partial };
    Kind kind;
    bool optional;      // `ignore missing`, or one name of several
    bool with_context;  // what is named sees the variables
    std::string name;
};

// A variable that a template reads from outside.
struct VariableUse {
    std::string name;
    // False if every use is guarded: by `is defined`, `default`, a truth test of the variable itself, or an
    // assignment where it is missing. A template renders without a variable that is not required.
    bool required;
    // The paths read below it, such as "customer.orders[].id", sorted; empty if only the variable itself is
    // used.
    std::vector<std::string> paths;
};

struct Program;

// A compiled template. Immutable.
class Template {
 public:
    explicit Template(std::unique_ptr<const Program> program) noexcept;
    ~Template();
    Template(const Template&) = delete;
    Template& operator=(const Template&) = delete;

    TemplateFormat format() const noexcept;
    // The options it was compiled with, and its text as given: what a cache compares.
    const CompileOptions& options() const noexcept;
    std::string_view text() const noexcept;
    // Bytes held, the text included.
    size_t memory_size() const noexcept;
    // The templates named by constants, each name once. A template that also computes names is `dynamic`.
    const std::vector<TemplateReference>& references() const noexcept;
    bool has_dynamic_references() const noexcept;
    const Program& program() const noexcept { return *program_; }

 private:
    std::unique_ptr<const Program> program_;
};

// Parses `text` (UTF-8). Errors: syntax, undefined_name (no such filter or test), limit_exceeded,
// invalid_text, cancelled; the detail has line and column and the line itself with a caret below.
Result<std::shared_ptr<const Template>> compile(std::string_view text,
                                                const CompileOptions& options) noexcept;

// What a template uses, by name. Templates it includes are not looked into.
Result<std::vector<VariableUse>> template_variables(const Template& t) noexcept;

class TemplateLibrary;

// The names that some templates and all that they include read from outside, each once and in one of both
// lists.
struct VariableNames {
    std::vector<std::string> required, guarded;
    // Names of templates are computed, so that others may be used, too.
    bool is_open = false;
};
// `library` may be null where nothing is included. Errors: template_needed as render() has it.
Result<VariableNames> variable_names(const std::vector<const Template*>& templates,
                                     const TemplateLibrary* library) noexcept;

// What an undefined value may be used for, as Jinja2's classes of these names have it.
enum class UndefinedMode : uint8_t {
    lenient,    // printed as nothing, iterated as empty, false; any attribute of it is an error (Undefined)
    strict,     // nothing but `is defined` and `default` (StrictUndefined)
    chainable,  // as lenient, and attributes of it are undefined again (ChainableUndefined)
    debug,      // as lenient, but printed as the expression in braces (DebugUndefined)
};

// How `tojson` writes.
enum class JsonStyle : uint8_t {
    html,  // Jinja2's: keys sorted, ASCII, < > & ' as \u escapes
    chat,  // the chat templates' custom: keys in order, UTF-8, no escapes beyond JSON's
};

// What `strftime_now` tells.
struct Clock {
    int64_t unix_microseconds = 0;
    int32_t utc_offset_seconds = 0;
    std::string zone;  // for %Z
};

// The templates that others may include, by the name as written in the template.
class TemplateLibrary {
 public:
    void add(std::string name, std::shared_ptr<const Template> t) {
        entries_[std::move(name)] = std::move(t);
    }
    // Says that no such template exists, so that `ignore missing` and lists of names go on; `reason` becomes
    // the hint of the error where it has to exist.
    void add_missing(std::string name, std::string reason = {}) {
        if (!reason.empty()) reasons_[name] = std::move(reason);
        entries_[std::move(name)] = nullptr;
    }
    // Null if nothing is known of the name; a null shared_ptr if it does not exist.
    const std::shared_ptr<const Template>* find(std::string_view name) const {
        auto found = entries_.find(name);
        return found == entries_.end() ? nullptr : &found->second;
    }
    // Why a template does not exist, as far as that is known.
    std::string_view reason(std::string_view name) const {
        auto found = reasons_.find(name);
        return found == reasons_.end() ? std::string_view() : std::string_view(found->second);
    }

 private:
    std::map<std::string, std::shared_ptr<const Template>, std::less<>> entries_;
    std::map<std::string, std::string, std::less<>> reasons_;
};

struct RenderOptions {
    UndefinedMode undefined = UndefinedMode::lenient;
    // Before rendering, one error names every required variable that is missing and every given one that
    // neither the template nor what it includes uses.
    bool check_names = false;
    JsonStyle json = JsonStyle::html;
    // Lists and dicts may not be changed by methods (append, update, ...), as in the chat templates' sandbox.
    bool immutable = false;
    // Limits, each ending the render with limit_exceeded.
    uint64_t max_output_bytes = uint64_t{16} << 20;   // the text, and any single string on the way
    uint64_t max_memory_bytes = uint64_t{128} << 20;  // values made while rendering
    uint64_t max_steps = 5'000'000;                   // nodes evaluated, and work of filters in like units
    uint32_t max_depth = 200;  // macro calls, includes and recursive loops inside each other
    Poll poll = nullptr;
    // Null: `strftime_now` is an error that says so.
    const Clock* now = nullptr;
    const TemplateLibrary* library = nullptr;
};

// Renders with `variables`, a map (or undefined for none), which must outlive the call. Errors:
// template_error, undefined_name, template_needed, limit_exceeded, cancelled, out_of_memory; the detail as
// for compile().
Result<std::string> render(const Template& t, const Value& variables, const RenderOptions& options) noexcept;

}  // namespace pgprompt
