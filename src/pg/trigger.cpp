#include "pg/trigger.h"

extern "C" {
#include <catalog/namespace.h>
#include <catalog/partition.h>
#include <nodes/pg_list.h>
#include <utils/lsyscache.h>
}

#include <cstring>

namespace pgprompt::pg {

namespace {

[[noreturn]] void refuse(const char* why) {
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("%s", why),
                    errhint("These functions are for the triggers that prompt.install() creates.")));
    pg_unreachable();
}

TriggerData* trigger_of(FunctionCallInfo fcinfo) {
    if (!CALLED_AS_TRIGGER(fcinfo)) refuse("the function was not called as a trigger");
    return reinterpret_cast<TriggerData*>(fcinfo->context);
}

bool is_ours(Relation relation, const char* table) {
    return RelationGetNamespace(relation) == get_namespace_oid("prompt", true) &&
           strcmp(RelationGetRelationName(relation), table) == 0;
}

}  // namespace

TriggerData* trigger_on(FunctionCallInfo fcinfo, const char* const* tables, int table_count) {
    TriggerData* trigger = trigger_of(fcinfo);
    for (int i = 0; i < table_count; i++) {
        if (is_ours(trigger->tg_relation, tables[i])) return trigger;
    }
    refuse("the trigger is on a table that is none of pg_prompt's");
}

TriggerData* trigger_on_executions(FunctionCallInfo fcinfo) {
    TriggerData* trigger = trigger_of(fcinfo);
    Relation relation = trigger->tg_relation;
    if (is_ours(relation, "prompt_executions")) return trigger;
    if (relation->rd_rel->relispartition) {
        const Oid executions = get_relname_relid("prompt_executions", get_namespace_oid("prompt", false));
        if (list_member_oid(get_partition_ancestors(RelationGetRelid(relation)), executions)) return trigger;
    } else if (RelationGetNamespace(relation) == get_namespace_oid("prompt", true)) {
        return nullptr;
    }
    refuse("the trigger is on a table that is none of pg_prompt's");
}

}  // namespace pgprompt::pg
