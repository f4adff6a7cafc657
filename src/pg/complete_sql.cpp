// SQL: complete_execution(): find -> check the response -> update, by saved plans.
#include "pg/boundary.h"
#include "pg/checked_response.h"
#include "pg/resolve.h"
#include "pg/row.h"
#include "pg/sampling.h"
#include "pg/statement.h"
#include "pg/stored_text.h"

extern "C" {
#include <utils/fmgrprotos.h>
#include <utils/jsonb.h>
#include <utils/numeric.h>
#include <utils/uuid.h>
}

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

// (execution_id, status, response_text, response_time_ms, input_tokens, output_tokens, cost_usd,
// quality_score,
//  conversion_metric, error_type, error_message, safety_score, model_name, metadata)
enum Argument {
    kId,
    kStatus,
    kResponse,
    kResponseTime,
    kInputTokens,
    kOutputTokens,
    kCost,
    kQuality,
    kConversion,
    kErrorType,
    kErrorMessage,
    kSafety,
    kModel,
    kMetadata,
    kArguments
};

// ---- what is refused; the functions in SQL know the words

Statement refuse_status = {"SELECT prompt._check_final_status($1)", 1, {TEXTOID}, nullptr};
Statement refuse_measures = {"SELECT prompt._check_measures($1, $2, $3, $4, $5, $6)",
                             6,
                             {INT4OID, INT4OID, INT4OID, NUMERICOID, NUMERICOID, NUMERICOID},
                             nullptr};
Statement refuse_conversion = {"SELECT prompt._check_conversion($1)", 1, {NUMERICOID}, nullptr};
Statement refuse_id = {"SELECT prompt._execution($1)", 1, {UUIDOID}, nullptr};

bool is_final(const text* status) {
    return view_of(status) == "success" || view_of(status) == "error" || view_of(status) == "timeout";
}

bool is_less(Datum a, int64 b) {
    return DatumGetBool(DirectFunctionCall2(numeric_lt, a, NumericGetDatum(int64_to_numeric(b))));
}
bool is_greater(Datum a, int64 b) {
    return DatumGetBool(DirectFunctionCall2(numeric_gt, a, NumericGetDatum(int64_to_numeric(b))));
}

void check_arguments(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(kStatus) || !is_final(PG_GETARG_TEXT_PP(kStatus))) {
        char null = PG_ARGISNULL(kStatus) ? 'n' : ' ';
        Datum status = PG_GETARG_DATUM(kStatus);
        run(&refuse_status, &status, &null, true);
    }
    const Argument measures[] = {kResponseTime, kInputTokens, kOutputTokens, kCost, kQuality, kSafety};
    constexpr int64 kMostCost = 1000000000000;
    constexpr int64 kMostConversion = 1000000000000000;
    bool is_wrong = false;
    Datum values[6];
    char nulls[] = "      ";
    for (int i = 0; i < 6; i++) {
        values[i] = PG_GETARG_DATUM(measures[i]);
        if (PG_ARGISNULL(measures[i])) {
            nulls[i] = 'n';
        } else if (i < 3) {
            is_wrong |= DatumGetInt32(values[i]) < 0;
        } else {
            is_wrong |= is_less(values[i], 0) || is_greater(values[i], i == 3 ? kMostCost - 1 : 1);
        }
    }
    // Between the last whole dollar and the bound, too, they decide.
    if (is_wrong) run(&refuse_measures, values, nulls, true);
    if (!PG_ARGISNULL(kConversion)) {
        Datum conversion = PG_GETARG_DATUM(kConversion);
        // NaN is above every number.
        if (!is_greater(conversion, -kMostConversion) || !is_less(conversion, kMostConversion))
            run(&refuse_conversion, &conversion, nullptr, true);
    }
    if (!PG_ARGISNULL(kMetadata) && !JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(kMetadata))) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("metadata is no JSON object")));
    }
}

// ---- find

Statement find_execution = {
    "SELECT x.status, t.name, t.category, x.completed_at IS NOT NULL FROM prompt.prompt_executions x"
    " JOIN prompt.prompt_templates t ON t.id = x.template_id WHERE x.id = $1 AND x.tenant_id = $2",
    2,
    {UUIDOID, TEXTOID},
    nullptr,
    true};

