// Trigger on prompt_guardrails: a new generation for the tenant's rules.
#include "pg/boundary.h"
#include "pg/statement.h"
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

void renew_for_tenant_of(HeapTuple row, TupleDesc columns) {
    bool is_null = false;
    Datum tenant = SPI_getbinval(row, columns, SPI_fnumber(columns, "tenant_id"), &is_null);
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
        renew_for_tenant_of(trigger->tg_trigtuple, trigger->tg_relation->rd_att);
        // An update may have moved the rule to another tenant.
        if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)) {
            renew_for_tenant_of(trigger->tg_newtuple, trigger->tg_relation->rd_att);
        }
    }
    restore(caller);
    SPI_finish();
    return PointerGetDatum(nullptr);
}
