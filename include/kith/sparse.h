/* sparse.h - sparse vectors: metadata values that can be searched by.
 *
 * A sparse vector has a value in few of many dimensions; learned encoders (SPLADE) and BM25 make
 * them. It is the value of a metadata field, written as an object:
 *
 *     {"lexical": {"#type": "sparse_vector", "indices": [3, 17], "values": [0.5, 1.25]}}
 *
 * - indices are integers within 0..2^32 - 1, strictly ascending; values are float32 numbers, one
 *   for each index. "tokens", an array of as many texts, may stand beside them, and is kept. There
 *   may be no pair at all. At most KITH_SPARSE_MAX pairs, and all metadata of a point within its
 *   own limit.
 * - It is written, changed, removed, exported and copied as any other metadata is.
 * - To a filter it is a value that is equal to none, as a list is; $contains finds nothing in it.
 * - It is indexed, whatever the field is called; a search is exact.
 *
 * What kith.h says of memory, errors and threads holds here too. */
#ifndef KITH_SPARSE_H
#define KITH_SPARSE_H

#include <kith/kith.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { KITH_SPARSE_MAX = 4096 };

typedef struct kith_sparse_query {
    size_t size;             /* sizeof; 0: the first release's */
    const char *field;       /* the metadata field; one that no point has finds nothing */
    const uint32_t *indices; /* [count] strictly ascending */
    const float *values;     /* [count] */
    uint32_t count;
    /* Multiplies each value of the query by the idf of BM25 of its index first:
     * ln(1 + (n - t + 0.5) / (t + 0.5)), n being all points and t those whose field has a value
     * there. */
    bool idf;
    uint32_t k;                                           /* hits wanted, up to KITH_K_MAX; 0: 10 */
    const char *where;                                    /* see filters.h; NULL: every point */
    bool allow_unknown_fields;                            /* see filters.h */
    const kith_call *call;                                /* NULL: no limits */
    bool with_vectors, without_content, without_metadata; /* as in kith_query */
} kith_sparse_query;

/* Finds the points whose vector in the field has the largest inner product with the query's. Only
 * those come that share an index with it; a hit's `distance` is 1 - product, and hits of one
 * distance come in the order of their first writing.
 * Errors: those of kith_search; INVALID also names what is wrong with the query's vector. Free with
 * kith_hits_free. */
KITH_API kith_status kith_search_sparse(kith *k, const char *collection,
                                        const kith_sparse_query *query, kith_hits **out,
                                        kith_error *err);

#ifdef __cplusplus
}
#endif

#endif
