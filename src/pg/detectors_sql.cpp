// SQL: detect_pii(), redact(), injection_score().
#include "pg/boundary.h"

#include <string>
#include <vector>

#include "core/guardrail/detect.h"
#include "core/guardrail/redact.h"
#include "pg/arguments.h"
#include "pg/row.h"
#include "pg/settings.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

// One thing found, as plain data.
struct Found {
    const text* entity;
    const text* found;
    int start;
    int end;
    double score;
    bool validated;
};

std::vector<Detection> detected(const text* content, const TextList& entities) {
    std::vector<std::string_view> names;
    for (int i = 0; i < entities.count; i++) names.push_back(view_of(entities.items[i]));
    return detect_pii(view_of(content), names, 0.5, cancel_requested).take();
}

}  // namespace

// (content, entities)
PGPROMPT_FUNCTION(detect_pii) {
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    const text* content = text_argument(fcinfo, 0);
    if (content == nullptr) return Datum{0};
    const TextList entities = text_list_argument(fcinfo, 1);
    Found* items = nullptr;
    size_t count = 0;
    enter_core([&] {
        const auto found = detected(content, entities);
        items = static_cast<Found*>(allocate(sizeof(Found) * (found.size() + 1)));
        for (const Detection& d : found) {
            stop_if_cancelled();
            Found f{};
            f.entity = make_text(d.entity);
            f.found = make_text(view_of(content).substr(d.start_byte, d.end_byte - d.start_byte));
            f.start = static_cast<int>(d.start_offset);
            f.end = static_cast<int>(d.end_offset);
            f.score = d.score;
            f.validated = d.validated;
            items[count++] = f;
        }
    });
    for (size_t i = 0; i < count; i++) {
        CHECK_FOR_INTERRUPTS();
        const Found& f = items[i];
        Datum values[] = {PointerGetDatum(f.entity), PointerGetDatum(f.found), Int32GetDatum(f.start),
                          Int32GetDatum(f.end),      Float8GetDatum(f.score),  BoolGetDatum(f.validated)};
        bool nulls[6] = {};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    return Datum{0};
}

// (content, entities, mode, hash_key)
PGPROMPT_FUNCTION(redact) {
    const text* content = text_argument(fcinfo, 0);
    if (content == nullptr) PG_RETURN_NULL();
    const TextList entities = text_list_argument(fcinfo, 1);
    const text* mode = PG_ARGISNULL(2) ? cstring_to_text("mask") : PG_GETARG_TEXT_PP(2);
    const text* hash_key = text_argument(fcinfo, 3);
    text* result = nullptr;
    enter_core([&] {
        const RedactMode how = parse_redact_mode(view_of(mode)).take();
        std::vector<RedactSpan> spans;
        for (const Detection& d : detected(content, entities)) {
            spans.push_back({d.start_byte, d.end_byte, d.entity, d.score, d.validated, how});
        }
        RedactOptions options;
        options.poll = cancel_requested;
        options.hash_key = hash_key != nullptr && VARSIZE_ANY_EXHDR(hash_key) > 0
                               ? view_of(hash_key)
                               : std::string_view(settings.redact_key);
        if (how == RedactMode::hash && options.hash_key.empty()) {
            throw Failure(Code::invalid_parameter, "a hash needs a key",
                          "Without one, addresses and numbers could be found by trying them out.",
                          "Give hash_key, or let the administrator set prompt.redact_key.");
        }
        result = make_text(redact(view_of(content), std::move(spans), options).take());
    });
    PG_RETURN_TEXT_P(result);
}

PGPROMPT_FUNCTION(injection_score) {
    const text* content = PG_GETARG_TEXT_PP(0);
    double score = 0;
    enter_core([&] { score = injection_score(view_of(content), cancel_requested).take(); });
    PG_RETURN_FLOAT8(score);
}
