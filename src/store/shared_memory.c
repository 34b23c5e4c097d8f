/* shared_memory.c - the wal-index, kith.db-shm, on a disk that is full.
 *
 * Connections find the pages of the log through an index that they share as a mapping of
 * kith.db-shm. SQLite makes the file as long as it needs by writing one byte into each 4 KiB of it
 * and takes that for an allocation. On a file system with smaller blocks it is not: the rest of
 * each 4 KiB stays a hole, the kernel looks for room when the hole is first stored to, and where
 * it finds none it can only send SIGBUS, since a store has no result (seen on ext4 with blocks of
 * 1 KiB: 30 signals in 40 full disks). The wal-index could lie on the heap instead
 * (locking_mode=EXCLUSIVE), but then no other process could read beside this one.
 *
 * So each region is populated, as a system call that can fail, between SQLite's mapping it and
 * SQLite's use of it: MADV_POPULATE_WRITE faults every page in for writing, changes no byte of
 * what others may be writing there, and says EFAULT where a store would get SIGBUS. A page once
 * populated has its blocks, so later stores need none. Kernels before 5.14 do not know the advice
 * (EINVAL); there all is as SQLite does it.
 *
 * The hook is the method table of the database file, a copy with xShmMap exchanged, rather than a
 * whole VFS around the default one: one call in forty is of interest, and a VFS would be global.
 * A failure repeats until there is space: SQLite keeps the mapping and asks again for it. */
#include "store/shared_memory.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE // glibc before 2.35
#define MADV_POPULATE_WRITE 23
#endif

static int populate(void volatile **out, int bytes)
{
    while (madvise((void *)(uintptr_t)*out, (size_t)bytes, MADV_POPULATE_WRITE) != 0) {
        if (errno == EINTR || errno == EAGAIN) continue;
        if (errno == EINVAL) break;
        *out = NULL;
        return errno == ENOMEM ? SQLITE_IOERR_NOMEM : SQLITE_FULL;
    }
    return SQLITE_OK;
}

static int map_populated(sqlite3_file *file, int region, int bytes, int extend, void volatile **out)
{
    shared_memory *m = (shared_memory *)(uintptr_t)file->pMethods;
    int rc = m->original->xShmMap(file, region, bytes, extend, out);
    // Without `extend` nothing may be written; a region that is not there is then NULL.
    if (rc == SQLITE_OK && extend && *out) rc = populate(out, bytes);
    if (rc == SQLITE_OK && region == 0 && *out) m->head = *out;
    return rc;
}

int shared_memory_guard(sqlite3 *db, shared_memory *m)
{
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (rc != SQLITE_OK) return rc;
    // A VFS without shared memory (version 1) has no such method.
    if (!file->pMethods || file->pMethods->iVersion < 2) return SQLITE_OK;
    m->original = file->pMethods;
    m->methods = *file->pMethods;
    m->methods.xShmMap = map_populated;
    file->pMethods = &m->methods;
    return SQLITE_OK;
}
