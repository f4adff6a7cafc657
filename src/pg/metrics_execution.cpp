#include "pg/metrics_execution.h"

namespace pgprompt::pg {

namespace {

enum Column {
    kId,
    kTenant,
    kTemplate,
    kRequest,
    kUser,
    kExperiment,
    kVariant,
    kEpoch,
    kStatus,
    kResponseTime,
    kInputTokens,
    kOutputTokens,
    kCost,
    kQuality,
    kConversion,
    kRating,
    kFlagged,
    kEscalated,
    kGuardrails,
    kViolations,
    kMetadata,
    kCreatedAt,
    kColumnCount
};

constexpr LayoutColumn layout_columns[kColumnCount] = {
    {"id", UUIDOID},
    {"tenant_id", TEXTOID},
    {"template_id", UUIDOID},
    {"request_id", TEXTOID, true},
    {"user_id", TEXTOID, true},
    {"experiment_id", UUIDOID, true},
    {"variant", TEXTOID, true},
    {"allocation_epoch", INT4OID, true},
    {"status", TEXTOID},
    {"response_time_ms", INT4OID, true},
    {"input_tokens", INT4OID, true},
    {"output_tokens", INT4OID, true},
    {"cost_usd", NUMERICOID, true},
    {"quality_score", NUMERICOID, true},
    {"conversion_metric", NUMERICOID, true},
    {"rating", INT4OID, true},
    {"flagged_for_review", BOOLOID},
    {"escalated", BOOLOID},
    {"guardrails_evaluated", JSONBOID, true},
    {"guardrail_violations", TEXTARRAYOID, true},
    {"metadata", JSONBOID, true},
    {"created_at", TIMESTAMPTZOID},
};

static_assert(kColumnCount <= kMaxColumns);

const TableLayout layout = {"prompt_executions", layout_columns, kColumnCount, 2};

ExecutionStatus status_of(const text* status) {
    // The column's check constraint leaves these five; their first letters tell them apart.
    switch (VARSIZE_ANY_EXHDR(status) == 0 ? '\0' : *VARDATA_ANY(status)) {
        case 's':
            return ExecutionStatus::success;
        case 'e':
            return ExecutionStatus::error;
        case 't':
            return ExecutionStatus::timeout;
        case 'b':
            return ExecutionStatus::blocked;
        default:
            return ExecutionStatus::pending;
    }
}

struct Reader {
    TupleTableSlot* row;
    const AttrNumber* numbers;

    bool null(Column column) const { return row->tts_isnull[numbers[column] - 1]; }
    Datum value(Column column) const { return row->tts_values[numbers[column] - 1]; }
    const text* text_or_null(Column column) const {
        return null(column) ? nullptr : DatumGetTextPP(value(column));
    }
    const pg_uuid_t* uuid_or_null(Column column) const {
        return null(column) ? nullptr : DatumGetUUIDP(value(column));
    }
    Numeric numeric_or_null(Column column) const {
        return null(column) ? nullptr : DatumGetNumeric(value(column));
    }
    OptionalInt int_or_null(Column column) const {
        return null(column) ? OptionalInt{false, 0} : OptionalInt{true, DatumGetInt32(value(column))};
    }
    bool truth(Column column) const { return !null(column) && DatumGetBool(value(column)); }
};

}  // namespace

Columns execution_columns(Relation relation) {
    return columns_of(relation, layout);
}

Execution read_execution(TupleTableSlot* row, const Columns& columns) {
    slot_getallattrs(row);
    Reader read{row, columns.numbers};
    constexpr Column kNeverNull[] = {kId, kTenant, kTemplate, kStatus, kCreatedAt};
    for (Column column : kNeverNull) {
        if (read.null(column)) refuse_null(layout.name, layout_columns[column].name);
    }
    Execution e{};
    e.id = read.uuid_or_null(kId);
    e.template_id = read.uuid_or_null(kTemplate);
    e.tenant = read.text_or_null(kTenant);
    e.experiment = read.uuid_or_null(kExperiment);
    if (e.experiment != nullptr) {
        e.variant = read.text_or_null(kVariant);
        e.epoch = read.int_or_null(kEpoch).value;
        e.unit = read.text_or_null(kUser);
        if (e.unit == nullptr) e.unit = read.text_or_null(kRequest);
        e.metadata = read.null(kMetadata) ? 0 : read.value(kMetadata);
    }
    e.status = status_of(read.text_or_null(kStatus));
    e.response_time_ms = read.int_or_null(kResponseTime);
    e.input_tokens = read.int_or_null(kInputTokens);
    e.output_tokens = read.int_or_null(kOutputTokens);
    e.rating = read.int_or_null(kRating);
    e.cost = read.numeric_or_null(kCost);
    e.quality = read.numeric_or_null(kQuality);
    e.conversion = read.numeric_or_null(kConversion);
    e.flagged = read.truth(kFlagged);
    e.escalated = read.truth(kEscalated);
    if (!read.null(kGuardrails)) e.guardrails = DatumGetJsonbP(read.value(kGuardrails));
    if (!read.null(kViolations)) {
        ArrayType* violations = DatumGetArrayTypeP(read.value(kViolations));
        e.violations = ArrayGetNItems(ARR_NDIM(violations), ARR_DIMS(violations));
    }
    e.created_at = DatumGetTimestampTz(read.value(kCreatedAt));
    return e;
}

TimestampTz hour_of(TimestampTz at) {
    if (TIMESTAMP_NOT_FINITE(at)) return at;
    TimestampTz into = at % USECS_PER_HOUR;
    return at - (into < 0 ? into + USECS_PER_HOUR : into);
}

int minute_of(TimestampTz at) {
    if (TIMESTAMP_NOT_FINITE(at)) return 0;
    return static_cast<int>((at - hour_of(at)) / USECS_PER_MINUTE);
}

}  // namespace pgprompt::pg
