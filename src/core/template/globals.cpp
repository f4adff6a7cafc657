#include "core/template/globals.h"

#include <ctime>

#include "core/template/filters.h"

namespace pgprompt {

Value global_range(Renderer& r, const Arguments& arguments) {
    if (arguments.named_count) r.fail("range() takes no keyword arguments");
    if (arguments.count < 1 || arguments.count > 3) r.fail("range() takes one to three arguments");
    int64_t parts[3];
    for (uint32_t i = 0; i < arguments.count; ++i) {
        const Value& v = arguments.positional[i];
        r.refuse_undefined(v);
        if (!v.is(Value::Kind::integer) && !v.is(Value::Kind::boolean) && !v.is(Value::Kind::digits)) {
            r.fail(std::string("'") + Renderer::type_name(v) +
                   "' object cannot be interpreted as an integer");
        }
        parts[i] = r.integer_argument(v, "range's argument");
    }
    int64_t start = arguments.count == 1 ? 0 : parts[0];
    int64_t stop = arguments.count == 1 ? parts[0] : parts[1];
    int64_t step = arguments.count == 3 ? parts[2] : 1;
    if (step == 0) r.fail("range() arg 3 must not be zero");
    unsigned __int128 distance = 0;
    if (step > 0 && start < stop)
        distance = static_cast<unsigned __int128>(static_cast<__int128>(stop) - start);
    if (step < 0 && start > stop)
        distance = static_cast<unsigned __int128>(static_cast<__int128>(start) - stop);
    unsigned __int128 width = step > 0 ? static_cast<unsigned __int128>(step) : -static_cast<__int128>(step);
    unsigned __int128 size = (distance + width - 1) / width;
    // More elements than steps could not be looked at anyway.
    if (size > r.options().max_steps || size > UINT32_MAX) {
        throw Failure(Limit::render_steps, "the range has more elements than the limit of " +
                                               std::to_string(r.options().max_steps) + " steps");
    }
    auto* range = r.arena().make<RangeObject>(start, stop, step, static_cast<uint32_t>(size));
    return Value::of(Value::Kind::list, range_reader(), range);
}

namespace {

// dict(...) and namespace(...): a mapping or pairs, then names.
DictObject* dict_of(Renderer& r, const Arguments& arguments, const char* what) {
    if (arguments.count > 1)
        r.fail(std::string(what) + " expected at most 1 argument, got " + std::to_string(arguments.count));
    DictObject* dict = make_dict(r.arena());
    if (arguments.count) {
        const Value& from = arguments.positional[0];
        r.refuse_undefined(from);
        Container::Cursor cursor;
        Value key, value;
        if (from.is(Value::Kind::map)) {
            r.charge(from.size());
            while (from.next(&cursor, &key, &value)) dict_set(r.arena(), dict, key, value);
        } else {
            Iterator it = r.iterate(from);
            Value item;
            while (it.next(&item)) {
                r.charge(2);
                ListObject* pair = r.list_of(item);
                if (pair->size != 2) r.fail("a dict is made of pairs");
                if (!is_hashable(pair->items[0])) {
                    r.fail("unhashable type: '" + std::string(Renderer::type_name(pair->items[0])) + "'");
                }
                dict_set(r.arena(), dict, pair->items[0], pair->items[1]);
            }
        }
    }
    for (uint32_t i = 0; i < arguments.named_count; ++i) {
        dict_set(r.arena(), dict, Value::of(arguments.named[i].name), arguments.named[i].value);
    }
    return dict;
}

}  // namespace

Value global_dict(Renderer& r, const Arguments& arguments) {
    return dict_value(dict_of(r, arguments, "dict"));
}

Value global_namespace(Renderer& r, const Arguments& arguments) {
    auto* space = r.arena().make<NamespaceObject>();
    space->kind = ObjectKind::name_space;
    space->values = dict_of(r, arguments, "namespace");
    return object_value(space);
}

Value global_cycler(Renderer& r, const Arguments& arguments) {
    if (arguments.named_count) r.fail("cycler takes no keyword arguments");
    if (arguments.count == 0) r.fail("at least one item has to be provided");
    auto* cycler = r.arena().make<CyclerObject>();
    cycler->kind = ObjectKind::cycler;
    cycler->items = make_list(r.arena(), arguments.count, ListObject::Flavor::tuple);
    for (uint32_t i = 0; i < arguments.count; ++i) push(r.arena(), cycler->items, arguments.positional[i]);
    cycler->position = 0;
    return object_value(cycler);
}

Value global_joiner(Renderer& r, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "joiner", {"sep"});
    auto* joiner = r.arena().make<JoinerObject>();
    joiner->kind = ObjectKind::joiner;
    joiner->separator = p.get(0, Value::of(std::string_view(", ")));
    return object_value(joiner);
}

Value global_raise_exception(Renderer& r, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "raise_exception", {"message"});
    r.fail(std::string(r.text_of(p.required(0, "the message"))));
}

