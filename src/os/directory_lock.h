/* directory_lock.h - one owner of a data directory at a time: for one turn at writing
 * (directory_turn.h).
 * flock(2) on DIR/LOCK: the kernel releases it when the process ends, however it ends, so a kill
 * leaves nothing behind that a person must remove. The file itself stays, and holds
 * "process PID on HOST" for the message to whoever comes second. A child that inherited the
 * descriptor would keep the lock; it is close-on-exec.
 *
 * A lock belongs to the file, not to its name. Whoever deletes LOCK takes it from its owner without
 * either noticing, so who has locked a file looks whether DIR/LOCK still names it. A turn is short:
 * one that began before LOCK was deleted ends soon.
 *
 * Who takes one turn after the other keeps the file open in between (directory_lock_pause), which
 * saves opening and closing it; each time it is locked again the same is looked at. */
#ifndef KITH_OS_DIRECTORY_LOCK_H
#define KITH_OS_DIRECTORY_LOCK_H

#include "base/status.h"

/* What messages say where a data directory cannot be written to. */
#define DIRECTORY_READING_WORKS                                                                    \
    "what only reads works all the same: kith search, ask, get, files, stats, export, check"

enum { DIRECTORY_LOCK_OWNER_BYTES = 128 };

typedef struct directory_lock {
    int fd;                                 /* of DIR/LOCK; -1: not open */
    char owner[DIRECTORY_LOCK_OWNER_BYTES]; /* what this process writes to it */
} directory_lock;

/* Does not wait. *out is untouched on failure. Any thread.
 * Errors: KITH_ERR_BUSY when another process, or another call of this one, holds it: the message
 * names the process and its host; KITH_ERR_LIMIT when the path is too long; KITH_ERR_IO when LOCK
 * cannot be opened, made or locked, or is anything but a regular file (a link, a pipe): it is
 * neither followed nor changed. */
KITH_CHECKED kith_status directory_lock_acquire(const char *directory, directory_lock *out,
                                                kith_error *err);
/* Gives the lock up and keeps the file open, for directory_lock_resume. */
void directory_lock_pause(directory_lock *lock);
/* Locks the open file again. Does not wait. Any thread, one at a time.
 * directory_fd  of `directory`, for what is looked at
 * Errors: KITH_ERR_BUSY as directory_lock_acquire; KITH_ERR_NOT_FOUND when DIR/LOCK is another file
 * now, and the lock is to be acquired anew; KITH_ERR_IO. The file stays open and is not locked. */
KITH_CHECKED kith_status directory_lock_resume(directory_lock *lock, int directory_fd,
                                               const char *directory, kith_error *err);
/* Gives it up, if it is held, and closes the file, if it is open. */
void directory_lock_release(directory_lock *lock);

#endif
