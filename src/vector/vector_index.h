/* vector_index.h - nearest neighbours over rows of float vectors, behind one interface.
 * Two kinds answer: `flat` compares with every row; `graph` is an HNSW graph over the same rows,
 * built once the index has more than `flat_below` rows and asked unless the search says exact.
 * Knows no files and no store, starts no threads. Rows are numbered from 0 in order of insertion
 * and are never renumbered; a removed row stays as a tombstone. */
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
    uint32_t dim;             /* 1..KITH_DIMENSION_MAX */
    uint32_t flat_below;      /* 0: 4096 rows; UINT32_MAX: never a graph */
    uint32_t neighbors;       /* M of HNSW; 0: 16 */
    uint32_t ef_construction; /* 0: 200 */
    uint64_t seed;
} vector_index_options;

typedef struct vector_search {
    uint32_t k;           /* at least 1 */
    uint32_t ef;          /* candidates kept by the graph; 0: max(64, 2k); raised to k */
    bool exact;           /* compare with every row */
    const bitset *filter; /* only rows whose bit is set, or NULL; count == vector_index_rows() */
} vector_search;

/* What one search did, for --explain and for tests: counters, not times. */
typedef struct vector_search_plan {
    /* "flat", "graph", "flat over the filter", "graph, then flat"; the last when the graph met
     * fewer than k that match and the scan was done after all */
    const char *kind;
    uint64_t distances;
    uint32_t matching; /* rows that pass filter and tombstones */
} vector_search_plan;

/* KITH_ERR_INVALID names an option out of range: dim, neighbors 2..256, ef_construction ..4096,
 * metric. KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status vector_index_new(const vector_index_options *options, vector_index **out,
                                          kith_error *err);
void vector_index_free(vector_index *ix);

uint32_t vector_index_rows(const vector_index *ix); /* tombstones included */
uint32_t vector_index_live(const vector_index *ix);
size_t vector_index_bytes(const vector_index *ix); /* heap held */
bool vector_index_has_graph(const vector_index *ix);
const vector_index_options *vector_index_describe(const vector_index *ix);

/* vector [dim] finite floats (the caller checked); under cosine a unit copy is kept. *row is the
 * new row. Exclusive: no other call on `ix` meanwhile. KITH_ERR_NO_MEMORY or KITH_ERR_LIMIT (2^31 -
 * 1 rows) leave the index as it was. */
KITH_CHECKED kith_status vector_index_insert(vector_index *ix, const float *vector, uint32_t *row,
                                             kith_error *err);
/* Exclusive. Row must be live. */
void vector_index_remove(vector_index *ix, uint32_t row);
/* row < vector_index_rows() */
bool vector_index_is_live(const vector_index *ix, uint32_t row);

/* The k nearest live rows that pass the filter, nearest first; fewer only when fewer exist. plan
 * may be NULL. query [dim] finite floats, not zero under cosine. Any number of threads at once,
 * none with an exclusive call. KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status vector_index_search(const vector_index *ix, const float *query,
                                             const vector_search *search, hit *out,
                                             uint32_t *out_count, vector_search_plan *plan,
                                             kith_error *err);

/* Distances of `query` [dim] to the rows [count], live or not, as a search would give them. Any
 * number of threads at once. KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status vector_index_distances(const vector_index *ix, const float *query,
                                                const uint32_t *rows, uint32_t count, float *out,
                                                kith_error *err);
/* The row as it is kept: under cosine of length 1. out [dim] */
void vector_index_copy_row(const vector_index *ix, uint32_t row, float *out);
/* Bit i: row i is live. Valid until the next exclusive call. */
const bitset *vector_index_live_rows(const vector_index *ix);

/* Serialised form: header with options and counts, rows, tombstones, graph; little-endian, closed
 * by an XXH3-64 of it all. */
void vector_index_write(const vector_index *ix, buffer *out);
/* KITH_ERR_CORRUPT on anything that does not check: untrusted bytes are safe. KITH_ERR_NO_MEMORY.
 */
KITH_CHECKED kith_status vector_index_read(view bytes, vector_index **out, kith_error *err);

/* Aborts unless every invariant holds (edges in range, degrees within bounds, every live row
 * reachable when the graph exists). */
void vector_index_check(const vector_index *ix);

#endif
