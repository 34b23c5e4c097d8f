/* child_io.h - what both ways of running a program share (child.h, fork_server.h): its input, a file
 * in memory, and what it answers through a pipe. Private to src/os. */
#ifndef KITH_OS_CHILD_IO_H
#define KITH_OS_CHILD_IO_H

#include "os/child.h"

#include <stdint.h>
#include <sys/types.h>

typedef struct child_io {
    int input;  /* the file in memory, at its beginning; -1: closed */
    int theirs; /* the pipe's end for the program to write to; likewise */
    int answer; /* our end; likewise */
} child_io;

/* Makes the three, none of which has a number below 3. Errors, with all of *out -1:
 * KITH_ERR_NO_MEMORY, KITH_ERR_IO. */
KITH_CHECKED kith_status child_io_open(view input, child_io *out, kith_error *err);
/* Closes the program's own two, once it has them. */
void child_io_hand_over(child_io *io);
/* Accepts one whose parts are -1. */
void child_io_close(child_io *io);
/* Appends what the program writes until the pipe's end. False, with the reason in *out, when a limit
 * comes first: the deadline, or the buffer's maximum. */
bool child_io_read(const child_io *io, int64_t deadline_ns, buffer *output, child_outcome *out);

/* For poll(2): until the deadline, 0 when it has passed. */
int child_milliseconds_left(int64_t deadline_ns);
/* Starts a program with its own 0, 1 and 2 alone, the default signals and a fixed environment (child.h).
 * in_group  of child_command
 * Returns 0 or an errno. */
int child_spawn(const char *const *arguments, int input, int answer, bool in_group, pid_t *pid);
/* Sets the command's limits for a process; 0: for this one. */
void child_set_limits(pid_t pid, const child_command *command);
/* The status of a program that could not be started. */
kith_status child_spawn_failed(int error, const char *program, kith_error *err);

#endif
