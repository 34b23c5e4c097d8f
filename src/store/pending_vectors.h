/* pending_vectors.h - vectors of a document that is not stored yet: pending_vectors.c.
 *
 * What store.h says of promise, threads, memory and codes holds here too. */
#ifndef KITH_STORE_PENDING_VECTORS_H
#define KITH_STORE_PENDING_VECTORS_H

#include "store/store.h"

/* XXH3-128 of the text that was embedded, seeded by its model. */
typedef struct store_vector_key {
    uint64_t hash[2];
} store_vector_key;

typedef struct store_pending_vectors {
    const store_vector_key *keys; /* [count] */
    const float *vectors;         /* [count][dim] */
    uint32_t count, dim;
    uint64_t owner; /* what they are dropped by */
} store_pending_vectors;

/* Puts vectors, in place of those of the same keys, and deletes the collection's that are older
 * than a week. The collection's sequence does not advance.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; no vector is put. */
KITH_CHECKED kith_status store_put_pending_vectors(store *s, uint64_t collection,
                                                   const store_pending_vectors *put, int64_t now_ms,
                                                   kith_error *err);
/* Looks vectors of `dim` floats up; a damaged one counts as none.
 * keys   [count]
 * out    [count][dim], written where found[i]
 * found  [count]
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT (SQLite found the file
 * damaged), KITH_ERR_NO_MEMORY; `out` and `found` then mean nothing. */
KITH_CHECKED kith_status store_find_pending_vectors(store *s, uint64_t collection,
                                                    const store_vector_key *keys, uint32_t count,
                                                    uint32_t dim, float *out, bool *found,
                                                    kith_error *err);
/* Deletes the vectors of an owner, if there are any.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; none is
 * deleted. */
KITH_CHECKED kith_status store_drop_pending_vectors(store *s, uint64_t collection, uint64_t owner,
                                                    kith_error *err);

#endif
