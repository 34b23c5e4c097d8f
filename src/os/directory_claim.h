/* directory_claim.h - which processes have something unfinished in a data directory, so that nobody
 * takes it for what a crash has left.
 *
 * A claim is a shared lock, a sweep an exclusive one, on the bytes of DIR/LOCK (fcntl, of the open
 * file and not of the process, so that two calls of one process see each other as two processes do).
 * It has nothing to do with the flock on the same file, which is the turn to write
 * (directory_lock.h): a claim is held over many turns, of this process and of others. The kernel
 * drops it with its process, however that ends.
 *
 * Behind those bytes lies one for each collection: whoever embeds what waits there holds it, so that
 * no two processes embed the same. It is in nobody else's way. */
#ifndef KITH_OS_DIRECTORY_CLAIM_H
#define KITH_OS_DIRECTORY_CLAIM_H

#include "base/status.h"

#include <stdint.h>

/* Claims: until the descriptor *fd is closed no sweep begins. Does not wait. Any thread.
 * Errors: KITH_ERR_BUSY (a sweep is going on, which ends), KITH_ERR_IO (LOCK cannot be opened, made
 * or locked), KITH_ERR_FULL, KITH_ERR_LIMIT (the path is too long); *fd is untouched. */
KITH_CHECKED kith_status directory_claim(const char *directory, int *fd, kith_error *err);
/* Begins a sweep: until *fd is closed nobody claims. Errors: KITH_ERR_BUSY (there is a claim, or
 * another sweep), and those of directory_claim. */
KITH_CHECKED kith_status directory_sweep(const char *directory, int *fd, kith_error *err);
/* Claims the work on a collection, until *fd is closed. Does not wait.
 * Errors: KITH_ERR_BUSY (somebody has it, perhaps in this process), and those of
 * directory_claim. */
KITH_CHECKED kith_status directory_claim_work(const char *directory, uint64_t collection, int *fd,
                                              kith_error *err);

#endif
