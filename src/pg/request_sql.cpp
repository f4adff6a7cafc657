// SQL: get_active_prompt(), get_prompt(), render_prompt(): resolve -> assign -> render -> check -> record.
#include "pg/boundary.h"

extern "C" {
#include <access/xact.h>
#include <mb/pg_wchar.h>
#include <utils/array.h>
#include <utils/jsonb.h>
#include <utils/timestamp.h>
}

#include <string>
#include <vector>

#include "core/request/request.h"
#include "pg/arguments.h"
#include "pg/cache.h"
#include "pg/external_answers.h"
#include "pg/jsonb_view.h"
#include "pg/question.h"
#include "pg/resolve.h"
#include "pg/row.h"
#include "pg/rules.h"
#include "pg/sampling.h"
#include "pg/settings.h"
#include "pg/statement.h"
#include "pg/stored_text.h"
#include "pg/uuid_v7.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

// ---------------------------------------------------------------- arguments

const text* required_name(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0)) {
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the name of the prompt is null")));
    }
    return PG_GETARG_TEXT_PP(0);
}

int version_argument(FunctionCallInfo fcinfo, int number) {
    if (PG_ARGISNULL(number)) return 0;
    const int version = PG_GETARG_INT32(number);
    if (version <= 0) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("version %d is no version", version),
                        errdetail("Versions count from 1.")));
    }
    return version;
}

// What the caller tells of the execution to record.
struct ExecutionArguments {
    const text* request_id;
    const text* session_id;
    const text* user_id;
    const Jsonb* conversation_context;
    const text* model_name;
    const Jsonb* metadata;
    bool has_id;
};

// ---------------------------------------------------------------- the core's part, with plain data in and
// out

struct ServeInput {
    ResolvedPrompt prompt;
    const Jsonb* variables;
    const Jsonb* conversation_context;  // may be null
    const Jsonb* metadata;              // the same
    RulesKey rules;
    bool is_recorded;
    ExternalLedger external;
    IncludedPrompt* includes;
    // now(), in the session's time zone: what strftime_now tells.
    int64_t now_unix_microseconds;
    int32_t utc_offset_seconds;
    const char* time_zone;
};

struct StoredText {
    Stored::What what;
    const text* value;
};

struct Served {
    const text* needed;  // an include that has to be loaded first; then nothing else is set
    bool blocked;
    const text* rendered;
    const text* violations;
    const text* evaluated;
    TextList violated;  // names of rules
    StoredText stored_prompt;
    StoredText stored_variables;
    StoredText stored_context;
    StoredText stored_metadata;
};

CompileOptions options_for(const text* format, std::string_view name) {
    CompileOptions options;
    options.format = template_format(view_of(format)).value_or(TemplateFormat::jinja2);
    options.name = name;
    return options;
}

StoredText keep(const Stored& stored) {
    return {stored.what, stored.what == Stored::What::text ? make_text(stored.text) : nullptr};
}

// The included templates that are loaded; false if one that a constant names is not: `needed` is then its
// name.
bool fill_library(const ServeInput& input, const std::vector<MessageTemplate>& roots,
                  TemplateLibrary* library, const text** needed) {
    std::vector<std::shared_ptr<const Template>> known;
    for (const MessageTemplate& root : roots)
        known.insert(known.end(), root.contents.begin(), root.contents.end());
    for (const IncludedPrompt* included = input.includes; included != nullptr; included = included->next) {
        std::string name(view_of(included->reference));
        if (included->template_text == nullptr) {
            library->add_missing(std::move(name), std::string(view_of(included->reason)));
            continue;
        }
        auto compiled =
            compiled_template(view_of(included->template_text), options_for(included->format, name));
        known.push_back(compiled);
        library->add(std::move(name), std::move(compiled));
    }
    for (const auto& compiled : known) {
        for (const TemplateReference& reference : compiled->references()) {
            if (library->find(reference.name) != nullptr) continue;
            *needed = make_text(reference.name);
            return false;
        }
    }
    return true;
}

