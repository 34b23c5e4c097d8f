/* readers.h - the pool of connections that only read, and the snapshots that they hold. */
#ifndef KITH_STORE_READERS_H
#define KITH_STORE_READERS_H

#include "os/call_limit.h"
#include "store/sql.h"

typedef struct readers readers;

/* How many read at a time. A connection costs memory and, to open, more than most reads take; more
 * of them than CPUs gain nothing. */
enum {
    READERS_MAX = 8,
    READERS_CHECK_MS = 10 /* how often a thread that waits for one checks its limit */
};

/* Copies `path`. Opens no connection yet.
 * role  CONNECTION_READER or CONNECTION_FROZEN_READER
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status readers_new(const char *path, connection_role role, readers **out,
                                     kith_error *err);
/* Every reader must have been released. Accepts NULL. */
void readers_free(readers *r);

/* Any thread. A connection inside a read transaction, for this thread alone until it is released.
 * The first query fixes the snapshot; all that is read until the release is of the same committed
 * state. While READERS_MAX are acquired, a thread that holds none waits for one of them; a thread
 * that holds one gets another at once (readers.c argues why nobody waits for ever).
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing
 * is held then. */
KITH_CHECKED kith_status readers_acquire(readers *r, connection **out, kith_error *err);
/* readers_acquire() that waits no longer than the call may take. `limit` may be NULL.
 * Errors: also KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT, only where it has to wait. */
KITH_CHECKED kith_status readers_acquire_within(readers *r, const call_limit *limit,
                                                connection **out, kith_error *err);
/* Ends the read transaction, in the thread that acquired the connection, and the newest of a thread
 * first. No query may be open. */
void readers_release(readers *r, connection *c);

/* Connections opened since readers_new, for tests. Any thread. */
uint64_t readers_opened(readers *r);

#endif
