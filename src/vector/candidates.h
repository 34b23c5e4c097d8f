/* candidates.h - the nearest rows seen by a walk through the graph: a sorted array with a cursor.
 * For up to some thousand candidates shifting a sorted array beats two heaps: one structure answers
 * which to expand next, which is the worst, and what to return.
 * Invariant: sorted by (distance, id); all before `next` are expanded. */
#ifndef KITH_VECTOR_CANDIDATES_H
#define KITH_VECTOR_CANDIDATES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const uint32_t CANDIDATE_EXPANDED = UINT32_C(1) << 31; // in `tagged`, beside the row id

typedef struct candidate {
    float distance;
    uint32_t tagged;
} candidate;

typedef struct candidates {
    candidate *entries; /* [capacity] */
    uint32_t count, capacity;
    uint32_t next; /* the first that is not expanded, or count */
} candidates;

static inline uint32_t candidate_id(candidate c)
{
    return c.tagged & ~CANDIDATE_EXPANDED;
}

/* Would it be kept? */
static inline bool candidates_want(const candidates *c, float distance)
{
    return c->count < c->capacity || distance < c->entries[c->count - 1].distance;
}

static inline void candidates_insert(candidates *c, float distance, uint32_t id)
{
    uint32_t low = 0, length = c->count;
    while (length > 0) {
        uint32_t half = length / 2;
        candidate probe = c->entries[low + half];
        bool before =
            probe.distance < distance || (probe.distance == distance && candidate_id(probe) < id);
        low = before ? low + half + 1 : low;
        length = before ? length - half - 1 : half;
    }
    if (c->count < c->capacity) c->count++;
    memmove(c->entries + low + 1, c->entries + low, (c->count - low - 1) * sizeof *c->entries);
    c->entries[low] = (candidate){distance, id};
    if (low < c->next) c->next = low;
}

/* Marks the nearest unexpanded candidate; there must be one. */
static inline uint32_t candidates_expand(candidates *c)
{
    candidate *chosen = &c->entries[c->next];
    uint32_t id = chosen->tagged;
    chosen->tagged |= CANDIDATE_EXPANDED;
    do
        c->next++;
    while (c->next < c->count && (c->entries[c->next].tagged & CANDIDATE_EXPANDED));
    return id;
}

#endif
