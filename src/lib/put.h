/* put.h - what every write of points reads of its options and of each point, and the texts among
 * them that are embedded (kith_points.c, kith_commit.c). */
#ifndef KITH_LIB_PUT_H
#define KITH_LIB_PUT_H

#include "db/collection.h"
#include "lib/handle.h"

#include <kith/kith.h>
#include <kith/truncation.h>

/* A mode of the store, and what stands beside it. */
unsigned put_store_manner(const kith_put_options *o);
/* Reads all of a point but its metadata; `out` borrows from it.
 * i    its place, for messages
 * dim  in and out: of the vectors so far; 0: there was none
 * Errors: KITH_ERR_INVALID (no id), KITH_ERR_DIMENSION (the vectors differ). */
KITH_CHECKED kith_status put_read_point(const kith_point *p, size_t i, uint32_t *dim,
                                        store_point *out, kith_error *err);
/* Metadata as it is stored; changes to it stay as they were given, since null means something.
 * Errors: those of validate_metadata. */
KITH_CHECKED kith_status put_read_metadata(const char *json, bool is_change, arena *a, view *out,
                                           kith_error *err);

/* ---- texts to embed ---- */

/* Is the new content of points that may exist embedded, in this collection?
 * Errors: those of collection_describe. */
KITH_CHECKED kith_status put_embeds_changes(collection *c, const kith_put_options *o,
                                            const kith_point *points, size_t count, bool *out,
                                            kith_error *err);
/* Is the point's content embedded? */
bool put_wants_embedding(const kith_point *p, const kith_put_options *o, bool embeds_changes);

/* Texts of points, and their vectors once they are embedded. One thread. */
typedef struct put_texts {
    arena *memory;
    view *texts;          /* [count] */
    store_point **owners; /* [count] that get the vectors */
    uint32_t count;
    uint32_t dim;   /* of the vectors that the caller has passed, then of all; 0: there are none */
    float *vectors; /* [count][dim] on the heap: what embedding gave */
    view model;     /* that embedded them; empty: there was no text */
    kith_truncation truncation; /* as the caller wants it */
    uint32_t truncated;         /* of the texts, how many were cut */
} put_texts;

/* room  texts at most. Errors: KITH_ERR_NO_MEMORY, also when `memory` was exhausted before. */
KITH_CHECKED kith_status put_texts_init(put_texts *t, size_t room, arena *memory, kith_error *err);
void put_texts_done(put_texts *t);
void put_texts_add(put_texts *t, const char *text, store_point *owner);
/* Embeds the texts, if there are any and their vectors may join the collection.
 * Errors: KITH_ERR_MODEL (no embedder, or not the collection's model), KITH_ERR_DIMENSION (also
 * beside the caller's vectors), and the embedder's. */
KITH_CHECKED kith_status put_texts_embed(put_texts *t, const kith *k, collection *c,
                                         const call_limit *limit, kith_error *err);

#endif
