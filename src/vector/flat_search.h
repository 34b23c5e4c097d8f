/* flat_search.h - exact search: the query is compared with every row that may be returned. */
#ifndef KITH_VECTOR_FLAT_SEARCH_H
#define KITH_VECTOR_FLAT_SEARCH_H

#include "base/bitset.h"
#include "base/topk.h"
#include "vector/search_scratch.h"
#include "vector/vector_rows.h"

/* Offers every row that is in both sets, with its distance, to `best`.
 * query   [stride] floats, as vector_rows_prepare wrote them
 * live    bits of v->count rows, or NULL for all rows
 * filter  likewise; its bits past v->count are not looked at
 * best    receives the k nearest; ties in distance go to the smaller row
 * s       the caller's own scratch: ids, distances and distance_count are used
 * Any number of threads at once, none beside an insertion or a removal. Cannot fail. */
void flat_search(const vector_rows *v, const float *query, const bitset *live, const bitset *filter,
                 topk *best, search_scratch *s);

#endif
