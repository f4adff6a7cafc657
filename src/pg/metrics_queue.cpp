#include "pg/metrics_queue.h"

#include "pg/settings.h"
#include "pg/uuid_v7.h"

extern "C" {
#include <utils/fmgrprotos.h>
}

namespace pgprompt::pg {

namespace {

constexpr LayoutColumn queue_columns[kQueueColumns] = {
    {"experiment_id", UUIDOID},
    {"due_at", TIMESTAMPTZOID},
    {"id", UUIDOID},
    {"tenant_id", TEXTOID},
    {"unit", TEXTOID},
    {"variant", TEXTOID},
    {"epoch", INT4OID},
    {"exposed_at", TIMESTAMPTZOID},
    {"execution_id", UUIDOID},
    {"is_late", BOOLOID},
    {"exposures", INT4OID},
    {"rows", INT4ARRAYOID},
    {"sums", NUMERICARRAYOID},
};

// Entries of one kind and one user are added up; each row that is gone has its own, since it may have been
// the user's first.
enum class EntryKind : char { added, changed, late, gone };

struct Entry {
    const Experiment* experiment;
    int32 exposures;
    TimestampTz exposed_at;  // of the first of the rows
    pg_uuid_t execution;
    int32* rows;
    int64* wholes;
    Numeric* sums;  // null: 0; the total is sums + wholes
};

const Experiment* experiment_of(QueueChanges* changes, const pg_uuid_t* id) {
    auto** known = static_cast<Experiment**>(
        find_or_add(&changes->experiments, reinterpret_cast<const char*>(id), UUID_LEN));
    if (*known == nullptr) {
        MemoryContext caller = MemoryContextSwitchTo(changes->context);
        auto* experiment = static_cast<Experiment*>(palloc(sizeof(Experiment)));
        *experiment = load_experiment(id);
        *known = experiment;
        MemoryContextSwitchTo(caller);
    }
    return *known;
}

// Whether the row is one of a user in a started experiment, dealt by chance.
const Experiment* counted_in(QueueChanges* changes, const Execution& row) {
    if (row.experiment == nullptr || row.unit == nullptr || row.variant == nullptr) return nullptr;
    if (row.epoch <= 0) return nullptr;  // a forced user
    const Experiment* experiment = experiment_of(changes, row.experiment);
    return experiment->count > 0 ? experiment : nullptr;
}

bool is_before(TimestampTz at, const pg_uuid_t* id, const Entry& entry) {
    return at != entry.exposed_at ? at < entry.exposed_at : memcmp(id, &entry.execution, UUID_LEN) < 0;
}

TimestampTz due_of(const Execution& row, int64 window) {
    if (window == 0) return DT_NOBEGIN;
    if (TIMESTAMP_NOT_FINITE(row.created_at)) return row.created_at;
    TimestampTz due;
    if (__builtin_add_overflow(row.created_at, window, &due) || due >= END_TIMESTAMP) return DT_NOEND;
    return due;
}

Entry* entry_of(QueueChanges* changes, const Experiment* experiment, const Execution& row, EntryKind kind,
                TimestampTz due) {
    int tenant_length = static_cast<int>(VARSIZE_ANY_EXHDR(row.tenant));
    int unit_length = static_cast<int>(VARSIZE_ANY_EXHDR(row.unit));
    int variant_length = static_cast<int>(VARSIZE_ANY_EXHDR(row.variant));
    auto* buffer = static_cast<char*>(palloc(96 + tenant_length + unit_length + variant_length));
    KeyWriter key{buffer, buffer};
    key.bytes(row.experiment, UUID_LEN);
    key.text_of(VARDATA_ANY(row.unit), unit_length);
    key.text_of(VARDATA_ANY(row.variant), variant_length);
    key.bytes(&row.epoch, sizeof row.epoch);
    key.text_of(VARDATA_ANY(row.tenant), tenant_length);
    key.bytes(&due, sizeof due);
    key.bytes(&kind, sizeof kind);
    if (kind == EntryKind::gone) key.bytes(row.id, UUID_LEN);
    auto* entry = static_cast<Entry*>(find_or_add(&changes->entries, buffer, key.length()));
    if (entry->experiment == nullptr) {
        entry->experiment = experiment;
        int count = experiment->count;
        entry->rows = static_cast<int32*>(MemoryContextAllocZero(changes->context, sizeof(int32) * count));
        entry->wholes = static_cast<int64*>(MemoryContextAllocZero(changes->context, sizeof(int64) * count));
        entry->sums =
            static_cast<Numeric*>(MemoryContextAllocZero(changes->context, sizeof(Numeric) * count));
        entry->exposed_at = row.created_at;
        entry->execution = *row.id;
    } else if (is_before(row.created_at, row.id, *entry)) {
        entry->exposed_at = row.created_at;
        entry->execution = *row.id;
    }
    return entry;
}

void add_value(QueueChanges* changes, Entry* entry, int metric, const Contribution& contribution, int sign) {
    if (!contribution.enters) return;
    entry->rows[metric] += sign;
    if (contribution.value == nullptr) {
        entry->wholes[metric] += sign * contribution.whole;
        return;
    }
    MemoryContext caller = MemoryContextSwitchTo(changes->context);
    Numeric old = entry->sums[metric] == nullptr ? int64_to_numeric(0) : entry->sums[metric];
    entry->sums[metric] = DatumGetNumeric(DirectFunctionCall2(
        sign > 0 ? numeric_add : numeric_sub, NumericGetDatum(old), NumericGetDatum(contribution.value)));
    pfree(old);
    MemoryContextSwitchTo(caller);
}

bool is_equal(const Contribution& a, const Contribution& b) {
    if (a.enters != b.enters || a.whole != b.whole) return false;
    if ((a.value == nullptr) != (b.value == nullptr)) return false;
    return a.value == nullptr ||
           DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(a.value), NumericGetDatum(b.value)));
}

