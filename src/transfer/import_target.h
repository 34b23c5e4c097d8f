/* import_target.h - the tenant, database and collection that an import writes to, made where they
 * are missing. */
#ifndef KITH_TRANSFER_IMPORT_TARGET_H
#define KITH_TRANSFER_IMPORT_TARGET_H

#include "transfer/transfer.h"

/* A handle of the database, which is created with its tenant where they are missing; the caller's
 * to close. Errors: those of kith_tenant_create and kith_database_create, but KITH_ERR_EXISTS. */
KITH_CHECKED kith_status import_database(kith *k, const char *tenant, const char *database,
                                         kith **out, kith_error *err);

/* What the collection should be. */
typedef struct import_collection {
    const char *name;
    kith_metric metric;
    kith_collection_model model;          /* and the dimension; 0 and "" where they are not known */
    const char *metadata, *configuration; /* NULL: none */
    uint64_t
        index_memory;   /* bytes that its vectors may take (kith/budget.h); 0: any, or not known */
    kith_memory memory; /* as there; full, or not known */
} import_collection;

/* Creates the collection, or checks that the one of this name can hold what comes: metric,
 * dimension and model. Sets is_new and differs of *to.
 * Errors: KITH_ERR_INVALID (another metric), KITH_ERR_DIMENSION, KITH_ERR_MODEL, and those of
 * kith_collection_ensure. */
KITH_CHECKED kith_status import_obtain(kith *k, const import_collection *wanted,
                                       transfer_collection *to, kith_error *err);

#endif
