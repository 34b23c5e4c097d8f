/* database.h - an open data directory: the store, the lock, and the collections in use.
 * DIRECTORY/LOCK (owner) | kith.db (store) | derived/<collection number>.index */
#ifndef KITH_DB_DATABASE_H
#define KITH_DB_DATABASE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct database database;
typedef struct collection collection; /* see collection.h */

typedef struct database_options {
    bool must_exist;
    /* Told, in a line, what was rebuilt, in the thread of the call that did; NULL: nobody. */
    void (*on_notice)(void *context, const char *notice);
    void *context;
} database_options;

/* `options` may be NULL. KITH_ERR_NOT_FOUND with must_exist, KITH_ERR_BUSY, and store_open's. */
KITH_CHECKED kith_status database_open(const char *directory, const database_options *options,
                                       database **out, kith_error *err);
/* Writes derived files that fell behind, closes the store, releases the lock. No call may be
 * running and no collection held. Accepts NULL. */
KITH_CHECKED kith_status database_close(database *d, kith_error *err);

store *database_store(database *d);
/* As it was opened; lives as long as the database. */
const char *database_directory(const database *d);

KITH_CHECKED kith_status database_create_collection(database *d, view name, kith_metric metric,
                                                    uint32_t dim, kith_error *err);
/* Held handles stay valid and answer KITH_ERR_NOT_FOUND from the store. */
KITH_CHECKED kith_status database_delete_collection(database *d, view name, kith_error *err);
/* A counted handle: collection_release it. KITH_ERR_NOT_FOUND. */
KITH_CHECKED kith_status database_acquire_collection(database *d, view name, collection **out,
                                                     kith_error *err);
/* As above, and creates the collection (cosine) when it is missing. */
KITH_CHECKED kith_status database_ensure_collection(database *d, view name, collection **out,
                                                    kith_error *err);

#endif
