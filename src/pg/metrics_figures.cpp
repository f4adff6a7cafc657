#include "pg/metrics_figures.h"

#include "core/metrics/latency_sketch.h"
#include "core/metrics/minutes.h"
#include "pg/metrics_slot.h"
#include "pg/metrics_table.h"
#include "pg/row_places.h"

extern "C" {
#include <common/hashfn.h>
#include <utils/fmgrprotos.h>
}

namespace pgprompt::pg {

namespace {

// ---- prompt_metrics: keys, then counts (bigint), then sums (numeric)

enum Count {
    kExecutions,
    kPending,
    kSuccesses,
    kErrors,
    kTimeouts,
    kBlocked,
    kResponseTimeCount,
    kResponseTimeSum,
    kTokensCount,
    kInputTokens,
    kOutputTokens,
    kCostCount,
    kQualityCount,
    kRatingCount,
    kRatingSum,
    kRatingOne,
    kRatingFive = kRatingOne + 4,
    kConversionCount,
    kEscalations,
    kFlags,
    kViolations,
    kCounts
};

enum Sum { kCost, kQuality, kConversion, kResponseTimeSquares, kSums };

constexpr int kKeys = 6;
constexpr int kSketch = kKeys + kCounts + kSums;
constexpr int kMinutes = kSketch + 1;
constexpr int kColumns = kMinutes + 1;

constexpr LayoutColumn metrics_columns[] = {
    {"template_id", UUIDOID},
    {"hour", TIMESTAMPTZOID},
    {"tenant_id", TEXTOID},
    {"experiment_id", UUIDOID},
    {"variant", TEXTOID},
    {"slot", INT8OID},
    {"executions", INT8OID},
    {"pending", INT8OID},
    {"successes", INT8OID},
    {"errors", INT8OID},
    {"timeouts", INT8OID},
    {"blocked", INT8OID},
    {"response_time_count", INT8OID},
    {"response_time_sum", INT8OID},
    {"tokens_count", INT8OID},
    {"input_tokens", INT8OID},
    {"output_tokens", INT8OID},
    {"cost_count", INT8OID},
    {"quality_count", INT8OID},
    {"rating_count", INT8OID},
    {"rating_sum", INT8OID},
    {"rating_1", INT8OID},
    {"rating_2", INT8OID},
    {"rating_3", INT8OID},
    {"rating_4", INT8OID},
    {"rating_5", INT8OID},
    {"conversion_count", INT8OID},
    {"escalations", INT8OID},
    {"flags", INT8OID},
    {"guardrail_violations", INT8OID},
    {"cost_usd", NUMERICOID},
    {"quality_sum", NUMERICOID},
    {"conversion_sum", NUMERICOID},
    {"response_time_squares", NUMERICOID},
    {"response_time_sketch", BYTEAOID},
    {"minutes", BYTEAOID},
};
static_assert(lengthof(metrics_columns) == kColumns && kColumns <= kMaxColumns);

const TableLayout metrics_layout = {"prompt_metrics", metrics_columns, kColumns, kKeys, true};

constexpr LayoutColumn guardrail_columns[] = {
    {"guardrail", TEXTOID}, {"hour", TIMESTAMPTZOID}, {"tenant_id", TEXTOID},
    {"slot", INT8OID},      {"evaluations", INT8OID}, {"violations", INT8OID},
};
const TableLayout guardrail_layout = {"prompt_guardrail_metrics", guardrail_columns, 6, 4, true};

// Changes of sparse counts: mostly of few, near each other.
struct SparseChange {
    static constexpr int kFew = 6;
    int count;
    int index[kFew];
    int64 change[kFew];
    SparseCounts* many;  // once there are more than a few
};

struct TemplateChange {
    int64 counts[kCounts];
    Numeric sums[kSums - 1];  // null: 0
    __int128 response_time_squares;
    SparseChange sketch;
    SparseChange minutes;
};

struct GuardrailChange {
    int64 evaluations, violations;
};

Numeric add(Numeric a, Numeric b) {
    return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

void add_to_sum(MemoryContext context, Numeric* sum, Numeric value, int sign) {
    if (sign < 0) value = DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(value)));
    MemoryContext caller = MemoryContextSwitchTo(context);
    Numeric total = *sum == nullptr ? DatumGetNumericCopy(NumericGetDatum(value)) : add(*sum, value);
    if (*sum != nullptr) pfree(*sum);
    *sum = total;
    MemoryContextSwitchTo(caller);
}

Numeric numeric_of(__int128 value) {
    constexpr int64 kBillion = 1000000000;
    if (value >= PG_INT64_MIN && value <= PG_INT64_MAX) return int64_to_numeric(static_cast<int64>(value));
    __int128 high = value / kBillion / kBillion;
    auto low = static_cast<int64>(value % (static_cast<__int128>(kBillion) * kBillion));
    Numeric scaled =
        DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(numeric_of(high)),
                                            NumericGetDatum(int64_to_numeric(kBillion * kBillion))));
    return add(scaled, int64_to_numeric(low));
}

