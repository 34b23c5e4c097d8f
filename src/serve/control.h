/* control.h - what a server is asked for by another program of the same user: to stop, and to save
 * what it has counted. */
#ifndef KITH_SERVE_CONTROL_H
#define KITH_SERVE_CONTROL_H

#include "base/status.h"
#include "serve/route.h"

/* POST /control/stop and /control/save_counts, of scope admin. */
extern const dialect control_dialect;

/* Asks the server of this data directory to stop, over its socket, and waits until its process has
 * ended, at most `wait_ms`. *pid (may be NULL) is that process.
 * Errors: KITH_ERR_NOT_FOUND: no server has the directory; KITH_ERR_BUSY: it still runs after
 * wait_ms; KITH_ERR_IO: the socket belongs to another user, or what answers is no kith server. */
KITH_CHECKED kith_status control_stop(const char *directory, uint32_t wait_ms, int *pid,
                                      kith_error *err);
/* Has the server of this data directory, if there is one, save what it has counted, and waits for
 * that, at most `wait_ms`. A failure is not told: the counts are those of a moment ago then. */
void control_save_counts(const char *directory, uint32_t wait_ms);

#endif
