/* socket_path.h - the two Unix sockets that a server opens in its data directory, mode 0600, for
 * commands of the same user: serve.sock, which speaks HTTP, and command.sock, over which writing
 * commands hand it their work (cli/owner.h).
 *
 * The system takes socket paths of at most 107 bytes, and data directories may lie deeper. So a
 * path that is too long is replaced by one through an open descriptor of the directory. */
#ifndef KITH_SERVE_SOCKET_PATH_H
#define KITH_SERVE_SOCKET_PATH_H

#include "base/status.h"

enum { SOCKET_PATH_BYTES = 108 };

#define SOCKET_OF_SERVER   "serve.sock"
#define SOCKET_OF_COMMANDS "command.sock"

/* Writes the path of the socket `name`, NUL-terminated. *fd is -1, or a descriptor that must stay
 * open as long as the path is used, and is the caller's to close.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO (the directory cannot be opened). */
KITH_CHECKED kith_status socket_path(const char *directory, const char *name,
                                     char out[SOCKET_PATH_BYTES], int *fd, kith_error *err);

/* Connects to the socket `name`; *out is closed on exec, and the caller's to close.
 * Errors: KITH_ERR_NOT_FOUND: nobody listens there; KITH_ERR_IO: the system refuses. */
KITH_CHECKED kith_status socket_connect(const char *directory, const char *name, int *out,
                                        kith_error *err);

#endif
