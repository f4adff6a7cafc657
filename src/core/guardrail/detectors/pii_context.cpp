#include <algorithm>
#include <string>

#include "core/guardrail/detectors/pii_scan.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

struct ContextWord {
    const char* word;
    Context context;
};

constexpr ContextWord kWords[] = {{"phone", Context::phone},
                                  {"telephone", Context::phone},
                                  {"tel", Context::phone},
                                  {"mobile", Context::phone},
                                  {"cell", Context::phone},
                                  {"call", Context::phone},
                                  {"fax", Context::phone},
                                  {"whatsapp", Context::phone},
                                  {"sms", Context::phone},
                                  {"text me", Context::phone},
                                  {"dial", Context::phone},
                                  {"reach", Context::phone},
                                  {"contact", Context::phone},
                                  {"hotline", Context::phone},
                                  {"ring", Context::phone},
                                  {"telefon", Context::phone},
                                  {"telefono", Context::phone},
                                  {"handy", Context::phone},
                                  {"rufnummer", Context::phone},
                                  {"numero", Context::phone},
                                  {"landline", Context::phone},
                                  {"callback", Context::phone},
                                  {"voicemail", Context::phone},
                                  {"portable", Context::phone},
                                  {"answering", Context::phone},
                                  {"my number", Context::phone},
                                  {"number is", Context::phone},
                                  {"his number", Context::phone},
                                  {"her number", Context::phone},
                                  {"messages", Context::phone},
                                  {"registered", Context::phone},
                                  {"phone number", Context::phone},
                                  {"joindre", Context::phone},
                                  {"joignable", Context::phone},
                                  {"appeler", Context::phone},
                                  {"appelez", Context::phone},
                                  {"rappeler", Context::phone},
                                  {"mobil", Context::phone},
                                  {"handynummer", Context::phone},
                                  {"erreichen", Context::phone},
                                  {"erreichbar", Context::phone},
                                  {"anrufen", Context::phone},
                                  {"rufen", Context::phone},
                                  {"cellulare", Context::phone},
                                  {"chiamarmi", Context::phone},
                                  {"chiamare", Context::phone},
                                  {"chiama", Context::phone},
                                  {"chiamami", Context::phone},
                                  {"movil", Context::phone},
                                  {"celular", Context::phone},
                                  {"llamame", Context::phone},
                                  {"llama", Context::phone},
                                  {"llamar", Context::phone},
                                  {"llame", Context::phone},
                                  {"telefone", Context::phone},
                                  {"telefoon", Context::phone},
                                  {"telefonisch", Context::phone},
                                  {"ssn", Context::ssn},
                                  {"social security", Context::ssn},
                                  {"social sec", Context::ssn},
                                  {"ss#", Context::ssn},
                                  {"itin", Context::ssn},
                                  {"social", Context::ssn},
                                  {"tax", Context::tax},
                                  {"tfn", Context::tax},
                                  {"steuer", Context::tax},
                                  {"steuernummer", Context::tax},
                                  {"idnr", Context::tax},
                                  {"steuer-id", Context::tax},
                                  {"tin", Context::tax},
                                  {"itin", Context::tax},
                                  {"pan", Context::tax},
                                  {"fiscale", Context::tax},
                                  {"cpf", Context::tax},
                                  {"cnpj", Context::tax},
                                  {"nif", Context::tax},
                                  {"steueridentifikationsnummer", Context::tax},
                                  {"card", Context::card},
                                  {"credit", Context::card},
                                  {"debit", Context::card},
                                  {"cc", Context::card},
                                  {"visa", Context::card},
                                  {"mastercard", Context::card},
                                  {"amex", Context::card},
                                  {"kreditkarte", Context::card},
                                  {"kreditkarten", Context::card},
                                  {"carte de credit", Context::card},
                                  {"carte bancaire", Context::card},
                                  {"par carte", Context::card},
                                  {"carta di credito", Context::card},
                                  {"tarjeta", Context::card},
                                  {"cartao", Context::card},
                                  {"payment", Context::card},
                                  {"cvv", Context::card},
                                  {"bank", Context::bank},
                                  {"iban", Context::bank},
                                  {"account", Context::bank},
                                  {"routing", Context::bank},
                                  {"aba", Context::bank},
                                  {"rtn", Context::bank},
                                  {"wire", Context::bank},
                                  {"transit", Context::bank},
                                  {"swift", Context::bank},
                                  {"deposit", Context::bank},
                                  {"konto", Context::bank},
                                  {"passport", Context::passport},
                                  {"passeport", Context::passport},
                                  {"reisepass", Context::passport},
                                  {"pasaporte", Context::passport},
                                  {"passaporto", Context::passport},
                                  {"passaporte", Context::passport},
                                  {"paspoort", Context::passport},
                                  {"ausweis", Context::passport},
                                  {"personalausweis", Context::passport},
                                  {"travel document", Context::passport},
                                  {"licence", Context::licence},
                                  {"license", Context::licence},
                                  {"driver", Context::licence},
                                  {"drivers", Context::licence},
                                  {"driving", Context::licence},
                                  {"dl", Context::licence},
                                  {"dl#", Context::licence},
                                  {"dmv", Context::licence},
                                  {"permit", Context::licence},
                                  {"fuhrerschein", Context::licence},
                                  {"ip", Context::address_ip},
                                  {"ipv4", Context::address_ip},
                                  {"ipv6", Context::address_ip},
                                  {"server", Context::address_ip},
                                  {"host", Context::address_ip},
                                  {"ping", Context::address_ip},
                                  {"dns", Context::address_ip},
                                  {"gateway", Context::address_ip},
                                  {"subnet", Context::address_ip},
                                  {"network", Context::address_ip},
                                  {"login", Context::address_ip},
                                  {"address", Context::address_ip},
                                  {"nhs", Context::health},
                                  {"health", Context::health},
                                  {"patient", Context::health},
                                  {"medical", Context::health},
                                  {"national", Context::national},
                                  {"identity", Context::national},
                                  {"insurance", Context::national},
                                  {"nino", Context::national},
                                  {"sin", Context::national},
                                  {"sin number", Context::national},
                                  {"id number", Context::national},
                                  {"id card", Context::national},
                                  {"pesel", Context::national},
                                  {"dni", Context::national},
                                  {"nie", Context::national},
                                  {"rrn", Context::national},
                                  {"nric", Context::national},
                                  {"fin", Context::national},
                                  {"hetu", Context::national},
                                  {"henkilotunnus", Context::national},
                                  {"kimlik", Context::national},
                                  {"tc", Context::national},
                                  {"sin", Context::national},
                                  {"social insurance", Context::national},
                                  {"bsn", Context::national},
                                  {"burgerservicenummer", Context::national},
                                  {"personnummer", Context::national},
                                  {"fodselsnummer", Context::national},
                                  {"cpr", Context::national},
                                  {"ahv", Context::national},
                                  {"avs", Context::national},
                                  {"nir", Context::national},
                                  {"secu", Context::national},
                                  {"securite sociale", Context::national},
                                  {"rijksregisternummer", Context::national},
                                  {"national id", Context::national},
                                  {"citizen", Context::national},
                                  {"resident", Context::national},
                                  {"south african id", Context::national},
                                  {"thai id", Context::national},
                                  {"sa id", Context::national},
                                  {"personal number", Context::national},
                                  {"personal id", Context::national},
                                  {"identification", Context::national},
                                  {"rodne", Context::national},
                                  {"id no", Context::national},
                                  {"id:", Context::national},
                                  {"bitcoin", Context::crypto},
                                  {"btc", Context::crypto},
                                  {"wallet", Context::crypto},
                                  {"ethereum", Context::crypto},
                                  {"eth", Context::crypto},
                                  {"crypto", Context::crypto},
                                  {"email", Context::mail},
                                  {"e-mail", Context::mail},
                                  {"mail", Context::mail},
                                  {"born", Context::birth},
                                  {"birth", Context::birth},
                                  {"dob", Context::birth},
                                  {"aadhaar", Context::aadhaar},
                                  {"aadhar", Context::aadhaar},
                                  {"uidai", Context::aadhaar},
                                  {"uid", Context::aadhaar},
                                  {"medicare", Context::medicare},
                                  {"abn", Context::company},
                                  {"business number", Context::company},
                                  {"company", Context::company},
                                  {"cnpj", Context::company},
                                  {"order", Context::other_number},
                                  {"invoice", Context::other_number},
                                  {"tracking", Context::other_number},
                                  {"isbn", Context::other_number},
                                  {"ticket", Context::other_number},
                                  {"sku", Context::other_number},
                                  {"serial", Context::other_number},
                                  {"part number", Context::other_number},
                                  {"part no", Context::other_number},
                                  {"reference", Context::other_number},
                                  {"confirmation", Context::other_number},
                                  {"booking", Context::other_number},
                                  {"case number", Context::other_number},
                                  {"product", Context::other_number},
                                  {"model", Context::other_number},
                                  {"timestamp", Context::other_number},
                                  {"unix", Context::other_number},
                                  {"epoch", Context::other_number},
                                  {"hash", Context::other_number},
                                  {"build", Context::other_number},
                                  {"article", Context::other_number},
                                  {"item", Context::other_number},
                                  {"ean", Context::other_number},
                                  {"upc", Context::other_number},
                                  {"barcode", Context::other_number},
                                  {"parcel", Context::other_number},
                                  {"shipment", Context::other_number},
                                  {"issn", Context::other_number},
                                  {"doi", Context::other_number},
                                  {"rfc", Context::other_number},
                                  {"population", Context::other_number},
                                  {"digits of", Context::other_number},
                                  {"sequence", Context::other_number},
                                  {"catalog", Context::other_number},
                                  {"catalogue", Context::other_number},
                                  {"catalogo", Context::other_number},
                                  {"katalog", Context::other_number},
                                  {"bestellung", Context::other_number},
                                  {"rechnung", Context::other_number},
                                  {"kunden", Context::other_number},
                                  {"serien", Context::other_number},
                                  {"artikel", Context::other_number},
                                  {"sendung", Context::other_number},
                                  {"commande", Context::other_number},
                                  {"facture", Context::other_number},
                                  {"colis", Context::other_number},
                                  {"pedido", Context::other_number},
                                  {"factura", Context::other_number},
                                  {"fattura", Context::other_number},
                                  {"ordine", Context::other_number},
                                  {"bestelling", Context::other_number},
                                  {"version", Context::version},
                                  {"release", Context::version},
                                  {"v", Context::version},
                                  {"section", Context::version},
                                  {"chapter", Context::version},
                                  {"firmware", Context::version},
                                  {"upgrade", Context::version},
                                  {"driver version", Context::version},
                                  {"python", Context::version},
                                  {"java", Context::version},
                                  {"node", Context::version},
                                  {"chrome", Context::version},
                                  {"firefox", Context::version},
                                  {"kernel", Context::version},
                                  {"windows", Context::version},
                                  {"framework", Context::version},
                                  {"build", Context::version},
                                  {"clause", Context::version}};

