/* handed_command.h - one command that a server runs for another process, from the connection to the
 * exit status. */
#ifndef KITH_CLI_HANDED_COMMAND_H
#define KITH_CLI_HANDED_COMMAND_H

#include "cli/workspace.h"
#include "serve/log.h"

typedef struct handed_command handed_command;

/* Parses a command line and runs it: program_run. */
typedef exit_status (*command_runner)(invocation *run);

typedef struct handed_options {
    const workspace *space; /* the server's, open as long as any command runs */
    log_stream *log;
    command_runner runner;
} handed_options;

/* Takes `fd`, a connection, which it closes. options and what it points to outlive the command.
 * NULL: out of memory; `fd` is closed. */
handed_command *handed_command_new(int fd, const handed_options *options);
/* Reads the request, refuses it or runs the command, and returns when that has ended. In a thread
 * of its own, which ends afterwards: the working directory of the thread has become the
 * command's. */
void handed_command_run(handed_command *c);
/* Asks the command to end as Ctrl-C does. Any thread. */
void handed_command_interrupt(handed_command *c);
/* Cuts the connection, for a command that waits for its client to read. Any thread. */
void handed_command_cut(handed_command *c);
/* Not while handed_command_run runs. Accepts NULL. */
void handed_command_free(handed_command *c);

/* Tells a notice of the library to the command that the calling thread runs; does nothing in a
 * thread that runs none. */
void handed_command_notice(const char *notice);

#endif
