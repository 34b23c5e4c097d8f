/* directory_lock.h - one owner of a data directory: for one turn at writing (directory_turn.h).
 * flock(2) on DIR/LOCK: a lock that dies with its process, so a kill leaves no obstacle. The file
 * holds "pid host" for the message. */
#ifndef KITH_OS_DIRECTORY_LOCK_H
#define KITH_OS_DIRECTORY_LOCK_H

#include "base/status.h"

typedef struct directory_lock {
    int fd; /* -1: not held */
} directory_lock;

/* At once: KITH_ERR_BUSY names the owner's pid and host when another process, or this one, holds
 * it. */
KITH_CHECKED kith_status directory_lock_acquire(const char *directory, directory_lock *out,
                                                kith_error *err);
void directory_lock_release(directory_lock *lock);

#endif