struct ContextAutomaton {
    ContextAutomaton() {
        std::vector<std::string> words;
        for (const ContextWord& entry : kWords) words.emplace_back(entry.word);
        automata = build_aho_corasick(words);
    }
    std::vector<ByteAutomaton> automata;
};

const ContextAutomaton& context_automaton() {
    static const ContextAutomaton instance;
    return instance;
}

}  // namespace

// Behind a word: nothing more, its plural, or the number it names (Telefonnummer, cardNumber).
bool PiiScan::word_ends(size_t end) const {
    if (!is_ascii_alpha(at(end))) return true;
    for (const std::string_view tail : {"s", "nummer", "nummern", "nr", "number", "numbers", "no"}) {
        size_t i = 0;
        while (i < tail.size() && (at(end + i) | 0x20) == static_cast<unsigned char>(tail[i])) ++i;
        if (i == tail.size() && !is_ascii_alpha(at(end + i))) return true;
    }
    return false;
}

void PiiScan::find_words() {
    words_found_ = true;
    Pacer pacer(poll_);
    std::vector<ByteAutomaton::Hit> hits;
    for (const ByteAutomaton& automaton : context_automaton().automata) {
        automaton.scan(text_, &hits, poll_);
        for (const ByteAutomaton::Hit& hit : hits) {
            pacer.did(32);
            automaton.for_each(hit.state, [&](uint32_t number) {
                const ContextWord& entry = kWords[number];
                const auto length = static_cast<uint32_t>(std::string_view(entry.word).size());
                const uint32_t start = hit.end - length;
                if (is_ascii_alpha(before(start)) || !word_ends(hit.end)) return;
                words_.push_back({start, hit.end, entry.context});
            });
        }
        hits.clear();
    }
    paced_sort(words_.begin(), words_.end(), poll_,
               [](const Word& a, const Word& b) { return a.start < b.start; });
}

bool PiiScan::near(Context context, size_t start, size_t end) {
    constexpr size_t kBefore = 64;
    constexpr size_t kBehind = 24;
    if (!words_found_) find_words();
    const size_t low = start > kBefore ? start - kBefore : 0;
    auto word = std::lower_bound(words_.begin(), words_.end(), low,
                                 [](const Word& entry, size_t value) { return entry.start < value; });
    for (; word != words_.end() && word->start < end + kBehind; ++word) {
        if (word->context == context && (word->end <= start || word->start >= end)) return true;
    }
    return false;
}

void PiiScan::found(Pii entity, size_t start, size_t end, double score, bool validated) {
    if (!wants(entity) || score < min_score_) return;
    findings_.push_back({entity, static_cast<uint32_t>(start), static_cast<uint32_t>(end),
                         static_cast<float>(std::min(score, 1.0)), validated});
}

void PiiScan::tick() {
    if ((++ticks_ & 1023) == 0 && poll_ != nullptr && poll_()) throw Failure(Code::cancelled, "cancelled");
}

}  // namespace pgprompt::guardrail
