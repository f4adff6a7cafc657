#include "pg/row_places.h"

extern "C" {
#include <common/hashfn.h>
}

namespace pgprompt::pg {

namespace {

struct Entry {
    Oid relation;
    uint32 key_hash;
    RowPlace place;
};

// Direct-mapped: a row in the place of another drives it out.
constexpr uint32 kEntries = 256;
Entry entries[kEntries];

Entry* entry_of(Oid relation, uint32 key_hash) {
    return &entries[hash_combine(key_hash, relation) % kEntries];
}

}  // namespace

const RowPlace* remembered_place(Oid relation, uint32 key_hash) {
    const Entry* entry = entry_of(relation, key_hash);
    return entry->relation == relation && entry->key_hash == key_hash ? &entry->place : nullptr;
}

void remember_place(Oid relation, uint32 key_hash, const RowPlace& place) {
    *entry_of(relation, key_hash) = {relation, key_hash, place};
}

}  // namespace pgprompt::pg
