#include "pg/resolve.h"

#include "pg/boundary.h"
#include "pg/settings.h"
#include "pg/statement.h"

extern "C" {
#include <catalog/namespace.h>
#include <common/pg_prng.h>
#include <utils/lsyscache.h>
}

#include <algorithm>
#include <string_view>

namespace pgprompt::pg {

namespace {

// A tenant's prompt goes before the shared one of the same name.
#define PROMPT_COLUMNS                                                                                 \
    "t.id, t.name, t.version, t.semver, t.template_format, t.template_text, t.messages, t.variables, " \
    "t.strict,"                                                                                        \
    " t.category, t.model_config"

Statement by_production = {"SELECT " PROMPT_COLUMNS
                           "  FROM prompt.prompt_templates t"
                           " WHERE t.tenant_id IN ($1, '') AND t.name = $2 AND t.status = 'production'"
                           " ORDER BY t.tenant_id DESC LIMIT 1",
                           2,
                           {TEXTOID, TEXTOID},
                           nullptr};

Statement by_version = {"SELECT " PROMPT_COLUMNS
                        "  FROM prompt.prompt_templates t"
                        " WHERE t.tenant_id IN ($1, '') AND t.name = $2 AND t.version = $3"
                        " ORDER BY t.tenant_id DESC LIMIT 1",
                        3,
                        {TEXTOID, TEXTOID, INT4OID},
                        nullptr};

Statement by_label = {"SELECT " PROMPT_COLUMNS
                      "  FROM prompt.prompt_labels l JOIN prompt.prompt_templates t ON t.id = l.template_id"
                      " WHERE l.tenant_id IN ($1, '') AND l.prompt_name = $2 AND l.label = $3"
                      " ORDER BY l.tenant_id DESC LIMIT 1",
                      3,
                      {TEXTOID, TEXTOID, TEXTOID},
                      nullptr};

Statement latest_version = {"SELECT " PROMPT_COLUMNS
                            "  FROM prompt.prompt_templates t"
                            " WHERE t.tenant_id IN ($1, '') AND t.name = $2"
                            " ORDER BY t.tenant_id DESC, t.version DESC LIMIT 1",
                            2,
                            {TEXTOID, TEXTOID},
                            nullptr};

// The one definition of who gets what. The running experiment whose traffic the unit's bucket in the layer is
// part of, and the variant that owns its bucket in the experiment. After a change of weights a user keeps the
// variant of his first exposure, folded or still queued from an epoch before. A user with a forced variant
// gets that one, with epoch 0. A shared experiment is one on the shared prompt, which does not serve a tenant
// with a prompt of its own in production. A schedule is held against the time of the transaction, so that
// nobody has to act for it.
Statement by_experiment = {"SELECT " PROMPT_COLUMNS
                           ", e.id, v.name, CASE WHEN e.forced ? $3 THEN 0 ELSE e.allocation_epoch END"
                           "  FROM prompt.ab_test_experiments e"
                           " CROSS JOIN LATERAL (SELECT CASE"
                           "         WHEN e.forced ? $3 THEN e.forced ->> $3"
                           "         WHEN e.allocation_epoch > 1 THEN coalesce("
                           "             (SELECT s.variant FROM prompt.prompt_subjects s WHERE "
                           "s.experiment_id = e.id AND s.unit = $3),"
                           "             (SELECT q.variant FROM prompt.prompt_subject_queue q"
                           "               WHERE q.experiment_id = e.id AND q.due_at = '-infinity' AND "
                           "q.unit = $3 AND q.exposures > 0"
                           "                 AND q.epoch < e.allocation_epoch ORDER BY q.exposed_at, "
                           "q.execution_id LIMIT 1)) END) AS k (variant)"
                           "  JOIN prompt.ab_test_variants v ON v.experiment_id = e.id"
                           "   AND CASE WHEN k.variant IS NULL THEN v.buckets @> prompt.bucket(e.salt, $3) "
                           "ELSE v.name = k.variant END"
                           "  JOIN prompt.prompt_templates t ON t.id = v.template_id"
                           " WHERE e.tenant_id IN ($1, '') AND e.prompt_name = $2 AND e.status = 'running'"
                           "   AND e.started_at <= now() AND (e.ends_at IS NULL OR e.ends_at > now())"
                           "   AND (e.traffic @> prompt.bucket(e.layer, $3) OR e.forced ? $3)"
                           "   AND (e.tenant_id = $1 OR NOT EXISTS (SELECT FROM prompt.prompt_templates o"
                           "         WHERE o.tenant_id = $1 AND o.name = $2 AND o.status = 'production'))"
                           " ORDER BY e.tenant_id DESC, e.forced ? $3 DESC, e.started_at, e.id LIMIT 1",
                           3,
                           {TEXTOID, TEXTOID, TEXTOID},
                           nullptr};

// Most prompts have no experiment, and to start the plan above costs several times what this does.
Statement has_experiment = {
    "SELECT FROM prompt.ab_test_experiments e"
    " WHERE e.tenant_id IN ($1, '') AND e.prompt_name = $2 AND e.status = 'running'",
    2,
    {TEXTOID, TEXTOID},
    nullptr};

Statement unknown_prompt = {"SELECT prompt._raise_unknown_prompt($1)", 1, {TEXTOID}, nullptr};

Statement unserved_prompt = {"SELECT prompt._raise_unserved($1, $2)", 2, {TEXTOID, TEXTOID}, nullptr};

Statement table_version = {
    "SELECT s.value FROM prompt.prompt_state s WHERE s.tenant_id = '' AND s.key = 'table_version'",
    0,
    {},
    nullptr};

constexpr char kTemplates[] = "prompt_templates";
constexpr char kExperiments[] = "ab_test_experiments";
constexpr char kVariants[] = "ab_test_variants";

// Copies of one column, detoasted, in the current context.
const text* text_column(HeapTuple tuple, TupleDesc columns, int number, const char* table) {
    return DatumGetTextPCopy(result_column(tuple, columns, number, TEXTOID, table));
}

const Jsonb* jsonb_column(HeapTuple tuple, TupleDesc columns, int number) {
    return DatumGetJsonbPCopy(result_column(tuple, columns, number, JSONBOID, kTemplates));
}

// The same, null where the column is.
const text* text_or_null(HeapTuple tuple, TupleDesc columns, int number) {
    bool is_null = false;
    Datum value = result_column(tuple, columns, number, TEXTOID, kTemplates, &is_null);
    return is_null ? nullptr : DatumGetTextPCopy(value);
}

const Jsonb* jsonb_or_null(HeapTuple tuple, TupleDesc columns, int number) {
    bool is_null = false;
    Datum value = result_column(tuple, columns, number, JSONBOID, kTemplates, &is_null);
    return is_null ? nullptr : DatumGetJsonbPCopy(value);
}

// Runs a statement and reads its row; false where there is none.
bool fetch(Statement* statement, Datum* arguments, MemoryContext context, ResolvedPrompt* out) {
    run(statement, arguments, nullptr, true, 1);
    if (SPI_processed == 0) return false;
    HeapTuple tuple = SPI_tuptable->vals[0];
    TupleDesc columns = SPI_tuptable->tupdesc;
    MemoryContext before = MemoryContextSwitchTo(context);
    auto get = [&](int number, Oid type, const char* table) {
        return result_column(tuple, columns, number, type, table);
    };
    out->template_id = *DatumGetUUIDP(get(1, UUIDOID, kTemplates));
    out->name = text_column(tuple, columns, 2, kTemplates);
    out->version = DatumGetInt32(get(3, INT4OID, kTemplates));
    out->semver = text_column(tuple, columns, 4, kTemplates);
    out->format = text_column(tuple, columns, 5, kTemplates);
    out->template_text = text_or_null(tuple, columns, 6);
    out->messages = jsonb_or_null(tuple, columns, 7);
    out->variables = jsonb_column(tuple, columns, 8);
    out->strict = DatumGetBool(get(9, BOOLOID, kTemplates));
    out->category = text_or_null(tuple, columns, 10);
    out->model_config = jsonb_column(tuple, columns, 11);
    if (columns->natts > 11) {
        out->in_experiment = true;
        out->experiment_id = *DatumGetUUIDP(get(12, UUIDOID, kExperiments));
        out->variant = text_column(tuple, columns, 13, kVariants);
        out->allocation_epoch = DatumGetInt32(get(14, INT4OID, kExperiments));
    }
    MemoryContextSwitchTo(before);
    return true;
}

bool fetch_labelled(const text* tenant, const text* name, const text* label, MemoryContext context,
                    ResolvedPrompt* out) {
    Datum arguments[] = {PointerGetDatum(tenant), PointerGetDatum(name), PointerGetDatum(label)};
    if (view_of(label) == "production") return fetch(&by_production, arguments, context, out);
    if (view_of(label) == "latest") return fetch(&latest_version, arguments, context, out);
    return fetch(&by_label, arguments, context, out);
}

[[noreturn]] void raise_unresolved(const Wanted& wanted) {
    Datum arguments[] = {PointerGetDatum(wanted.tenant), PointerGetDatum(wanted.name)};
    const char* name = text_to_cstring(wanted.name);
    ResolvedPrompt any{};
    if (!fetch(&latest_version, arguments, CurrentMemoryContext, &any)) {
        run(&unknown_prompt, &arguments[1], nullptr, true);
        elog(ERROR, "prompt \"%s\" does not exist", name);
    }
    if (wanted.version > 0) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("prompt \"%s\" has no version %d", name, wanted.version),
                        errdetail("Its latest version is %d.", any.version)));
    }
    Datum named[] = {PointerGetDatum(wanted.name), PointerGetDatum(wanted.label)};
    run(&unserved_prompt, named, wanted.label == nullptr ? " n" : "  ", true);
    elog(ERROR, "prompt \"%s\" has no version in production", name);
    pg_unreachable();
}