// ---- gathering

void add_to(MemoryContext context, SparseChange* changes, int index, int64 change) {
    if (changes->many != nullptr) {
        changes->many->counts[index] += change;
        return;
    }
    for (int i = 0; i < changes->count; i++) {
        if (changes->index[i] != index) continue;
        changes->change[i] += change;
        return;
    }
    if (changes->count < SparseChange::kFew) {
        changes->index[changes->count] = index;
        changes->change[changes->count++] = change;
        return;
    }
    changes->many = static_cast<SparseCounts*>(MemoryContextAllocZero(context, sizeof(SparseCounts)));
    for (int i = 0; i < changes->count; i++) changes->many->counts[changes->index[i]] = changes->change[i];
    changes->many->counts[index] += change;
}

void add_to_minute(MemoryContext context, SparseChange* minutes, const Execution& e, int sign) {
    const int minute = minute_of(e.created_at);
    auto add = [&](MinuteFigure figure, int64 change) {
        add_to(context, minutes, minute_count(minute, figure), change);
    };
    add(kMinuteExecutions, sign);
    if (e.status == ExecutionStatus::success) add(kMinuteSuccesses, sign);
    if (e.status == ExecutionStatus::error || e.status == ExecutionStatus::timeout)
        add(kMinuteFailures, sign);
    if (!e.response_time_ms.known) return;
    add(kMinuteTimed, sign);
    add(kMinuteTimes, sign * static_cast<int64>(e.response_time_ms.value));
}

