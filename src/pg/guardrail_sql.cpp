// SQL: _check_rule(), evaluate_guardrails(), test_guardrail(), _scan().
#include "pg/boundary.h"

extern "C" {
#include <utils/jsonb.h>
}

#include <string>
#include <vector>

#include "core/json.h"
#include "core/json_writer.h"
#include "core/request/external.h"
#include "pg/arguments.h"
#include "pg/external_answers.h"
#include "pg/external_function.h"
#include "pg/jsonb_view.h"
#include "pg/row.h"
#include "pg/rules.h"
#include "pg/statement.h"

namespace {

using namespace pgprompt;
using namespace pgprompt::pg;

// A rule may name a prompt that is still to come.
Statement check_prompt = {
    "SELECT prompt._raise_unknown_prompt($1)"
    " WHERE NOT EXISTS (SELECT FROM prompt.prompt_templates t"
    "                    WHERE t.tenant_id IN (prompt.current_tenant(), '') AND t.name = $1)"
    "   AND NOT EXISTS (SELECT FROM prompt.prompt_guardrails g"
    "                    WHERE g.tenant_id IN (prompt.current_tenant(), '') AND $1 = ANY (g.applies_to_templates))",
    1,
    {TEXTOID},
    nullptr};

void refuse_unknown_prompt(const text* name) {
    Datum arguments[] = {PointerGetDatum(name)};
    const int level = connect();
    run(&check_prompt, arguments, nullptr, true);
    finish(level);
}

// One thing found, as plain data.
struct Found {
    const text* path;
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
};

struct FoundList {
    Found* items;
    size_t count;
};

// Gathers what was found in one or more texts.
class Gathering {
 public:
    // `content` is copied from, unless it is empty.
    void add(const std::vector<Violation>& violations, std::string_view path, std::string_view content) {
        for (const Violation& v : violations) {
            stop_if_cancelled();
            found_.push_back(
                {path.empty() ? nullptr : make_text(path), make_text(v.rule_name), name_of(v.rule_type),
                 name_of(v.severity), name_of(v.enforcement), make_text(v.message), make_text(v.entity),
                 content.empty() ? nullptr
                                 : make_text(content.substr(v.start_byte, v.end_byte - v.start_byte)),
                 static_cast<int>(v.start_offset), static_cast<int>(v.end_offset), v.score});
        }
    }
    FoundList list() const {
        FoundList list{static_cast<Found*>(allocate(sizeof(Found) * (found_.size() + 1))), found_.size()};
        std::copy(found_.begin(), found_.end(), list.items);
        return list;
    }

 private:
    std::vector<Found> found_;
};

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

Stages stages_of(const TextList& list) {
    Stages stages = 0;
    for (int i = 0; i < list.count; i++) stages |= stage_bit(parse_stage(view_of(list.items[i])).take());
    return stages;
}

// The rules that apply to a prompt or category at one stage.
RuleMask rules_at(const ApplicableRules& rules, Stage stage) {
    RuleMask mask(rules.set->size());
    for (uint32_t i = 0; i < rules.set->size(); i++) {
        if (rules.applicable.test(i) && (rules.set->rule(i).stages & stage_bit(stage)) != 0) mask.set(i);
    }
    return mask;
}

// A rule's check, as plain data.
struct Checked {
    const text** notes;
    int note_count;
    RuleType type;
    Stages stages;
    const char* function;  // null: it calls none
};

Checked check(const text* name, const text* rule_type, const Jsonb* config, const TextList& stages) {
    Checked checked{};
    enter_core([&] {
        const JsonbView view;
        const RuleSpec spec = spec_of(name, rule_type, view.root(config));
        const RuleCheck result = check_rule(spec, cancel_requested).take();
        checked.type = spec.type;
        checked.stages = stages_of(stages);
        checked.notes = static_cast<const text**>(allocate(sizeof(text*) * (result.notes.size() + 1)));
        for (const std::string& note : result.notes) checked.notes[checked.note_count++] = make_text(note);
        if (!result.function.empty()) checked.function = make_cstring(result.function);
    });
    return checked;
}

// The function that a rule is to call, if whoever calls may make such a rule.
ExternalFunction permitted_function(const char* name, RuleType type, bool may_be_volatile) {
    require_guardrail_admin();
    const ExternalFunction function = external_function(name, type, may_be_volatile);
    Datum may = DirectFunctionCall2(has_function_privilege_id, ObjectIdGetDatum(function.id),
                                    CStringGetTextDatum("EXECUTE"));
    if (!DatumGetBool(may)) {
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("permission denied for function %s", function.name)));
    }
    return function;
}

}  // namespace

