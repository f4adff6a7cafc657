// What the scanners of the families share: the text, the wanted entities, the words around a place, the
// findings.
#pragma once

#include <string_view>
#include <vector>

#include "core/guardrail/byte_automaton.h"
#include "core/guardrail/detectors/pii.h"
#include "core/guardrail/pacer.h"

namespace pgprompt::guardrail {

// Groups of words that speak for an entity, or against any.
enum class Context : uint8_t {
    phone,
    ssn,
    tax,
    card,
    bank,
    passport,
    licence,
    address_ip,
    health,
    national,
    crypto,
    mail,
    birth,
    aadhaar,
    medicare,
    company,
    other_number,
    version,
    count
};

class PiiScan {
 public:
    PiiScan(std::string_view text, PiiMask wanted, float min_score, Poll poll)
        : text_(text), wanted_(wanted), min_score_(min_score), poll_(poll) {}

    std::string_view text() const { return text_; }
    bool wants(Pii entity) const { return (wanted_ & pii_bit(entity)) != 0; }
    bool wants_any(PiiMask entities) const { return (wanted_ & entities) != 0; }
    void found(Pii entity, size_t start, size_t end, double score, bool validated);
    // A word of the group stands before the place (up to 64 bytes) or shortly behind it.
    bool near(Context context, size_t start, size_t end);
    void tick();
    std::vector<PiiFinding>& findings() { return findings_; }
    size_t url_end = 0;  // of the last URL with credentials

    // 0 outside the text.
    unsigned char at(size_t i) const { return i < text_.size() ? static_cast<unsigned char>(text_[i]) : 0; }
    unsigned char before(size_t i) const { return i > 0 ? static_cast<unsigned char>(text_[i - 1]) : 0; }

 private:
    struct Word {
        uint32_t start;
        uint32_t end;
        Context context;
    };
    void find_words();
    bool word_ends(size_t end) const;

    std::string_view text_;
    PiiMask wanted_;
    float min_score_;
    Poll poll_;
    uint32_t ticks_ = 0;
    bool words_found_ = false;
    std::vector<Word> words_;
    std::vector<PiiFinding> findings_;
};

// The families. Each looks at one place of the text: an @, a digit's token, "://".
void scan_email(PiiScan& scan, size_t at_sign);
void scan_url(PiiScan& scan, size_t colon);
void scan_colons(PiiScan& scan, size_t colon);   // IPv6 and MAC addresses
void scan_numbers(PiiScan& scan, size_t start);  // a group of digits and those behind it
void scan_phone(PiiScan& scan, size_t start);    // the same for telephone numbers; `start` is the first digit
void scan_dotted(PiiScan& scan, size_t start);   // IPv4, Cisco MAC
void scan_token(PiiScan& scan, size_t start, size_t end);  // letters and digits mixed

void scan_split_code(PiiScan& scan, size_t start, size_t end);  // a group of digits with letters around it

}  // namespace pgprompt::guardrail
