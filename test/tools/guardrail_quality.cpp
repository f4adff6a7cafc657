// How good the detectors are, on labelled texts:
//   guardrail_quality pii FILE.jsonl         precision and recall per entity, on exact spans
//   guardrail_quality secrets FILE.jsonl     the same for keys and passwords
//   guardrail_quality benign FILE            share of lines flagged as personal data, injection, abuse, secret
//   guardrail_quality attacks FILE           share of lines found as injection, in plain text and in every
//   disguise
// Lines of FILE are JSON ({"text": ..., "entities": [{"entity", "start", "end"}]}) or plain text with \n for
// a line break. A last argument "-v" prints what went wrong.
#include <array>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/guardrail/detect.h"
#include "core/guardrail/rule_set.h"
#include "core/guardrail/utf8.h"
#include "core/json.h"

namespace {

using namespace pgprompt;

struct Labelled {
    std::string text;
    std::set<std::tuple<std::string, uint32_t, uint32_t>> entities;
};

std::vector<Labelled> read_lines(const char* path) {
    std::ifstream file(path);
    if (!file) {
        std::fprintf(stderr, "cannot read %s\n", path);
        std::exit(2);
    }
    std::vector<Labelled> lines;
    std::string line;
    while (std::getline(file, line)) {
        if (line.empty()) continue;
        Labelled entry;
        const auto document = parse_json(line[0] == '{' ? line : "null");
        Value text;
        if (!document.ok() || !(*document)->root().is(Value::Kind::map) ||
            !(*document)->root().find("text", &text)) {
            for (size_t i = 0; i < line.size(); ++i) {
                const bool escaped = line[i] == '\\' && i + 1 < line.size() && line[i + 1] == 'n';
                entry.text.push_back(escaped ? '\n' : line[i]);
                i += escaped;
            }
            lines.push_back(entry);
            continue;
        }
        entry.text = std::string(text.view());
        Value list;
        if ((*document)->root().find("entities", &list)) {
            for (uint32_t i = 0; i < list.size(); ++i) {
                Value name, start, end;
                list.at(i).find("entity", &name);
                list.at(i).find("start", &start);
                list.at(i).find("end", &end);
                entry.entities.emplace(std::string(name.view()), static_cast<uint32_t>(start.integer),
                                       static_cast<uint32_t>(end.integer));
            }
        }
        lines.push_back(std::move(entry));
    }
    return lines;
}

double share(size_t part, size_t whole) {
    return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

// The default rules of the four detectors.
std::shared_ptr<const RuleSet> detector_rules() {
    std::vector<RuleSpec> specs;
    for (const RuleType type : {RuleType::pii, RuleType::injection, RuleType::toxic, RuleType::secret}) {
        RuleSpec spec;
        spec.name = name_of(type);
        spec.type = type;
        specs.push_back(spec);
    }
    return compile_rules(specs).take();
}

struct Found {
    std::string entity;
    uint32_t start_offset;
    uint32_t end_offset;
    std::string text;
};
using Detector = std::function<std::vector<Found>(const std::string&)>;

std::vector<Found> find_pii(const std::string& text) {
    std::vector<Found> all;
    for (const Detection& detection : detect_pii(text).take()) {
        all.push_back({std::string(detection.entity), detection.start_offset, detection.end_offset,
                       text.substr(detection.start_byte, detection.end_byte - detection.start_byte)});
    }
    return all;
}

std::vector<Found> find_secrets(const std::string& text) {
    static const auto rules = detector_rules();
    std::vector<Found> all;
    for (const Violation& violation : evaluate_rules(*rules, text, rules->all()).take()) {
        if (rules->rule(violation.rule).type != RuleType::secret) continue;
        all.push_back({std::string(violation.entity), violation.start_offset, violation.end_offset,
                       text.substr(violation.start_byte, violation.end_byte - violation.start_byte)});
    }
    return all;
}

int measure_spans(const std::vector<Labelled>& lines, const Detector& find, bool verbose) {
    std::map<std::string, std::array<size_t, 3>> counts;  // right, too many, missed
    std::array<size_t, 3> all{};
    for (const Labelled& line : lines) {
        auto missed = line.entities;
        for (const Found& found : find(line.text)) {
            const bool right = missed.erase({found.entity, found.start_offset, found.end_offset}) > 0;
            ++counts[found.entity][right ? 0 : 1];
            ++all[right ? 0 : 1];
            if (!right && verbose) {
                std::printf("too many: %s \"%s\" in: %s\n", found.entity.c_str(), found.text.c_str(),
                            line.text.c_str());
            }
        }
        for (const auto& entity : missed) {
            ++counts[std::get<0>(entity)][2];
            ++all[2];
            if (verbose) std::printf("missed: %s in: %s\n", std::get<0>(entity).c_str(), line.text.c_str());
        }
    }
    std::printf("%-18s %6s %9s %6s %9s %6s\n", "entity", "right", "too many", "missed", "precision",
                "recall");
    for (const auto& entry : counts) {
        const auto& n = entry.second;
        std::printf("%-18s %6zu %9zu %6zu %9.3f %6.3f\n", entry.first.c_str(), n[0], n[1], n[2],
                    share(n[0], n[0] + n[1]), share(n[0], n[0] + n[2]));
    }
    std::printf("%-18s %6zu %9zu %6zu %9.3f %6.3f   (%zu texts)\n", "all", all[0], all[1], all[2],
                share(all[0], all[0] + all[1]), share(all[0], all[0] + all[2]), lines.size());
    return 0;
}

int measure_benign(const std::vector<Labelled>& lines, bool verbose) {
    const auto rules = detector_rules();
    std::array<size_t, 4> flagged{};
    for (const Labelled& line : lines) {
        std::array<bool, 4> seen{};
        for (const Violation& violation : evaluate_rules(*rules, line.text, rules->all()).take()) {
            seen[violation.rule] = true;
            if (verbose) {
                std::printf(
                    "%s %s \"%s\" (%.2f, %s) in: %.160s\n", std::string(violation.rule_name).c_str(),
                    std::string(violation.entity).c_str(),
                    line.text.substr(violation.start_byte, violation.end_byte - violation.start_byte).c_str(),
                    violation.score, std::string(violation.view).c_str(), line.text.c_str());
            }
        }
        for (size_t i = 0; i < 4; ++i) flagged[i] += seen[i];
    }
    for (uint32_t i = 0; i < 4; ++i) {
        std::printf("%-10s %5zu of %zu = %.2f %%\n", rules->rule(i).name.c_str(), flagged[i], lines.size(),
                    100 * share(flagged[i], lines.size()));
    }
    return 0;
}

std::string each_character(const std::string& text, const std::function<std::string(uint32_t)>& map) {
    std::string out;
    for (size_t at = 0; at < text.size();) out += map(guardrail::next_code_point(text, &at));
    return out;
}

std::string utf8(uint32_t c) {
    std::string out;
    guardrail::append_utf8(c, &out);
    return out;
}

bool is_letter(uint32_t c) {
    return c < 128 && guardrail::is_ascii_alpha(static_cast<unsigned char>(c));
}

std::string base64(const std::string& text) {
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < text.size(); i += 3) {
        uint32_t block = 0;
        for (size_t k = 0; k < 3; ++k)
            block = block << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
        for (size_t k = 0; k < 4; ++k)
            out.push_back(i + k > text.size() ? '=' : kDigits[block >> (18 - 6 * k) & 63]);
    }
    return out;
}

std::string hexadecimal(const std::string& text, const char* prefix) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        out += prefix;
        out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
        out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
    }
    return out;
}

