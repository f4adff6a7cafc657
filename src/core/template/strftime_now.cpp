// The global strftime_now: as Python's datetime.strftime, which leaves all but the microseconds to the C
// library.
#include <clocale>
#include <ctime>
#include <string>

#include "core/template/filters.h"
#include "core/template/globals.h"

namespace pgprompt {
namespace {

constexpr int64_t kMicroseconds = 1000000;

// English names, whatever the server's locale is.
locale_t c_locale() {
    static const locale_t locale = newlocale(LC_ALL_MASK, "C", locale_t{});
    return locale;
}

// As the clock on the wall shows it.
std::tm broken_down(const Clock& now, int64_t unix_seconds) {
    const auto local = static_cast<time_t>(unix_seconds + now.utc_offset_seconds);
    std::tm tm{};
    gmtime_r(&local, &tm);
    tm.tm_gmtoff = now.utc_offset_seconds;
    tm.tm_zone = now.zone.c_str();
    return tm;
}

// %f and %s, which the C library does not know or takes from its own time zone.
std::string fill_in(std::string_view format, int64_t unix_seconds, int64_t microseconds) {
    std::string filled;
    for (size_t i = 0; i < format.size(); ++i) {
        const char code = format[i] == '%' && i + 1 < format.size() ? format[i + 1] : '\0';
        if (code == 'f') {
            const std::string digits = std::to_string(microseconds);
            filled.append(6 - digits.size(), '0').append(digits);
        } else if (code == 's') {
            filled += std::to_string(unix_seconds);
        } else {
            filled += format[i];
            if (code == '\0') continue;
            filled += code;
        }
        ++i;
    }
    return filled;
}

}  // namespace

Value global_strftime_now(Renderer& r, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "strftime_now", {"format"});
    const std::string_view format = r.string_argument(p.required(0, "the format"), "the format");
    const Clock* now = r.options().now;
    if (!now)
        r.fail("strftime_now is not available: no time was passed to the rendering",
               "Pass the time: render(..., now => now()).");
    if (format.size() > 4096) r.fail("the format is too long");
    if (format.find('\0') != std::string_view::npos) r.fail("the format has a NUL");
    int64_t unix_seconds = now->unix_microseconds / kMicroseconds;
    int64_t microseconds = now->unix_microseconds % kMicroseconds;
    if (microseconds < 0) {
        microseconds += kMicroseconds;
        --unix_seconds;
    }
    const std::tm tm = broken_down(*now, unix_seconds);
    // The mark at the end tells an empty text from one that is too long.
    const std::string filled = fill_in(format, unix_seconds, microseconds) + "|";
    constexpr size_t kLongestOfTwoBytes = 32;  // %c and %Z
    std::string text(filled.size() * kLongestOfTwoBytes, '\0');
    const size_t size = strftime_l(text.data(), text.size(), filled.c_str(), &tm, c_locale());
    if (size == 0) r.fail("the formatted time is too long");
    return r.text_value(std::string_view(text).substr(0, size - 1));
}

}  // namespace pgprompt
