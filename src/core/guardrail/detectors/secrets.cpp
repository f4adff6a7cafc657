#include "core/guardrail/detectors/secrets.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "core/guardrail/best_of_overlapping.h"
#include "core/guardrail/decode.h"
#include "core/guardrail/detect.h"
#include "core/guardrail/detectors/secret_formats.h"
#include "core/guardrail/matcher.h"
#include "core/guardrail/utf8.h"

namespace pgprompt::guardrail {
namespace {

const std::vector<DetectorName>& kinds() {
    static const std::vector<DetectorName> names = [] {
        std::vector<DetectorName> all;
        size_t count = 0;
        const SecretFormat* formats = secret_formats(&count);
        for (size_t i = 0; i < count; ++i) all.push_back({formats[i].kind, formats[i].description, true});
        return all;
    }();
    return names;
}

struct SecretMatcher {
    SecretMatcher() {
        size_t count = 0;
        const SecretFormat* formats = secret_formats(&count);
        for (size_t i = 0; i < count; ++i) {
            matcher.add_known_regex("secret", formats[i].pattern, {}, size_t{4} << 20, {});
        }
        matcher.build();
    }
    Matcher matcher;
};

const Matcher& secret_matcher() {
    static const SecretMatcher instance;
    return instance.matcher;
}

// Words that stand where a secret would stand.
bool is_sample(std::string_view value) {
    std::string lower(value);
    for (char& c : lower) c = to_ascii_lower(c);
    for (const char* word :
         {"example",      "sample",    "placeholder", "changeme",   "change_me", "your_",       "your-",
          "yourpassword", "yourtoken", "yourkey",     "yoursecret", "my_secret", "mysecret",    "xxxx",
          "****",         "....",      "dummy",       "insert",     "redacted",  "todo",        "fixme",
          "replace",      "<",         "${",          "{{",         "$(",        "process.env", "os.environ",
          "getenv",       "env.",      "secrets.",    "config.",    "settings.", "null",        "undefined",
          "none",         "true",      "false",       "1234567890", "abcdefgh",  "string",      "password",
          "passwort",     "test",      "secret",      "function",   "return",    "http://",     "https://",
          "token",        "api_key",   "apikey",      "self.",      "this.",     "request.",    "user_",
          "username",     "params",    "required",    "optional",   "default",   "hidden"}) {
        if (lower.find(word) != std::string::npos) return true;
    }
    return false;
}

bool is_repetitive(std::string_view value) {
    bool seen[256] = {};
    size_t distinct = 0;
    for (const char c : value) {
        distinct += !seen[static_cast<unsigned char>(c)];
        seen[static_cast<unsigned char>(c)] = true;
    }
    return distinct < 5;
}

// Where the value begins in a match of the form name: "value".
size_t value_start(std::string_view match) {
    size_t at = match.find_first_of(":=,>");
    // name="..." value="..."
    const size_t named = match.find("value=");
    if (named != std::string_view::npos && named > 0 && match[named - 1] == ' ') at = named + 5;
    for (const std::string_view is : {" is ", " ist ", " es ", " est ", " è ", " lautet ", "："}) {
        const size_t found = match.find(is);
        if (found < at) at = found + is.size() - 1;
    }
    if (at == std::string_view::npos) at = match.find_last_of(" \t");  // ENV NAME value
    if (at == std::string_view::npos) at = 0;
    while (at < match.size() && (std::strchr(":=>, \t\"'`", match[at]) != nullptr || match[at] == '\x9a') &&
           match[at] != 0) {
        ++at;
    }
    return at;
}

struct Shape {
    bool digit = false;
    bool lower = false;
    bool upper = false;
    bool sign = false;
};

Shape shape_of(std::string_view value) {
    Shape shape;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        shape.digit = shape.digit || is_ascii_digit(byte);
        shape.lower = shape.lower || is_ascii_lower(byte);
        shape.upper = shape.upper || is_ascii_upper(byte);
        shape.sign = shape.sign || !is_ascii_alnum(byte);
    }
    return shape;
}

bool contains_any(std::string_view text, std::initializer_list<const char*> words) {
    std::string lower(text);
    for (char& c : lower) c = to_ascii_lower(c);
    return std::any_of(words.begin(), words.end(),
                       [&](const char* word) { return lower.find(word) != std::string::npos; });
}

// Words with hyphens, dots or slashes between and short numbers: a name somebody gave, no key.
bool is_identifier(std::string_view value) {
    size_t parts = 1;
    size_t letters = 0;
    size_t digits = 0;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_ascii_lower(byte)) {
            if (digits > 0) return false;
            ++letters;
        } else if (is_ascii_digit(byte)) {
            if (letters > 1) return false;
            ++digits;
        } else if (c == '-' || c == '.' || c == '/' || c == '_' || c == ':' || c == '#') {
            if (letters + digits == 0 || letters > 14 || digits > 4) return false;
            ++parts;
            letters = digits = 0;
        } else {
            return false;
        }
    }
    return parts >= 3 && letters <= 14 && digits <= 4;
}

