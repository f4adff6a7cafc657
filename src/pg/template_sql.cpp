// SQL: render(), template_variables() and what checks a stored template.
#include "pg/boundary.h"

extern "C" {
#include <common/int.h>
#include <utils/timestamp.h>
}

#include "core/json.h"
#include "core/json_writer.h"
#include "core/request/chat.h"
#include "core/template/template.h"
#include "core/text/edit_distance.h"
#include "core/text/line_diff.h"
#include "pg/cache.h"
#include "pg/jsonb_view.h"
#include "pg/row.h"
#include "pg/settings.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

// The arguments of render() after the variables, as plain data.
struct RenderArguments {
    std::string_view format;
    bool strict;
    bool trim_blocks;
    bool lstrip_blocks;
    bool keep_trailing_newline;
    bool escape_html;
    std::string_view undefined;
    std::string_view tojson;
    bool has_now;
    int64 now;
};

void require(FunctionCallInfo fcinfo, int argument, const char* name) {
    if (PG_ARGISNULL(argument)) {
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s is null", name)));
    }
}

RenderArguments render_arguments(FunctionCallInfo fcinfo) {
    static const char* const names[] = {
        "template",       "variables",     "template_format",       "strict",
        "trim_blocks",    "lstrip_blocks", "keep_trailing_newline", "escape_html",
        "undefined_mode", "tojson_style"};
    for (int i = 0; i < 10; i++) require(fcinfo, i, names[i]);
    RenderArguments a{};
    a.format = view_of(PG_GETARG_TEXT_PP(2));
    a.strict = PG_GETARG_BOOL(3);
    a.trim_blocks = PG_GETARG_BOOL(4);
    a.lstrip_blocks = PG_GETARG_BOOL(5);
    a.keep_trailing_newline = PG_GETARG_BOOL(6);
    a.escape_html = PG_GETARG_BOOL(7);
    a.undefined = view_of(PG_GETARG_TEXT_PP(8));
    a.tojson = view_of(PG_GETARG_TEXT_PP(9));
    a.has_now = !PG_ARGISNULL(10);
    if (a.has_now) {
        constexpr int64 kEpochShift = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
        const TimestampTz now = PG_GETARG_TIMESTAMPTZ(10);
        if (TIMESTAMP_NOT_FINITE(now) || pg_add_s64_overflow(now, kEpochShift, &a.now)) {
            ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("now is out of range"),
                            errdetail("strftime_now tells days and times of the calendar.")));
        }
    }
    return a;
}

TemplateFormat format_named(std::string_view name) {
    const auto format = template_format(name);
    if (!format) {
        throw Failure(Code::invalid_parameter, "template format \"" + std::string(name) + "\" is unknown", {},
                      "It is jinja2, handlebars, mustache or f-string.");
    }
    return *format;
}

UndefinedMode undefined_named(std::string_view name) {
    if (name == "default") return UndefinedMode::lenient;
    if (name == "strict") return UndefinedMode::strict;
    if (name == "chainable") return UndefinedMode::chainable;
    if (name == "debug") return UndefinedMode::debug;
    throw Failure(Code::invalid_parameter, "undefined mode \"" + std::string(name) + "\" is unknown", {},
                  "It is default, strict, chainable or debug.");
}

JsonStyle json_named(std::string_view name) {
    if (name == "jinja2") return JsonStyle::html;
    if (name == "chat") return JsonStyle::chat;
    throw Failure(Code::invalid_parameter, "tojson style \"" + std::string(name) + "\" is unknown", {},
                  "It is jinja2 (sorted keys, HTML-safe) or chat (keys in order, UTF-8).");
}

// The whole of render(), once the variables are a Value.
text* rendered(std::string_view template_text, const Value& variables, const RenderArguments& a) {
    if (!variables.is(Value::Kind::map)) {
        throw Failure(Code::invalid_parameter, "variables is no JSON object", {},
                      "Give the variables by name: '{\"name\": \"value\"}'.");
    }
    CompileOptions compile_options;
    compile_options.format = format_named(a.format);
    compile_options.trim_blocks = a.trim_blocks;
    compile_options.lstrip_blocks = a.lstrip_blocks;
    compile_options.keep_trailing_newline = a.keep_trailing_newline;
    compile_options.escape_html = a.escape_html;
    const auto compiled = compiled_template(template_text, compile_options);

    Clock clock;
    clock.unix_microseconds = a.now;
    clock.zone = "UTC";
    RenderOptions options = render_limits();
    options.undefined = a.strict ? UndefinedMode::strict : undefined_named(a.undefined);
    options.check_names = a.strict;
    options.json = json_named(a.tojson);
    // Chat templates run in a sandbox that lets them change no list or dict.
    options.immutable = options.json == JsonStyle::chat;
    if (a.has_now) options.now = &clock;
    auto result = render(*compiled, variables, options);
    if (!result.ok() && result.error().code == Code::template_needed) {
        throw Failure(
            Code::template_needed, "template \"" + result.error().message + "\" cannot be included here",
            "render() knows no template but the one it is given.",
            "Store both with prompt.create_prompt(); get_prompt() and render_prompt() resolve includes.");
    }
    return make_text(result.take());
}

}  // namespace

