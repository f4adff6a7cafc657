#include "pg/boundary.h"

extern "C" {
#include <mb/pg_wchar.h>
}

#include <cstring>

namespace pgprompt::pg {

namespace {

int sqlstate_of(Code code) {
    switch (code) {
        case Code::invalid_regex:
            return ERRCODE_INVALID_REGULAR_EXPRESSION;
        case Code::invalid_parameter:
            return ERRCODE_INVALID_PARAMETER_VALUE;
        case Code::syntax:
            return ERRCODE_SYNTAX_ERROR;
        case Code::undefined_name:
            return ERRCODE_UNDEFINED_PARAMETER;
        case Code::template_error:
            return ERRCODE_DATA_EXCEPTION;
        case Code::template_needed:
            return ERRCODE_UNDEFINED_OBJECT;
        case Code::limit_exceeded:
            return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
        case Code::out_of_memory:
            return ERRCODE_OUT_OF_MEMORY;
        case Code::cancelled:
            return ERRCODE_QUERY_CANCELED;
        case Code::invalid_text:
            return ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
        case Code::internal:
            return ERRCODE_INTERNAL_ERROR;
    }
    return ERRCODE_INTERNAL_ERROR;
}

// Null instead of an error when memory runs out.
char* try_cstring(std::string_view content) noexcept {
    if (!AllocSizeIsValid(content.size() + 1)) return nullptr;
    auto* copy = static_cast<char*>(
        MemoryContextAllocExtended(CurrentMemoryContext, content.size() + 1, MCXT_ALLOC_NO_OOM));
    if (copy == nullptr) return nullptr;
    memcpy(copy, content.data(), content.size());
    copy[content.size()] = '\0';
    return copy;
}

}  // namespace

void* allocate(size_t bytes) {
    if (!AllocSizeIsValid(bytes)) {
        throw Failure(Code::limit_exceeded, "result is larger than 1 GB", {}, {});
    }
    void* memory = MemoryContextAllocExtended(CurrentMemoryContext, bytes, MCXT_ALLOC_NO_OOM);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

text* make_text(std::string_view content) {
    if (!pg_verify_mbstr(GetDatabaseEncoding(), content.data(), static_cast<int>(content.size()), true)) {
        throw Failure(Code::invalid_text, "the result is no valid text of this database",
                      "It contains a zero byte or bytes that are not in the database's encoding.");
    }
    auto* result = static_cast<text*>(allocate(VARHDRSZ + content.size()));
    SET_VARSIZE(result, VARHDRSZ + content.size());
    memcpy(VARDATA(result), content.data(), content.size());
    return result;
}

char* make_cstring(std::string_view content) {
    auto* result = static_cast<char*>(allocate(content.size() + 1));
    memcpy(result, content.data(), content.size());
    result[content.size()] = '\0';
    return result;
}

bool cancel_requested() noexcept {
    return QueryCancelPending || ProcDiePending;
}

void stop_if_cancelled() {
    if (cancel_requested()) throw Failure(Code::cancelled, "cancelled");
}

Report report_of(const Error& error) noexcept {
    Report report{};
    report.code = error.code;
    report.message = try_cstring(error.message);
    report.detail = error.detail.empty() ? nullptr : try_cstring(error.detail);
    report.hint = error.hint.empty() ? nullptr : try_cstring(error.hint);
    report.limit = error.limit;
    if (report.message == nullptr)
        return {Code::out_of_memory, "out of memory", nullptr, nullptr, Limit::none};
    return report;
}

namespace {

const char* setting_of(Limit limit) {
    switch (limit) {
        case Limit::output_bytes:
            return "prompt.max_output_bytes";
        case Limit::render_steps:
            return "prompt.max_render_steps";
        case Limit::compiled_bytes:
            return "prompt.max_compiled_bytes";
        case Limit::template_depth:
            return "prompt.max_template_depth";
        case Limit::none:
            break;
    }
    return nullptr;
}

const char* hint_of(const Report& report) {
    const char* setting = setting_of(report.limit);
    if (setting == nullptr) return report.hint;
    return psprintf("%s%sSuperusers may raise %s, and those whom GRANT SET ON PARAMETER allows it.",
                    report.hint == nullptr ? "" : report.hint, report.hint == nullptr ? "" : " ", setting);
}

}  // namespace

void raise(const Report& report) {
    // A pending cancel tells its own reason (statement timeout, user request, shutdown).
    if (report.code == Code::cancelled) CHECK_FOR_INTERRUPTS();
    const char* hint = hint_of(report);
    ereport(ERROR, (errcode(sqlstate_of(report.code)), errmsg_internal("%s", report.message),
                    report.detail != nullptr ? errdetail_internal("%s", report.detail) : 0,
                    hint != nullptr ? errhint("%s", hint) : 0));
    pg_unreachable();
}

}  // namespace pgprompt::pg
