#include "pg/checked_response.h"

#include "core/request/request.h"
#include "pg/boundary.h"
#include "pg/external_answers.h"

namespace pgprompt::pg {

CheckedResponse checked_response(const text* response, const text* prompt_name, const text* category,
                                 const RulesKey& key) {
    CheckedResponse result{};
    ExternalLedger ledger{};
    ledger.may_write = true;
    do {
        enter_core([&] {
            auto rules = rules_for(key, prompt_name, category);
            LedgerAnswers answers(&ledger, *rules.set);
            const Outcome outcome =
                check_response(view_of(response), rules.set, rules.applicable, check_options(&answers))
                    .take();
            if (answers.pending()) return;
            result.blocked = outcome.blocked;
            result.violations = make_text(outcome.violations);
            result.evaluated = make_text(outcome.evaluated);
            result.violated.items =
                static_cast<const text**>(allocate(sizeof(text*) * (outcome.violated.size() + 1)));
            for (const std::string& rule : outcome.violated)
                result.violated.items[result.violated.count++] = make_text(rule);
            if (!outcome.blocked) result.safe = make_text(outcome.rendered);
            if (outcome.prompt.what == Stored::What::text) result.stored = make_text(outcome.prompt.text);
        });
    } while (ask_external(&ledger));
    return result;
}

}  // namespace pgprompt::pg
