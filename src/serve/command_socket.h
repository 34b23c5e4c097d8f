/* command_socket.h - the listening end of command.sock (socket_path.h). */
#ifndef KITH_SERVE_COMMAND_SOCKET_H
#define KITH_SERVE_COMMAND_SOCKET_H

#include "base/status.h"

#include <stdbool.h>

typedef struct command_socket command_socket;

/* Listens in this directory. The caller is its server (serve_start has returned), so that nobody
 * else does: a socket file that is there was left by a server that was killed, and is replaced.
 * Errors: those of socket_path and http_listen_unix; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status command_socket_open(const char *directory, command_socket **out,
                                             kith_error *err);
/* The next connection, close-on-exec, the caller's to close; waits for it. -1: command_socket_wake
 * was called, or the system gives no more descriptors (then after a moment). One thread. */
int command_socket_accept(command_socket *s);
/* Makes this and every later command_socket_accept return -1. Any thread. */
void command_socket_wake(command_socket *s);
/* Removes the socket file; connections that nobody accepted are closed. Accepts NULL. */
void command_socket_close(command_socket *s);

/* Whether the process at the other end of a connection has the rights of this one: user, group and
 * supplementary groups. Only then may one act for the other. */
bool command_socket_is_same_user(int fd);

#endif
