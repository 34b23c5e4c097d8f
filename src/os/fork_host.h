/* fork_host.h - the half of a fork server that is in the program: see fork_server.h. */
#ifndef KITH_OS_FORK_HOST_H
#define KITH_OS_FORK_HOST_H

#include "base/status.h"

#include <stdbool.h>

/* Was the program started as a fork server, with its socket as standard input? */
bool fork_host_is_wanted(int count, char **arguments);
/* Serves until the other end closes, and returns false then, or when the socket is none. Returns true in
 * each child that it forks, where everything is as if the program had been started for the input alone:
 * arguments, standard input and output, limits, a process group of its own, no other open file.
 * What is loaded and allocated before is shared by all children, and must not depend on an input.
 * The process must have one thread. Its new privileges are refused for good (no_new_privs).
 * *count, *arguments  main's; in a child those of the command, in heap memory that need not be freed */
bool fork_host_serve(int *count, char ***arguments);

#endif