void add_to_template(FigureChanges* changes, const Execution& e, int sign) {
    static const pg_uuid_t no_experiment = {};
    int tenant_length = static_cast<int>(VARSIZE_ANY_EXHDR(e.tenant));
    int variant_length = e.variant == nullptr ? 0 : static_cast<int>(VARSIZE_ANY_EXHDR(e.variant));
    TimestampTz hour = hour_of(e.created_at);
    auto* buffer = static_cast<char*>(palloc(64 + tenant_length + variant_length));
    KeyWriter key{buffer, buffer};
    key.bytes(e.template_id, UUID_LEN);
    key.bytes(&hour, sizeof hour);
    key.text_of(VARDATA_ANY(e.tenant), tenant_length);
    key.bytes(e.experiment == nullptr ? &no_experiment : e.experiment, UUID_LEN);
    key.text_of(e.variant == nullptr ? "" : VARDATA_ANY(e.variant), variant_length);
    auto* change = static_cast<TemplateChange*>(find_or_add(&changes->templates, buffer, key.length()));

    int64* counts = change->counts;
    counts[kExecutions] += sign;
    counts[kPending + static_cast<int>(e.status)] += sign;
    if (e.response_time_ms.known) {
        int64 ms = e.response_time_ms.value;
        counts[kResponseTimeCount] += sign;
        counts[kResponseTimeSum] += sign * ms;
        change->response_time_squares += sign * ms * ms;
        add_to(changes->templates.context, &change->sketch, sketch_bucket(e.response_time_ms.value), sign);
    }
    add_to_minute(changes->templates.context, &change->minutes, e, sign);
    if (e.input_tokens.known || e.output_tokens.known) counts[kTokensCount] += sign;
    counts[kInputTokens] += sign * static_cast<int64>(e.input_tokens.value);
    counts[kOutputTokens] += sign * static_cast<int64>(e.output_tokens.value);
    if (e.rating.known) {
        counts[kRatingCount] += sign;
        counts[kRatingSum] += sign * static_cast<int64>(e.rating.value);
        if (e.rating.value >= 1 && e.rating.value <= 5) counts[kRatingOne + e.rating.value - 1] += sign;
    }
    if (e.cost != nullptr) {
        counts[kCostCount] += sign;
        add_to_sum(changes->templates.context, &change->sums[kCost], e.cost, sign);
    }
    if (e.quality != nullptr) {
        counts[kQualityCount] += sign;
        add_to_sum(changes->templates.context, &change->sums[kQuality], e.quality, sign);
    }
    if (e.conversion != nullptr) {
        counts[kConversionCount] += sign;
        add_to_sum(changes->templates.context, &change->sums[kConversion], e.conversion, sign);
    }
    if (e.escalated) counts[kEscalations] += sign;
    if (e.flagged) counts[kFlags] += sign;
    counts[kViolations] += sign * static_cast<int64>(e.violations);
}

JsonbValue* member(JsonbContainer* object, const char* name, JsonbValue* storage) {
    return getKeyJsonValueFromContainer(object, name, static_cast<int>(strlen(name)), storage);
}

// Rules that were evaluated for one execution: a rule counts once, whatever the number of its stages.
void add_to_guardrails(FigureChanges* changes, const Execution& e, int sign) {
    if (e.guardrails == nullptr || !JB_ROOT_IS_ARRAY(e.guardrails) || JB_ROOT_IS_SCALAR(e.guardrails)) return;
    JsonbContainer* list = &e.guardrails->root;
    auto count = static_cast<int>(JsonContainerSize(list));
    if (count == 0) return;
    struct Outcome {
        bool violated;
    };
    GroupMap rules = make_groups(CurrentMemoryContext, sizeof(Outcome));
    for (int i = 0; i < count; i++) {
        JsonbValue* entry = getIthJsonbValueFromContainer(list, i);
        if (entry == nullptr || entry->type != jbvBinary || !JsonContainerIsObject(entry->val.binary.data))
            continue;
        JsonbValue rule;
        JsonbValue passed;
        if (member(entry->val.binary.data, "rule", &rule) == nullptr || rule.type != jbvString) continue;
        auto* outcome = static_cast<Outcome*>(find_or_add(&rules, rule.val.string.val, rule.val.string.len));
        if (member(entry->val.binary.data, "passed", &passed) != nullptr && passed.type == jbvBool &&
            !passed.val.boolean) {
            outcome->violated = true;
        }
    }
    int tenant_length = static_cast<int>(VARSIZE_ANY_EXHDR(e.tenant));
    TimestampTz hour = hour_of(e.created_at);
    for (int i = 0; i < rules.count; i++) {
        const Group& rule = rules.groups[i];
        auto* buffer = static_cast<char*>(palloc(32 + tenant_length + rule.key_length));
        KeyWriter key{buffer, buffer};
        key.text_of(rule.key, rule.key_length);
        key.bytes(&hour, sizeof hour);
        key.text_of(VARDATA_ANY(e.tenant), tenant_length);
        auto* change = static_cast<GuardrailChange*>(find_or_add(&changes->guardrails, buffer, key.length()));
        change->evaluations += sign;
        if (value_of<Outcome>(rule)->violated) change->violations += sign;
    }
}

// ---- writing

