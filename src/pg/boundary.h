// The one bridge between the core's C++ and the server's C.
//
// The server raises errors by longjmp, which runs no destructor; C++ exceptions must not pass through server
// frames. So a wrapper has three steps:
//
//   1. fetch and detoast the arguments, while only plain data is alive;
//   2. enter_core([&] { ... }): the lambda may hold C++ objects, throw, and call the core; of the server it
//   may call
//      only what is declared below, none of which raises. What it captures is plain data, checked at compile
//      time;
//   3. return. If the lambda failed, enter_core has raised the error already, after every C++ object was
//   destroyed.
#pragma once

#include "pg/server.h"

#include "core/status.h"

#include <string_view>
#include <type_traits>

namespace pgprompt::pg {

// The name that SQL's CREATE FUNCTION ... AS 'MODULE_PATHNAME', 'pgprompt_...' refers to.
#define PGPROMPT_FUNCTION(name)                          \
    extern "C" {                                         \
    PG_FUNCTION_INFO_V1(pgprompt_##name);                \
    PGDLLEXPORT Datum pgprompt_##name(PG_FUNCTION_ARGS); \
    }                                                    \
    Datum pgprompt_##name(PG_FUNCTION_ARGS)

// A failure as plain data in server memory, ready for ereport. `message` is null where there was none.
struct Report {
    Code code;
    const char* message;
    const char* detail;
    const char* hint;
    Limit limit;
};

// Server memory of the current context, never raising: throws std::bad_alloc, or Failure(limit_exceeded)
// above 1 GB.
void* allocate(size_t bytes);
text* make_text(std::string_view content);
char* make_cstring(std::string_view content);

// Whether the backend has been asked to cancel: the core's Poll.
bool cancel_requested() noexcept;
// Throws Failure(cancelled) if it has.
void stop_if_cancelled();

// A text argument's bytes; valid as long as the datum is.
inline std::string_view view_of(const text* t) {
    return {VARDATA_ANY(t), static_cast<size_t>(VARSIZE_ANY_EXHDR(t))};
}

// Copies an Error into plain data; memory that runs out on the way becomes the report.
Report report_of(const Error& error) noexcept;

// Raises the report as a server error. Call it with no C++ object alive.
[[noreturn]] void raise(const Report& report);

// Runs `body` as described above.
template <class Body>
void enter_core(Body body) {
    static_assert(std::is_trivially_destructible_v<Body>, "captures of a core call are plain data");
    Report report{};
    {
        auto outcome = protect([&] {
            body();
            return true;
        });
        if (!outcome.ok()) report = report_of(outcome.error());
    }
    if (report.message != nullptr) raise(report);
}

}  // namespace pgprompt::pg
