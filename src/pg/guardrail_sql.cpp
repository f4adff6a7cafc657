// SQL: evaluate_guardrails(), test_guardrail(), detect_pii(), redact() and what checks and masks for others.
#include "pg/boundary.h"

extern "C" {
#include <utils/array.h>
#include <utils/jsonb.h>
}

#include <string>
#include <vector>

#include "core/guardrail/detect.h"
#include "core/guardrail/redact.h"
#include "core/guardrail/rule_set.h"
#include "core/request/findings.h"
#include "core/request/request.h"
#include "pg/arguments.h"
#include "pg/jsonb_view.h"
#include "pg/resolve.h"
#include "pg/row.h"
#include "pg/rules.h"
#include "pg/settings.h"
#include "pg/statement.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

// One thing found, as plain data.
struct Found {
    const text* rule;
    const char* rule_type;  // static words
    const char* severity;
    const char* enforcement;
    const text* message;
    const text* entity;
    const text* found;
    int start;
    int end;
    double score;
    bool validated;
};

struct FoundList {
    Found* items;
    size_t count;
};

std::string_view view_or_empty(const text* t) {
    return t == nullptr ? std::string_view() : view_of(t);
}

FoundList keep(const std::vector<Violation>& violations, std::string_view content) {
    FoundList list{static_cast<Found*>(allocate(sizeof(Found) * (violations.size() + 1))), violations.size()};
    for (size_t i = 0; i < violations.size(); i++) {
        const Violation& v = violations[i];
        list.items[i] = {make_text(v.rule_name),
                         name_of(v.rule_type),
                         name_of(v.severity),
                         name_of(v.enforcement),
                         make_text(v.message),
                         make_text(v.entity),
                         make_text(content.substr(v.start_byte, v.end_byte - v.start_byte)),
                         static_cast<int>(v.start_offset),
                         static_cast<int>(v.end_offset),
                         v.score,
                         v.validated};
    }
    return list;
}

Datum words(const char* word) {
    return CStringGetTextDatum(word);
}

RuleSpec spec_of(const text* name, const text* rule_type, const Value& config) {
    RuleSpec spec;
    spec.name = view_of(name);
    spec.type = parse_rule_type(view_of(rule_type)).take();
    spec.config = config;
    return spec;
}

std::vector<Detection> detected(const text* content, const TextList& entities) {
    std::vector<std::string_view> names;
    for (int i = 0; i < entities.count; i++) names.push_back(view_of(entities.items[i]));
    return detect_pii(view_of(content), names, 0.5, cancel_requested).take();
}

}  // namespace

PGPROMPT_FUNCTION(check_rule) {
    const text* name = PG_GETARG_TEXT_PP(0);
    const text* rule_type = PG_GETARG_TEXT_PP(1);
    const Jsonb* config = PG_GETARG_JSONB_P(2);
    enter_core([&] {
        const JsonbView view;
        const RuleSpec spec = spec_of(name, rule_type, view.root(config));
        check_rule(spec).take();
        const auto compiled = compile_rules({spec}).take();
        if (compiled->rule(0).external) {
            throw Failure(Code::invalid_parameter,
                          "guardrail \"" + compiled->rule(0).name + "\" calls function \"" +
                              compiled->rule(0).function + "\", which this version does not do",
                          {}, "Scorer \"injection\" is built in; other functions are not called yet.");
        }
    });
    PG_RETURN_VOID();
}

