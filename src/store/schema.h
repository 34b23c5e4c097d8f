/* schema.h - the tables of the catalog and their version. */
#ifndef KITH_STORE_SCHEMA_H
#define KITH_STORE_SCHEMA_H

#include "store/sql.h"

/* Call it on the writing connection before anything else. Creates the tables in an empty file; in
 * another, verifies the version and brings an older one up to date. Switches the file to WAL mode.
 * Errors: KITH_ERR_UNSUPPORTED (a newer version) and KITH_ERR_CORRUPT (no catalog of kith): nothing
 * was written. KITH_ERR_CORRUPT (damaged), KITH_ERR_IO (also a file system that does not allow a
 * write-ahead log), KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_NO_MEMORY: the file is empty still, or
 * has its old version. */
KITH_CHECKED kith_status schema_prepare(connection *c, kith_error *err);

/* Whether schema_prepare() has nothing to do: *out is false for an empty file, one of an older
 * version, and one that is not in WAL mode. Writes nothing; any connection.
 * Errors: KITH_ERR_UNSUPPORTED (a newer version), KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status schema_is_current(connection *c, bool *out, kith_error *err);

/* Whether a store that writes nothing can read the file. Any connection.
 * Errors: KITH_ERR_NOT_FOUND (empty), KITH_ERR_UNSUPPORTED (a newer or an older version),
 * KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status schema_check_readable(connection *c, kith_error *err);

#endif
