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

/* Start from {.heap = ..., .k = ...}. */
typedef struct topk {
    hit *heap; /* [k], owned by the caller; a max-heap: heap[0] is the farthest of those kept */
    uint32_t k, count;
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
/* False when the candidate is not among the k nearest so far. k may be 0. O(log k). */
bool topk_offer(topk *t, float distance, uint32_t id);
/* Sorts heap[0..count), nearest first. It is no heap afterwards: nothing more may be offered. */
void topk_sort(topk *t);

/* NULL, or what is broken in the heap, before topk_sort. For tests; O(k). */
const char *topk_check(const topk *t);

#endif