std::vector<MessageTemplate> message_templates(const ServeInput& input, const JsonbView& view) {
    const ResolvedPrompt& prompt = input.prompt;
    const CompileOptions options = options_for(prompt.format, view_of(prompt.name));
    std::vector<MessageTemplate> messages;
    if (prompt.messages == nullptr) {
        messages.push_back({{}, {compiled_template(view_of(prompt.template_text), options)}});
        return messages;
    }
    for (ChatItem& item : parse_chat(view.root(prompt.messages)).take()) {
        MessageTemplate message;
        if (item.variable.empty()) {
            visit_message_texts(item.message, false, {}, [&](const std::string&, std::string_view text) {
                message.contents.push_back(compiled_template(text, options));
            });
        }
        message.item = std::move(item);
        messages.push_back(std::move(message));
    }
    return messages;
}

void serve_request(ServeInput* in, Served* out) {
    const JsonbView view;
    const ServeInput& input = *in;
    const ResolvedPrompt& prompt = input.prompt;
    Request request;
    request.prompt_name = view_of(prompt.name);
    request.is_chat = prompt.messages != nullptr;
    request.messages = message_templates(input, view);
    TemplateLibrary library;
    if (!fill_library(input, request.messages, &library, &out->needed)) return;
    request.declarations = parsed_declarations(
        {VARDATA_ANY(prompt.variables), VARSIZE_ANY_EXHDR(prompt.variables)}, view.root(prompt.variables));
    for (const IncludedPrompt* included = input.includes; included != nullptr; included = included->next) {
        if (included->variables == nullptr) continue;
        request.included.push_back(
            parsed_declarations({VARDATA_ANY(included->variables), VARSIZE_ANY_EXHDR(included->variables)},
                                view.root(included->variables)));
    }
    request.variables = view.root(input.variables);
    if (input.conversation_context != nullptr)
        request.conversation_context = view.root(input.conversation_context);
    if (input.metadata != nullptr) request.metadata = view.root(input.metadata);
    auto rules = rules_for(input.rules, prompt.name, prompt.category);
    LedgerAnswers answers(&in->external, *rules.set);
    request.check = check_options(&answers);
    request.is_recorded = input.is_recorded;
    request.rules = std::move(rules.set);
    request.applicable = std::move(rules.applicable);
    const Clock clock{input.now_unix_microseconds, input.utc_offset_seconds, input.time_zone};
    request.render = render_limits();
    request.render.now = &clock;
    request.render.library = &library;
    if (prompt.strict) {
        request.render.undefined = UndefinedMode::strict;
        request.strict = true;
    }

    auto outcome = serve(request);
    if (!outcome.ok() && outcome.error().code == Code::template_needed) {
        out->needed = make_text(outcome.error().message);
        return;
    }
    const Outcome served = outcome.take();
    if (answers.pending()) return;
    out->blocked = served.blocked;
    out->rendered = make_text(served.rendered);
    out->violations = make_text(served.violations);
    out->evaluated = make_text(served.evaluated);
    out->violated.items = static_cast<const text**>(allocate(sizeof(text*) * (served.violated.size() + 1)));
    for (const std::string& rule : served.violated)
        out->violated.items[out->violated.count++] = make_text(rule);
    out->stored_prompt = keep(served.prompt);
    out->stored_variables = keep(served.variables);
    out->stored_context = keep(served.conversation_context);
    out->stored_metadata = keep(served.metadata);
}

// Serves, loading what is included and asking the functions of rules on the way.
Served serve_with_includes(ServeInput* input, const text* tenant, MemoryContext context) {
    for (;;) {
        Served served{};
        enter_core([&] { serve_request(input, &served); });
        if (ask_external(&input->external)) continue;
        if (served.needed == nullptr) return served;
        CHECK_FOR_INTERRUPTS();
        IncludedPrompt* included = resolve_include(tenant, served.needed, context);
        included->next = input->includes;
        input->includes = included;
    }
}

// ---------------------------------------------------------------- results

void set_clock(ServeInput* input) {
    constexpr int64 kEpochShift = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
    const TimestampTz now = GetCurrentTransactionStartTimestamp();
    input->now_unix_microseconds = now + kEpochShift;
    int seconds_west = 0;
    struct pg_tm parts;
    fsec_t fraction = 0;
    const char* zone = nullptr;
    const bool known = timestamp2tm(now, &seconds_west, &parts, &fraction, &zone, nullptr) == 0;
    input->utc_offset_seconds = known ? -seconds_west : 0;
    input->time_zone = known && zone != nullptr ? zone : "UTC";
}

// The whole read path: what get_prompt() answers.
struct Answer {
    const text* tenant;
    ServeInput input;
    Served served;
};

