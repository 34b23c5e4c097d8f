/* child.h - runs a program on some bytes and collects what it answers, within limits.
 * The program gets the bytes as its standard input (a file in memory, which it may seek), nothing
 * of this process's environment but PATH, no other open file, and a process group of its own
 * that is gone when the call returns. Safe in a process with threads: posix_spawn, no code of ours
 * runs between fork and exec. */
#ifndef KITH_OS_CHILD_H
#define KITH_OS_CHILD_H

#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct child_command {
    const char *const *arguments; /* [0] is the program's path; NULL ends */
    view input;
    uint64_t memory_bytes; /* of address space; 0: not limited */
    uint32_t cpu_s;        /* 0: not limited */
    uint32_t wall_ms;      /* from start to end, > 0 */
    bool in_group;         /* it stays in this process's group, for whoever ends that */
} child_command;

typedef enum child_end {
    CHILD_EXITED,       /* code: its exit status */
    CHILD_KILLED,       /* code: the signal */
    CHILD_OUT_OF_TIME,  /* of either clock */
    CHILD_OUT_OF_BOUNDS /* it wrote more than `output` holds */
} child_end;

typedef struct child_outcome {
    child_end how;
    int code; /* -1: not known, somebody else in this process took it */
} child_outcome;

/* `output` is appended to, up to its maximum. KITH_ERR_NOT_FOUND (no such program), KITH_ERR_IO,
 * KITH_ERR_NO_MEMORY. How the program itself fared is in *out. Any thread. */
KITH_CHECKED kith_status child_run(const child_command *command, buffer *output, child_outcome *out,
                                   kith_error *err);

#endif
