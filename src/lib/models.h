/* models.h - which embedder a collection's texts are embedded with.
 *
 * A handle is opened with one embedder, and a data directory may have collections of several models.
 * A collection of another model than the handle's is embedded with its own, when it is known where that
 * is (store/reembed.h): it is opened once, and stays open with the handle. Where that fails it is tried
 * again 5 s later at the earliest. */
#ifndef KITH_LIB_MODELS_H
#define KITH_LIB_MODELS_H

#include "base/status.h"
#include "db/collection.h"
#include "embed/embedder.h"

typedef struct models models;

/* KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status models_new(models **out, kith_error *err);
/* Frees the embedders, which nobody uses any more. Accepts NULL. */
void models_free(models *m);
/* The embedder for the collection, borrowed until models_free.
 * given  the handle's own; NULL: none
 * *out   `given`, unless the collection is of another model which is known
 * Any thread. Errors: KITH_ERR_MODEL (there is none, and none is known; or what is known lies in its
 * directory no longer), KITH_ERR_NOT_FOUND (the collection was deleted), KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_IO, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status models_choose(models *m, embedder *given, collection *c, embedder **out,
                                       kith_error *err);

#endif
