#include "core/report/markup.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pgprompt::report {

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool no_character = byte == 0xef && i + 2 < text.size() &&
                                  static_cast<unsigned char>(text[i + 1]) == 0xbf &&
                                  static_cast<unsigned char>(text[i + 2]) >= 0xbe;
        if (no_character || (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7f) {
            out += "\xef\xbf\xbd";
            if (no_character) i += 2;
            continue;
        }
        switch (byte) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += text[i];
        }
    }
    return out;
}

std::string coordinate(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", value);
    std::string out = text;
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
    return out == "-0" ? "0" : out;
}

std::string element(const char* name, Attributes attributes, const std::string& inner) {
    std::string out = std::string("<") + name;
    for (const auto& [key, value] : attributes) out += std::string(" ") + key + "=\"" + escaped(value) + "\"";
    return out + ">" + inner + "</" + name + ">";
}

std::vector<double> ticks(double low, double high, int count) {
    const double raw = (high - low) / std::max(1, count);
    if (!(raw > 0) || !std::isfinite(raw)) return {low};
    const double power = std::pow(10, std::floor(std::log10(raw)));
    const double step = raw <= power       ? power
                        : raw <= 2 * power ? 2 * power
                        : raw <= 5 * power ? 5 * power
                                           : 10 * power;
    std::vector<double> out;
    for (double at = std::ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; ++at)
        out.push_back(at * step);
    return out;
}

}  // namespace pgprompt::report
