/* search_groups.h - results in groups of the same metadata, of each the best few. */
#ifndef KITH_CHROMA_SEARCH_GROUPS_H
#define KITH_CHROMA_SEARCH_GROUPS_H

#include "chroma/scope.h"
#include "chroma/search_request.h"

/* A result of a search. */
typedef struct ranked {
    const char *id;
    float score;
    uint32_t order; /* among equal scores: in which order they were met */
} ranked;

/* By score, smaller first, NaN last; equal scores by `order`. */
void ranked_sort(ranked *rows, uint32_t count);

/* Keeps of each group the k results that come first, and leaves those by score. A point that lacks
 * a key is in the group of those that lack it; one that lacks what a group is ordered by comes
 * last.
 * rows  [*count]; points that were deleted meanwhile are dropped
 * False: refused. */
bool search_groups_keep(serve_call *call, const scope *s, const grouping *groups, ranked *rows,
                        uint32_t *count);

#endif