bool is_nothing(const SparseChange& change) {
    if (change.many != nullptr) {
        for (int64 count : change.many->counts) {
            if (count != 0) return false;
        }
        return true;
    }
    for (int i = 0; i < change.count; i++) {
        if (change.change[i] != 0) return false;
    }
    return true;
}

bool is_nothing(const TemplateChange& change) {
    for (int64 count : change.counts) {
        if (count != 0) return false;
    }
    // A sum can change while its count does not.
    for (Numeric sum : change.sums) {
        if (sum != nullptr && DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(sum),
                                                                NumericGetDatum(int64_to_numeric(0)))) != 0) {
            return false;
        }
    }
    return change.response_time_squares == 0 && is_nothing(change.sketch) && is_nothing(change.minutes);
}

Datum counts_after(const SparseChange& change, const bytea* before) {
    SparseCounts counts{};
    if (before != nullptr) add_encoded(&counts, VARDATA_ANY(before), VARSIZE_ANY_EXHDR(before), 1);
    if (change.many == nullptr) {
        for (int i = 0; i < change.count; i++) counts.counts[change.index[i]] += change.change[i];
    } else {
        for (int i = 0; i < kMostCounts; i++) counts.counts[i] += change.many->counts[i];
    }
    auto* result = static_cast<bytea*>(palloc(VARHDRSZ + kMostCountBytes));
    SET_VARSIZE(result, VARHDRSZ + encode(counts, VARDATA(result)));
    return PointerGetDatum(result);
}

// Rows of a group differ by their slot.
uint32 hash_of_row(const Group& group, Datum slot) {
    const auto bits = static_cast<uint64>(DatumGetInt64(slot));
    return hash_combine(hash_combine(group.hash, murmurhash32(static_cast<uint32>(bits))),
                        murmurhash32(static_cast<uint32>(bits >> 32)));
}

bool find_row(Table* table, const Group& group, const Datum* values, int slot_column) {
    const RowPlace* place =
        remembered_place(RelationGetRelid(table->relation), hash_of_row(group, values[slot_column]));
    return (place != nullptr && find_at(table, *place, values, SnapshotSelf)) ||
           find(table, values, SnapshotSelf);
}

// The row that may be written without waiting for anybody: of the slot given or of another, which is then
// set. False if it has to be inserted.
bool find_writable_row(Table* table, const Group& group, Datum* values, int slot_column) {
    bool is_claimed = false;
    for (;;) {
        const int64 slot = DatumGetInt64(values[slot_column]);
        const bool is_found = find_row(table, group, values, slot_column);
        if (slot < 0) return is_found;
        if (is_found) {
            if (has_room(table)) return true;
            values[slot_column] = Int64GetDatum(next_slot(slot));
        } else {
            // Once more after the claim: a prepared transaction may just have committed the row.
            if (is_claimed) return false;
            is_claimed = claim_slot(slot);
            if (!is_claimed) values[slot_column] = Int64GetDatum(other_slot(slot));
        }
    }
}

// If somebody has locked the row, the slot becomes one of this transaction.
template <class Fill>
void write_row(Table* table, const Group& group, Datum* values, int slot_column, Fill fill) {
    bool is_found = find_writable_row(table, group, values, slot_column);
    fill(is_found);
    if (!is_found) {
        insert(table, values, nullptr);
    } else if (update(table, values, nullptr)) {
        note_update(table->has_moved);
        if (!table->has_moved) {
            remember_place(RelationGetRelid(table->relation), hash_of_row(group, values[slot_column]),
                           updated_place(table));
        }
    } else {
        values[slot_column] = Int64GetDatum(private_slot());
        is_found = find(table, values, SnapshotSelf);
        fill(is_found);
        if (!is_found) {
            insert(table, values, nullptr);
        } else if (!update(table, values, nullptr)) {
            elog(ERROR, "a row of prompt.%s that belongs to this transaction is locked", table->layout->name);
        }
    }
}

int64 old_count(Table* table, int column, bool is_found) {
    bool is_null;
    return is_found ? DatumGetInt64(found_column(table, column, &is_null)) : 0;
}

