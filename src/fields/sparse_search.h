/* sparse_search.h - the rows whose sparse vector in a field has the largest product with a query's.
 *
 * The search is exact: every posting of the query's dimensions is added up, in order of the
 * dimensions, in float32. A row is found when its vector has a value in at least one of them; its
 * distance is 1 - product. Any thread. */
#ifndef KITH_FIELDS_SPARSE_SEARCH_H
#define KITH_FIELDS_SPARSE_SEARCH_H

#include "base/topk.h"
#include "fields/columns.h"

typedef struct sparse_query sparse_query;
struct sparse_query {
    view field;
    sparse_vector vector;
    /* Each value of the query is first multiplied by the weight ln(1 + (n - t + 0.5) / (t + 0.5))
     * of its dimension, n being the live rows of the index and t those that have a value in it: the
     * idf of BM25, for vectors that hold the rest of it. */
    bool idf;
};

/* Offers every row that is found to `best`, by its distance.
 * live        [rows of the index]; live_count of them are set
 * matching    rows that may be found, all of them live; NULL: all live rows
 * *products   how many postings were added up
 * Errors: KITH_ERR_NO_MEMORY; `best` then has some of the rows. */
KITH_CHECKED kith_status sparse_search(const column_segments *list, const sparse_query *query,
                                       const bitset *live, const bitset *matching, topk *best,
                                       uint64_t *products, kith_error *err);

#endif