struct Found {
    const text* prompt_name;
    const text* category;  // null: none
    bool is_blocked;       // its response was; a retry may say the same
};

[[noreturn]] void refuse_blocked(Datum id) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("execution %s was blocked", DatumGetCString(DirectFunctionCall1(uuid_out, id))),
                    errdetail("Guardrails blocked its prompt or its response.")));
    pg_unreachable();
}

const text* copied_column(int column, const char* table, MemoryContext context) {
    bool is_null;
    Datum value =
        result_column(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, TEXTOID, table, &is_null);
    if (is_null) return nullptr;
    MemoryContext before = MemoryContextSwitchTo(context);
    const text* copy = DatumGetTextPCopy(value);
    MemoryContextSwitchTo(before);
    return copy;
}

Found find(Datum id, const text* tenant, MemoryContext context) {
    Datum key[2] = {id, PointerGetDatum(tenant)};
    run(&find_execution, key, nullptr, false, 1);
    if (SPI_processed == 0) {
        run(&refuse_id, &id, nullptr, false);
        elog(ERROR, "the execution has just come into being");
    }
    const bool is_blocked = view_of(copied_column(1, "prompt_executions", CurrentMemoryContext)) == "blocked";
    bool is_null;
    Datum is_complete = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 4, &is_null);
    if (is_blocked && !DatumGetBool(is_complete)) refuse_blocked(id);
    return {copied_column(2, "prompt_templates", context), copied_column(3, "prompt_templates", context),
            is_blocked};
}

// ---- update

#define UPDATE_EXECUTION(violations)                                                                     \
    "UPDATE prompt.prompt_executions x"                                                                  \
    " SET status = $3, response_text = coalesce($4, x.response_text),"                                   \
    " response_time_ms = coalesce($5, x.response_time_ms), input_tokens = coalesce($6, x.input_tokens)," \
    " output_tokens = coalesce($7, x.output_tokens), cost_usd = coalesce($8, x.cost_usd),"               \
    " quality_score = coalesce($9, x.quality_score),"                                                    \
    " conversion_metric = coalesce($10, x.conversion_metric), error_type = coalesce($11, x.error_type)," \
    " error_message = coalesce($12, x.error_message), safety_score = coalesce($13, x.safety_score),"     \
    " model_name = coalesce($14, x.model_name),"                                                         \
    " metadata = CASE WHEN $15 IS NULL THEN x.metadata ELSE coalesce(x.metadata, '{}') || $15 END,"      \
    " guardrails_evaluated = CASE WHEN $16 IS NULL THEN x.guardrails_evaluated"                          \
    " ELSE coalesce(x.guardrails_evaluated, '[]') || $16 END,"                                           \
    " completed_at = coalesce(x.completed_at, now())" violations                                         \
    " WHERE x.id = $1 AND x.tenant_id = $2 AND x.status = 'pending'"

#define UPDATE_TYPES                                                                                   \
    UUIDOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID, INT4OID, NUMERICOID, NUMERICOID, NUMERICOID, \
        TEXTOID, TEXTOID, NUMERICOID, TEXTOID, JSONBOID, JSONBOID

constexpr int kUpdateArguments = 16;

Statement update_execution = {UPDATE_EXECUTION(""), kUpdateArguments, {UPDATE_TYPES}, nullptr, true};
Statement update_violated = {UPDATE_EXECUTION(", guardrail_violations = ARRAY(SELECT DISTINCT v"
                                              " FROM unnest(x.guardrail_violations || $17) AS v ORDER BY v)"),
                             kUpdateArguments + 1,
                             {UPDATE_TYPES, TEXTARRAYOID},
                             nullptr,
                             true};
Statement check_repeated = {
    "SELECT prompt._check_repeated($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    kUpdateArguments,
    {UPDATE_TYPES},
    nullptr};

}  // namespace

