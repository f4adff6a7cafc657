// What can go wrong in the core, and how it is told: values, never exceptions, at the edge of every area.
#pragma once

#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace pgprompt {

// Why a call of the core failed. src/pg/boundary.cpp maps each to one SQLSTATE.
enum class Code : uint8_t {
    invalid_regex,       // a pattern RE2 refuses
    invalid_parameter,   // an argument outside what the function takes
    syntax,              // a template that does not parse
    undefined_name,      // a template used a variable, filter, test or function that does not exist
    template_error,      // rendering failed: an operation its values do not allow, raise_exception, ...
    template_needed,     // rendering stopped at an include whose template the caller has not supplied;
                         // Error::message is then the template's name alone
    limit_exceeded,      // output bytes, steps, depth, compiled size
    out_of_memory,       // a memory budget, or the machine's memory
    cancelled,           // the poll function asked to stop
    invalid_text,        // bytes that are not UTF-8, or a NUL
    internal,            // a defect in the core
};

// Which limit of its caller Code::limit_exceeded is about; none: one that nobody can raise.
enum class Limit : uint8_t { none, output_bytes, render_steps, compiled_bytes, template_depth };

// One failure. `message` names the thing and is a sentence without a full stop; `detail` says where and what
// (may have several lines), `hint` says the way out. Both may be empty.
struct Error {
    Code code = Code::internal;
    Limit limit = Limit::none;
    std::string message;
    std::string detail;
    std::string hint;
};

// Thrown inside an area only; protect() turns it into the Error at the area's edge.
class Failure : public std::exception {
  public:
    explicit Failure(Error error) : error_(std::move(error)) {}
    Failure(Code code, std::string message, std::string detail = {}, std::string hint = {})
        : error_{code, Limit::none, std::move(message), std::move(detail), std::move(hint)} {}
    Failure(Limit limit, std::string message, std::string detail = {}, std::string hint = {})
        : error_{Code::limit_exceeded, limit, std::move(message), std::move(detail), std::move(hint)} {}
    const char* what() const noexcept override { return error_.message.c_str(); }
    Error& error() noexcept { return error_; }

  private:
    Error error_;
};

// Either a T or an Error.
template <class T>
class Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }
    T& value() { return std::get<0>(state_); }
    const T& value() const { return std::get<0>(state_); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    Error& error() { return std::get<1>(state_); }
    const Error& error() const { return std::get<1>(state_); }
    // The value, or the error thrown on: for calls between areas, inside protect().
    T take() {
        if (!ok()) throw Failure(std::move(error()));
        return std::move(value());
    }

  private:
    std::variant<T, Error> state_;
};

// Runs `body` and returns its value, or what it threw as an Error. Every public function of the core that can
// fail is `noexcept` and has this as its outermost call.
template <class Body>
auto protect(Body&& body) noexcept -> Result<decltype(body())> {
    try {
        return body();
    } catch (Failure& failure) {
        return std::move(failure.error());
    } catch (const std::bad_alloc&) {
        return Error{Code::out_of_memory, Limit::none, "out of memory", {}, {}};
    } catch (const std::exception& unexpected) {
        return Error{Code::internal, Limit::none, unexpected.what(), {}, {}};
    } catch (...) {
        return Error{Code::internal, Limit::none, "unknown exception", {}, {}};
    }
}

// Long work calls this every few hundred steps and ends with Code::cancelled once it answers true. It must not
// throw and must be cheap. Null: never cancelled.
using Poll = bool (*)() noexcept;

}  // namespace pgprompt
