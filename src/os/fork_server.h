/* fork_server.h - programs that stay, loaded and at their beginning, and fork a child for each input.
 *
 * Most of what it takes to read a small file in a process of its own is the start of its program: the
 * loader, the libraries, their tables. A fork server has done that once. Each input still meets a
 * process that nothing else was read in, within the limits of its own; child.h's rules hold for it all.
 * The program's half is fork_host.h.
 *
 * Servers live as long as their table, which is to be a run over many files: a program that uses this
 * library does not expect children of its own that stay. A server ends at the latest with this
 * process, and the child that it forked with it. */
#ifndef KITH_OS_FORK_SERVER_H
#define KITH_OS_FORK_SERVER_H

#include "os/child.h"

/* One thread at a time. */
typedef struct fork_servers fork_servers;

/* Starts nothing yet. NULL: memory ran out. */
fork_servers *fork_servers_new(void);
/* Ends every server. Accepts NULL. */
void fork_servers_free(fork_servers *s);

/* As child_run, by a server of the command's program, which is started when there is none. What the
 * server cannot do (it does not start, it is not one, it ends or hangs, it cannot make a child that is
 * the program) is done by child_run instead: a broken server costs time and nothing else.
 * A child that a signal ended takes its server with it, since what is loaded lies at the same addresses
 * in all children of one server, which a file that crashes may be trying to find out.
 * s  NULL: child_run */
KITH_CHECKED kith_status fork_servers_run(fork_servers *s, const child_command *command,
                                          buffer *output, child_outcome *out, kith_error *err);

/* How many servers were started so far. For tests. */
uint32_t fork_servers_started(const fork_servers *s);

#endif