// Returns response_text, blocked, violations.
PGPROMPT_FUNCTION(complete_execution) {
    MemoryContext caller = CurrentMemoryContext;
    TupleDesc type = row_type_of(fcinfo);
    if (PG_ARGISNULL(kId)) {
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("execution_id is null")));
    }
    const int level = connect();
    require_install();
    check_arguments(fcinfo);
    const Datum id = PG_GETARG_DATUM(kId);
    const text* tenant = current_tenant();
    const Found found = find(id, tenant, caller);
    const text* response = PG_ARGISNULL(kResponse) ? nullptr : PG_GETARG_TEXT_PP(kResponse);
    // Providers' error messages quote what was sent to them, and callers put anything anywhere.
    const text* message = PG_ARGISNULL(kErrorMessage) ? nullptr : PG_GETARG_TEXT_PP(kErrorMessage);
    const text* error_type = PG_ARGISNULL(kErrorType) ? nullptr : PG_GETARG_TEXT_PP(kErrorType);
    const text* model = PG_ARGISNULL(kModel) ? nullptr : PG_GETARG_TEXT_PP(kModel);
    const Jsonb* metadata = PG_ARGISNULL(kMetadata) ? nullptr : PG_GETARG_JSONB_P(kMetadata);
    CheckedResponse checked{};
    MemoryContext before = MemoryContextSwitchTo(caller);
    if (response != nullptr || message != nullptr || error_type != nullptr || model != nullptr ||
        metadata != nullptr) {
        const RulesKey key = load_rules(tenant, caller);
        MemoryContextSwitchTo(caller);  // statements leave their own behind
        if (response != nullptr) checked = checked_response(response, found.prompt_name, found.category, key);
        message = masked_text(message, found.prompt_name, found.category, key, false);
        error_type = masked_text(error_type, found.prompt_name, found.category, key, true);
        model = masked_text(model, found.prompt_name, found.category, key, true);
        metadata = masked_document(metadata, found.prompt_name, found.category, key, true);
    }
    MemoryContextSwitchTo(before);
    const text* stored = checked.stored;
    if (!is_sampled(DatumGetUUIDP(id))) stored = message = nullptr;

    Datum values[kUpdateArguments + 1] = {};
    char nulls[kUpdateArguments + 2] = "                 ";
    auto set = [&](int column, Datum value, bool present) {
        values[column] = value;
        nulls[column] = present ? ' ' : 'n';
    };
    auto pass = [&](int column, Argument argument) {
        set(column, PG_GETARG_DATUM(argument), !PG_ARGISNULL(argument));
    };
    set(0, id, true);
    set(1, PointerGetDatum(tenant), true);
    if (checked.blocked) {
        set(2, PointerGetDatum(cstring_to_text("blocked")), true);
    } else {
        pass(2, kStatus);
    }
    set(3, PointerGetDatum(stored), stored != nullptr);
    pass(4, kResponseTime);
    pass(5, kInputTokens);
    pass(6, kOutputTokens);
    pass(7, kCost);
    pass(8, kQuality);
    pass(9, kConversion);
    set(10, PointerGetDatum(error_type), error_type != nullptr);
    set(11, PointerGetDatum(message), message != nullptr);
    pass(12, kSafety);
    set(13, PointerGetDatum(model), model != nullptr);
    set(14, JsonbPGetDatum(metadata), metadata != nullptr);
    set(15, checked.evaluated == nullptr ? Datum{0} : jsonb_of(checked.evaluated),
        checked.evaluated != nullptr);
    const bool is_violated = checked.violated.count > 0;
    if (is_violated) set(16, text_array(checked.violated), true);
    run(is_violated ? &update_violated : &update_execution, values, nulls, false);
    // Complete already: right for a retry that says the same.
    if (SPI_processed == 0 && found.is_blocked && !checked.blocked) refuse_blocked(id);
    if (SPI_processed == 0) run(&check_repeated, values, nulls, false);
    finish(level);

    Datum results[3] = {PointerGetDatum(checked.safe), BoolGetDatum(checked.blocked),
                        jsonb_of(checked.violations == nullptr ? cstring_to_text("[]") : checked.violations)};
    bool is_null[3] = {checked.safe == nullptr, false, false};
    PG_RETURN_DATUM(make_row(type, results, is_null));
}
