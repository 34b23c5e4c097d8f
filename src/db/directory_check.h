/* directory_check.h - verifies a whole data directory, which need not be open. */
#ifndef KITH_DB_DIRECTORY_CHECK_H
#define KITH_DB_DIRECTORY_CHECK_H

#include "base/status.h"
#include "db/collection.h"
#include "db/database.h"
#include "store/integrity.h"

#include <stdbool.h>
#include <stdint.h>

/* What was verified, damaged or not. */
typedef struct directory_verified {
    store_verified store;
    bool
        store_was_read; /* false: the catalog could not be opened, and nothing of it was verified */
    store_log log;      /* as it was at the beginning */
    uint64_t index_rows; /* rows of the indexes that were held against their points */
    uint64_t files;      /* in the directory */
} directory_verified;

/* Verifies the log, the catalog (store_verify), each collection's index against the catalog, and
 * that no file lies there that nobody needs. Writes nothing but SQLite's shared memory, so that it
 * works on read-only media, and beside processes that write. Damage is no failure, but a finding;
 * so is a catalog that is too damaged to be opened.
 * Errors: KITH_ERR_NOT_FOUND (no data directory), KITH_ERR_UNSUPPORTED (of a newer kith, or of an
 * older one: open it for writing once), KITH_ERR_CANCELLED (by the visitor), KITH_ERR_INVALID (the
 * path is too long), KITH_ERR_BUSY, KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_NO_MEMORY; *out is
 * untouched. */
KITH_CHECKED kith_status directory_verify(const char *directory, const store_check_visitor *visitor,
                                          directory_verified *out, kith_error *err);

/* Verifies the collection's index, as it lies on disk and brought up to the store, against the
 * points of the store: each point is in it once, with its vector, and nothing else is. *rows grows
 * by how many were compared.
 * Errors: KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_CANCELLED, KITH_ERR_BUSY,
 * KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_LIMIT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status index_verify(database *d, const store_collection *description,
                                      const store_check_visitor *visitor, uint64_t *rows,
                                      kith_error *err);

#endif