// What a name ends in that says where a secret lies or what it is like, but not the secret itself.
bool names_no_secret(std::string_view name) {
    const size_t last = name.find_last_not_of(":=>, \t\"'`");
    std::string lower(name.substr(0, last == std::string_view::npos ? 0 : last + 1));
    for (char& c : lower) c = to_ascii_lower(c);
    for (const std::string_view tail : {"name", "path", "file", "url", "uri", "type", "length", "header", "format",
                                        "prefix", "hash", "endpoint", "version", "expiry", "expires"}) {
        if (lower.size() > tail.size() && lower.compare(lower.size() - tail.size(), tail.size(), tail) == 0)
            return true;
    }
    return false;
}

// The value of a named value, or 0 if it looks like none.
double named_value_score(std::string_view match, size_t start) {
    const std::string_view name = match.substr(0, start);
    std::string_view value = match.substr(start);
    while (!value.empty() && (value.back() == '.' || value.back() == '!' || value.back() == '?'))
        value.remove_suffix(1);
    if (value.size() < 6 || is_sample(value) || is_repetitive(value)) return 0;
    const Shape shape = shape_of(value);
    const double entropy = shannon_entropy(value);
    if (names_no_secret(name)) return 0;
    const bool password = contains_any(name, {"passw", "_pass", "-pass", ".pass", "pwd", "passphrase", "mot de passe",
                                              "contrase", "senha", "wachtwoord", "kennwort", "пароль", "密码",
                                              "密碼", "パスワード"});
    if (password) {
        // People choose passwords of words, digits and signs.
        const int kinds_used = shape.digit + shape.lower + shape.upper + shape.sign;
        if (!shape.digit && !shape.sign) return 0;
        if (value.find_first_of("/\\") == 0) return 0;
        return kinds_used >= 3 || (shape.digit && value.size() >= 8) ? 0.75 : 0.4;
    }
    if (!contains_any(name, {"key", "token", "secret", "auth", "credential", "bearer"})) return 0;
    if (value.size() < 16 || !shape.digit || !(shape.lower || shape.upper)) return 0;
    if (is_identifier(value)) return 0;
    // Paths, addresses and identifiers of code are no keys.
    if (value.find("://") != std::string_view::npos || value.find("::") != std::string_view::npos ||
        value[0] == '/' || value.substr(0, 2) == "~/" || value.substr(0, 2) == "./")
        return 0;
    const bool plain = value.find_first_of("./@#$%^&*!") == std::string_view::npos;
    const bool hexadecimal = value.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
    if (hexadecimal) return entropy >= 3.0 && value.size() >= 24 ? 0.7 : 0.3;
    return entropy >= (plain ? 3.5 : 3.8) ? 0.75 : 0.3;
}

// A JSON object with "alg" in its first part.
bool is_jwt(std::string_view token) {
    std::string header;
    OffsetMap map;
    const size_t dot = token.find('.');
    return decode_base64(token.substr(0, dot), nullptr, &header, &map) && header[0] == '{' &&
           header.find("\"alg\"") != std::string::npos;
}

// scheme://user:password@host
bool has_real_password(std::string_view url) {
    const size_t scheme = url.find("://");
    const size_t at_sign = url.rfind('@');
    const size_t colon = url.find(':', scheme + 3);
    if (scheme == std::string_view::npos || at_sign == std::string_view::npos || colon > at_sign)
        return false;
    const std::string_view password = url.substr(colon + 1, at_sign - colon - 1);
    // http://host:8080/a@b
    const size_t port = password.find_first_not_of("0123456789");
    if (port != std::string_view::npos && port > 0 && password[port] == '/') return false;
    return password.find_first_of("<>{}*") == std::string_view::npos && password[0] != '$' &&
           password[0] != '%' && !contains_any(password, {"xxxx", "your_", "yourpass", "placeholder"});
}

class Collector {
 public:
    Collector(const std::vector<TextView>& views, int32_t view, std::string_view text,
              std::vector<SecretFinding>* out)
        : views_(views), view_(view), text_(text), out_(out) {
        formats_ = secret_formats(&count_);
    }

