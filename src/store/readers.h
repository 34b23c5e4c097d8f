/* readers.h - the pool of connections that only read. */
#ifndef KITH_STORE_READERS_H
#define KITH_STORE_READERS_H

#include "store/connection.h"

typedef struct readers readers;

KITH_CHECKED kith_status readers_new(const char *path, readers **out, kith_error *err);
/* None may be acquired. Accepts NULL. */
void readers_free(readers *r);

/* Any thread. A connection inside a read transaction: all that is read until the release comes from
 * one snapshot. Never waits for another reader: past those that idle in the pool, one more is
 * opened. */
KITH_CHECKED kith_status readers_acquire(readers *r, connection **out, kith_error *err);
/* Accepts NULL. */
void readers_release(readers *r, connection *c);

#endif
