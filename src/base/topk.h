/* topk.h - keeps the k nearest of a stream of candidates: a binary max-heap on (distance, id).
 * Ties in distance go to the smaller id, so that results do not depend on the order of arrival. NaN
 * must not be offered. */
#ifndef KITH_BASE_TOPK_H
#define KITH_BASE_TOPK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct hit {
    float distance; /* smaller is nearer */
    uint32_t id;
} hit;

typedef struct topk {
    hit *heap; /* [k], owned by the caller */
    uint32_t k, count;
} topk;

static inline bool hit_before(hit a, hit b)
{
    return a.distance < b.distance || (a.distance == b.distance && a.id < b.id);
}

static inline bool topk_full(const topk *t)
{
    return t->count == t->k;
}

/* The farthest kept distance once full; INFINITY before. */
float topk_bound(const topk *t);
/* False when the candidate is not kept. k may be 0. */
bool topk_offer(topk *t, float distance, uint32_t id);
/* Sorts heap[0..count), nearest first; nothing more may be offered. */
void topk_sort(topk *t);

#endif
