// SQL: get_active_prompt(), get_prompt(), render_prompt(): resolve -> assign -> render -> check -> record.
#include "pg/boundary.h"

extern "C" {
#include <mb/pg_wchar.h>
#include <utils/array.h>
#include <utils/jsonb.h>
#include <utils/timestamp.h>
}

#include "pg/arguments.h"
#include "pg/question.h"
#include "pg/row.h"
#include "pg/sampling.h"
#include "pg/served_prompt.h"
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

// ---------------------------------------------------------------- results

// The whole read path: what get_prompt() answers.
struct Answer {
    PromptRequest request;
    ServedPrompt served;
};

Answer answer(const Wanted& wanted, const Jsonb* variables, const ExecutionArguments& given, bool is_recorded,
              MemoryContext context) {
    Answer result{};
    PromptRequest& request = result.request;
    request.tenant = wanted.tenant;
    request.prompt = resolve_prompt(wanted, context);
    request.variables = variables;
    request.conversation_context = given.conversation_context;
    request.metadata = given.metadata;
    request.is_recorded = is_recorded;
    request.rules = load_rules(wanted.tenant, context);
    MemoryContext before = MemoryContextSwitchTo(context);
    result.served = served_prompt(request);
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
         errmsg("guardrails block the request to prompt \"%s\"", text_to_cstring(answer.request.prompt.name)),
         errdetail("Violated: %s.", rules.data),
         errhint("Without raise_on_block the request is recorded and returned with blocked = true.")));
    pg_unreachable();
}

// Columns from `at` on: rendered_prompt, messages, template_id, template_version, experiment_id, variant,
// allocation_epoch, violations, blocked.
void fill_answer(const Answer& answer, Datum* values, bool* nulls) {
    const ResolvedPrompt& prompt = answer.request.prompt;
    const ServedPrompt& served = answer.served;
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

Statement check_same_call = {"SELECT prompt._check_same_call($1, $2, $3, $4, false)",
                             4,
                             {UUIDOID, TEXTOID, UUIDOID, TEXTOID},
                             nullptr};

// `version`: as the caller asked for it; 0: whichever serves.
void require_same_call(const ResolvedPrompt& prompt, int version, const text* user_id, const pg_uuid_t* id) {
    Datum values[] = {UUIDPGetDatum(id), PointerGetDatum(prompt.name), UUIDPGetDatum(&prompt.template_id),
                      PointerGetDatum(user_id)};
    const char nulls[] = {' ', ' ', version > 0 ? ' ' : 'n', user_id != nullptr ? ' ' : 'n', '\0'};
    run(&check_same_call, values, nulls, false);
}

// False: there is an execution of this id.
bool record(const Answer& answer, const ExecutionArguments& given, const pg_uuid_t* id) {
    const ResolvedPrompt& prompt = answer.request.prompt;
    const ServedPrompt& served = answer.served;
    Datum values[19] = {};
    char nulls[20] = "                   ";
    auto set = [&](int column, Datum value, bool present) {
        values[column] = value;
        nulls[column] = present ? ' ' : 'n';
    };
    set(0, UUIDPGetDatum(id), true);
    set(1, PointerGetDatum(answer.request.tenant), true);
    set(2, UUIDPGetDatum(&prompt.template_id), true);
    set(3, PointerGetDatum(given.request_id), given.request_id != nullptr);
    set(4, PointerGetDatum(given.session_id), given.session_id != nullptr);
    set(5, PointerGetDatum(given.user_id), given.user_id != nullptr);
    set(6, UUIDPGetDatum(&prompt.experiment_id), prompt.in_experiment);
    set(7, PointerGetDatum(prompt.variant), prompt.in_experiment);
    set(8, Int32GetDatum(prompt.allocation_epoch), prompt.in_experiment);
    values[9] = stored_jsonb(served.stored_variables, answer.request.variables, &nulls[9]);
    set(10, PointerGetDatum(served.stored_prompt.value), served.stored_prompt.what == Stored::What::text);
    values[11] = stored_jsonb(served.stored_context, given.conversation_context, &nulls[11]);
    const text* model =
        masked_text(given.model_name, prompt.name, prompt.category, answer.request.rules, true);
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
    return SPI_processed > 0;
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
    if (!record(result, given, id))
        require_same_call(result.request.prompt, wanted.version, given.user_id, id);
    finish(level);

    Datum values[10] = {};
    bool nulls[10] = {};
    values[0] = UUIDPGetDatum(id);
    fill_answer(result, values + 1, nulls + 1);
    PG_RETURN_DATUM(make_row(type, values, nulls));
}
