// SQL: what holds responses against the rules, and masks what is stored, for complete_execution() and
// record_execution().
#include "pg/boundary.h"

#include "pg/arguments.h"
#include "pg/checked_response.h"
#include "pg/row.h"
#include "pg/rules.h"
#include "pg/stored_text.h"

using namespace pgprompt;
using namespace pgprompt::pg;

// (response, prompt_name, category)
PGPROMPT_FUNCTION(check_response) {
    TupleDesc type = row_type_of(fcinfo);
    Datum values[6] = {};
    bool nulls[6] = {true, true, true, true, true, true};
    const text* response = text_argument(fcinfo, 0);
    if (response == nullptr) PG_RETURN_DATUM(make_row(type, values, nulls));
    const CheckedResponse checked =
        checked_response(response, text_argument(fcinfo, 1), text_argument(fcinfo, 2), load_rules());
    values[0] = BoolGetDatum(checked.blocked);
    values[1] = jsonb_of(checked.violations);
    values[2] = jsonb_of(checked.evaluated);
    values[3] = text_array(checked.violated);
    values[4] = PointerGetDatum(checked.safe);
    values[5] = PointerGetDatum(checked.stored);
    nulls[0] = nulls[1] = nulls[2] = nulls[3] = false;
    nulls[4] = checked.safe == nullptr;
    nulls[5] = checked.stored == nullptr;
    PG_RETURN_DATUM(make_row(type, values, nulls));
}

// (content, variables, context, prompt_name, category, keep)
PGPROMPT_FUNCTION(mask_stored) {
    TupleDesc type = row_type_of(fcinfo);
    const text* prompt_name = text_argument(fcinfo, 3);
    const text* category = text_argument(fcinfo, 4);
    const bool keep = bool_argument(fcinfo, 5, false);
    const RulesKey key = load_rules();
    const text* content = masked_text(text_argument(fcinfo, 0), prompt_name, category, key, keep);
    const Jsonb* variables = masked_document(jsonb_argument(fcinfo, 1), prompt_name, category, key, keep);
    const Jsonb* context = masked_document(jsonb_argument(fcinfo, 2), prompt_name, category, key, keep);
    Datum values[3] = {PointerGetDatum(content), JsonbPGetDatum(variables), JsonbPGetDatum(context)};
    bool nulls[3] = {content == nullptr, variables == nullptr, context == nullptr};
    PG_RETURN_DATUM(make_row(type, values, nulls));
}
