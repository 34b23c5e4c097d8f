/* readers.h - the pool of connections that only read, and the snapshots that they hold. */
#ifndef KITH_STORE_READERS_H
#define KITH_STORE_READERS_H

#include "store/sql.h"

typedef struct readers readers;

/* Copies `path`. Opens no connection yet.
 * role  CONNECTION_READER or CONNECTION_FROZEN_READER
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status readers_new(const char *path, connection_role role, readers **out,
                                     kith_error *err);
/* Every reader must have been released. Accepts NULL. */
void readers_free(readers *r);

/* Any thread. A connection inside a read transaction, for this thread alone until it is released.
 * The first query fixes the snapshot; all that is read until the release is of the same committed
 * state. Never waits for another reader: when none is idle, one more is opened.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing
 * is held then. */
KITH_CHECKED kith_status readers_acquire(readers *r, connection **out, kith_error *err);
/* Ends the read transaction. No query may be open. NULL stands for a connection that was lost. */
void readers_release(readers *r, connection *c);

#endif
