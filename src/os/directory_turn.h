/* directory_turn.h - whose turn it is to write in a data directory, among processes.
 *
 * A turn is the lock of directory_lock.h, held for one group of writes and not for the life of a
 * process. A directory_turn is this process's side of it: its threads share one turn, and the turn
 * is released when the last of them leaves. */
#ifndef KITH_OS_DIRECTORY_TURN_H
#define KITH_OS_DIRECTORY_TURN_H

#include "base/status.h"

#include <stdint.h>

typedef struct directory_turn directory_turn;

typedef enum directory_turn_patience {
    TURN_AT_ONCE, /* KITH_ERR_BUSY when another process has its turn, or waits for one */
    TURN_WAIT     /* KITH_ERR_BUSY after wait_ms */
} directory_turn_patience;

/* Copies `directory`. Opens and creates nothing yet.
 * wait_ms  how long TURN_WAIT waits, >= 0
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status directory_turn_new(const char *directory, int64_t wait_ms,
                                            directory_turn **out, kith_error *err);
/* Nobody may be inside. Accepts NULL. */
void directory_turn_free(directory_turn *t);
/* Any thread. On KITH_OK no other process writes until directory_turn_leave, which must follow.
 * Enters at once when a thread of this process is inside. TURN_AT_ONCE may wait some ms for a
 * thread of this process that is entering.
 * Errors: KITH_ERR_BUSY (the message names the process whose turn it is), KITH_ERR_IO,
 * KITH_ERR_FULL (LOCK cannot be created); not entered. */
KITH_CHECKED kith_status directory_turn_enter(directory_turn *t, directory_turn_patience patience,
                                              kith_error *err);
void directory_turn_leave(directory_turn *t);

/* Keeps every process from taking a turn until the descriptor *fd is closed, for whoever can only
 * read files that nobody changes; several may do so at a time. Creates and writes nothing, so it
 * works on read-only media. *fd is -1 when there is no LOCK: no writer has been there.
 * Errors: KITH_ERR_BUSY (a process has its turn now), KITH_ERR_IO; *fd is untouched. */
KITH_CHECKED kith_status directory_freeze(const char *directory, int *fd, kith_error *err);

#endif
