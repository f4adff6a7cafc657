// SQL: what holds responses against the rules, and masks what is stored, for complete_execution() and
// record_execution().
#include "pg/boundary.h"

extern "C" {
#include <utils/jsonb.h>
}

#include <string>

#include "core/request/request.h"
#include "pg/arguments.h"
#include "pg/checked_response.h"
#include "pg/external_answers.h"
#include "pg/jsonb_view.h"
#include "pg/row.h"
#include "pg/rules.h"

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
    const text* content = text_argument(fcinfo, 0);
    const Jsonb* documents[2] = {jsonb_argument(fcinfo, 1), jsonb_argument(fcinfo, 2)};
    const text* prompt_name = text_argument(fcinfo, 3);
    const text* category = text_argument(fcinfo, 4);
    const bool keep = bool_argument(fcinfo, 5, false);
    const RulesKey key = load_rules();

    Stored::What what[3] = {};
    const text* masked[3] = {};
    ExternalLedger ledger{};
    ledger.may_write = true;
    do {
        enter_core([&] {
            const JsonbView view;
            auto rules = rules_for(key, prompt_name, category);
            LedgerAnswers answers(&ledger, *rules.set);
            const Value values[3] = {content == nullptr ? Value() : Value::of(view_of(content)),
                                     documents[0] == nullptr ? Value() : view.root(documents[0]),
                                     documents[1] == nullptr ? Value() : view.root(documents[1])};
            for (int i = 0; i < 3; i++) {
                if (values[i].is(Value::Kind::undefined)) continue;
                const Stored stored =
                    stored_document(values[i], rules.set, rules.applicable, check_options(&answers), keep)
                        .take();
                what[i] = stored.what;
                if (stored.what == Stored::What::text) masked[i] = make_text(stored.text);
            }
        });
    } while (ask_external(&ledger));
    Datum values[3] = {};
    bool nulls[3] = {};
    for (int i = 0; i < 3; i++) {
        nulls[i] = what[i] == Stored::What::nothing;
        if (nulls[i]) continue;
        if (what[i] == Stored::What::as_given) {
            values[i] = i == 0 ? PointerGetDatum(content) : JsonbPGetDatum(documents[i - 1]);
        } else {
            values[i] = i == 0 ? PointerGetDatum(masked[i]) : jsonb_of(masked[i]);
        }
    }
    PG_RETURN_DATUM(make_row(type, values, nulls));
}
