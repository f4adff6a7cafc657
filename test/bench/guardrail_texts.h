// Rules and texts for the guardrail's benchmark. Texts are drawn anew for every call, so no automaton has
// seen them.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace pgprompt::bench {

inline const std::vector<std::string>& vocabulary() {
    static const std::vector<std::string> words = {
        "the",      "of",        "and",       "to",       "in",       "is",      "that",     "for",
        "it",       "with",      "as",        "was",      "on",       "be",      "at",       "by",
        "this",     "had",       "not",       "are",      "but",      "from",    "or",       "have",
        "an",       "they",      "which",     "one",      "you",      "were",    "her",      "all",
        "she",      "there",     "would",     "their",    "we",       "him",     "been",     "has",
        "when",     "who",       "will",      "more",     "no",       "if",      "out",      "so",
        "said",     "what",      "up",        "its",      "about",    "into",    "than",     "them",
        "can",      "only",      "other",     "new",      "some",     "could",   "time",     "these",
        "two",      "may",       "then",      "do",       "first",    "any",     "my",       "now",
        "such",     "like",      "our",       "over",     "man",      "me",      "even",     "most",
        "made",     "after",     "also",      "did",      "many",     "before",  "must",     "through",
        "years",    "where",     "much",      "your",     "way",      "well",    "down",     "should",
        "because",  "each",      "just",      "those",    "people",   "how",     "too",      "little",
        "state",    "good",      "very",      "make",     "world",    "still",   "own",      "see",
        "men",      "work",      "long",      "get",      "here",     "between", "both",     "life",
        "being",    "under",     "never",     "day",      "same",     "another", "know",     "while",
        "last",     "might",     "us",        "great",    "old",      "year",    "off",      "come",
        "since",    "against",   "go",        "came",     "right",    "used",    "take",     "three",
        "customer", "account",   "order",     "invoice",  "shipping", "address", "support",  "ticket",
        "refund",   "payment",   "password",  "reset",    "login",    "server",  "database", "query",
        "index",    "table",     "column",    "function", "return",   "value",   "string",   "number",
        "explain",  "summarise", "translate", "review",   "product",  "quality", "meeting",  "schedule",
        "project",  "deadline",  "report",    "analysis", "weather",  "recipe",  "travel",   "history",
        "science",  "teacher",   "student",   "lesson",   "grade"};
    return words;
}

class TextSource {
 public:
    explicit TextSource(uint32_t seed) : random_(seed) {}

    std::string prose(size_t size) {
        std::string out;
        while (out.size() < size) {
            const uint32_t dice = random_() % 100;
            if (dice < 90) {
                out += word();
            } else if (dice < 94) {
                out += std::to_string(random_() % 10000);
            } else if (dice < 96) {
                out += "https://example.com/" + word() + "/" + word() +
                       "?id=" + std::to_string(random_() % 1000);
            } else if (dice < 97) {
                out += word() + "." + word() + "@example.org";
            } else {
                std::string name = word();
                name[0] = static_cast<char>(name[0] - 32);
                out += name + "_" + word() + "(" + word() + ")";
            }
            out += dice % 12 == 0 ? ". " : dice % 9 == 0 ? ", " : dice % 31 == 0 ? "\n" : " ";
        }
        out.resize(size);
        return out;
    }

    // Runs of digits, of hexadecimal digits, and beginnings of secrets that do not go on.
    std::string hostile(size_t size, const std::vector<std::string>& heads) {
        static constexpr char kHex[] = "0123456789abcdef";
        std::string out;
        while (out.size() < size) {
            const uint32_t kind = random_() % 4;
            const uint32_t length = 4 + random_() % 40;
            if (kind == 0) {
                for (uint32_t i = 0; i < length; ++i) out.push_back(static_cast<char>('0' + random_() % 10));
            } else if (kind == 1) {
                for (uint32_t i = 0; i < length; ++i) out.push_back(kHex[random_() % 16]);
            } else {
                out += heads[random_() % heads.size()];
                for (uint32_t i = 0; i < length / 4; ++i) out.push_back(kHex[random_() % 16]);
            }
            if (random_() % 3 == 0) out.push_back(" -_:"[random_() % 4]);
        }
        out.resize(size);
        return out;
    }

    std::string word() { return vocabulary()[random_() % vocabulary().size()]; }

    // A word nobody has in a vocabulary.
    std::string made_up(size_t length) {
        static constexpr char kConsonants[] = "bcdfghjklmnprstvwz";
        static constexpr char kVowels[] = "aeiou";
        std::string out;
        for (size_t i = 0; i < length; ++i) {
            out.push_back(i % 2 == 0 ? kConsonants[random_() % 18] : kVowels[random_() % 5]);
        }
        return out;
    }

    uint32_t below(uint32_t n) { return random_() % n; }

 private:
    std::mt19937 random_;
};