Answer answer(const Wanted& wanted, const Jsonb* variables, const ExecutionArguments& given, bool is_recorded,
              MemoryContext context) {
    Answer result{};
    result.tenant = wanted.tenant;
    result.input.prompt = resolve_prompt(wanted, context);
    result.input.variables = variables;
    result.input.conversation_context = given.conversation_context;
    result.input.metadata = given.metadata;
    result.input.is_recorded = is_recorded;
    result.input.external.may_write = is_recorded;
    set_clock(&result.input);
    result.input.rules = load_rules(wanted.tenant, context);
    MemoryContext before = MemoryContextSwitchTo(context);
    result.served = serve_with_includes(&result.input, wanted.tenant, context);
    MemoryContextSwitchTo(before);
    return result;
}

[[noreturn]] void raise_blocked(const Answer& answer) {
    StringInfoData rules;
    initStringInfo(&rules);
    for (int i = 0; i < answer.served.violated.count; i++) {
        appendStringInfo(&rules, "%s\"%s\"", i == 0 ? "" : ", ",
                         text_to_cstring(answer.served.violated.items[i]));
    }
    ereport(
        ERROR,
        (errcode(ERRCODE_CHECK_VIOLATION),
         errmsg("guardrails block the request to prompt \"%s\"", text_to_cstring(answer.input.prompt.name)),
         errdetail("Violated: %s.", rules.data),
         errhint("Without raise_on_block the request is recorded and returned with blocked = true.")));
    pg_unreachable();
}

// Columns from `at` on: rendered_prompt, messages, template_id, template_version, experiment_id, variant,
// allocation_epoch, violations, blocked.
void fill_answer(const Answer& answer, Datum* values, bool* nulls) {
    const ResolvedPrompt& prompt = answer.input.prompt;
    const Served& served = answer.served;
    const bool is_chat = prompt.messages != nullptr;
    nulls[0] = served.blocked || is_chat;
    values[0] = PointerGetDatum(served.rendered);
    nulls[1] = served.blocked || !is_chat;
    if (!nulls[1]) values[1] = jsonb_of(served.rendered);
    values[2] = UUIDPGetDatum(&prompt.template_id);
    values[3] = Int32GetDatum(prompt.version);
    nulls[4] = nulls[5] = nulls[6] = !prompt.in_experiment;
    values[4] = UUIDPGetDatum(&prompt.experiment_id);
    values[5] = PointerGetDatum(prompt.variant);
    values[6] = Int32GetDatum(prompt.allocation_epoch);
    values[7] = jsonb_of(served.violations);
    values[8] = BoolGetDatum(served.blocked);
}

Datum stored_jsonb(const StoredText& stored, const Jsonb* given, char* is_null) {
    *is_null =
        stored.what == Stored::What::nothing || (stored.what == Stored::What::as_given && given == nullptr)
            ? 'n'
            : ' ';
    if (*is_null == 'n') return 0;
    return stored.what == Stored::What::as_given ? JsonbPGetDatum(given) : jsonb_of(stored.value);
}

// ---------------------------------------------------------------- recording

#define INSERT_EXECUTION                                                                                 \
    "INSERT INTO prompt.prompt_executions (id, tenant_id, template_id, request_id, session_id, user_id," \
    " experiment_id, variant, allocation_epoch, variables_used, rendered_prompt, conversation_context,"  \
    " model_name, model_config, status, guardrails_evaluated, guardrail_violations, metadata, "          \
    "question_hash)"                                                                                     \
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"                                        \
    " coalesce($13, $14 ->> 'model_name', $14 ->> 'model'), $14, $15, $16, $17, $18, $19)"

#define INSERT_TYPES                                                                                    \
    UUIDOID, TEXTOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID, TEXTOID, INT4OID, JSONBOID, TEXTOID, \
        JSONBOID, TEXTOID, JSONBOID, TEXTOID, JSONBOID, TEXTARRAYOID, JSONBOID, TEXTOID

Statement insert_execution = {INSERT_EXECUTION, 19, {INSERT_TYPES}, nullptr};
// For ids that the caller has given. ON CONFLICT looks up the ancestors of each index of the partition.
Statement insert_once = {
    INSERT_EXECUTION " ON CONFLICT (id, tenant_id) DO NOTHING", 19, {INSERT_TYPES}, nullptr};

