// Trigger that writes changes of prompts, labels, rules and experiments to prompt_audit_log, as the owner of
// the tables: what changed comes from the trigger, so that nobody can write an entry of his own making.
#include "pg/boundary.h"
#include "pg/settings.h"
#include "pg/statement.h"
#include "pg/trigger.h"

extern "C" {
#include <commands/trigger.h>
#include <utils/lsyscache.h>
#include <utils/rel.h>
}

namespace {

using namespace pgprompt::pg;

// One statement per audited table, since the rows' type is in it.
struct TableStatement {
    Oid relation;
    Statement statement;
};
TableStatement statements[16];
int statement_count;

Statement* statement_for(Relation relation) {
    Oid id = RelationGetRelid(relation);
    for (int i = 0; i < statement_count; i++) {
        if (statements[i].relation == id) return &statements[i].statement;
    }
    // Tables that were dropped and created anew leave theirs behind.
    if (statement_count == lengthof(statements)) {
        for (auto& old : statements) {
            if (old.statement.prepared != nullptr) SPI_freeplan(old.statement.prepared);
        }
        statement_count = 0;
    }
    TableStatement* added = &statements[statement_count];
    Oid row = RelationGetForm(relation)->reltype;
    *added = {id,
              {"SELECT prompt._write_audit_entry($1, $2, $3, $4, $5, pg_catalog.to_jsonb($6), "
               "pg_catalog.to_jsonb($7))",
               7,
               {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, row, row},
               nullptr}};
    statement_count++;
    return &added->statement;
}

const char* action_of(TriggerEvent event) {
    if (TRIGGER_FIRED_BY_INSERT(event)) return "INSERT";
    if (TRIGGER_FIRED_BY_UPDATE(event)) return "UPDATE";
    if (TRIGGER_FIRED_BY_DELETE(event)) return "DELETE";
    return "TRUNCATE";
}

}  // namespace

PGPROMPT_FUNCTION(audit) {
    static const char* const audited[] = {"prompt_templates", "prompt_labels", "prompt_guardrails",
                                          "ab_test_experiments", "ab_test_variants"};
    TriggerData* trigger = trigger_on(fcinfo, audited, lengthof(audited));
    Relation relation = trigger->tg_relation;
    HeapTuple old_row = nullptr;
    HeapTuple new_row = nullptr;
    if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event)) {
        new_row = trigger->tg_trigtuple;
    } else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)) {
        old_row = trigger->tg_trigtuple;
        new_row = trigger->tg_newtuple;
    } else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event)) {
        old_row = trigger->tg_trigtuple;
    }
    Datum reason = settings.change_reason == nullptr || *settings.change_reason == '\0'
                       ? Datum{0}
                       : CStringGetTextDatum(settings.change_reason);
    Datum arguments[] = {
        CStringGetTextDatum(RelationGetRelationName(relation)),
        CStringGetTextDatum(action_of(trigger->tg_event)),
        CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), true)),
        CStringGetTextDatum(GetUserNameFromId(GetUserId(), true)),
        reason,
        old_row == nullptr ? Datum{0} : heap_copy_tuple_as_datum(old_row, RelationGetDescr(relation)),
        new_row == nullptr ? Datum{0} : heap_copy_tuple_as_datum(new_row, RelationGetDescr(relation))};
    char nulls[lengthof(arguments)];
    for (int i = 0; i < static_cast<int>(lengthof(arguments)); i++) nulls[i] = arguments[i] == 0 ? 'n' : ' ';
    SPI_connect();
    Identity caller = become_owner_of(RelationGetRelid(relation));
    run(statement_for(relation), arguments, nulls, false);
    restore(caller);
    SPI_finish();
    return PointerGetDatum(nullptr);
}