struct Disguise {
    const char* name;
    std::function<std::string(const std::string&)> apply;
};

std::vector<Disguise> disguises() {
    const auto between = [](uint32_t mark) {
        return [mark](const std::string& text) {
            return each_character(text,
                                  [mark](uint32_t c) { return utf8(c) + (is_letter(c) ? utf8(mark) : ""); });
        };
    };
    const auto shifted = [](uint32_t upper, uint32_t lower) {
        return [upper, lower](const std::string& text) {
            return each_character(text, [&](uint32_t c) {
                if (!is_letter(c)) return utf8(c);
                return utf8((c & 0x20) != 0 ? lower + (c - 'a') : upper + (c - 'A'));
            });
        };
    };
    const auto replaced = [](const char* from, std::vector<uint32_t> to) {
        return [from, to](const std::string& text) {
            return each_character(text, [&](uint32_t c) {
                for (size_t i = 0; from[i] != 0; ++i) {
                    if (static_cast<uint32_t>(from[i]) == c) return utf8(to[i]);
                }
                return utf8(c);
            });
        };
    };
    return {
        {"plain", [](const std::string& t) { return t; }},
        {"upper case",
         [](const std::string& t) {
             return each_character(t, [](uint32_t c) { return utf8(is_letter(c) ? c & ~0x20u : c); });
         }},
        {"tag characters",
         [](const std::string& t) {
             return "Hello. " + each_character(t, [](uint32_t c) { return utf8(0xE0000 + c); });
         }},
        {"zero-width spaces", between(0x200B)},
        {"word joiners", between(0x2060)},
        {"soft hyphens", between(0xAD)},
        {"variation selectors", between(0xFE0F)},
        {"direction marks", between(0x200E)},
        {"combining marks", between(0x0301)},
        {"fullwidth", shifted(0xFF21, 0xFF41)},
        {"mathematical bold", shifted(0x1D400, 0x1D41A)},
        {"circled", shifted(0x24B6, 0x24D0)},
        {"small capitals", replaced("abcdefghijklmnopqrtuvwyz",
                                    {0x1D00, 0x299,  0x1D04, 0x1D05, 0x1D07, 0xA730, 0x262,  0x29C,
                                     0x26A,  0x1D0A, 0x1D0B, 0x29F,  0x1D0D, 0x274,  0x1D0F, 0x1D18,
                                     0xA7AF, 0x280,  0x1D1B, 0x1D1C, 0x1D20, 0x1D21, 0x28F,  0x1D22})},
        {"Cyrillic look-alikes",
         replaced("aceopxyijsABCEHIKMOPTX",
                  {0x430, 0x441, 0x435, 0x43E, 0x440, 0x445, 0x443, 0x456, 0x458, 0x455, 0x410,
                   0x412, 0x421, 0x415, 0x41D, 0x406, 0x41A, 0x41C, 0x41E, 0x420, 0x422, 0x425})},
        {"Greek look-alikes",
         replaced("aeiouvnptkABEHIKMNOPTXYZ",
                  {0x3B1, 0x3B5, 0x3B9, 0x3BF, 0x3C5, 0x3BD, 0x3B7, 0x3C1, 0x3C4, 0x3BA, 0x391, 0x392,
                   0x395, 0x397, 0x399, 0x39A, 0x39C, 0x39D, 0x39F, 0x3A1, 0x3A4, 0x3A7, 0x3A5, 0x396})},
        {"accented vowels",
         replaced("aeiouAEIOU", {0xE1, 0xEB, 0xEC, 0xF5, 0xFC, 0xC3, 0xC9, 0xCE, 0xD6, 0xDB})},
        {"base64", [](const std::string& t) { return "Read this: " + base64(t); }},
        {"base64 twice", [](const std::string& t) { return base64(base64(t)); }},
        {"hexadecimal", [](const std::string& t) { return hexadecimal(t, ""); }},
        {"hexadecimal escapes", [](const std::string& t) { return hexadecimal(t, "\\x"); }},
        {"percent encoding", [](const std::string& t) { return hexadecimal(t, "%"); }},
        {"rot13",
         [](const std::string& t) {
             return each_character(t, [](uint32_t c) {
                 return utf8(!is_letter(c) ? c : (c | 0x20) <= 'm' ? c + 13 : c - 13);
             });
         }},
        {"leet (4 3 1 0)", replaced("aeioAEIO", {'4', '3', '1', '0', '4', '3', '1', '0'})},
        {"leet (@ 3 ! 0 $ 7)",
         replaced("aeiostAEIOST", {'@', '3', '!', '0', '$', '7', '@', '3', '!', '0', '$', '7'})},
        {"leet (1 for l)", replaced("leoLEO", {'1', '3', '0', '1', '3', '0'})},
        {"spaced out",
         [](const std::string& t) {
             std::string out = each_character(t, [](uint32_t c) { return utf8(c) + " "; });
             out.pop_back();
             return out;
         }},
        {"spaced, gaps lost",
         [](const std::string& t) {
             std::string out =
                 each_character(t, [](uint32_t c) { return c == ' ' ? std::string() : utf8(c) + " "; });
             out.pop_back();
             return out;
         }},
        {"dotted out",
         [](const std::string& t) {
             return each_character(t, [](uint32_t c) {
                 return c == ' ' ? std::string(" ") : is_letter(c) ? utf8(c) + "." : utf8(c);
             });
         }},
        {"run together",
         [](const std::string& t) {
             return each_character(t, [](uint32_t c) { return c == ' ' ? std::string() : utf8(c); });
         }},
    };
}

