/* control.h - how a server is asked to stop, by another program of the same user. */
#ifndef KITH_SERVE_CONTROL_H
#define KITH_SERVE_CONTROL_H

#include "base/status.h"
#include "serve/route.h"

/* POST /control/stop, of scope admin. */
extern const dialect control_dialect;

/* Asks the server of this data directory to stop, over its socket, and waits until its process has
 * ended, at most `wait_ms`. *pid (may be NULL) is that process.
 * Errors: KITH_ERR_NOT_FOUND: no server has the directory; KITH_ERR_BUSY: it still runs after
 * wait_ms; KITH_ERR_IO: the socket belongs to another user, or what answers is no kith server. */
KITH_CHECKED kith_status control_stop(const char *directory, uint32_t wait_ms, int *pid,
                                      kith_error *err);

#endif
