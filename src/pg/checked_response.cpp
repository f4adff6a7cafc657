#include "pg/checked_response.h"

#include "core/request/request.h"
#include "pg/boundary.h"
#include "pg/external_answers.h"
#include "pg/jsonb_view.h"

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

const text* masked_text(const text* content, const text* prompt_name, const text* category,
                        const RulesKey& key) {
    const text* result = nullptr;
    ExternalLedger ledger{};
    ledger.may_write = true;
    do {
        enter_core([&] {
            auto rules = rules_for(key, prompt_name, category);
            LedgerAnswers answers(&ledger, *rules.set);
            const Stored stored = stored_document(Value::of(view_of(content)), rules.set, rules.applicable,
                                                  check_options(&answers))
                                      .take();
            if (stored.what == Stored::What::as_given) result = content;
            if (stored.what == Stored::What::text) result = make_text(stored.text);
        });
    } while (ask_external(&ledger));
    return result;
}

const Jsonb* masked_metadata(const Jsonb* metadata, const text* prompt_name, const text* category,
                             const RulesKey& key) {
    const text* masked = nullptr;
    ExternalLedger ledger{};
    ledger.may_write = true;
    do {
        enter_core([&] {
            const JsonbView view;
            auto rules = rules_for(key, prompt_name, category);
            LedgerAnswers answers(&ledger, *rules.set);
            const Stored stored = stored_document(view.root(metadata), rules.set, rules.applicable,
                                                  check_options(&answers), true)
                                      .take();
            masked = stored.what == Stored::What::text ? make_text(stored.text) : nullptr;
        });
    } while (ask_external(&ledger));
    return masked == nullptr ? metadata : DatumGetJsonbP(jsonb_of(masked));
}

}  // namespace pgprompt::pg
