/* flat_search.h - exact search: the query is compared with every row that may be returned. */
#ifndef KITH_VECTOR_FLAT_SEARCH_H
#define KITH_VECTOR_FLAT_SEARCH_H

#include "base/bitset.h"
#include "base/topk.h"
#include "vector/search_scratch.h"
#include "vector/vector_rows.h"

/* Which rows a scan looks at: first..end, of those the ones in both sets. */
typedef struct scan_range {
    uint32_t first, end;
    const bitset *live, *filter; /* bits of at least `end` rows, or NULL for all */
} scan_range;

/* How many rows that is. Any thread. */
uint32_t scan_range_count(const scan_range *range);

/* Offers each of these rows, with its distance, to `best`.
 * query   [stride] floats, as vector_rows_prepare wrote them
 * range   published rows
 * best    receives the k nearest; ties in distance go to the smaller row
 * s       the caller's own scratch: ids, rows, distances and distance_count are used
 * Any thread. Cannot fail. */
void flat_search(const vector_rows *v, const float *query, const scan_range *range, topk *best,
                 search_scratch *s);

#endif