bool is_same_text(const text* a, const text* b) {
    if (a == nullptr || b == nullptr) return a == b;
    return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
           memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

bool is_same_uuid(const pg_uuid_t* a, const pg_uuid_t* b) {
    if (a == nullptr || b == nullptr) return a == b;
    return memcmp(a, b, UUID_LEN) == 0;
}

// forget_user() gives the user another name everywhere, the totals and this queue included. Whoever else
// renames users moves their rows.
bool is_forgotten(const text* unit) {
    const size_t length = strlen(settings.pseudonym);
    return unit != nullptr && length > 0 && VARSIZE_ANY_EXHDR(unit) == length &&
           memcmp(VARDATA_ANY(unit), settings.pseudonym, length) == 0;
}

bool is_same_subject(const Execution& a, const Execution& b) {
    return is_same_uuid(a.id, b.id) && is_same_uuid(a.experiment, b.experiment) && a.epoch == b.epoch &&
           a.created_at == b.created_at &&
           (is_same_text(a.unit, b.unit) || (a.unit != nullptr && is_forgotten(b.unit))) &&
           is_same_text(a.variant, b.variant) && is_same_text(a.tenant, b.tenant);
}

Datum array_of_rows(const Entry& entry) {
    int count = entry.experiment->count;
    auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * count));
    for (int i = 0; i < count; i++) values[i] = Int32GetDatum(entry.rows[i]);
    return PointerGetDatum(construct_array(values, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

Datum array_of_sums(const Entry& entry) {
    int count = entry.experiment->count;
    auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * count));
    for (int i = 0; i < count; i++) {
        Numeric whole = int64_to_numeric(entry.wholes[i]);
        values[i] =
            entry.sums[i] == nullptr
                ? NumericGetDatum(whole)
                : DirectFunctionCall2(numeric_add, NumericGetDatum(entry.sums[i]), NumericGetDatum(whole));
    }
    return PointerGetDatum(construct_array(values, count, NUMERICOID, -1, false, TYPALIGN_INT));
}

bool is_nothing(const Entry& entry, EntryKind kind) {
    if (kind == EntryKind::added || kind == EntryKind::gone) return false;
    for (int i = 0; i < entry.experiment->count; i++) {
        if (entry.rows[i] != 0 || entry.wholes[i] != 0 || entry.sums[i] != nullptr) return false;
    }
    return true;
}

// An entry's key, borrowed from the group that holds it.
struct EntryKey {
    const char* experiment;
    text* unit;
    text* variant;
    int32 epoch;
    text* tenant;
    TimestampTz due;
    EntryKind kind;
};

EntryKey read_key(const char* bytes) {
    KeyReader reader{bytes};
    EntryKey key;
    key.experiment = reader.bytes(UUID_LEN);
    key.unit = reader.text_of();
    key.variant = reader.text_of();
    memcpy(&key.epoch, reader.bytes(sizeof key.epoch), sizeof key.epoch);
    key.tenant = reader.text_of();
    memcpy(&key.due, reader.bytes(sizeof key.due), sizeof key.due);
    key.kind = static_cast<EntryKind>(*reader.bytes(1));
    return key;
}

