/* waiting.h - chunks whose vector comes later, and vectors of texts that are known: waiting.c.
 * docs/decisions/049 has the reasons. */
#ifndef KITH_STORE_WAITING_H
#define KITH_STORE_WAITING_H

#include "store/store.h"

/* The key of a text to embed: half of its SHA-256 together with the model and the database. Vectors
 * of equal keys are equal, whatever collection they are in, so it must be safe against texts that
 * are made to collide. No other database has a key of this one: else a tenant could find out, by
 * the time that an embedding takes, which texts another one has stored.
 * database  as store_collection.database
 * model     as store_collection.model; the name in it does not matter */
store_text_key store_text_key_of(uint64_t database, view model, view text);

/* Looks vectors of `dim` floats up among the points of all collections of the keys' database; one
 * whose row is damaged counts as none. Only a vector that an embedder of kith made has a key: what
 * a client puts has none.
 * keys   [count]
 * out    [count][dim], written where found[i]
 * found  [count]
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT (SQLite found the file
 * damaged), KITH_ERR_NO_MEMORY; `out` and `found` then mean nothing. */
KITH_CHECKED kith_status store_find_vectors(store *s, const store_text_key *keys, uint32_t count,
                                            uint32_t dim, float *out, bool *found, kith_error *err);

/* A place in the order in which chunks wait. Zero: before the first. */
typedef struct store_waiting_place {
    uint64_t promise, row;
} store_waiting_place;

/* The waiting points after a place, at most `limit` and some 8 MiB of texts, in order of promise, then of row. They have
 * row, sequence, content, prefix and promise; in `a`. A damaged row is passed over: it cannot get a
 * vector, and whoever reads it says so.
 * after  is moved behind the last row that was looked at
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY,
 * KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; *after is untouched. */
KITH_CHECKED kith_status store_list_waiting(store *s, uint64_t collection,
                                            store_waiting_place *after, uint32_t limit, arena *a,
                                            store_point **out, uint32_t *out_count,
                                            kith_error *err);
/* How many points of the collection wait. Its cost grows with their number, 10 ns each.
 * Errors: KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status store_count_waiting(store *s, uint64_t collection, uint64_t *out,
                                             kith_error *err);

/* Vectors for points that were listed as waiting. */
typedef struct store_vectors {
    const store_point *points;  /* [count] as store_list_waiting() gave them */
    const store_text_key *keys; /* [count] of what was embedded */
    const float *vectors;       /* [count][dim], validated */
    uint32_t count, dim;
    const call_limit *limit; /* ends the wait for others that write; NULL: none */
    uint64_t sequence;       /* out: of the change; the collection's when nothing was put */
    uint32_t put;            /* out: points that have their vector now */
} store_vectors;

/* Gives waiting points their vectors, as one change. A point that was changed or deleted since it
 * was listed is passed over: its vector is of another text, perhaps.
 * Errors: KITH_ERR_NOT_FOUND (no such collection), KITH_ERR_DIMENSION (the collection has another
 * one), KITH_ERR_IO, KITH_ERR_FULL, KITH_ERR_BUSY, KITH_ERR_CORRUPT, KITH_ERR_NO_MEMORY; no vector
 * is put, and what is out means nothing. */
KITH_CHECKED kith_status store_put_vectors(store *s, uint64_t collection, store_vectors *what,
                                           kith_error *err);

/* For whoever is asked for vectors, of points as they were read: KITH_ERR_BUSY, naming the first that
 * waits, when one does. */
KITH_CHECKED kith_status store_require_vectors(const store_point *points, uint32_t count,
                                               kith_error *err);

#endif