text* random_unit() {
    uint64 bits = pg_prng_uint64(&pg_global_prng_state);
    return cstring_to_text(psprintf("%016llx", static_cast<unsigned long long>(bits)));
}

}  // namespace

void require_install() {
    constexpr char kTableVersion[] = "1";
    Oid schema = get_namespace_oid("prompt", false);
    const bool installed = OidIsValid(get_relname_relid("prompt_state", schema));
    char* found = nullptr;
    if (installed) {
        run(&table_version, nullptr, nullptr, true, 1);
        if (SPI_processed > 0) found = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
    }
    if (found != nullptr && strcmp(found, kTableVersion) == 0) return;
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             found == nullptr ? errmsg("the tables of pg_prompt are not installed")
                              : errmsg("the tables of pg_prompt are of another version than its library"),
             errhint("Run: SELECT prompt.install();")));
}

text* current_tenant() {
    return cstring_to_text(settings.tenant_id == nullptr ? "" : settings.tenant_id);
}

bool resolve_experiment(const text* tenant, const text* name, const text* unit, MemoryContext context,
                        ResolvedPrompt* out) {
    Datum arguments[] = {PointerGetDatum(tenant), PointerGetDatum(name), PointerGetDatum(unit)};
    run(&has_experiment, arguments, nullptr, true, 1);
    if (SPI_processed == 0) return false;
    return fetch(&by_experiment, arguments, context, out);
}

