/* shared_memory.h - makes SQLite's shared memory safe on a full disk. */
#ifndef KITH_STORE_SHARED_MEMORY_H
#define KITH_STORE_SHARED_MEMORY_H

#include <sqlite3.h>
#include <stdint.h>

/* The methods of one database file with one of them exchanged; it lives as long as the file. */
typedef struct shared_memory {
    sqlite3_io_methods methods; /* first: the file's pMethods points to it */
    const sqlite3_io_methods *original;
    const volatile uint32_t *head; /* where the wal-index begins, once it is mapped (stamp.c) */
} shared_memory;

/* Has the shared memory of `db`, just opened and not used yet, backed by the disk before SQLite
 * touches it: where there is no space, the call that needs it ends with SQLITE_FULL. Any thread
 * that may use `db`. Returns a result code of SQLite. */
int shared_memory_guard(sqlite3 *db, shared_memory *m);

#endif
