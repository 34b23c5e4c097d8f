/* search_results.h - which points a ranked search finds, in which order. */
#ifndef KITH_CHROMA_SEARCH_RESULTS_H
#define KITH_CHROMA_SEARCH_RESULTS_H

#include "chroma/search_groups.h"

/* Runs the searches of the expression, computes the scores, and keeps of each group its best.
 * out  [count] by score, smaller first, in the call's arena; NaN is last
 * False: refused. */
bool search_results_find(serve_call *call, const scope *s, const search_request *request,
                         ranked **out, uint32_t *count);

#endif