// (name, rule_type, rule_config, stages): the function that the rule calls, as it is to be stored
PGPROMPT_FUNCTION(check_rule) {
    const text* name = PG_GETARG_TEXT_PP(0);
    const Checked checked =
        check(name, PG_GETARG_TEXT_PP(1), PG_GETARG_JSONB_P(2), text_list_argument(fcinfo, 3));
    for (int i = 0; i < checked.note_count; i++) {
        ereport(NOTICE,
                (errmsg("guardrail \"%s\": %s", text_to_cstring(name), text_to_cstring(checked.notes[i]))));
    }
    if (checked.function == nullptr) PG_RETURN_NULL();
    const ExternalFunction function =
        permitted_function(checked.function, checked.type, checked.stages == stage_bit(Stage::response));
    PG_RETURN_TEXT_P(cstring_to_text(
        psprintf("%s(%s)", function.name, checked.type == RuleType::model_check ? "text" : "text, jsonb")));
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
    const RulesKey key = load_rules();
    if (prompt_name != nullptr) refuse_unknown_prompt(prompt_name);
    FoundList list{};
    ExternalLedger ledger{};
    do {
        enter_core([&] {
            const Stage at = parse_stage(view_of(stage)).take();
            ledger.may_write = at == Stage::response;
            const auto rules = rules_for(key, prompt_name, category);
            LedgerAnswers answers(&ledger, *rules.set);
            const auto found =
                evaluate_all(*rules.set, view_of(content), rules_at(rules, at), &answers, cancel_requested);
            if (answers.pending()) return;
            Gathering gathering;
            gathering.add(found, {}, {});
            list = gathering.list();
        });
    } while (ask_external(&ledger));
    for (size_t i = 0; i < list.count; i++) {
        CHECK_FOR_INTERRUPTS();
        const Found& f = list.items[i];
        Datum values[] = {PointerGetDatum(f.rule), words(f.rule_type),         words(f.severity),
                          words(f.enforcement),    PointerGetDatum(f.message), PointerGetDatum(f.entity),
                          Int32GetDatum(f.start),  Int32GetDatum(f.end),       Float8GetDatum(f.score)};
        bool nulls[9] = {};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    return Datum{0};
}

// (rule_type, rule_config, content, stages)
PGPROMPT_FUNCTION(test_guardrail) {
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    const text* name = cstring_to_text("test");
    const text* rule_type = PG_GETARG_TEXT_PP(0);
    const Jsonb* config = PG_GETARG_JSONB_P(1);
    const text* content = PG_GETARG_TEXT_PP(2);
    const Checked checked = check(name, rule_type, config, text_list_argument(fcinfo, 3));
    const bool may_write = checked.stages == stage_bit(Stage::response);
    if (checked.function != nullptr) permitted_function(checked.function, checked.type, may_write);
    FoundList list{};
    ExternalLedger ledger{};
    ledger.may_write = may_write;
    ledger.raise_errors = true;
    do {
        enter_core([&] {
            const JsonbView view;
            RuleSetOptions options;
            options.poll = cancel_requested;
            const auto rules = compile_rules({spec_of(name, rule_type, view.root(config))}, options).take();
            LedgerAnswers answers(&ledger, *rules);
            const auto found =
                evaluate_all(*rules, view_of(content), rules->all(), &answers, cancel_requested);
            if (answers.pending()) return;
            Gathering gathering;
            gathering.add(found, {}, view_of(content));
            list = gathering.list();
        });
    } while (ask_external(&ledger));
    for (size_t i = 0; i < list.count; i++) {
        CHECK_FOR_INTERRUPTS();
        const Found& f = list.items[i];
        Datum values[] = {PointerGetDatum(f.message),
                          PointerGetDatum(f.entity),
                          PointerGetDatum(f.found == nullptr ? cstring_to_text("") : f.found),
                          Int32GetDatum(f.start),
                          Int32GetDatum(f.end),
                          Float8GetDatum(f.score)};
        bool nulls[6] = {};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    return Datum{0};
}

// (content, document, is_chat, stage, rules, prompt_name, category): one stored text or document, held
// against the active rules, or those named
PGPROMPT_FUNCTION(scan) {
    TupleDesc type = nullptr;
    Tuplestorestate* rows = begin_rows(fcinfo, &type);
    const text* content = text_argument(fcinfo, 0);
    const Jsonb* document = jsonb_argument(fcinfo, 1);
    if (content == nullptr && document == nullptr) return Datum{0};
    const bool is_chat = bool_argument(fcinfo, 2, false);
    const text* stage = PG_GETARG_TEXT_PP(3);
    const text* prompt_name = text_argument(fcinfo, 5);
    const text* category = text_argument(fcinfo, 6);
    const RulesKey key = PG_ARGISNULL(4) ? load_rules() : load_named_rules(text_list_argument(fcinfo, 4));
    FoundList list{};
    ExternalLedger ledger{};
    do {
        enter_core([&] {
            const Stage at = parse_stage(view_of(stage)).take();
            ledger.may_write = at == Stage::response;
            const auto rules = rules_for(key, prompt_name, category);
            const RuleMask mask = rules_at(rules, at);
            LedgerAnswers answers(&ledger, *rules.set);
            Gathering gathering;
            const auto hold = [&](std::string_view path, std::string_view text, std::string*) {
                gathering.add(evaluate_all(*rules.set, text, mask, &answers, cancel_requested), path, {});
            };
            const JsonbView view;
            if (document != nullptr) {
                json_text(view.root(document), hold);
            } else if (auto messages = is_chat ? parse_json(view_of(content)) : Error{}; messages.ok()) {
                json_text((*messages)->root(),
                          [&](std::string_view path, std::string_view text, std::string* out) {
                              if (text != "role" && text != "content") hold(path, text, out);
                          });
            } else {
                hold({}, view_of(content), nullptr);
            }
            if (!answers.pending()) list = gathering.list();
        });
    } while (ask_external(&ledger));
    for (size_t i = 0; i < list.count; i++) {
        CHECK_FOR_INTERRUPTS();
        const Found& f = list.items[i];
        Datum values[] = {PointerGetDatum(f.path),   PointerGetDatum(f.rule), words(f.rule_type),
                          words(f.severity),         words(f.enforcement),    PointerGetDatum(f.message),
                          PointerGetDatum(f.entity), Int32GetDatum(f.start),  Int32GetDatum(f.end),
                          Float8GetDatum(f.score)};
        bool nulls[10] = {f.path == nullptr};
        tuplestore_putvalues(rows, type, values, nulls);
    }
    return Datum{0};
}