void record(const Answer& answer, const ExecutionArguments& given, const pg_uuid_t* id) {
    const ResolvedPrompt& prompt = answer.input.prompt;
    const Served& served = answer.served;
    Datum values[19] = {};
    char nulls[20] = "                   ";
    auto set = [&](int column, Datum value, bool present) {
        values[column] = value;
        nulls[column] = present ? ' ' : 'n';
    };
    set(0, UUIDPGetDatum(id), true);
    set(1, PointerGetDatum(answer.tenant), true);
    set(2, UUIDPGetDatum(&prompt.template_id), true);
    set(3, PointerGetDatum(given.request_id), given.request_id != nullptr);
    set(4, PointerGetDatum(given.session_id), given.session_id != nullptr);
    set(5, PointerGetDatum(given.user_id), given.user_id != nullptr);
    set(6, UUIDPGetDatum(&prompt.experiment_id), prompt.in_experiment);
    set(7, PointerGetDatum(prompt.variant), prompt.in_experiment);
    set(8, Int32GetDatum(prompt.allocation_epoch), prompt.in_experiment);
    values[9] = stored_jsonb(served.stored_variables, answer.input.variables, &nulls[9]);
    set(10, PointerGetDatum(served.stored_prompt.value), served.stored_prompt.what == Stored::What::text);
    values[11] = stored_jsonb(served.stored_context, given.conversation_context, &nulls[11]);
    const text* model = masked_text(given.model_name, prompt.name, prompt.category, answer.input.rules, true);
    set(12, PointerGetDatum(model), model != nullptr);
    set(13, JsonbPGetDatum(prompt.model_config), prompt.model_config != nullptr);
    set(14, PointerGetDatum(cstring_to_text(served.blocked ? "blocked" : "pending")), true);
    set(15, jsonb_of(served.evaluated), true);
    set(16, text_array(served.violated), served.violated.count > 0);
    values[17] = stored_jsonb(served.stored_metadata, given.metadata, &nulls[17]);
    const text* question = question_hash(nulls[9] == 'n' ? nullptr : DatumGetJsonbP(values[9]),
                                         nulls[11] == 'n' ? nullptr : DatumGetJsonbP(values[11]));
    set(18, PointerGetDatum(question), question != nullptr);
    if (!is_sampled(id)) nulls[9] = nulls[10] = nulls[11] = 'n';
    run(given.has_id ? &insert_once : &insert_execution, values, nulls, false);
}

const pg_uuid_t* execution_id(FunctionCallInfo fcinfo, int number) {
    if (!PG_ARGISNULL(number)) {
        const pg_uuid_t* id = PG_GETARG_UUID_P(number);
        if ((id->data[6] >> 4) != 7) {
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("execution_id is no UUID of version 7"),
                     errhint("Make one with prompt.uuid_v7(), or leave it out.")));
        }
        return id;
    }
    constexpr int64 kEpochShift = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
    return new_uuid_v7(GetCurrentTimestamp() + kEpochShift);
}

}  // namespace

// As the table's constraints have it, which name neither the argument nor a way out.
static void require_storable(const text* id, const char* name) {
    constexpr int kMostCharacters = 1000;
    if (id == nullptr) return;
    const int length = pg_mbstrlen_with_len(VARDATA_ANY(id), static_cast<int>(VARSIZE_ANY_EXHDR(id)));
    if (length <= kMostCharacters) return;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s has %d characters", name, length),
                    errhint("At most %d are stored; a hash of it serves as well.", kMostCharacters)));
}