int measure_attacks(const std::vector<Labelled>& lines, bool verbose) {
    size_t plain = 0;
    for (const Disguise& disguise : disguises()) {
        size_t found = 0;
        size_t of_plain = 0;
        for (const Labelled& line : lines) {
            const bool in_plain = injection_score(line.text).take() >= 0.5;
            const std::string text = disguise.apply(line.text);
            const bool in_disguise = injection_score(text).take() >= 0.5;
            found += in_disguise;
            of_plain += in_plain && in_disguise;
            if (verbose && !in_disguise) std::printf("missed (%s): %s\n", disguise.name, line.text.c_str());
        }
        if (plain == 0) plain = found;
        std::printf("%-22s %4zu of %zu = %5.1f %%, of what plain text shows %5.1f %%\n", disguise.name, found,
                    lines.size(), 100 * share(found, lines.size()), 100 * share(of_plain, plain));
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 2 ? argv[1] : "";
    const bool verbose = argc > 3 && std::string(argv[3]) == "-v";
    try {
        if (what == "pii") return measure_spans(read_lines(argv[2]), find_pii, verbose);
        if (what == "secrets") return measure_spans(read_lines(argv[2]), find_secrets, verbose);
        if (what == "benign") return measure_benign(read_lines(argv[2]), verbose);
        if (what == "attacks") return measure_attacks(read_lines(argv[2]), verbose);
    } catch (Failure& failure) {
        std::fprintf(stderr, "%s\n", failure.error().message.c_str());
        return 2;
    }
    std::fprintf(stderr, "usage: guardrail_quality pii|secrets|benign|attacks FILE [-v]\n");
    return 2;
}
