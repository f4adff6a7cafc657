#include "core/experiment/words.h"

#include <cmath>
#include <cstdio>

namespace pgprompt::words {
namespace {

std::string printed(const char* format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

}  // namespace

std::string number(double value) {
    return printed("%.4g", value == 0 ? 0 : value);
}

std::string percent(double share) {
    if (std::isinf(share)) return share > 0 ? "+infinity" : "-infinity";
    return printed("%+.3g %%", share * 100 + 0.0);
}

std::string p_value(double p) {
    if (p < 1e-300) return "below 1e-300";
    return printed("%.2g", p);
}

std::string count(double value, const char* one, const char* many) {
    return printed("%.0f ", std::ceil(value)) + (std::ceil(value) == 1 ? one : many);
}

std::string join(const std::vector<std::string>& parts) {
    std::string out;
    for (size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) out += i + 1 == parts.size() ? " and " : ", ";
        out += parts[i];
    }
    return out;
}

}  // namespace pgprompt::words
