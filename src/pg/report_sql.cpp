// SQL: the report of an experiment, drawn from what SQL has gathered.
#include "core/report/experiment_report.h"
#include "pg/arguments.h"
#include "pg/boundary.h"

using namespace pgprompt;
using namespace pgprompt::pg;

// (document jsonb, format text)
PGPROMPT_FUNCTION(render_experiment_report) {
    Jsonb* document = PG_GETARG_JSONB_P(0);
    const text* format = PG_GETARG_TEXT_PP(1);
    const char* json = JsonbToCString(nullptr, &document->root, VARSIZE(document));
    text* result = nullptr;
    enter_core([&] { result = make_text(render_experiment_report(json, view_of(format)).take()); });
    PG_RETURN_TEXT_P(result);
}
