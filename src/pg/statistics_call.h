// The one pattern of every pure statistical function:
//
//   PGPROMPT_FUNCTION(welch_test) {
//       return answer(fcinfo, +[](Answer& out, int64_t n_a, double mean_a, ..., double alpha) {
//           out << welch_test(n_a, mean_a, ..., alpha).take();
//       });
//   }
//
// The lambda's parameters are the SQL arguments in their order; it runs inside enter_core, so it may hold C++
// objects and throw, and must not call the server. What it writes into `out` are the columns of the result,
// in their order. An argument that is null makes the result null unless its parameter is an optional.
#pragma once

#include "pg/boundary.h"

#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/experiment/comparison.h"

namespace pgprompt::pg {

// A numeric argument as its decimal text, for sums that must stay exact.
struct Exact {
    std::string_view text;
};
using Texts = std::vector<std::string_view>;
struct Exacts {
    Texts texts;
};
using Flags = std::vector<bool>;

// What the core answered, as plain data in server memory.
struct Cell {
    enum Kind : char { absent, number, integer, boolean, words, numbers, flags } kind;
    union {
        double as_number;
        int64 as_integer;
        bool as_boolean;
        text* as_text;
        Datum* as_items;
    };
    int count;  // of items
};
struct Cells {
    const Cell* items;
    size_t count;
};

// Takes the columns of one row after another. A NaN is refused: it is no answer.
class Answer {
 public:
    Answer& operator<<(double value);
    Answer& operator<<(int64_t value);
    Answer& operator<<(int value) { return *this << static_cast<int64_t>(value); }
    Answer& operator<<(bool value);
    Answer& operator<<(const char* value);  // null where empty
    Answer& operator<<(const std::vector<double>& values);
    Answer& operator<<(const Flags& values);
    // difference, ci_low, ci_high, statistic, p_value, lift, lift_low, lift_high, note
    Answer& operator<<(const Comparison& comparison);
    template <class T>
    Answer& operator<<(const std::optional<T>& value) {
        if (value) return *this << *value;
        return put({});
    }

    Cells plain() const;

 private:
    Answer& put(Cell cell);
    std::vector<Cell> cells_;
};

namespace statistics_call {

struct PlainList {
    const void* items;
    int count;
};
struct PlainNumber {
    bool present;
    double value;
};

// The plain form of each kind of argument, how it is fetched, and what the core gets.
template <class T>
struct Argument;
template <>
struct Argument<int64_t> {
    using Plain = int64_t;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return PG_GETARG_INT64(number); }
    static int64_t value(Plain plain) { return plain; }
};
template <>
struct Argument<int> {
    using Plain = int;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return PG_GETARG_INT32(number); }
    static int value(Plain plain) { return plain; }
};
template <>
struct Argument<double> {
    using Plain = double;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return PG_GETARG_FLOAT8(number); }
    static double value(Plain plain) { return plain; }
};
template <>
struct Argument<bool> {
    using Plain = bool;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return PG_GETARG_BOOL(number); }
    static bool value(Plain plain) { return plain; }
};
template <>
struct Argument<std::optional<double>> {
    using Plain = PlainNumber;
    static Plain fetch(FunctionCallInfo fcinfo, int number) {
        return {!PG_ARGISNULL(number), PG_ARGISNULL(number) ? 0 : PG_GETARG_FLOAT8(number)};
    }
    static std::optional<double> value(Plain plain) {
        return plain.present ? std::optional<double>(plain.value) : std::nullopt;
    }
};
template <>
struct Argument<std::string_view> {
    using Plain = const text*;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return PG_GETARG_TEXT_PP(number); }
    static std::string_view value(Plain plain) { return view_of(plain); }
};
template <>
struct Argument<Exact> {
    using Plain = const char*;
    static Plain fetch(FunctionCallInfo fcinfo, int number);
    static Exact value(Plain plain) { return {plain}; }
};

PlainList number_list(FunctionCallInfo fcinfo, int number);  // of eight-byte elements
PlainList flag_list(FunctionCallInfo fcinfo, int number);
PlainList text_list(FunctionCallInfo fcinfo, int number);

template <>
struct Argument<std::vector<int64_t>> {
    using Plain = PlainList;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return number_list(fcinfo, number); }
    static std::vector<int64_t> value(Plain plain) {
        const auto* items = static_cast<const int64*>(plain.items);
        return {items, items + plain.count};
    }
};
template <>
struct Argument<std::vector<double>> {
    using Plain = PlainList;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return number_list(fcinfo, number); }
    static std::vector<double> value(Plain plain) {
        const auto* items = static_cast<const double*>(plain.items);
        return {items, items + plain.count};
    }
};
template <>
struct Argument<Flags> {
    using Plain = PlainList;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return flag_list(fcinfo, number); }
    static Flags value(Plain plain) {
        const auto* items = static_cast<const bool*>(plain.items);
        return Flags(items, items + plain.count);
    }
};
template <>
struct Argument<Texts> {
    using Plain = PlainList;
    static Plain fetch(FunctionCallInfo fcinfo, int number) { return text_list(fcinfo, number); }
    static Texts value(Plain plain) {
        Texts texts;
        const auto* items = static_cast<const text* const*>(plain.items);
        for (int i = 0; i < plain.count; ++i) texts.push_back(view_of(items[i]));
        return texts;
    }
};

template <>
struct Argument<Exacts> {
    using Plain = PlainList;
    static Plain fetch(FunctionCallInfo fcinfo, int number);
    static Exacts value(Plain plain) {
        Exacts exacts;
        const auto* items = static_cast<const char* const*>(plain.items);
        for (int i = 0; i < plain.count; ++i) exacts.texts.emplace_back(items[i]);
        return exacts;
    }
};

template <class T>
constexpr bool kNullable = std::is_same_v<T, std::optional<double>>;

Datum finish(FunctionCallInfo fcinfo, Cells cells);

template <class... A, size_t... I>
Datum call(FunctionCallInfo fcinfo, void (*compute)(Answer&, A...), std::index_sequence<I...>) {
    if (((!kNullable<A> && PG_ARGISNULL(I)) || ...)) return finish(fcinfo, {});
    const std::tuple<typename Argument<A>::Plain...> plain{Argument<A>::fetch(fcinfo, I)...};
    Cells cells{};
    enter_core([&] {
        Answer out;
        compute(out, Argument<A>::value(std::get<I>(plain))...);
        cells = out.plain();
    });
    return finish(fcinfo, cells);
}

}  // namespace statistics_call

// A function whose arguments are the parameters of `compute` behind the first. Where it returns a set, the
// columns written are cut into rows; where it returns no row, there is one column.
template <class... A>
Datum answer(FunctionCallInfo fcinfo, void (*compute)(Answer&, A...)) {
    return statistics_call::call<A...>(fcinfo, compute, std::index_sequence_for<A...>());
}

}  // namespace pgprompt::pg
