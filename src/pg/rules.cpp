#include "pg/rules.h"

#include "pg/boundary.h"
#include "pg/jsonb_view.h"
#include "pg/resolve.h"
#include "pg/settings.h"
#include "pg/statement.h"

extern "C" {
#include <catalog/namespace.h>
#include <utils/array.h>
#include <utils/lsyscache.h>
#include <utils/rls.h>
}

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "core/lru_cache.h"

namespace pgprompt::pg {

namespace {

// The EXISTS checks, at each run, that the caller may read the rules themselves.
Statement generation = {
    "SELECT (SELECT s.value FROM prompt.prompt_state s WHERE s.tenant_id = '' AND s.key = "
    "'guardrail_generation'),"
    "       (SELECT s.value FROM prompt.prompt_state s WHERE s.tenant_id = $1 AND s.key = "
    "'guardrail_generation'),"
    "       EXISTS (SELECT FROM prompt.prompt_guardrails)",
    1,
    {TEXTOID},
    nullptr};

// Under row-level security two callers may see different rules of one generation.
Statement visible = {
    "SELECT md5(string_agg(g.id::text, ',' ORDER BY g.id)) FROM prompt.prompt_guardrails g"
    " WHERE g.tenant_id IN ('', $1) AND g.is_active",
    1,
    {TEXTOID},
    nullptr};

Statement active_rules = {
    "SELECT g.name, g.rule_type, g.rule_config, g.severity, g.enforcement, g.stages, g.applies_to_templates,"
    "       g.applies_to_categories FROM prompt.prompt_guardrails g"
    " WHERE g.tenant_id IN ('', $1) AND g.is_active ORDER BY g.tenant_id, g.name",
    1,
    {TEXTOID},
    nullptr};

Statement named_rules = {
    "SELECT g.name, g.rule_type, g.rule_config, g.severity, g.enforcement, g.stages, g.applies_to_templates,"
    "       g.applies_to_categories FROM prompt.prompt_guardrails g"
    " WHERE g.tenant_id IN ('', $1) AND g.name = ANY ($2) ORDER BY g.tenant_id, g.name",
    2,
    {TEXTOID, TEXTARRAYOID},
    nullptr};

Statement unknown_rule = {
    "SELECT prompt._guardrail_id(n) FROM unnest($2) AS n"
    " WHERE NOT EXISTS (SELECT FROM prompt.prompt_guardrails g WHERE g.tenant_id IN ('', $1) AND g.name = n)",
    2,
    {TEXTOID, TEXTARRAYOID},
    nullptr};

// A list of texts as plain data.
struct Texts {
    bool is_null;
    int count;
    const text** items;
};

struct RuleRow {
    const text* name;
    const text* rule_type;
    const Jsonb* config;
    const text* severity;
    const text* enforcement;
    Texts stages;
    Texts templates;
    Texts categories;
};

Texts texts_of(Datum array, bool is_null) {
    Texts result{};
    result.is_null = is_null;
    if (is_null) return result;
    Datum* items = nullptr;
    bool* nulls = nullptr;
    deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls,
                      &result.count);
    result.items = static_cast<const text**>(palloc(sizeof(text*) * std::max(result.count, 1)));
    for (int i = 0; i < result.count; i++) {
        result.items[i] = nulls[i] ? cstring_to_text("") : DatumGetTextPP(items[i]);
    }
    return result;
}

RuleRow rule_row(HeapTuple tuple, TupleDesc columns) {
    constexpr char kTable[] = "prompt_guardrails";
    auto get = [&](int column) {
        return DatumGetTextPP(result_column(tuple, columns, column, TEXTOID, kTable));
    };
    auto list = [&](int column) {
        bool is_null = false;
        Datum array = result_column(tuple, columns, column, TEXTARRAYOID, kTable, &is_null);
        return texts_of(array, is_null);
    };
    RuleRow row{};
    row.name = get(1);
    row.rule_type = get(2);
    row.config = DatumGetJsonbP(result_column(tuple, columns, 3, JSONBOID, kTable));
    row.severity = get(4);
    row.enforcement = get(5);
    row.stages = list(6);
    row.templates = list(7);
    row.categories = list(8);
    return row;
}

using Names = std::vector<std::string>;

// Where a rule applies. Both absent: everywhere.
struct Scope {
    bool everywhere;
    Names templates;
    Names categories;
};

struct CompiledRules {
    std::shared_ptr<const RuleSet> set;
    std::vector<Scope> scopes;
};

using Cache = LruCache<std::string, CompiledRules, std::hash<std::string>>;

Cache& cache() {
    static Cache* instance = new Cache;
    return *instance;
}

// Keeps the set in use alive even where the cache is too small for it.
std::shared_ptr<const CompiledRules>& latest() {
    static auto* instance = new std::shared_ptr<const CompiledRules>;
    return *instance;
}

std::string& latest_key() {
    static auto* instance = new std::string;
    return *instance;
}

std::shared_ptr<const CompiledRules> find(const RulesKey& key) {
    std::string name(key.bytes, key.length);
    if (latest() != nullptr && latest_key() == name) return latest();
    auto found = cache().find(name);
    if (found != nullptr) {
        latest_key() = std::move(name);
        latest() = found;
    }
    return found;
}

Names names_of(const Texts& texts) {
    Names names;
    for (int i = 0; i < texts.count; i++) names.emplace_back(view_of(texts.items[i]));
    return names;
}

void compile(const RulesKey& key, const RuleRow* rows, uint64 count) {
    const JsonbView view;
    std::vector<RuleSpec> specs;
    auto compiled = std::make_shared<CompiledRules>();
    for (uint64 i = 0; i < count; i++) {
        const RuleRow& row = rows[i];
        RuleSpec spec;
        spec.name = view_of(row.name);
        spec.type = parse_rule_type(view_of(row.rule_type)).take();
        spec.config = view.root(row.config);
        spec.severity = parse_severity(view_of(row.severity)).take();
        spec.enforcement = parse_enforcement(view_of(row.enforcement)).take();
        spec.stages = 0;
        for (int s = 0; s < row.stages.count; s++) {
            spec.stages |= stage_bit(parse_stage(view_of(row.stages.items[s])).take());
        }
        specs.push_back(spec);
        compiled->scopes.push_back({row.templates.is_null && row.categories.is_null, names_of(row.templates),
                                    names_of(row.categories)});
    }
    RuleSetOptions options;
    options.poll = cancel_requested;
    compiled->set = compile_rules(specs, options).take();
    std::string name(key.bytes, key.length);
    cache().insert(name, compiled, compiled->set->memory_bytes() + name.size(),
                   size_t{1024} * static_cast<size_t>(settings.guardrail_cache_bytes));
    latest_key() = std::move(name);
    latest() = std::move(compiled);
}

// Role, tenant and generations, each part ended by a zero byte.
RulesKey read_key(const text* tenant, MemoryContext context) {
    Datum argument = PointerGetDatum(tenant);
    run(&generation, &argument, nullptr, true, 1);
    StringInfoData key;
    MemoryContext caller = MemoryContextSwitchTo(context);
    initStringInfo(&key);
    MemoryContextSwitchTo(caller);
    auto add = [&](const char* part) {
        if (part != nullptr) appendStringInfoString(&key, part);
        appendStringInfoChar(&key, '\0');
    };
    appendStringInfo(&key, "%u", GetUserId());
    appendStringInfoChar(&key, '\0');
    appendBinaryStringInfo(&key, VARDATA_ANY(tenant), static_cast<int>(VARSIZE_ANY_EXHDR(tenant)));
    appendStringInfoChar(&key, '\0');
    add(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
    add(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2));
    Oid rules = get_relname_relid("prompt_guardrails", get_namespace_oid("prompt", false));
    if (check_enable_rls(rules, InvalidOid, true) == RLS_ENABLED) {
        run(&visible, &argument, nullptr, true, 1);
        add(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
    }
    return {key.data, static_cast<size_t>(key.len)};
}

}  // namespace

namespace {

// Compiles what the statement gives, unless it is known under the key.
void compile_unless_known(const RulesKey& key, Statement* rules, Datum* arguments) {
    bool known = false;
    enter_core([&] { known = find(key) != nullptr; });
    if (known) return;
    run(rules, arguments, nullptr, true);
    auto* rows = static_cast<RuleRow*>(palloc(sizeof(RuleRow) * std::max<uint64>(SPI_processed, 1)));
    const uint64 count = SPI_processed;
    for (uint64 i = 0; i < count; i++) rows[i] = rule_row(SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
    enter_core([&] { compile(key, rows, count); });
}

}  // namespace

RulesKey load_rules(const text* tenant, MemoryContext context) {
    RulesKey key = read_key(tenant, context);
    Datum argument = PointerGetDatum(tenant);
    compile_unless_known(key, &active_rules, &argument);
    return key;
}

RulesKey load_rules() {
    const text* tenant = current_tenant();
    MemoryContext caller = CurrentMemoryContext;
    const int level = connect();
    require_install();
    const RulesKey key = load_rules(tenant, caller);
    finish(level);
    return key;
}

RulesKey load_named_rules(const TextList& names) {
    const text* tenant = current_tenant();
    MemoryContext caller = CurrentMemoryContext;
    const int level = connect();
    require_install();
    Datum arguments[] = {PointerGetDatum(tenant), text_array(names)};
    run(&unknown_rule, arguments, nullptr, true);
    RulesKey key = read_key(tenant, caller);
    StringInfoData named;
    MemoryContext inner = MemoryContextSwitchTo(caller);
    initStringInfo(&named);
    appendBinaryStringInfo(&named, key.bytes, static_cast<int>(key.length));
    for (int i = 0; i < names.count; i++) {
        const std::string_view name = view_of(names.items[i]);
        appendStringInfo(&named, "%zu:", name.size());
        appendBinaryStringInfo(&named, name.data(), static_cast<int>(name.size()));
    }
    MemoryContextSwitchTo(inner);
    key = {named.data, static_cast<size_t>(named.len)};
    compile_unless_known(key, &named_rules, arguments);
    finish(level);
    return key;
}

ApplicableRules rules_for(const RulesKey& key, const text* prompt_name, const text* category) {
    const auto view = [](const text* t) { return t == nullptr ? std::string_view() : view_of(t); };
    return rules_for(key, view(prompt_name), view(category));
}

ApplicableRules rules_for(const RulesKey& key, std::string_view prompt_name, std::string_view category) {
    const auto compiled = find(key);
    if (compiled == nullptr) throw Failure(Code::internal, "the guardrails are not loaded");
    const auto names = [](const Names& list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    ApplicableRules result{compiled->set, RuleMask(compiled->set->size())};
    for (uint32_t i = 0; i < compiled->set->size(); i++) {
        const Scope& scope = compiled->scopes[i];
        if (scope.everywhere || names(scope.templates, prompt_name) || names(scope.categories, category)) {
            result.applicable.set(i);
        }
    }
    return result;
}

}  // namespace pgprompt::pg