// (name, user_id, enable_ab_testing, label, version)
PGPROMPT_FUNCTION(get_active_prompt) {
    MemoryContext caller = CurrentMemoryContext;
    Wanted wanted{};
    wanted.name = required_name(fcinfo);
    wanted.unit = text_argument(fcinfo, 1);
    wanted.ab_testing = bool_argument(fcinfo, 2, true);
    wanted.label = text_argument(fcinfo, 3);
    wanted.version = version_argument(fcinfo, 4);
    wanted.tenant = current_tenant();
    TupleDesc type = row_type_of(fcinfo);
    const int level = connect();
    require_install();
    const ResolvedPrompt prompt = resolve_prompt(wanted, caller);
    finish(level);

    Datum values[13] = {};
    bool nulls[13] = {};
    auto set = [&](int column, Datum value, bool present) {
        values[column] = value;
        nulls[column] = !present;
    };
    set(0, UUIDPGetDatum(&prompt.template_id), true);
    set(1, PointerGetDatum(prompt.name), true);
    set(2, Int32GetDatum(prompt.version), true);
    set(3, PointerGetDatum(prompt.semver), true);
    set(4, PointerGetDatum(prompt.format), true);
    set(5, PointerGetDatum(prompt.template_text), prompt.template_text != nullptr);
    set(6, JsonbPGetDatum(prompt.messages), prompt.messages != nullptr);
    set(7, JsonbPGetDatum(prompt.variables), true);
    set(8, JsonbPGetDatum(prompt.model_config), true);
    set(9, PointerGetDatum(prompt.category), prompt.category != nullptr);
    set(10, UUIDPGetDatum(&prompt.experiment_id), prompt.in_experiment);
    set(11, PointerGetDatum(prompt.variant), prompt.in_experiment);
    set(12, Int32GetDatum(prompt.allocation_epoch), prompt.in_experiment);
    PG_RETURN_DATUM(make_row(type, values, nulls));
}

// (name, variables, user_id, request_id, enable_ab_testing, label, version)
PGPROMPT_FUNCTION(get_prompt) {
    MemoryContext caller = CurrentMemoryContext;
    Wanted wanted{};
    wanted.name = required_name(fcinfo);
    if (PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("variables is null")));
    const Jsonb* variables = PG_GETARG_JSONB_P(1);
    wanted.unit = PG_ARGISNULL(2) ? text_argument(fcinfo, 3) : text_argument(fcinfo, 2);
    wanted.ab_testing = bool_argument(fcinfo, 4, true);
    wanted.label = text_argument(fcinfo, 5);
    wanted.version = version_argument(fcinfo, 6);
    wanted.tenant = current_tenant();
    TupleDesc type = row_type_of(fcinfo);
    const int level = connect();
    require_install();
    const Answer result = answer(wanted, variables, {}, false, caller);
    finish(level);

    Datum values[9] = {};
    bool nulls[9] = {};
    fill_answer(result, values, nulls);
    PG_RETURN_DATUM(make_row(type, values, nulls));
}

// (name, variables, user_id, request_id, session_id, enable_ab_testing, label, version, conversation_context,
//  model_name, metadata, execution_id, raise_on_block)
PGPROMPT_FUNCTION(render_prompt) {
    MemoryContext caller = CurrentMemoryContext;
    Wanted wanted{};
    ExecutionArguments given{};
    wanted.name = required_name(fcinfo);
    if (PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("variables is null")));
    const Jsonb* variables = PG_GETARG_JSONB_P(1);
    given.user_id = text_argument(fcinfo, 2);
    given.request_id = text_argument(fcinfo, 3);
    given.session_id = text_argument(fcinfo, 4);
    wanted.unit = given.user_id != nullptr ? given.user_id : given.request_id;
    wanted.ab_testing = bool_argument(fcinfo, 5, true);
    wanted.label = text_argument(fcinfo, 6);
    wanted.version = version_argument(fcinfo, 7);
    given.conversation_context = jsonb_argument(fcinfo, 8);
    given.model_name = text_argument(fcinfo, 9);
    given.metadata = jsonb_argument(fcinfo, 10);
    if (given.metadata != nullptr && !JB_ROOT_IS_OBJECT(given.metadata))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("metadata is no JSON object")));
    const pg_uuid_t* id = execution_id(fcinfo, 11);
    given.has_id = !PG_ARGISNULL(11);
    const bool raise_on_block = bool_argument(fcinfo, 12, false);
    require_storable(given.user_id, "user_id");
    require_storable(given.request_id, "request_id");
    wanted.tenant = current_tenant();
    TupleDesc type = row_type_of(fcinfo);
    const int level = connect();
    require_install();
    const Answer result = answer(wanted, variables, given, true, caller);
    if (result.served.blocked && raise_on_block) raise_blocked(result);
    record(result, given, id);
    finish(level);

    Datum values[10] = {};
    bool nulls[10] = {};
    values[0] = UUIDPGetDatum(id);
    fill_answer(result, values + 1, nulls + 1);
    PG_RETURN_DATUM(make_row(type, values, nulls));
}