void write_entry(Table* table, const EntryKey& key, const Entry& entry, const pg_uuid_t* id) {
    Datum values[kQueueColumns];
    values[kQueueExperiment] = PointerGetDatum(key.experiment);
    values[kQueueUnit] = PointerGetDatum(key.unit);
    values[kQueueVariant] = PointerGetDatum(key.variant);
    values[kQueueEpoch] = Int32GetDatum(key.epoch);
    values[kQueueTenant] = PointerGetDatum(key.tenant);
    values[kQueueDueAt] = TimestampTzGetDatum(key.due);
    values[kQueueId] = UUIDPGetDatum(id);
    values[kQueueExposedAt] = TimestampTzGetDatum(entry.exposed_at);
    values[kQueueExecution] = UUIDPGetDatum(&entry.execution);
    values[kQueueIsLate] = BoolGetDatum(key.kind == EntryKind::late);
    values[kQueueExposures] = Int32GetDatum(entry.exposures);
    values[kQueueRows] = array_of_rows(entry);
    values[kQueueSums] = array_of_sums(entry);
    insert(table, values, nullptr);
}

}  // namespace

const TableLayout queue_layout = {"prompt_subject_queue", queue_columns, kQueueColumns, 3, true};

QueueChanges make_queue_changes(MemoryContext context) {
    return {context, make_groups(context, sizeof(Experiment*)), make_groups(context, sizeof(Entry)),
            GetCurrentTimestamp()};
}

void queue_row(QueueChanges* changes, const Execution& row, int sign) {
    const Experiment* experiment = counted_in(changes, row);
    if (experiment == nullptr) return;
    EntryKind kind = sign > 0 ? EntryKind::added : EntryKind::gone;
    entry_of(changes, experiment, row, kind, DT_NOBEGIN)->exposures += sign;
    for (int i = 0; i < experiment->count; i++) {
        const Metric& metric = experiment->metrics[i];
        Contribution contribution = contribution_of(row, metric);
        if (!contribution.enters) continue;
        // An entry that waits for its window exposes nobody.
        EntryKind part = metric.window == 0 ? kind : EntryKind::changed;
        add_value(changes, entry_of(changes, experiment, row, part, due_of(row, metric.window)), i,
                  contribution, sign);
    }
}

void queue_change(QueueChanges* changes, const Execution& before, const Execution& after) {
    if (before.experiment == nullptr && after.experiment == nullptr) return;
    if (!is_same_subject(before, after)) {
        queue_row(changes, before, -1);
        queue_row(changes, after, 1);
        return;
    }
    const Experiment* experiment = counted_in(changes, after);
    if (experiment == nullptr) return;
    for (int i = 0; i < experiment->count; i++) {
        const Metric& metric = experiment->metrics[i];
        Contribution old_value = contribution_of(before, metric);
        Contribution new_value = contribution_of(after, metric);
        if (is_equal(old_value, new_value)) continue;
        TimestampTz due = due_of(after, metric.window);
        bool is_late = due != DT_NOBEGIN && due <= changes->now;
        Entry* entry = entry_of(changes, experiment, after, is_late ? EntryKind::late : EntryKind::changed,
                                is_late ? DT_NOBEGIN : due);
        add_value(changes, entry, i, old_value, -1);
        add_value(changes, entry, i, new_value, 1);
    }
}

int write_queue(QueueChanges* changes) {
    if (changes->entries.count == 0) return 0;
    constexpr int64 kEpochShift = int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY;
    int written = 0;
    Table table;
    open_table(&table, &queue_layout, RowExclusiveLock);
    pg_uuid_t* id = new_uuid_v7(changes->now + kEpochShift);
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "pg_prompt queue", ALLOCSET_SMALL_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(scratch);
    // What is due at once, then what waits: each run goes into the index in order.
    for (int waits = 0; waits <= 1; waits++) {
        for (int i = 0; i < changes->entries.count; i++) {
            const Group& group = changes->entries.groups[i];
            const auto& entry = *value_of<Entry>(group);
            const EntryKey key = read_key(group.key);
            if ((key.due != DT_NOBEGIN) != (waits == 1) || is_nothing(entry, key.kind)) continue;
            write_entry(&table, key, entry, id);
            count_up(id);
            written++;
            MemoryContextReset(scratch);
        }
    }
    MemoryContextSwitchTo(caller);
    close_table(&table);
    return written;
}

}  // namespace pgprompt::pg
