/* exit_status.h - what the exit status of kith means: the one table that the program, its --help
 * and the README share. */
#ifndef KITH_CLI_EXIT_STATUS_H
#define KITH_CLI_EXIT_STATUS_H

#include "base/status.h"

typedef enum exit_status {
    EXIT_DONE = 0,
    EXIT_PARTLY = 1,
    EXIT_USAGE = 2,
    EXIT_BUSY = 3,
    EXIT_MISSING = 4,
    EXIT_MODEL = 5,
    EXIT_SYSTEM = 6,
    EXIT_INTERRUPTED = 130, /* 128 + SIGINT, as a shell reports it */
    EXIT_PIPE = 141         /* 128 + SIGPIPE */
} exit_status;

typedef struct exit_status_meaning {
    exit_status status;
    const char *meaning;
} exit_status_meaning;

/* Ascending; ends with a NULL meaning. */
extern const exit_status_meaning exit_status_table[];

/* The program's exit status after a call of the library failed with `status`. */
exit_status exit_status_of(kith_status status);

#endif