// (content, prompt_name, category, stage)
PGPROMPT_FUNCTION(evaluate_guardrails) {
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    const text* content = text_argument(fcinfo, 0);
    if (content == nullptr) return Datum{0};
    const text* prompt_name = text_argument(fcinfo, 1);
    const text* category = text_argument(fcinfo, 2);
    const text* stage = PG_ARGISNULL(3) ? cstring_to_text("prompt") : PG_GETARG_TEXT_PP(3);
    const text* tenant = current_tenant();
    MemoryContext caller = CurrentMemoryContext;
    const int level = connect();
    require_install();
    const RulesKey key = load_rules(tenant, caller);
    finish(level);
    FoundList list{};
    enter_core([&] {
        const Stage at = parse_stage(view_of(stage)).take();
        const auto rules = rules_for(key, view_or_empty(prompt_name), view_or_empty(category));
        RuleMask mask(rules.set->size());
        for (uint32_t i = 0; i < rules.set->size(); i++) {
            if (rules.applicable.test(i) && (rules.set->rule(i).stages & stage_bit(at)) != 0) mask.set(i);
        }
        Findings findings;
        list = keep(findings.evaluate(*rules.set, mask, at, {}, view_of(content), cancel_requested),
                    view_of(content));
    });
    for (size_t i = 0; i < list.count; i++) {
        const Found& f = list.items[i];
        Datum values[] = {PointerGetDatum(f.rule), words(f.rule_type),         words(f.severity),
                          words(f.enforcement),    PointerGetDatum(f.message), PointerGetDatum(f.entity),
                          Int32GetDatum(f.start),  Int32GetDatum(f.end),       Float8GetDatum(f.score)};
        bool nulls[9] = {};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    return Datum{0};
}

// (rule_type, rule_config, content)
PGPROMPT_FUNCTION(test_guardrail) {
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    const text* name = cstring_to_text("test");
    const text* rule_type = PG_GETARG_TEXT_PP(0);
    const Jsonb* config = PG_GETARG_JSONB_P(1);
    const text* content = PG_GETARG_TEXT_PP(2);
    FoundList list{};
    enter_core([&] {
        const JsonbView view;
        EvaluateOptions options;
        options.poll = cancel_requested;
        const auto tested =
            test_rule(spec_of(name, rule_type, view.root(config)), view_of(content), options).take();
        list = keep(tested.violations, view_of(content));
    });
    for (size_t i = 0; i < list.count; i++) {
        const Found& f = list.items[i];
        Datum values[] = {PointerGetDatum(f.message), PointerGetDatum(f.entity), PointerGetDatum(f.found),
                          Int32GetDatum(f.start),     Int32GetDatum(f.end),      Float8GetDatum(f.score)};
        bool nulls[6] = {};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    return Datum{0};
}

// (content, entities)
PGPROMPT_FUNCTION(detect_pii) {
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    const text* content = text_argument(fcinfo, 0);
    if (content == nullptr) return Datum{0};
    const TextList entities = text_list_argument(fcinfo, 1);
    FoundList list{};
    enter_core([&] {
        const auto found = detected(content, entities);
        list.items = static_cast<Found*>(allocate(sizeof(Found) * (found.size() + 1)));
        for (const Detection& d : found) {
            Found f{};
            f.entity = make_text(d.entity);
            f.found = make_text(view_of(content).substr(d.start_byte, d.end_byte - d.start_byte));
            f.start = static_cast<int>(d.start_offset);
            f.end = static_cast<int>(d.end_offset);
            f.score = d.score;
            f.validated = d.validated;
            list.items[list.count++] = f;
        }
    });
    for (size_t i = 0; i < list.count; i++) {
        const Found& f = list.items[i];
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
        options.hash_key = view_or_empty(hash_key);
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

// (response, prompt_name, category)
PGPROMPT_FUNCTION(check_response) {
    TupleDesc type = row_type_of(fcinfo);
    Datum values[6] = {};
    bool nulls[6] = {true, true, true, true, true, true};
    const text* response = text_argument(fcinfo, 0);
    if (response == nullptr) PG_RETURN_DATUM(make_row(type, values, nulls));
    const text* prompt_name = text_argument(fcinfo, 1);
    const text* category = text_argument(fcinfo, 2);
    const text* tenant = current_tenant();
    MemoryContext caller = CurrentMemoryContext;
    const int level = connect();
    require_install();
    const RulesKey key = load_rules(tenant, caller);
    finish(level);

    bool blocked = false;
    const text* violations = nullptr;
    const text* evaluated = nullptr;
    TextList violated{};
    const text* safe = nullptr;
    const text* stored = nullptr;
    enter_core([&] {
        auto rules = rules_for(key, view_or_empty(prompt_name), view_or_empty(category));
        const Outcome outcome =
            check_response(view_of(response), rules.set, rules.applicable,
                           static_cast<LogContent>(settings.log_content), cancel_requested)
                .take();
        blocked = outcome.blocked;
        violations = make_text(outcome.violations);
        evaluated = make_text(outcome.evaluated);
        violated.items = static_cast<const text**>(allocate(sizeof(text*) * (outcome.violated.size() + 1)));
        for (const std::string& rule : outcome.violated) violated.items[violated.count++] = make_text(rule);
        if (!blocked) safe = make_text(outcome.rendered);
        if (outcome.prompt.what == Stored::What::text) stored = make_text(outcome.prompt.text);
    });
    values[0] = BoolGetDatum(blocked);
    values[1] = jsonb_of(violations);
    values[2] = jsonb_of(evaluated);
    values[3] = text_array(violated);
    values[4] = PointerGetDatum(safe);
    values[5] = PointerGetDatum(stored);
    nulls[0] = nulls[1] = nulls[2] = nulls[3] = false;
    nulls[4] = safe == nullptr;
    nulls[5] = stored == nullptr;
    PG_RETURN_DATUM(make_row(type, values, nulls));
}

// (content, variables, context, prompt_name, category)
PGPROMPT_FUNCTION(mask_stored) {
    TupleDesc type = row_type_of(fcinfo);
    const text* content = text_argument(fcinfo, 0);
    const Jsonb* documents[2] = {jsonb_argument(fcinfo, 1), jsonb_argument(fcinfo, 2)};
    const text* prompt_name = text_argument(fcinfo, 3);
    const text* category = text_argument(fcinfo, 4);
    const text* tenant = current_tenant();
    MemoryContext caller = CurrentMemoryContext;
    const int level = connect();
    require_install();
    const RulesKey key = load_rules(tenant, caller);
    finish(level);

    Stored::What what[3] = {};
    const text* masked[3] = {};
    enter_core([&] {
        const JsonbView view;
        auto rules = rules_for(key, view_or_empty(prompt_name), view_or_empty(category));
        const Value values[3] = {content == nullptr ? Value() : Value::of(view_of(content)),
                                 documents[0] == nullptr ? Value() : view.root(documents[0]),
                                 documents[1] == nullptr ? Value() : view.root(documents[1])};
        for (int i = 0; i < 3; i++) {
            if (values[i].is(Value::Kind::undefined)) continue;
            const Stored stored =
                stored_document(values[i], rules.set, rules.applicable,
                                static_cast<LogContent>(settings.log_content), cancel_requested)
                    .take();
            what[i] = stored.what;
            if (stored.what == Stored::What::text) masked[i] = make_text(stored.text);
        }
    });
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
