/* directory_lock.h - one owner of a data directory at a time.
 * flock(2) on DIR/LOCK: the kernel releases it when the process ends, however it ends, so a kill
 * leaves nothing behind that a person must remove. The file itself stays, and holds
 * "process PID on HOST" for the message to whoever comes second. A child that inherited the
 * descriptor would keep the lock; it is close-on-exec.
 *
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

/* Does not wait. *out is untouched on failure. Any thread.
 * Errors: KITH_ERR_BUSY when another process, or another call of this one, holds it: the message
 * names the process and its host; KITH_ERR_LIMIT when the path is too long; KITH_ERR_IO when LOCK
 * cannot be opened, made or locked, or is anything but a regular file (a link, a pipe): it is
 * neither followed nor changed. */
KITH_CHECKED kith_status directory_lock_acquire(const char *directory, directory_lock *out,
                                                kith_error *err);
/* Any thread. Errors: KITH_ERR_IO when DIR/LOCK does not name the locked file any more: it was
 * deleted or replaced, alone or with the directory, and another process may own the directory by
 * now. */
KITH_CHECKED kith_status directory_lock_check(const directory_lock *lock, kith_error *err);
/* Does nothing when it is not held. */
void directory_lock_release(directory_lock *lock);

#endif
