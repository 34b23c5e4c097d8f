/* topk.h - keeps the k nearest of a stream of candidates.
 * Candidates are ordered by distance and, at equal distance, by id, the smaller first. That order
 * is total, so what is kept does not depend on the order of arrival, on threads or on batches. It
 * is total only without NaN, which must not be offered: it compares with nothing and would stay.
 * One thread at a time. */
#ifndef KITH_BASE_TOPK_H
#define KITH_BASE_TOPK_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct hit {
    float distance; /* smaller is nearer */
    uint32_t id;
} hit;

/* How many candidates of one group may be kept. */
typedef struct group_limit {
    uint32_t (*group_of)(const void *context, uint32_t id); /* 1..groups; 0: of none, no limit */
    const void *context;
    uint32_t groups;
    uint32_t most;         /* of one group, at least 1 */
    const uint32_t *taken; /* [groups + 1] how many of its `most` each has used up; NULL: none */
} group_limit;

/* What is known of the groups of those kept: topk_groups.c. */
typedef struct topk_groups topk_groups;

/* Start from {.heap = ..., .k = ...}. */
typedef struct topk {
    hit *heap; /* [k], owned by the caller; a max-heap: heap[0] is the farthest of those kept */
    uint32_t k, count;
    topk_groups *groups; /* owned by the caller; NULL: there are none */
} topk;

/* Is `a` nearer than `b`? */
static inline bool hit_before(hit a, hit b)
{
    return a.distance < b.distance || (a.distance == b.distance && a.id < b.id);
}

static inline bool topk_full(const topk *t)
{
    return t->count == t->k;
}

/* The largest distance that may still be kept: the farthest kept one's once there are k, INFINITY
 * before, -INFINITY for k 0. At exactly this distance the id decides. */
float topk_bound(const topk *t);
/* False when the candidate is not among the k nearest so far. k may be 0. O(log k); with groups
 * also O(most) when it takes another's place. */
bool topk_offer(topk *t, float distance, uint32_t id);
/* Sorts heap[0..count), nearest first. It is no heap afterwards: nothing more may be offered. */
void topk_sort(topk *t);

/* For a topk of this k, whose k nearest are then the nearest of which at most `most` are of one
 * group, each id being offered once. `limit` is borrowed; its arrays must not change meanwhile. The
 * caller frees it: topk_groups_free, which accepts NULL. NULL: out of memory. */
topk_groups *topk_groups_new(const group_limit *limit, uint32_t k);
void topk_groups_free(topk_groups *g);
/* topk_offer's, for a topk with groups. */
bool topk_groups_offer(topk *t, hit candidate);

/* NULL, or what is broken in the heap, before topk_sort. For tests; O(k). */
const char *topk_check(const topk *t);

#endif
