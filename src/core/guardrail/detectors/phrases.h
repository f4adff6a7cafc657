// A detector made of phrases: regular expressions, each a finding of some family with a weight, matched in one pass.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/guardrail/matcher.h"
#include "core/guardrail/text_view.h"
#include "core/status.h"

namespace pgprompt::guardrail {

struct Phrase {
    uint8_t family;
    float weight;  // how sure one such phrase makes by itself, 0 to 1
    // RE2 syntax, case ignored. <name> stands for a part defined beside the list.
    const char* pattern;
};

struct PhrasePart {
    const char* name;
    const char* pattern;
};

struct PhraseFinding {
    uint32_t phrase;
    uint32_t start;
    uint32_t end;
};

// How a list is matched: as expressions that say themselves where words end, or as words, each alternative of which
// must stand between word boundaries. Alternatives without * and + are spelled out and matched as keywords.
enum class PhraseKind : uint8_t { expressions, words };

class PhraseMatcher {
  public:
    PhraseMatcher(const char* what, const Phrase* phrases, size_t count, const std::vector<PhrasePart>& parts,
                  PhraseKind kind = PhraseKind::expressions);
    // Every phrase found in the text.
    void find(std::string_view text, Poll poll, std::vector<PhraseFinding>* out) const;
    const Phrase& phrase(uint32_t number) const { return phrases_[number]; }
    const Matcher& matcher() const { return matcher_; }

  private:
    void add_words(const char* what, uint32_t phrase, const std::string& pattern);

    const Phrase* phrases_;
    std::vector<uint32_t> phrase_of_;  // by pattern of the matcher
    Matcher matcher_;
};

// `pattern` with every <name> replaced.
std::string with_parts(std::string_view pattern, const std::vector<PhrasePart>& parts);

}  // namespace pgprompt::guardrail