// Shapes of keys as their issuers publish them: a head and a class of characters.
inline const std::vector<std::string>& key_formats() {
    static const std::vector<std::string> formats = {
        R"(\bAKIA[0-9A-Z]{16}\b)",
        R"(\bASIA[0-9A-Z]{16}\b)",
        R"(\bghp_[0-9A-Za-z]{36}\b)",
        R"(\bgho_[0-9A-Za-z]{36}\b)",
        R"(\bgithub_pat_[0-9A-Za-z_]{82}\b)",
        R"(\bglpat-[0-9A-Za-z_-]{20}\b)",
        R"(\bxox[bpars]-[0-9A-Za-z-]{10,72}\b)",
        R"(\bsk_live_[0-9A-Za-z]{24,99}\b)",
        R"(\brk_live_[0-9A-Za-z]{24,99}\b)",
        R"(\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b)",
        R"(\bsk-ant-[a-z0-9]{5}-[A-Za-z0-9_-]{80,100}\b)",
        R"(\bAIza[0-9A-Za-z_-]{35}\b)",
        R"(\bya29\.[0-9A-Za-z_-]{20,})",
        R"(\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}\b)",
        R"(\bkey-[0-9a-f]{32}\b)",
        R"(\bAC[0-9a-f]{32}\b)",
        R"(\bSK[0-9a-f]{32}\b)",
        R"(\bnpm_[0-9A-Za-z]{36}\b)",
        R"(\bpypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50,})",
        R"(\bdop_v1_[0-9a-f]{64}\b)",
        R"(\bhvs\.[0-9A-Za-z_-]{24,})",
        R"(\bshpat_[0-9a-fA-F]{32}\b)",
        R"(\bEAACEdEose0cBA[0-9A-Za-z]+)",
        R"(\bSq0csp-[0-9A-Za-z_-]{43}\b)",
        R"(\bhf_[A-Za-z]{34}\b)",
        R"(\blin_api_[0-9A-Za-z]{40}\b)",
        R"(\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b)",
        R"(\bglsa_[0-9A-Za-z]{32}_[0-9a-f]{8}\b)",
        R"(\brubygems_[0-9a-f]{48}\b)",
        R"(-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----)",
        R"(\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,})",
        R"(https://hooks\.slack\.com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/[0-9A-Za-z]{24})",
        R"((?i)\bpostgres(?:ql)?://[^\s:@]+:[^\s:@]+@[^\s/]+)",
        R"((?i)\bmongodb(?:\+srv)?://[^\s:@]+:[^\s:@]+@[^\s/]+)",
        R"(\b\d{3}-\d{2}-\d{4}\b)",
        R"(\b(?:4\d{3}|5[1-5]\d{2})[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}\b)",
        R"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z]{2,24})",
        R"(\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b)",
        R"(\b(?:\d{1,3}\.){3}\d{1,3}\b)",
        R"(\b0x[0-9a-fA-F]{40}\b)"};
    return formats;
}

// `count` patterns: the key formats, phrases of words, and generated ones.
inline std::vector<std::string> rule_patterns(size_t count, uint32_t seed = 7) {
    TextSource source(seed);
    std::vector<std::string> patterns;
    for (const std::string& format : key_formats()) {
        if (patterns.size() < count) patterns.push_back(format);
    }
    while (patterns.size() < count) {
        switch (source.below(8)) {
            case 0:
                patterns.push_back("(?i)\\b" + source.made_up(5) + "\\s+" + source.word() + "\\b");
                break;
            case 1:
                patterns.push_back("(?i)\\b(?:" + source.made_up(6) + "|" + source.made_up(7) + "|" +
                                   source.made_up(5) + ")s?\\b");
                break;
            case 2:
                patterns.push_back("\\b" + source.made_up(4) + "_[0-9A-Za-z]{" +
                                   std::to_string(20 + source.below(40)) + "}\\b");
                break;
            case 3:
                patterns.push_back("\\b" + source.made_up(3) + "-[0-9a-f]{32}\\b");
                break;
            case 4:
                patterns.push_back("(?i)" + source.made_up(6) +
                                   "[-_ ]?(?:id|key|token)\\s*[:=]\\s*\\S{8,64}");
                break;
            case 5:
                patterns.push_back("(?i)\\b" + source.word() + "\\W+(?:\\w+\\W+){0,3}" + source.made_up(8) +
                                   "\\b");
                break;
            case 6:
                patterns.push_back(source.made_up(5) + "\\d{4,12}");
                break;
            default:
                patterns.push_back("(?i)\\b" + source.word() + " " + source.word() + " " + source.made_up(4) +
                                   "\\b");
                break;
        }
    }
    return patterns;
}

inline std::vector<std::string> keywords(size_t count, uint32_t seed = 11) {
    TextSource source(seed);
    std::vector<std::string> words;
    while (words.size() < count) {
        words.push_back(source.made_up(5 + source.below(6)) +
                        (source.below(5) == 0 ? " " + source.word() : ""));
    }
    return words;
}

}  // namespace pgprompt::bench