PGPROMPT_FUNCTION(render_jsonb) {
    const RenderArguments arguments = render_arguments(fcinfo);
    const text* template_text = PG_GETARG_TEXT_PP(0);
    const Jsonb* variables = PG_GETARG_JSONB_P(1);
    text* result = nullptr;
    enter_core([&] {
        const JsonbView view;
        result = rendered(view_of(template_text), view.root(variables), arguments);
    });
    PG_RETURN_TEXT_P(result);
}

PGPROMPT_FUNCTION(render_json) {
    const RenderArguments arguments = render_arguments(fcinfo);
    const text* template_text = PG_GETARG_TEXT_PP(0);
    const text* variables = PG_GETARG_TEXT_PP(1);
    text* result = nullptr;
    enter_core([&] {
        JsonOptions options;
        options.poll = cancel_requested;
        // The text is copied; the values made of it count as those that rendering makes.
        options.max_memory_bytes = render_limits().max_memory_bytes + VARSIZE_ANY_EXHDR(variables);
        const auto document = parse_json(view_of(variables), options).take();
        result = rendered(view_of(template_text), document->root(), arguments);
    });
    PG_RETURN_TEXT_P(result);
}

// One row per variable, as a JSON array: the SQL function unpacks it.
PGPROMPT_FUNCTION(template_variables) {
    const text* template_text = PG_GETARG_TEXT_PP(0);
    const text* format = PG_GETARG_TEXT_PP(1);
    text* result = nullptr;
    enter_core([&] {
        CompileOptions options;
        options.format = format_named(view_of(format));
        const auto compiled = compiled_template(view_of(template_text), options);
        std::string json = "[";
        for (const auto& use : template_variables(*compiled).take()) {
            if (json.size() > 1) json += ',';
            json += "{\"name\":" + json_string(use.name) +
                    ",\"required\":" + (use.required ? "true" : "false") + ",\"paths\":[";
            for (size_t i = 0; i < use.paths.size(); i++)
                json += (i > 0 ? "," : "") + json_string(use.paths[i]);
            json += "]}";
        }
        result = make_text(json + "]");
    });
    PG_RETURN_TEXT_P(result);
}

// The names of the templates that a template cannot be rendered without.
PGPROMPT_FUNCTION(template_references) {
    const text* template_text = PG_GETARG_TEXT_PP(0);
    const text* format = PG_GETARG_TEXT_PP(1);
    text* result = nullptr;
    enter_core([&] {
        CompileOptions options;
        options.format = format_named(view_of(format));
        const auto compiled = compiled_template(view_of(template_text), options);
        std::string json = "[";
        for (const auto& reference : compiled->references()) {
            // In mustache what is missing is empty by rule, but nobody who names a partial means that.
            if (reference.optional && options.format != TemplateFormat::mustache) continue;
            json += (json.size() > 1 ? "," : "") + json_string(reference.name);
        }
        result = make_text(json + "]");
    });
    PG_RETURN_TEXT_P(result);
}

// Refuses messages that are malformed or whose templates do not parse.
PGPROMPT_FUNCTION(check_messages) {
    const Jsonb* messages = PG_GETARG_JSONB_P(0);
    const text* format = PG_GETARG_TEXT_PP(1);
    enter_core([&] {
        const JsonbView view;
        CompileOptions options;
        options.format = format_named(view_of(format));
        options.poll = cancel_requested;
        size_t number = 0;
        for (const ChatItem& item : parse_chat(view.root(messages)).take()) {
            const std::string name = "messages[" + std::to_string(number++) + "]";
            if (!item.variable.empty()) continue;
            visit_message_texts(item.message, false, name,
                                [&](const std::string& path, std::string_view text) {
                                    options.name = path;
                                    compile(text, options).take();
                                });
        }
    });
    PG_RETURN_VOID();
}

PGPROMPT_FUNCTION(edit_distance) {
    const text* a = PG_GETARG_TEXT_PP(0);
    const text* b = PG_GETARG_TEXT_PP(1);
    int result = 0;
    enter_core([&] { result = edit_distance(view_of(a), view_of(b)); });
    PG_RETURN_INT32(result);
}

PGPROMPT_FUNCTION(line_diff) {
    const text* texts[4];
    for (int i = 0; i < 4; i++) texts[i] = PG_GETARG_TEXT_PP(i);
    text* result = nullptr;
    enter_core([&] {
        result = make_text(unified_diff(view_of(texts[0]), view_of(texts[1]), view_of(texts[2]),
                                        view_of(texts[3]), cancel_requested)
                               .take());
    });
    PG_RETURN_TEXT_P(result);
}

// The lines that changed as a JSON array of [change, line].
PGPROMPT_FUNCTION(changed_lines) {
    const text* a = PG_GETARG_TEXT_PP(0);
    const text* b = PG_GETARG_TEXT_PP(1);
    text* result = nullptr;
    enter_core([&] {
        std::string json = "[";
        for (const auto& line : line_diff(view_of(a), view_of(b), cancel_requested).take()) {
            if (line.change == ' ') continue;
            json += (json.size() > 1 ? ",[\"" : "[\"") + std::string(1, line.change) + "\"," +
                    json_string(line.line) + "]";
        }
        result = make_text(json + "]");
    });
    PG_RETURN_TEXT_P(result);
}

PGPROMPT_FUNCTION(check_declarations) {
    const Jsonb* declarations = PG_GETARG_JSONB_P(0);
    enter_core([&] {
        const JsonbView view;
        parse_declarations(view.root(declarations)).take();
    });
    PG_RETURN_VOID();
}
