/* schema.h - the tables of the catalog and their version. */
#ifndef KITH_STORE_SCHEMA_H
#define KITH_STORE_SCHEMA_H

#include "store/connection.h"

/* Call it on the writing connection before anything else. Creates the tables in an empty file; in
 * another, verifies the version and brings an older one up to date. Switches the file to WAL mode.
 * Errors: KITH_ERR_UNSUPPORTED (a newer version) and KITH_ERR_CORRUPT (no catalog of kith): nothing
 * was written. KITH_ERR_CORRUPT (damaged), KITH_ERR_IO (also a file system that does not allow a
 * write-ahead log), KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_NO_MEMORY: the file is empty still, or
 * has its old version. */
KITH_CHECKED kith_status schema_prepare(connection *c, kith_error *err);

#endif