    void take(const Matcher::Match& match) {
        const SecretFormat& format = formats_[match.pattern];
        const std::string_view value = text_.substr(match.start, match.end - match.start);
        const std::string_view kind = format.kind;
        double score = format.score;
        size_t start = match.start;
        size_t end = match.end;
        bool validated = false;
        if (kind == "jwt") {
            if (!is_jwt(value)) return;
            validated = true;
        } else if (kind == "connection_string") {
            if (!has_real_password(value)) return;
            while (end > start && std::strchr(".,;)", text_[end - 1]) != nullptr) --end;
        } else if (kind == "named_value") {
            start += value_start(value);
            score = named_value_score(value, start - match.start);
            if (score == 0 || (end < text_.size() && text_[end] == '(')) return;
            // The next field of a form or an address, and the end of a sentence.
            const size_t next = text_.substr(start, end - start).find('&');
            if (next != std::string_view::npos && text_.substr(start + next, end - start - next).find('=') !=
                                                      std::string_view::npos) {
                end = start + next;
                score = named_value_score(text_.substr(match.start, end - match.start), start - match.start);
                if (score == 0) return;
            }
            const bool quoted = end < text_.size() && std::strchr("\"'`", text_[end]) != nullptr;
            while (!quoted && end > start && std::strchr(".?", text_[end - 1]) != nullptr) --end;
        } else if (kind == "connection_settings") {
            start = match.start + value.rfind('=') + 1;
            if (is_sample(text_.substr(start, end - start))) return;
        } else if (kind == "private_key" || kind == "putty_private_key") {
            // The key itself, up to its last line, as long as keys get.
            constexpr size_t kLongestKey = 16384;
            const std::string_view rest = text_.substr(end, kLongestKey);
            // What lies behind the next key's beginning is not looked at: many beginnings cost no more than
            // one.
            const size_t next = rest.find(kind == "private_key" ? "-----BEGIN " : "PuTTY-User-Key-File-");
            size_t last = rest.substr(0, next).find(kind == "private_key" ? "-----END " : "Private-MAC:");
            if (last != std::string_view::npos) {
                while (last < rest.size() && rest[last] != '\n' && rest.substr(last, 8) != "KEY-----" &&
                       rest.substr(last, 10) != "BLOCK-----") {
                    ++last;
                }
                end += last + (rest.substr(last, 8) == "KEY-----"      ? 8
                               : rest.substr(last, 10) == "BLOCK-----" ? 10
                                                                       : 0);
            }
            validated = true;
        } else {
            // Of name = value formats the value is the secret.
            const size_t sign = value.find_first_of(":=");
            const bool named = value.size() > 3 && sign != std::string_view::npos &&
                               std::strncmp(format.pattern, "(?i:", 4) == 0;
            if (named) start += value_start(value);
            const std::string_view secret = text_.substr(start, end - start);
            if (format.least_entropy > 0 && shannon_entropy(secret) < format.least_entropy) return;
            if (is_placeholder(secret)) return;
        }
        auto raw_start = static_cast<uint32_t>(start);
        auto raw_end = static_cast<uint32_t>(end);
        to_raw(views_, view_, &raw_start, &raw_end);
        out_->push_back({match.pattern, view_, raw_start, raw_end, static_cast<float>(score), validated});
    }

 private:
    // Documentation writes keys as sk_live_xxxxxxxx or AKIAIOSFODNN7EXAMPLE.
    static bool is_placeholder(std::string_view secret) {
        return contains_any(secret,
                            {"example", "xxxxx", "*****", "placeholder", "your_", "yourkey", "redacted"}) ||
               secret.find("00000000") != std::string_view::npos;
    }

    const std::vector<TextView>& views_;
    int32_t view_;
    std::string_view text_;
    std::vector<SecretFinding>* out_;
    const SecretFormat* formats_ = nullptr;
    size_t count_ = 0;
};

bool better(const SecretFinding& a, const SecretFinding& b) {
    const size_t generic = first_generic_format();
    if ((a.kind < generic) != (b.kind < generic)) return a.kind < generic;
    if (a.validated != b.validated) return a.validated;
    if (a.score != b.score) return a.score > b.score;
    if (a.end - a.start != b.end - b.start) return a.end - a.start > b.end - b.start;
    return a.view < b.view;
}

}  // namespace

int secret_kind(std::string_view name) {
    for (size_t i = 0; i < kinds().size(); ++i) {
        if (kinds()[i].name == name) return static_cast<int>(i);
    }
    return -1;
}

double shannon_entropy(std::string_view text) {
    if (text.empty()) return 0;
    uint32_t count[256] = {};
    for (const char c : text) ++count[static_cast<unsigned char>(c)];
    double bits = 0;
    const auto size = static_cast<double>(text.size());
    for (const uint32_t n : count) {
        if (n > 0) bits -= n / size * std::log2(n / size);
    }
    return bits;
}

std::vector<SecretFinding> scan_secrets(std::string_view raw, const std::vector<TextView>& views, Poll poll) {
    std::vector<SecretFinding> findings;
    std::vector<Matcher::Match> matches;
    Matcher::Query query;
    query.poll = poll;
    for (int32_t view = -1; view < static_cast<int32_t>(views.size()); ++view) {
        if (view >= 0 && views[static_cast<size_t>(view)].kind == ViewKind::relaxed) continue;
        const std::string_view text =
            view < 0 ? raw : std::string_view(views[static_cast<size_t>(view)].text);
        secret_matcher().find(text, query, &matches);
        Collector collector(views, view, text, &findings);
        Pacer pacer(poll);
        for (const Matcher::Match& match : matches) {
            pacer.did(256 + match.end - match.start);
            collector.take(match);
        }
    }
    return best_of_overlapping(std::move(findings), poll, better);
}

}  // namespace pgprompt::guardrail

namespace pgprompt {

const std::vector<DetectorName>& secret_kinds() {
    return guardrail::kinds();
}

}  // namespace pgprompt
