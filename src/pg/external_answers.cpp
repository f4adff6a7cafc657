#include "pg/external_answers.h"

#include "pg/boundary.h"
#include "pg/external_function.h"
#include "pg/jsonb_view.h"
#include "pg/settings.h"

extern "C" {
#include <access/xact.h>
#include <utils/jsonb.h>
#include <utils/resowner.h>
}

#include <cmath>
#include <cstdlib>
#include <string>

namespace pgprompt::pg {

struct ExternalQuestion {
    ExternalQuestion* next;
    uint32_t rule;
    RuleType type;
    OnError on_error;
    const text* content;
    const char* rule_name;
    const char* function;
    const char* config;  // null: model_check
    bool is_answered;
    ExternalResult result;
};

namespace {

// The named member as text or number; false where it is absent or null. Throws for another type.
bool read(const Value& finding, const char* name, const char* other_name, Value::Kind kind, Value* value) {
    if (!finding.find(name, value) && (other_name == nullptr || !finding.find(other_name, value)))
        return false;
    if (value->is(Value::Kind::null)) return false;
    if (kind == Value::Kind::real && value->is(Value::Kind::integer)) {
        *value = Value::of(static_cast<double>(value->integer));
    }
    if (kind == Value::Kind::real && value->is(Value::Kind::digits)) {
        *value = Value::of(std::strtod(std::string(value->view()).c_str(), nullptr));
    }
    if (!value->is(kind)) {
        throw Failure(Code::invalid_parameter, "\"" + std::string(name) + "\" of a finding has another type");
    }
    return true;
}

uint32_t offset_of(const Value& value) {
    if (value.integer < 0 || value.integer > INT32_MAX) {
        throw Failure(Code::invalid_parameter, "a span lies outside the text");
    }
    return static_cast<uint32_t>(value.integer);
}

ExternalFinding finding_of(const Value& value) {
    if (!value.is(Value::Kind::map)) throw Failure(Code::invalid_parameter, "a finding is no JSON object");
    ExternalFinding finding;
    Value member;
    if (read(value, "entity", nullptr, Value::Kind::string, &member)) finding.entity = member.view();
    if (read(value, "message", nullptr, Value::Kind::string, &member)) finding.message = member.view();
    if (read(value, "score", nullptr, Value::Kind::real, &member)) finding.score = member.real;
    Value end;
    const bool has_start = read(value, "start", "start_offset", Value::Kind::integer, &member);
    const bool has_end = read(value, "end", "end_offset", Value::Kind::integer, &end);
    if (has_start != has_end) throw Failure(Code::invalid_parameter, "a span has only one end");
    finding.has_span = has_start;
    if (has_start) {
        finding.start = offset_of(member);
        finding.end = offset_of(end);
    }
    return finding;
}

// A function that returns one JSON list of findings gives a list of one list.
void read_findings(const Value& list, bool is_inner, std::vector<ExternalFinding>* out) {
    Container::Cursor cursor;
    Value item;
    while (list.next(&cursor, nullptr, &item)) {
        if (item.is(Value::Kind::list) && !is_inner) {
            read_findings(item, true, out);
        } else {
            out->push_back(finding_of(item));
        }
    }
}

ExternalAnswer answer_of(const ExternalResult& result) {
    ExternalAnswer answer;
    if (result.failure != nullptr) {
        answer.failure = result.failure;
    } else if (result.found != nullptr) {
        try {
            const JsonbView view;  // its strings lie in the document
            read_findings(view.root(result.found), false, &answer.findings);
        } catch (Failure& failure) {
            answer.failure = "the function returned something else than findings: " + failure.error().message;
        }
    } else {
        answer.score = result.score;
        if (result.is_violated) answer.findings.emplace_back();
    }
    return answer;
}

// Errors that say nothing about the function: cancels, timeouts, shutdown, and conflicts that are solved by
// beginning again.
bool ends_the_statement(int sqlstate) {
    const int category = ERRCODE_TO_CATEGORY(sqlstate);
    return category == ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) ||
           category == ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK) ||
           sqlstate == ERRCODE_LOCK_NOT_AVAILABLE || sqlstate == ERRCODE_ASSERT_FAILURE;
}

bool can_catch() {
#if PG_VERSION_NUM >= 170000
    return true;
#else
    return !IsInParallelMode();
#endif
}

ExternalResult call(const ExternalQuestion& question, bool may_write) {
    return call_external(external_function(question.function, question.type, may_write), question.content,
                         question.config);
}

void ask_guarded(ExternalQuestion* question, bool may_write) {
    MemoryContext context = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(context);
    PG_TRY();
    {
        question->result = call(*question, may_write);
        ReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(context);
        CurrentResourceOwner = owner;
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        ErrorData* error = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(context);
        CurrentResourceOwner = owner;
        if (ends_the_statement(error->sqlerrcode)) ReThrowError(error);
        // The caller may not be meant to see what the function worked on; who runs the server is.
        ereport(LOG_SERVER_ONLY, (errmsg("guardrail \"%s\" could not be evaluated", question->rule_name),
                                  errdetail_log("Function %s: %s", question->function, error->message)));
        question->result = {};
        question->result.failure = "the function failed";
        FreeErrorData(error);
    }
    PG_END_TRY();
}

}  // namespace

LedgerAnswers::LedgerAnswers(ExternalLedger* ledger, const RuleSet& rules) : ledger_(ledger), rules_(rules) {
    for (const ExternalQuestion* q = ledger->first; q != nullptr; q = q->next) {
        known_.emplace(Key{q->rule, view_of(q->content)},
                       std::make_unique<ExternalAnswer>(answer_of(q->result)));
    }
}

const ExternalAnswer* LedgerAnswers::answer(uint32_t index, std::string_view text) {
    const auto found = known_.find({index, text});
    if (found != known_.end()) return found->second.get();
    const Rule& rule = rules_.rule(index);
    auto* question = static_cast<ExternalQuestion*>(allocate(sizeof(ExternalQuestion)));
    *question = {};
    question->rule = index;
    question->type = rule.type;
    question->on_error = rule.on_error;
    question->content = make_text(text);
    question->rule_name = make_cstring(rule.name);
    question->function = make_cstring(rule.function);
    question->config = rule.type == RuleType::custom ? make_cstring(rule.function_config) : nullptr;
    (ledger_->last == nullptr ? ledger_->first : ledger_->last->next) = question;
    ledger_->last = question;
    pending_ = true;
    known_.emplace(Key{index, view_of(question->content)}, nullptr);
    return nullptr;
}

CheckOptions check_options(LedgerAnswers* answers) {
    CheckOptions options;
    options.log_content = static_cast<LogContent>(settings.log_content);
    options.hash_key = settings.redact_key;
    options.external = answers;
    options.poll = cancel_requested;
    return options;
}

bool ask_external(ExternalLedger* ledger) {
    bool any = false;
    for (ExternalQuestion* question = ledger->first; question != nullptr; question = question->next) {
        if (question->is_answered) continue;
        CHECK_FOR_INTERRUPTS();
        if (question->on_error == OnError::error || ledger->raise_errors || !can_catch()) {
            question->result = call(*question, ledger->may_write);
        } else {
            ask_guarded(question, ledger->may_write);
        }
        question->is_answered = true;
        any = true;
    }
    return any;
}

}  // namespace pgprompt::pg
