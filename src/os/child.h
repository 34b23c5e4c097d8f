/* child.h - runs a program on some bytes and collects what it answers, within limits.
 *
 * The program gets the bytes as its standard input, a file in memory in which it may seek; a pipe
 * as standard output; /dev/null as standard error; and no other open file. Its environment is a
 * fixed PATH, LC_ALL=C.UTF-8 and OMP_THREAD_LIMIT=1, whatever ours is. It has a process group of its own, unless the
 * command says otherwise, which is killed before the call returns, so that nothing it started
 * outlives it.
 *
 * Safe in a process with threads, unless the command says otherwise: posix_spawn, and no code of ours
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
    uint64_t memory_bytes; /* of address space, for each of its processes; 0: not limited */
    uint64_t file_bytes;   /* of the largest file that it may write; 0: as many as the input has */
    uint32_t cpu_s;        /* for each of its processes; 0: not limited */
    uint32_t wall_ms;      /* from its start to its end, > 0 */
    bool in_group;         /* it stays in this process's group, and ends with whoever ends that, or
                            * with this process, which must have one thread and no signal handlers;
                            * what it started itself is not killed here */
} child_command;

typedef enum child_end {
    CHILD_EXITED,       /* code: its exit status */
    CHILD_KILLED,       /* code: the signal */
    CHILD_OUT_OF_TIME,  /* wall_ms or cpu_s is used up; it was killed */
    CHILD_OUT_OF_BOUNDS /* it wrote more than `output` may hold; it was killed */
} child_end;

typedef struct child_outcome {
    child_end how;
    int code; /* -1: not known. Of CHILD_EXITED: other code of this process collected it, as a
               * program does that ignores SIGCHLD or waits for any child */
} child_outcome;

/* Starts the program, waits for its end and collects it. KITH_OK means that it ran; how it ended is
 * in *out. What it wrote is appended to `output`, up to its maximum, and stays there whatever the
 * outcome. Any thread; takes no signal and changes no disposition of one.
 * Errors, with *out untouched: KITH_ERR_NOT_FOUND when there is no such program or it may not be
 * run; KITH_ERR_NO_MEMORY when memory is short, for `output` too; KITH_ERR_IO when a file in
 * memory, a pipe or a process cannot be made. */
KITH_CHECKED kith_status child_run(const child_command *command, buffer *output, child_outcome *out,
                                   kith_error *err);

/* For a program that child_run started with a limit of CPU time and that starts another one itself:
 * returns once its limits are set, so that the other one inherits them, or after timeout_ms. */
void child_await_limits(uint32_t timeout_ms);

#endif
