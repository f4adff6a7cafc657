// SQL: the question of a call, its normal form and hash; the trigger that fills question_hash.
#include "core/text/question.h"
#include "pg/arguments.h"
#include "pg/boundary.h"
#include "pg/jsonb_view.h"
#include "pg/question.h"

extern "C" {
#include <commands/trigger.h>
#include <executor/spi.h>
#include <utils/rel.h>
}

namespace pgprompt::pg {

namespace {

std::string_view question_in(const JsonbView& view, const Jsonb* variables, const Jsonb* context) {
    return question_of(variables == nullptr ? Value() : view.root(variables),
                       context == nullptr ? Value() : view.root(context));
}

}  // namespace

const text* question_text(const Jsonb* variables, const Jsonb* context) {
    const text* result = nullptr;
    enter_core([&] {
        const JsonbView view;
        const std::string_view question = question_in(view, variables, context);
        if (!question.empty()) result = make_text(question);
    });
    return result;
}

const text* question_hash(const Jsonb* variables, const Jsonb* context) {
    const text* result = nullptr;
    enter_core([&] {
        const JsonbView view;
        const std::string_view question = question_in(view, variables, context);
        if (question.empty()) return;
        const std::string hash = pgprompt::question_hash(question).take();
        if (!hash.empty()) result = make_text(hash);
    });
    return result;
}

namespace {

// A column of the new row as a jsonb; null where it is, or where the user has another type there.
const Jsonb* jsonb_column(const TriggerData* trigger, const char* name) {
    TupleDesc type = RelationGetDescr(trigger->tg_relation);
    const int number = SPI_fnumber(type, name);
    bool is_null = true;
    if (number <= 0 || TupleDescAttr(type, number - 1)->atttypid != JSONBOID) return nullptr;
    Datum value = heap_getattr(trigger->tg_trigtuple, number, type, &is_null);
    return is_null ? nullptr : DatumGetJsonbP(value);
}

}  // namespace

}  // namespace pgprompt::pg

using namespace pgprompt::pg;

PGPROMPT_FUNCTION(normalise_question) {
    const text* given = PG_GETARG_TEXT_PP(0);
    const text* result = nullptr;
    enter_core([&] { result = make_text(pgprompt::normalised_question(view_of(given)).take()); });
    PG_RETURN_TEXT_P(result);
}

PGPROMPT_FUNCTION(question_hash) {
    const text* given = PG_GETARG_TEXT_PP(0);
    const text* result = nullptr;
    enter_core([&] {
        const std::string hash = pgprompt::question_hash(view_of(given)).take();
        if (!hash.empty()) result = make_text(hash);
    });
    if (result == nullptr) PG_RETURN_NULL();
    PG_RETURN_TEXT_P(result);
}

// (variables, context)
PGPROMPT_FUNCTION(question_of) {
    const text* result = question_text(jsonb_argument(fcinfo, 0), jsonb_argument(fcinfo, 1));
    if (result == nullptr) PG_RETURN_NULL();
    PG_RETURN_TEXT_P(result);
}

// Before a row is inserted whose question_hash is null.
PGPROMPT_FUNCTION(fill_question_hash) {
    // On whatever table somebody has put it: it reads and fills columns of that row alone.
    auto* trigger = CALLED_AS_TRIGGER(fcinfo) ? reinterpret_cast<TriggerData*>(fcinfo->context) : nullptr;
    if (trigger == nullptr || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
        !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || !TRIGGER_FIRED_BY_INSERT(trigger->tg_event)) {
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("the function was not called before the insertion of a row"),
                        errhint("It is for the trigger that prompt.install() creates.")));
    }
    const int number = SPI_fnumber(RelationGetDescr(trigger->tg_relation), "question_hash");
    const text* hash =
        question_hash(jsonb_column(trigger, "variables_used"), jsonb_column(trigger, "conversation_context"));
    if (hash == nullptr || number <= 0 ||
        TupleDescAttr(RelationGetDescr(trigger->tg_relation), number - 1)->atttypid != TEXTOID) {
        return PointerGetDatum(trigger->tg_trigtuple);
    }
    Datum value = PointerGetDatum(hash);
    bool is_null = false;
    return PointerGetDatum(heap_modify_tuple_by_cols(trigger->tg_trigtuple,
                                                     RelationGetDescr(trigger->tg_relation), 1,
                                                     const_cast<int*>(&number), &value, &is_null));
}