ResolvedPrompt resolve_prompt(const Wanted& wanted, MemoryContext context) {
    ResolvedPrompt prompt{};
    Datum arguments[] = {PointerGetDatum(wanted.tenant), PointerGetDatum(wanted.name), 0};
    bool found = false;
    if (wanted.version > 0) {
        arguments[2] = Int32GetDatum(wanted.version);
        found = fetch(&by_version, arguments, context, &prompt);
    } else if (wanted.label != nullptr) {
        found = fetch_labelled(wanted.tenant, wanted.name, wanted.label, context, &prompt);
    } else {
        if (wanted.ab_testing && settings.ab_testing) {
            const text* unit = wanted.unit != nullptr ? wanted.unit : random_unit();
            found = resolve_experiment(wanted.tenant, wanted.name, unit, context, &prompt);
        }
        if (!found) found = fetch(&by_production, arguments, context, &prompt);
    }
    if (!found) raise_unresolved(wanted);
    return prompt;
}

namespace {

// A reference taken apart. `version` is 0 and `label` null where none is named.
struct Reference {
    const text* name;
    int version;
    const text* label;
};

Reference parsed_reference(std::string_view reference) {
    const size_t at = reference.rfind('@');
    auto copied = [](std::string_view part) {
        return cstring_to_text_with_len(part.data(), static_cast<int>(part.size()));
    };
    Reference result{copied(reference.substr(0, at)), 0, nullptr};
    if (at == std::string_view::npos) return result;
    const std::string_view pointer = reference.substr(at + 1);
    const bool is_number =
        !pointer.empty() && pointer.size() < 10 &&
        std::all_of(pointer.begin(), pointer.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_number) {
        for (char c : pointer) result.version = result.version * 10 + (c - '0');
    } else {
        result.label = copied(pointer);
    }
    return result;
}

// Why a template cannot be included, and the way out; `found` is a prompt of the name, if there is one.
const text* missing_reason(const Reference& wanted, const ResolvedPrompt* found) {
    const char* name = text_to_cstring(wanted.name);
    if (found == nullptr) return cstring_to_text(psprintf("There is no prompt \"%s\".", name));
    if (wanted.version > 0)
        return cstring_to_text(psprintf("Prompt \"%s\" has no version %d; its latest is %d.", name,
                                        wanted.version, found->version));
    if (wanted.label != nullptr && view_of(wanted.label) != "production")
        return cstring_to_text(
            psprintf("Prompt \"%s\" has no label \"%s\".", name, text_to_cstring(wanted.label)));
    return cstring_to_text(
        psprintf("Prompt \"%s\" has no version in production: activate one, or name it as \"%s@%d\".", name,
                 name, found->version));
}

}  // namespace

