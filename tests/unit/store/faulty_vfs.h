/* faulty_vfs.h - a file system for SQLite that fails on demand: the store needs no hooks for it.
 * Registered as the default before the store opens; every call goes to the real one but the n-th of
 * the chosen kinds. */
#ifndef KITH_TEST_FAULTY_VFS_H
#define KITH_TEST_FAULTY_VFS_H

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

typedef enum fault_kind {
    FAULT_WRITE = 1,
    FAULT_SYNC = 2,
    FAULT_TRUNCATE = 4,
    FAULT_READ = 8,
    FAULT_SHARED = 16 /* a region of the shared memory is mapped, but its file has no room for it */
} fault_kind;

/* Set while no call is under way, read by the store's threads. */
typedef struct fault_plan {
    atomic_int kinds;  /* 0: none fails */
    atomic_int after;  /* calls of these kinds that still succeed */
    atomic_bool lasts; /* then all fail, not the one */
    atomic_int result; /* of the failed call; 0: the kind's own SQLITE_IOERR_... */
    atomic_int injected;
} fault_plan;

static fault_plan fault;
static char fault_shared_path[1024]; /* the file of FAULT_SHARED */

static inline void fault_arm(int kinds, int after, bool lasts, int result)
{
    atomic_store(&fault.injected, 0);
    atomic_store(&fault.after, after);
    atomic_store(&fault.lasts, lasts);
    atomic_store(&fault.result, result);
    atomic_store(&fault.kinds, kinds);
}

/* Returns how often it failed. */
static inline int fault_disarm(void)
{
    atomic_store(&fault.kinds, 0);
    return atomic_load(&fault.injected);
}

/* The code to fail with, or SQLITE_OK. */
static inline int fault_due(fault_kind kind, int own_result)
{
    if (!(atomic_load(&fault.kinds) & (int)kind)) return SQLITE_OK;
    int left = atomic_fetch_sub(&fault.after, 1);
    if (left > 0 || (left < 0 && !atomic_load(&fault.lasts))) return SQLITE_OK;
    (void)atomic_fetch_add(&fault.injected, 1);
    int result = atomic_load(&fault.result);
    return result ? result : own_result;
}

typedef struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct, in the memory that SQLite gave */
    bool
        is_unreadable; /* it has failed with SQLITE_IOERR_CORRUPTFS, which SQLite's own makes of EIO */
} faulty_file;

static sqlite3_vfs *real_vfs;

#define REAL(file) ((faulty_file *)(file))->real

static inline int faulty_close(sqlite3_file *f)
{
    return REAL(f)->pMethods->xClose(REAL(f));
}

static inline int faulty_read(sqlite3_file *f, void *data, int bytes, sqlite3_int64 offset)
{
    int rc = fault_due(FAULT_READ, SQLITE_IOERR_READ);
    if (rc == SQLITE_IOERR_CORRUPTFS) ((faulty_file *)f)->is_unreadable = true;
    return rc ? rc : REAL(f)->pMethods->xRead(REAL(f), data, bytes, offset);
}

static inline int faulty_write(sqlite3_file *f, const void *data, int bytes, sqlite3_int64 offset)
{
    int rc = fault_due(FAULT_WRITE, SQLITE_IOERR_WRITE);
    return rc ? rc : REAL(f)->pMethods->xWrite(REAL(f), data, bytes, offset);
}

static inline int faulty_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
    int rc = fault_due(FAULT_TRUNCATE, SQLITE_IOERR_TRUNCATE);
    return rc ? rc : REAL(f)->pMethods->xTruncate(REAL(f), bytes);
}

static inline int faulty_sync(sqlite3_file *f, int flags)
{
    int rc = fault_due(FAULT_SYNC, SQLITE_IOERR_FSYNC);
    return rc ? rc : REAL(f)->pMethods->xSync(REAL(f), flags);
}

static inline int faulty_size(sqlite3_file *f, sqlite3_int64 *bytes)
{
    return REAL(f)->pMethods->xFileSize(REAL(f), bytes);
}

static inline int faulty_lock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xLock(REAL(f), level);
}

static inline int faulty_unlock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xUnlock(REAL(f), level);
}

static inline int faulty_check_lock(sqlite3_file *f, int *out)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}

static inline int faulty_control(sqlite3_file *f, int op, void *argument)
{
    if (op == SQLITE_FCNTL_LAST_ERRNO && ((faulty_file *)f)->is_unreadable) {
        *(int *)argument = EIO;
        return SQLITE_OK;
    }
    return REAL(f)->pMethods->xFileControl(REAL(f), op, argument);
}

static inline int faulty_sector_size(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static inline int faulty_characteristics(sqlite3_file *f)
{
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static inline int faulty_shm_map(sqlite3_file *f, int page, int bytes, int extend,
                                 void volatile **out)
{
    int rc = REAL(f)->pMethods->xShmMap(REAL(f), page, bytes, extend, out);
    if (rc == SQLITE_OK && extend && fault_due(FAULT_SHARED, SQLITE_FULL))
        rc = truncate(fault_shared_path, (off_t)page * bytes); /* a store there is SIGBUS now */
    return rc;
}

static inline int faulty_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static inline void faulty_shm_barrier(sqlite3_file *f)
{
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static inline int faulty_shm_unmap(sqlite3_file *f, int remove)
{
    return REAL(f)->pMethods->xShmUnmap(REAL(f), remove);
}

static const sqlite3_io_methods faulty_methods = {
    .iVersion = 2, /* no memory-mapped reads */
    .xClose = faulty_close,
    .xRead = faulty_read,
    .xWrite = faulty_write,
    .xTruncate = faulty_truncate,
    .xSync = faulty_sync,
    .xFileSize = faulty_size,
    .xLock = faulty_lock,
    .xUnlock = faulty_unlock,
    .xCheckReservedLock = faulty_check_lock,
    .xFileControl = faulty_control,
    .xSectorSize = faulty_sector_size,
    .xDeviceCharacteristics = faulty_characteristics,
    .xShmMap = faulty_shm_map,
    .xShmLock = faulty_shm_lock,
    .xShmBarrier = faulty_shm_barrier,
    .xShmUnmap = faulty_shm_unmap,
};

static inline int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
                              int *out_flags)
{
    faulty_file *file = (faulty_file *)f;
    (void)vfs;
    file->real = (sqlite3_file *)(void *)(file + 1);
    file->is_unreadable = false;
    int rc = real_vfs->xOpen(real_vfs, name, file->real, flags, out_flags);
    file->base.pMethods = rc == SQLITE_OK ? &faulty_methods : NULL;
    return rc;
}

/* Makes every connection opened from now on a faulty one. */
static inline int faulty_vfs_register(void)
{
    static sqlite3_vfs faulty;
    real_vfs = sqlite3_vfs_find(NULL);
    faulty = *real_vfs; /* its other methods work on names, not on files */
    faulty.zName = "faulty";
    faulty.pNext = NULL;
    faulty.szOsFile = (int)sizeof(faulty_file) + real_vfs->szOsFile;
    faulty.xOpen = faulty_open;
    return sqlite3_vfs_register(&faulty, 1);
}

#endif
