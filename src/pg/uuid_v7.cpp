#include "pg/uuid_v7.h"

extern "C" {
#include <miscadmin.h>
}

namespace pgprompt::pg {

namespace {

constexpr size_t kRandomBytes = 8;

// Strong random bytes, fetched many at a time: a call for each id costs more than all else of one.
void draw_random(unsigned char* out) {
    static unsigned char pool[64 * kRandomBytes];
    static size_t used = sizeof pool;
    static int owner = 0;
    if (used == sizeof pool || owner != MyProcPid) {  // what a process has drawn is not its child's
        if (!pg_strong_random(pool, sizeof pool)) {
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
        }
        used = 0;
        owner = MyProcPid;
    }
    memcpy(out, pool + used, kRandomBytes);
    used += kRandomBytes;
}

}  // namespace

pg_uuid_t* least_uuid_v7(int64 unix_microseconds) {
    auto* id = static_cast<pg_uuid_t*>(palloc0(sizeof(pg_uuid_t)));
    uint64 milliseconds = static_cast<uint64>(unix_microseconds / 1000);
    for (int i = 0; i < 6; i++) id->data[i] = static_cast<unsigned char>(milliseconds >> (8 * (5 - i)));
    id->data[6] = 0x70;
    id->data[8] = 0x80;
    return id;
}

pg_uuid_t* new_uuid_v7(int64 unix_microseconds) {
    pg_uuid_t* id = least_uuid_v7(unix_microseconds);
    uint64 fraction = static_cast<uint64>(unix_microseconds % 1000) * 4096 / 1000;
    id->data[6] = static_cast<unsigned char>(0x70 | fraction >> 8);
    id->data[7] = static_cast<unsigned char>(fraction);
    draw_random(id->data + 8);
    id->data[8] = static_cast<unsigned char>(0x80 | (id->data[8] & 0x3f));
    return id;
}

void count_up(pg_uuid_t* id) {
    for (int i = UUID_LEN - 1; i > 8 && ++id->data[i] == 0; i--) {
    }
}

}  // namespace pgprompt::pg
