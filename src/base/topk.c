/* topk.c - the heap's root is the farthest kept, so that one comparison rejects most candidates. */
#include "base/topk.h"

#include <math.h>
#include <stdlib.h>

float topk_bound(const topk *t)
{
    if (t->k == 0) return -INFINITY;
    return topk_full(t) ? t->heap[0].distance : INFINITY;
}

static void sift_up(hit *heap, uint32_t i)
{
    hit moving = heap[i];
    while (i > 0 && hit_before(heap[(i - 1) / 2], moving)) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = moving;
}

static void sift_down(hit *heap, uint32_t count)
{
    hit moving = heap[0];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= count) break;
        if (child + 1 < count && hit_before(heap[child], heap[child + 1])) child++;
        if (!hit_before(moving, heap[child])) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = moving;
}

bool topk_offer(topk *t, float distance, uint32_t id)
{
    hit candidate = {distance, id};
    DCHECK(distance == distance); // not NaN
    if (t->groups) return topk_groups_offer(t, candidate);
    if (!topk_full(t)) {
        t->heap[t->count] = candidate;
        sift_up(t->heap, t->count++);
        return true;
    }
    if (t->k == 0 || !hit_before(candidate, t->heap[0])) return false;
    t->heap[0] = candidate;
    sift_down(t->heap, t->count);
    return true;
}

void topk_sort(topk *t)
{
    for (uint32_t end = t->count; end > 1; end--) {
        const hit farthest = t->heap[0];
        t->heap[0] = t->heap[end - 1];
        sift_down(t->heap, end - 1);
        t->heap[end - 1] = farthest;
    }
}

const char *topk_check(const topk *t)
{
    if (t->count > t->k) return "more candidates than k";
    for (uint32_t i = 1; i < t->count; i++)
        if (hit_before(t->heap[(i - 1) / 2], t->heap[i]))
            return "a child is farther than its parent";
    return NULL;
}
