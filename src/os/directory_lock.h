/* directory_lock.h - one owner of a data directory.
 * flock(2) on DIR/LOCK: a lock that dies with its process, so a kill leaves no obstacle. The file
 * holds "process PID on HOST" for the message.
 * A lock belongs to the file, not to its name. Whoever deletes LOCK takes it from its owner without
 * either noticing, so both sides compare: who has locked a file looks whether DIR/LOCK still names
 * it, and the owner looks again before it writes (directory_lock_check). */
#ifndef KITH_OS_DIRECTORY_LOCK_H
#define KITH_OS_DIRECTORY_LOCK_H

#include "base/status.h"

typedef struct directory_lock {
    int fd;           /* -1: not held, and directory_fd means nothing */
    int directory_fd; /* of DIR, wherever it may be moved to */
} directory_lock;

/* At once: KITH_ERR_BUSY names the owner's pid and host when another process, or this one, holds
 * it. KITH_ERR_IO when LOCK is anything but a regular file (a link, a pipe): it is neither followed
 * nor changed. */
KITH_CHECKED kith_status directory_lock_acquire(const char *directory, directory_lock *out,
                                                kith_error *err);
/* KITH_ERR_IO when DIR/LOCK does not name the locked file any more: it was deleted or replaced,
 * alone or with the directory, and another process may own the directory by now. Any thread. */
KITH_CHECKED kith_status directory_lock_check(const directory_lock *lock, kith_error *err);
void directory_lock_release(directory_lock *lock);

#endif