Value global_strftime_now(Renderer& r, const Arguments& arguments) {
    Parameters<1> p(r, arguments, "strftime_now", {"format"});
    std::string_view format = r.string_argument(p.required(0, "the format"), "the format");
    const Clock* now = r.options().now;
    if (!now)
        r.fail("strftime_now is not available: no time was passed to the rendering",
               "Pass the time: render(..., now => now()).");
    if (format.size() > 4096) r.fail("the format is too long");
    int64_t local = now->unix_microseconds / 1000000 + now->utc_offset_seconds;
    int64_t microseconds = now->unix_microseconds % 1000000;
    if (microseconds < 0) {
        microseconds += 1000000;
        --local;
    }
    auto seconds = static_cast<time_t>(local);
    std::tm tm{};
    gmtime_r(&seconds, &tm);
    static const char* const kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
    static const char* const kMonths[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
    std::string result;
    auto number = [&](int value, int width, char fill = '0') {
        std::string digits = std::to_string(value);
        while (static_cast<int>(digits.size()) < width) digits.insert(digits.begin(), fill);
        result += digits;
    };
    // Monday is the first day of ISO weeks; the week with the year's first Thursday is its first.
    int iso_day = tm.tm_wday == 0 ? 7 : tm.tm_wday;
    int iso_year = tm.tm_year + 1900;
    int iso_week = (tm.tm_yday + 1 - iso_day + 10) / 7;
    auto weeks_in = [](int year) {
        auto p_of = [](int y) { return (y + y / 4 - y / 100 + y / 400) % 7; };
        return p_of(year) == 4 || p_of(year - 1) == 3 ? 53 : 52;
    };
    if (iso_week < 1) {
        --iso_year;
        iso_week = weeks_in(iso_year);
    } else if (iso_week > weeks_in(iso_year)) {
        iso_week = 1;
        ++iso_year;
    }
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            result.push_back(format[i]);
            continue;
        }
        char code = format[++i];
        bool bare = code == '-';
        if (bare && i + 1 < format.size()) code = format[++i];
        int two = bare ? 1 : 2;
        int hour12 = tm.tm_hour % 12 == 0 ? 12 : tm.tm_hour % 12;
        switch (code) {
            case 'a':
                result += std::string(kDays[tm.tm_wday]).substr(0, 3);
                break;
            case 'A':
                result += kDays[tm.tm_wday];
                break;
            case 'b':
            case 'h':
                result += std::string(kMonths[tm.tm_mon]).substr(0, 3);
                break;
            case 'B':
                result += kMonths[tm.tm_mon];
                break;
            case 'd':
                number(tm.tm_mday, two);
                break;
            case 'e':
                number(tm.tm_mday, two, ' ');
                break;
            case 'm':
                number(tm.tm_mon + 1, two);
                break;
            case 'y':
                number((tm.tm_year + 1900) % 100, two);
                break;
            case 'Y':
                number(tm.tm_year + 1900, 1);
                break;
            case 'C':
                number((tm.tm_year + 1900) / 100, two);
                break;
            case 'H':
                number(tm.tm_hour, two);
                break;
            case 'k':
                number(tm.tm_hour, two, ' ');
                break;
            case 'I':
                number(hour12, two);
                break;
            case 'l':
                number(hour12, two, ' ');
                break;
            case 'M':
                number(tm.tm_min, two);
                break;
            case 'S':
                number(tm.tm_sec, two);
                break;
            case 'f':
                number(static_cast<int>(microseconds), 6);
                break;
            case 'p':
                result += tm.tm_hour < 12 ? "AM" : "PM";
                break;
            case 'P':
                result += tm.tm_hour < 12 ? "am" : "pm";
                break;
            case 'j':
                number(tm.tm_yday + 1, bare ? 1 : 3);
                break;
            case 'U':
                number((tm.tm_yday + 7 - tm.tm_wday) / 7, two);
                break;
            case 'W':
                number((tm.tm_yday + 7 - (iso_day - 1)) / 7, two);
                break;
            case 'w':
                number(tm.tm_wday, 1);
                break;
            case 'u':
                number(iso_day, 1);
                break;
            case 'V':
                number(iso_week, two);
                break;
            case 'G':
                number(iso_year, 1);
                break;
            case 'g':
                number(iso_year % 100, two);
                break;
            case 's':
                result += std::to_string(now->unix_microseconds / 1000000);
                break;
            case 'z': {
                int offset = now->utc_offset_seconds;
                result += offset < 0 ? '-' : '+';
                if (offset < 0) offset = -offset;
                number(offset / 3600, 2);
                number(offset / 60 % 60, 2);
                break;
            }
            case 'Z':
                result += now->zone;
                break;
            case 'n':
                result.push_back('\n');
                break;
            case 't':
                result.push_back('\t');
                break;
            case '%':
                result.push_back('%');
                break;
            case 'D':
            case 'x':
                number(tm.tm_mon + 1, 2), result += '/', number(tm.tm_mday, 2), result += '/';
                number((tm.tm_year + 1900) % 100, 2);
                break;
            case 'F':
                number(tm.tm_year + 1900, 1), result += '-', number(tm.tm_mon + 1, 2), result += '-';
                number(tm.tm_mday, 2);
                break;
            case 'R':
                number(tm.tm_hour, 2), result += ':', number(tm.tm_min, 2);
                break;
            case 'T':
            case 'X':
                number(tm.tm_hour, 2), result += ':', number(tm.tm_min, 2), result += ':',
                    number(tm.tm_sec, 2);
                break;
            case 'r':
                number(hour12, 2), result += ':', number(tm.tm_min, 2), result += ':', number(tm.tm_sec, 2);
                result += tm.tm_hour < 12 ? " AM" : " PM";
                break;
            case 'c':
                result += std::string(kDays[tm.tm_wday]).substr(0, 3) + " " +
                          std::string(kMonths[tm.tm_mon]).substr(0, 3) + " ";
                number(tm.tm_mday, 2, ' '), result += ' ';
                number(tm.tm_hour, 2), result += ':', number(tm.tm_min, 2), result += ':',
                    number(tm.tm_sec, 2);
                result += ' ';
                number(tm.tm_year + 1900, 1);
                break;
            default:
                result += bare ? "%-" : "%";
                result.push_back(code);
        }
    }
    return r.text_value(result);
}

}  // namespace pgprompt
