// The bridge between rules that call SQL functions and the core, which cannot: the core notes questions, the
// wrapper asks them with no C++ object alive, and the core runs again with the answers.
//
//   ExternalLedger ledger{};
//   do {
//       enter_core([&] { ... LedgerAnswers answers(&ledger); ... });
//   } while (ask_external(&ledger));
#pragma once

#include "pg/server.h"

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/request/findings.h"

namespace pgprompt::pg {

struct ExternalQuestion;

// Plain data. A zeroed one is ready for use.
struct ExternalLedger {
    ExternalQuestion* first;
    ExternalQuestion* last;
    bool may_write;     // the statement may: functions may be volatile
    bool raise_errors;  // what a function raises ends the statement, whatever the rule's on_error
};

// For use inside enter_core. What it lends lives as long as it does and the ledger's memory.
class LedgerAnswers final : public ExternalRules {
 public:
    LedgerAnswers(ExternalLedger* ledger, const RuleSet& rules);
    const ExternalAnswer* answer(uint32_t rule, std::string_view text) override;
    bool pending() const override { return pending_; }
    bool explains_defects() const override { return ledger_->raise_errors; }

 private:
    struct Key {
        uint32_t rule;
        std::string_view text;
        bool operator==(const Key& other) const { return rule == other.rule && text == other.text; }
    };
    struct Hash {
        size_t operator()(const Key& key) const {
            return std::hash<std::string_view>()(key.text) * 31 + key.rule;
        }
    };

    ExternalLedger* ledger_;
    const RuleSet& rules_;
    std::unordered_map<Key, std::unique_ptr<ExternalAnswer>, Hash> known_;
    bool pending_ = false;
};

// How texts are checked and stored, as the settings have it.
CheckOptions check_options(LedgerAnswers* answers);

// Asks what is noted in the ledger; false if nothing was. Errors of a function become failures, but for
// cancels, timeouts and what asks for the transaction to be repeated, which are raised; so is every error
// where the rule's on_error is `error`, and in parallel mode before PostgreSQL 17, which has no
// subtransactions there.
bool ask_external(ExternalLedger* ledger);

}  // namespace pgprompt::pg
