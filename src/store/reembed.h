/* reembed.h - giving a collection another model's vectors while it is used: reembed.c.
 * docs/decisions/065 has the reasons. */
#ifndef KITH_STORE_REEMBED_H
#define KITH_STORE_REEMBED_H

#include "store/store.h"

/* A collection that gets other vectors, and its image: another collection, which no name leads to,
 * that has the same sources, documents and points, and the new model. */
typedef struct store_reembedding {
    uint64_t collection, image;
    uint64_t base; /* the image has all changes of the collection up to this one */
} store_reembedding;

/* Finds out whether the collection is being re-embedded.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; *found
 * and *out are untouched. */
KITH_CHECKED kith_status store_reembedding_find(store *s, uint64_t collection,
                                                store_reembedding *out, bool *found,
                                                kith_error *err);
typedef struct store_reembed_request {
    uint64_t collection;
    view model;   /* of the vectors to come, as store_collection.model */
    uint32_t dim; /* of them */
    int64_t now_ms;
    const call_limit *limit; /* checked between batches; NULL: none */
} store_reembed_request;
/* Makes the image, all of whose points wait for their vector, unless there is one of this model
 * already; one of another model is dropped. Others write meanwhile.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_INVALID (a point has no text, or the
 * store is read only), KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT (limit), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY (also: somebody else has begun just now), KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; there
 * is no image then, but for the one that was there. */
KITH_CHECKED kith_status store_reembed_begin(store *s, const store_reembed_request *request,
                                             store_reembedding *out, kith_error *err);

typedef struct store_reembed_state {
    uint64_t waiting; /* points of the image that have no vector yet */
    uint64_t changed; /* points that were brought over just now, and wait */
    bool is_done;     /* the image has taken the collection's place */
} store_reembed_state;
/* Brings over to the image what has changed in the collection, as one change of the image; and, when
 * next to nothing of the image waits, has it take the collection's place in the same transaction:
 * name, uuid, time of creation and settings. Its sequence is then above the collection's. Whoever
 * still reads the former collection by its number can go on for a while; who writes to it is
 * refused with KITH_ERR_BUSY.
 * Errors: KITH_ERR_NOT_FOUND (it is not being re-embedded any more, or was deleted), KITH_ERR_IO,
 * KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; nothing is changed. */
KITH_CHECKED kith_status store_reembed_step(store *s, uint64_t collection, store_reembed_state *out,
                                            kith_error *err);
/* Drops the image, if there is one; the collection stays as it is.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_reembed_abandon(store *s, uint64_t collection, kith_error *err);

/* ---- where models are: model_places.c ---- */

/* Notes in which directory the model of this fingerprint is, in place of what was noted before.
 * Errors: KITH_ERR_LIMIT (a directory of more than 4,096 bytes), KITH_ERR_IO, KITH_ERR_FULL,
 * KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_note_model(store *s, view fingerprint, view directory,
                                          kith_error *err);
/* *directory lives in `a`; data == NULL: none was noted.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_find_model(store *s, view fingerprint, arena *a, view *directory,
                                          kith_error *err);

#endif
