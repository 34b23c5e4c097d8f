/* schema_functions.h - SQL functions for the steps that bring a catalog up to date. */
#ifndef KITH_STORE_SCHEMA_FUNCTIONS_H
#define KITH_STORE_SCHEMA_FUNCTIONS_H

#include "store/sql.h"

/* Adds to the connection, for as long as it is open:
 *   row_checksum(table, ...)  what row_checksum() of checksum.h gives for the integers that follow,
 *                             then the texts, blobs and NULLs, in their order
 *   random_uuid()             16 bytes, a new version 4 uuid each time
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status schema_functions_add(connection *c, kith_error *err);

#endif
