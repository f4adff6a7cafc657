#include "pg/external_function.h"

#include "pg/statement.h"

extern "C" {
#include <access/parallel.h>
#include <access/xact.h>
#include <catalog/namespace.h>
#include <catalog/pg_class.h>
#include <catalog/pg_proc.h>
#include <utils/acl.h>
#include <utils/guc.h>
#include <utils/jsonb.h>
#include <utils/lsyscache.h>
#include <utils/regproc.h>
#include <utils/syscache.h>
#include <utils/varlena.h>
}

namespace pgprompt::pg {

namespace {

const char* form_of(RuleType type) {
    return type == RuleType::model_check ? "It must be f(text) returning float8."
                                         : "It must be f(content text, config jsonb) returning boolean, "
                                           "jsonb, or rows with columns such "
                                           "as entity, start, end, score and message.";
}

[[noreturn]] void unfit(const char* name, const char* why, const char* hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
                    errmsg("function %s cannot serve a guardrail", name), errdetail("%s", why),
                    errhint("%s", hint)));
    pg_unreachable();
}

// Cuts "schema.f(text)" behind the name; the arguments, or null.
char* cut_arguments(char* name) {
    bool quoted = false;
    for (char* c = name; *c != '\0'; c++) {
        if (*c == '"') quoted = !quoted;
        if (*c != '(' || quoted) continue;
        *c = '\0';
        return c + 1;
    }
    return nullptr;
}

// The oid behind "schema.f" or "schema.f(text)", whatever the caller may do with the schema.
Oid find_function(const char* name, RuleType type) {
    static const Oid wanted[] = {TEXTOID, JSONBOID};
    const int count = type == RuleType::model_check ? 1 : 2;
    char* bare = pstrdup(name);
    // The arguments, where they are given, only confirm what the type of the rule says anyway.
    char* arguments = cut_arguments(bare);
    if (arguments != nullptr) {
        char* end = strrchr(arguments, ')');
        if (end == nullptr || end[1] != '\0') unfit(name, "Its arguments are not closed.", form_of(type));
        *end = '\0';
        int given = 0;
        for (char* part = strtok(arguments, ","); part != nullptr; part = strtok(nullptr, ",")) {
            const bool same = given < count && DatumGetObjectId(DirectFunctionCall1(
                                                   regtypein, CStringGetDatum(part))) == wanted[given];
            if (!same) unfit(name, "Its arguments are others.", form_of(type));
            given++;
        }
        if (given != count) unfit(name, "Its arguments are others.", form_of(type));
    }
#if PG_VERSION_NUM >= 160000
    List* names = stringToQualifiedNameList(bare, nullptr);
#else
    List* names = stringToQualifiedNameList(bare);
#endif
    if (list_length(names) != 2) {
        unfit(name, "Its name is not qualified by a schema.",
              "Name the schema: what a search path finds is not the same for everyone.");
    }
    Oid schema = get_namespace_oid(strVal(linitial(names)), true);
    Oid found = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(strVal(lsecond(names))),
                                PointerGetDatum(buildoidvector(wanted, count)), ObjectIdGetDatum(schema));
    if (!OidIsValid(found)) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("function %s%s does not exist", bare, count == 1 ? "(text)" : "(text, jsonb)"),
                        errhint("%s", form_of(type))));
    }
    return found;
}

bool returns_rows_or_json(HeapTuple tuple, Form_pg_proc function) {
    if (function->prorettype == JSONBOID) return true;
    if (get_typtype(function->prorettype) == TYPTYPE_COMPOSITE) return true;
    bool without_columns = true;
    if (function->prorettype == RECORDOID) {
        SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargmodes, &without_columns);
    }
    return !without_columns;
}

}  // namespace

