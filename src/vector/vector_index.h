/* vector_index.h - nearest neighbors over rows of float vectors, behind one interface.
 *
 * Two kinds of search answer. The flat scan compares the query with every row and is exact. The
 * graph (HNSW) looks at a small share of the rows and finds nearly all of the nearest; it is built
 * once the index has more than `flat_below` rows, and kept up to date from then on. Each search
 * chooses between them by cost (the planner, at the head of vector_index.c) unless it asks for an
 * exact answer.
 *
 * Rows are numbered from 0 in the order of insertion and are never renumbered or used again; a
 * removed row stays in memory, marked as removed, until the owner builds a new index without it.
 *
 * The index knows no files and no store, and starts no threads. Calls marked "exclusive" run alone;
 * all others may run in any number of threads at once, none of them beside an exclusive one. The
 * caller provides that exclusion. Distances are smaller-better: 1 - cosine, the squared Euclidean
 * distance, or 1 - inner product. */
#ifndef KITH_VECTOR_VECTOR_INDEX_H
#define KITH_VECTOR_VECTOR_INDEX_H

#include "base/bitset.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/topk.h"

#include <kith/types.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct vector_index vector_index;

typedef struct vector_index_options {
    kith_metric metric;
    uint32_t dim;             /* floats of a vector, 1..KITH_DIMENSION_MAX */
    uint32_t flat_below;      /* up to so many rows there is no graph; 0: 4096; UINT32_MAX: never */
    uint32_t neighbors;       /* M of HNSW, 2..256; 0: 16 */
    uint32_t ef_construction; /* candidates kept for a new row, up to 4096; 0: 200 */
    uint64_t seed;            /* of the levels: the same seed and insertions give the same graph */
} vector_index_options;

typedef struct vector_search {
    uint32_t k;           /* hits wanted, at least 1 */
    uint32_t ef;          /* candidates kept by the graph; 0: max(64, 2k); raised to k */
    bool exact;           /* compare with every row that matches */
    const bitset *filter; /* only rows whose bit is set, or NULL; count == vector_index_rows() */
} vector_search;

/* What one search did, for --explain and for tests: counters, not times. */
typedef struct vector_search_plan {
    /* "flat", "flat over the filter", "graph", or "graph, then flat": the walk met fewer than k
     * rows that match although there are more, so the scan was done after all. A constant string.
 */
    const char *kind;
    uint64_t distances; /* computed in all */
    uint32_t matching;  /* live rows that pass the filter */
} vector_search_plan;

/* An empty index with `options`, defaults filled in; the caller frees it with vector_index_free.
 * Errors: KITH_ERR_INVALID naming the option that is out of range (dim, neighbors,
 * ef_construction, metric); KITH_ERR_NO_MEMORY. *out is untouched then. */
KITH_CHECKED kith_status vector_index_new(const vector_index_options *options, vector_index **out,
                                          kith_error *err);
/* Exclusive. ix may be NULL. */
void vector_index_free(vector_index *ix);

uint32_t vector_index_rows(const vector_index *ix); /* removed rows included */
uint32_t vector_index_live(const vector_index *ix); /* rows that are not removed */
size_t vector_index_bytes(const vector_index *ix);  /* memory that rows and graph take */
bool vector_index_has_graph(const vector_index *ix);
/* The options with defaults filled in; valid as long as the index. */
const vector_index_options *vector_index_describe(const vector_index *ix);

/* Adds `vector` [dim] of finite floats, which the caller has checked, as the next row; under cosine
 * a copy of length 1 is stored. *row is its number. Exclusive. The call that makes the rows exceed
 * `flat_below` also builds the graph over all rows, and so takes much longer than the others.
 * Errors: KITH_ERR_LIMIT at 2^31 - 1 rows, KITH_ERR_NO_MEMORY. The index is as it was then, and the
 * same call may be tried again. */
KITH_CHECKED kith_status vector_index_insert(vector_index *ix, const float *vector, uint32_t *row,
                                             kith_error *err);
/* Marks a live row as removed: no search returns it from then on. Exclusive. Its memory and its
 * node in the graph stay. */
void vector_index_remove(vector_index *ix, uint32_t row);
/* row < vector_index_rows(ix) */
bool vector_index_is_live(const vector_index *ix, uint32_t row);

/* Finds the k nearest live rows that pass the filter. Exact when the scan answered; with the graph
 * nearly so (the recall is what test_vector_recall.c asks for).
 * query      [dim] finite floats, not all zero under cosine
 * out        [search->k] hits, nearest first, ties by row
 * out_count  how many: fewer than k only when fewer rows match
 * plan       what was done, or NULL
 * Any number of threads at once; sees every exclusive call that returned before.
 * Errors: KITH_ERR_NO_MEMORY; the outputs are untouched then. */
KITH_CHECKED kith_status vector_index_search(const vector_index *ix, const float *query,
                                             const vector_search *search, hit *out,
                                             uint32_t *out_count, vector_search_plan *plan,
                                             kith_error *err);

/* out[i] = the distance of `query` [dim] to row rows[i], removed or not, bit for bit as a search
 * computes it; rows and out [count]. Any number of threads at once.
 * Errors: KITH_ERR_NO_MEMORY; `out` is untouched then. */
KITH_CHECKED kith_status vector_index_distances(const vector_index *ix, const float *query,
                                                const uint32_t *rows, uint32_t count, float *out,
                                                kith_error *err);
/* Copies the row as it is stored, under cosine of length 1, to out [dim]. row < rows */
void vector_index_copy_row(const vector_index *ix, uint32_t row, float *out);
/* Bit i is set when row i is live. Borrowed; valid until the next exclusive call. */
const bitset *vector_index_live_rows(const vector_index *ix);

/* Appends the index to `out`; the layout is at the head of vector_index_file.c. Fails as the buffer
 * does: out->failed is KITH_ERR_NO_MEMORY or KITH_ERR_LIMIT. */
void vector_index_write(const vector_index *ix, buffer *out);
/* Reads what vector_index_write wrote; `bytes` may be freed afterwards. Any bytes are safe to read.
 * Errors: KITH_ERR_CORRUPT when a checksum, a size, a number or an invariant does not hold;
 * KITH_ERR_NO_MEMORY. *out is untouched then. */
KITH_CHECKED kith_status vector_index_read(view bytes, vector_index **out, kith_error *err);

/* Aborts unless every invariant of rows, live set and graph holds. O(index); for tests and fuzzers.
 */
void vector_index_check(const vector_index *ix);

#endif