IncludedPrompt* resolve_include(const text* tenant, const text* reference, MemoryContext context) {
    const Reference wanted = parsed_reference(view_of(reference));
    Datum arguments[] = {PointerGetDatum(tenant), PointerGetDatum(wanted.name),
                         Int32GetDatum(wanted.version)};
    ResolvedPrompt prompt{};
    bool found;
    if (wanted.version > 0) {
        found = fetch(&by_version, arguments, context, &prompt);
    } else if (wanted.label != nullptr) {
        found = fetch_labelled(tenant, wanted.name, wanted.label, context, &prompt);
    } else {
        found = fetch(&by_production, arguments, context, &prompt);
    }
    ResolvedPrompt any{};
    const bool any_found = !found && fetch(&latest_version, arguments, context, &any);
    MemoryContext before = MemoryContextSwitchTo(context);
    auto* result = static_cast<IncludedPrompt*>(palloc0(sizeof(IncludedPrompt)));
    result->reference = reference;
    if (!found) {
        result->reason = missing_reason(wanted, any_found ? &any : nullptr);
    } else if (prompt.template_text == nullptr) {
        result->reason = cstring_to_text(psprintf(
            "Prompt \"%s\" is a chat; what has one text can be included.", text_to_cstring(wanted.name)));
    } else {
        result->format = prompt.format;
        result->template_text = prompt.template_text;
        result->variables = prompt.variables;
    }
    MemoryContextSwitchTo(before);
    return result;
}

}  // namespace pgprompt::pg