ExternalFunction external_function(const char* name, RuleType type, bool may_be_volatile) {
    Oid found = find_function(name, type);
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(found));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", found);
    auto* form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
    ExternalFunction function{};
    function.id = found;
    function.owner = form->proowner;
    function.result = form->prorettype;
    function.is_volatile = form->provolatile == PROVOLATILE_VOLATILE;
    function.is_parallel_safe = form->proparallel == PROPARALLEL_SAFE;
    function.name =
        quote_qualified_identifier(get_namespace_name(form->pronamespace), NameStr(form->proname));
    if (form->prokind != PROKIND_FUNCTION) unfit(name, "It is no ordinary function.", form_of(type));
    const bool fits = type == RuleType::model_check ? form->prorettype == FLOAT8OID && !form->proretset
                                                    : (form->prorettype == BOOLOID && !form->proretset) ||
                                                          returns_rows_or_json(tuple, form);
    if (!fits) unfit(name, "It returns something else.", form_of(type));
    if (function.is_volatile && !may_be_volatile) {
        unfit(name, "It is volatile, and get_prompt() only reads.",
              "Declare it STABLE or IMMUTABLE; a rule of the response stage alone may call a volatile one.");
    }
    ReleaseSysCache(tuple);
    return function;
}

void require_guardrail_admin() {
    Oid rules = get_relname_relid("prompt_guardrails", get_namespace_oid("prompt", false));
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(rules));
    if (!HeapTupleIsValid(tuple)) {
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("table prompt.prompt_guardrails does not exist"),
                        errhint("Create the tables: SELECT prompt.install();")));
    }
    Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    if (has_privs_of_role(GetUserId(), owner)) return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("guardrails that call functions are the administrator's to make"),
                    errdetail("Role \"%s\" is no member of \"%s\", who owns prompt.prompt_guardrails.",
                              GetUserNameFromId(GetUserId(), false), GetUserNameFromId(owner, false))));
}

ExternalResult call_external(const ExternalFunction& function, const text* content, const char* config) {
    if (IsInParallelMode() && !function.is_parallel_safe) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_TRANSACTION_STATE),
                        errmsg("function %s of a guardrail is not parallel safe", function.name),
                        errhint("Declare it PARALLEL SAFE, or set max_parallel_workers_per_gather to 0.")));
    }
    MemoryContext caller = CurrentMemoryContext;
    Oid user = InvalidOid;
    int security = 0;
    GetUserIdAndSecContext(&user, &security);
    SetUserIdAndSecContext(function.owner, security | SECURITY_RESTRICTED_OPERATION);
    const int level = connect();
    const bool is_custom = config != nullptr;
    StringInfoData query;
    initStringInfo(&query);
    if (!is_custom) {
        appendStringInfo(&query, "SELECT %s($1)", function.name);
    } else if (function.result == BOOLOID) {
        appendStringInfo(&query, "SELECT %s($1, $2)", function.name);
    } else {
        appendStringInfo(&query, "SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]'::jsonb) FROM %s($1, $2) AS r",
                         function.name);
    }
    Oid types[] = {TEXTOID, JSONBOID};
    Datum arguments[] = {PointerGetDatum(content), 0};
    if (is_custom) arguments[1] = DirectFunctionCall1(jsonb_in, CStringGetDatum(config));
    const int status = SPI_execute_with_args(query.data, is_custom ? 2 : 1, types, arguments, nullptr,
                                             !function.is_volatile, 1);
    if (status != SPI_OK_SELECT || SPI_processed != 1) {
        elog(ERROR, "could not call %s: %s", function.name, SPI_result_code_string(status));
    }
    bool is_null = false;
    Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
    ExternalResult result{};
    if (is_null) {
        result.failure = "the function returned null";
    } else if (!is_custom) {
        result.score = DatumGetFloat8(value);
    } else if (function.result == BOOLOID) {
        result.is_violated = DatumGetBool(value);
    } else {
        MemoryContext inner = MemoryContextSwitchTo(caller);
        result.found = DatumGetJsonbPCopy(value);
        MemoryContextSwitchTo(inner);
    }
    finish(level);
    SetUserIdAndSecContext(user, security);
    return result;
}

}  // namespace pgprompt::pg
