// Trigger on prompt_guardrails: a new generation for the tenant's rules.
#include "pg/boundary.h"
#include "pg/statement.h"
#include "pg/table_layout.h"
#include "pg/trigger.h"

extern "C" {
#include <commands/trigger.h>
#include <utils/rel.h>
}

namespace {

using namespace pgprompt::pg;

Statement renew = {"SELECT prompt._renew_guardrail_generation($1)", 1, {TEXTOID}, nullptr};
Statement renew_all = {
    "SELECT prompt._renew_guardrail_generation(tenant_id) FROM prompt.prompt_state WHERE key = "
    "'guardrail_generation'",
    0,
    {},
    nullptr};

constexpr LayoutColumn guardrail_columns[] = {{"tenant_id", TEXTOID}};
const TableLayout guardrail_layout = {"prompt_guardrails", guardrail_columns, 1, 0};

void renew_for_tenant_of(HeapTuple row, Relation relation) {
    bool is_null = false;
    const AttrNumber number = columns_of(relation, guardrail_layout).numbers[0];
    Datum tenant = heap_getattr(row, number, RelationGetDescr(relation), &is_null);
    if (is_null) refuse_null(guardrail_layout.name, guardrail_columns[0].name);
    run(&renew, &tenant, nullptr, false);
}

}  // namespace

PGPROMPT_FUNCTION(guardrails_changed) {
    static const char* const tables[] = {"prompt_guardrails"};
    TriggerData* trigger = trigger_on(fcinfo, tables, lengthof(tables));
    SPI_connect();
    Identity caller = become_owner_of(RelationGetRelid(trigger->tg_relation));
    if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event)) {
        run(&renew_all, nullptr, nullptr, false);
    } else {
        renew_for_tenant_of(trigger->tg_trigtuple, trigger->tg_relation);
        // An update may have moved the rule to another tenant.
        if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)) {
            renew_for_tenant_of(trigger->tg_newtuple, trigger->tg_relation);
        }
    }
    restore(caller);
    SPI_finish();
    return PointerGetDatum(nullptr);
}
