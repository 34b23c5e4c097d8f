/* socket_path.h - where the Unix socket is that every server opens in its data directory, for
 * commands of the same user: DIR/serve.sock, mode 0600.
 *
 * The system takes socket paths of at most 107 bytes, and data directories may lie deeper. So a
 * path that is too long is replaced by one through an open descriptor of the directory. */
#ifndef KITH_SERVE_SOCKET_PATH_H
#define KITH_SERVE_SOCKET_PATH_H

#include "base/status.h"

enum { SOCKET_PATH_BYTES = 108 };

/* Writes the path, NUL-terminated. *fd is -1, or a descriptor that must stay open as long as the
 * path is used, and is the caller's to close.
 * Errors: KITH_ERR_NOT_FOUND, KITH_ERR_IO (the directory cannot be opened). */
KITH_CHECKED kith_status socket_path(const char *directory, char out[SOCKET_PATH_BYTES], int *fd,
                                     kith_error *err);

#endif