void write_template(Table* table, const Group& group, int64 slot) {
    const auto& change = *value_of<TemplateChange>(group);
    if (is_nothing(change)) return;
    KeyReader key{group.key};
    Datum values[kColumns];
    TimestampTz hour;
    values[0] = PointerGetDatum(key.bytes(UUID_LEN));
    memcpy(&hour, key.bytes(sizeof hour), sizeof hour);
    values[1] = TimestampTzGetDatum(hour);
    values[2] = PointerGetDatum(key.text_of());
    values[3] = PointerGetDatum(key.bytes(UUID_LEN));
    values[4] = PointerGetDatum(key.text_of());
    values[5] = Int64GetDatum(slot);
    write_row(table, group, values, 5, [&](bool is_found) {
        for (int i = 0; i < kCounts; i++) {
            values[kKeys + i] = Int64GetDatum(old_count(table, kKeys + i, is_found) + change.counts[i]);
        }
        for (int i = 0; i < kSums; i++) {
            int column = kKeys + kCounts + i;
            Numeric plus = i < kSums - 1                       ? change.sums[i]
                           : change.response_time_squares == 0 ? nullptr
                                                               : numeric_of(change.response_time_squares);
            bool is_null;
            if (!is_found) {
                values[column] = NumericGetDatum(plus == nullptr ? int64_to_numeric(0) : plus);
            } else {
                values[column] = found_column(table, column, &is_null);
                if (plus != nullptr) {
                    values[column] = NumericGetDatum(add(DatumGetNumeric(values[column]), plus));
                }
            }
        }
        for (int column = kSketch; column <= kMinutes; column++) {
            const SparseChange& plus = column == kSketch ? change.sketch : change.minutes;
            bool is_null = !is_found;
            Datum before = is_found ? found_column(table, column, &is_null) : Datum{0};
            values[column] = !is_null && is_nothing(plus)
                                 ? before
                                 : counts_after(plus, is_null ? nullptr : DatumGetByteaPP(before));
        }
    });
}

void write_guardrail(Table* table, const Group& group, int64 slot) {
    const auto& change = *value_of<GuardrailChange>(group);
    if (change.evaluations == 0 && change.violations == 0) return;
    KeyReader key{group.key};
    Datum values[6];
    TimestampTz hour;
    values[0] = PointerGetDatum(key.text_of());
    memcpy(&hour, key.bytes(sizeof hour), sizeof hour);
    values[1] = TimestampTzGetDatum(hour);
    values[2] = PointerGetDatum(key.text_of());
    values[3] = Int64GetDatum(slot);
    write_row(table, group, values, 3, [&](bool is_found) {
        values[4] = Int64GetDatum(old_count(table, 4, is_found) + change.evaluations);
        values[5] = Int64GetDatum(old_count(table, 5, is_found) + change.violations);
    });
}

}  // namespace

FigureChanges make_figure_changes(MemoryContext context) {
    return {make_groups(context, sizeof(TemplateChange)), make_groups(context, sizeof(GuardrailChange))};
}

void add_execution(FigureChanges* changes, const Execution& execution, int sign) {
    add_to_template(changes, execution, sign);
    add_to_guardrails(changes, execution, sign);
}

void write_figures(FigureChanges* changes) {
    if (changes->templates.count == 0) return;
    int64 slot = own_slot();
    Table table;
    sort(&changes->templates);
    open_table(&table, &metrics_layout, RowExclusiveLock);
    for (int i = 0; i < changes->templates.count; i++)
        write_template(&table, changes->templates.groups[i], slot);
    close_table(&table);
    if (changes->guardrails.count == 0) return;
    sort(&changes->guardrails);
    open_table(&table, &guardrail_layout, RowExclusiveLock);
    for (int i = 0; i < changes->guardrails.count; i++) {
        write_guardrail(&table, changes->guardrails.groups[i], slot);
    }
    close_table(&table);
}

}  // namespace pgprompt::pg
