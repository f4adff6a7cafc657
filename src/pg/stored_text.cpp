#include "pg/stored_text.h"

#include "core/request/request.h"
#include "pg/arguments.h"
#include "pg/boundary.h"
#include "pg/external_answers.h"
#include "pg/jsonb_view.h"

namespace pgprompt::pg {

namespace {

struct StoredText {
    Stored::What what;
    const text* value;  // of What::text
};

// `value_in` gives what is to be stored, inside enter_core.
template <class ValueIn>
StoredText stored(ValueIn value_in, const text* prompt_name, const text* category, const RulesKey& key, bool kept) {
    StoredText result{};
    ExternalLedger ledger{};
    ledger.may_write = true;
    do {
        enter_core([&] {
            const JsonbView view;
            auto rules = rules_for(key, prompt_name, category);
            LedgerAnswers answers(&ledger, *rules.set);
            const Stored masked =
                stored_document(value_in(view), rules.set, rules.applicable, check_options(&answers), kept).take();
            result.what = masked.what;
            result.value = masked.what == Stored::What::text ? make_text(masked.text) : nullptr;
        });
    } while (ask_external(&ledger));
    return result;
}

}  // namespace

const text* masked_text(const text* content, const text* prompt_name, const text* category, const RulesKey& key,
                        bool kept) {
    if (content == nullptr) return nullptr;
    const StoredText masked = stored([&](const JsonbView&) { return Value::of(view_of(content)); }, prompt_name,
                                     category, key, kept);
    return masked.what == Stored::What::as_given ? content : masked.value;
}

const Jsonb* masked_document(const Jsonb* document, const text* prompt_name, const text* category,
                             const RulesKey& key, bool kept) {
    if (document == nullptr) return nullptr;
    const StoredText masked =
        stored([&](const JsonbView& view) { return view.root(document); }, prompt_name, category, key, kept);
    if (masked.what == Stored::What::as_given) return document;
    return masked.value == nullptr ? nullptr : DatumGetJsonbP(jsonb_of(masked.value));
}

}  // namespace pgprompt::pg
