/* schema.h - the tables of the catalog and their version. */
#ifndef KITH_STORE_SCHEMA_H
#define KITH_STORE_SCHEMA_H

#include "store/connection.h"

/* On the writing connection, before anything else: creates the tables in an empty file, or checks
 * the version of those there and brings an older one up to date. KITH_ERR_UNSUPPORTED (a newer
 * version; nothing was written), KITH_ERR_CORRUPT (not a catalog of kith), KITH_ERR_IO. */
KITH_CHECKED kith_status schema_prepare(connection *c, kith_error *err);

#endif
