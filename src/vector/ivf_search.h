/* ivf_search.h - searching rows in lists.
 *
 * The query's distance to every centroid orders the lists. Of the nearest `probes` of them the codes are read and
 * compared: 8 bits a dimension relative to the centroid, so that a distance is right to a few thousandths of what is
 * between the two. The nearest by their codes, as far as three standard deviations of the error leave them open, are
 * compared by their vectors, which are read for that. Hits and distances are those of the vectors. Rows that do not
 * pass the filter are passed over before they are compared. */
#ifndef KITH_VECTOR_IVF_SEARCH_H
#define KITH_VECTOR_IVF_SEARCH_H

#include "vector/ivf.h"
#include "vector/vector_index.h"

/* As vector_index_search; search->ef is the number of lists that are read at least.
 * state  of `x`, held by the caller; seen->rows are of it */
KITH_CHECKED kith_status ivf_search(const ivf *x, const ivf_state *state, const vector_view *seen,
                                    const float *query, const vector_search *search, hit *out,
                                    uint32_t *out_count, vector_search_plan *plan, kith_error *err);

/* Lists that are read where a search does not say how many. */
uint32_t ivf_default_probes(uint32_t lists);

#endif
