/* candidates.h - the nearest rows that a walk through the graph has seen: a sorted array and a
 * cursor.
 *
 * HNSW (Algorithm 2) keeps two heaps: C, the candidates to expand, nearest first, and W, the ef
 * nearest found so far, farthest first. A candidate that W has dropped is farther than everything
 * in W, and the algorithm stops when the nearest of C is: so what matters of C is always within W.
 * One array sorted by distance therefore serves as both: the first entry that is not expanded is
 * C's head, the last entry is W's head, and the walk ends when all entries are expanded. For up to
 * some thousand entries shifting them costs less than keeping two heaps.
 *
 * Invariants, whenever no function below is running:
 *   1. entries[0..count) ascend by (distance, id), and count <= capacity;
 *   2. every entry before `next` is expanded, and the one at `next` (when next < count) is not.
 * Inserting at or before `next` moves the cursor back to the newcomer, which keeps 2. */
#ifndef KITH_VECTOR_CANDIDATES_H
#define KITH_VECTOR_CANDIDATES_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Tag in the top bit of `tagged`: the candidate's links have been read. Row ids stay below it. */
static const uint32_t CANDIDATE_EXPANDED = UINT32_C(1) << 31;

typedef struct candidate {
    float distance;  /* from the query */
    uint32_t tagged; /* row id and a tag: expanded (in a walk) or pinned (among a node's links) */
} candidate;

typedef struct candidates {
    candidate *entries; /* [capacity], ascending */
    uint32_t count;
    uint32_t capacity; /* ef: how many are kept; at least 1 in a walk */
    uint32_t next;     /* the first entry that is not expanded, or count */
} candidates;

static inline uint32_t candidate_id(candidate c)
{
    return c.tagged & ~CANDIDATE_EXPANDED;
}

/* True when candidates_insert may be called: there is room, or the distance is below the worst. */
static inline bool candidates_want(const candidates *c, float distance)
{
    return c->count < c->capacity || distance < c->entries[c->count - 1].distance;
}

/* How many of the entries are before that row. */
static inline uint32_t candidates_place(const candidates *c, float distance, uint32_t id)
{
    // Without a branch that nobody could foresee: low of them are known to be.
    uint32_t low = 0;
    for (uint32_t length = c->count, half; length > 0; length -= half) {
        half = (length + 1) / 2;
        candidate probe = c->entries[low + half - 1];
        bool before = (probe.distance < distance) |
                      ((probe.distance == distance) & (candidate_id(probe) < id));
        low += before ? half : 0;
    }
    return low;
}

/* Inserts a row that is not among the entries where candidates_place says, and drops the worst entry when there is no
 * room. candidates_want(c, distance) must hold. O(count). */
static inline void candidates_insert_at(candidates *c, uint32_t low, float distance, uint32_t id)
{
    DCHECK(candidates_want(c, distance) && (id & CANDIDATE_EXPANDED) == 0);
    if (c->count < c->capacity) c->count++;
    memmove(c->entries + low + 1, c->entries + low, (c->count - low - 1) * sizeof *c->entries);
    c->entries[low] = (candidate){distance, id};
    if (low < c->next) c->next = low;
}

static inline void candidates_insert(candidates *c, float distance, uint32_t id)
{
    candidates_insert_at(c, candidates_place(c, distance, id), distance, id);
}

/* Marks the nearest candidate that is not expanded and returns its row id. There must be one:
 * c->next < c->count. */
static inline uint32_t candidates_expand(candidates *c)
{
    DCHECK(c->next < c->count);
    candidate *chosen = &c->entries[c->next];
    uint32_t id = chosen->tagged;
    chosen->tagged |= CANDIDATE_EXPANDED;
    do
        c->next++;
    while (c->next < c->count && (c->entries[c->next].tagged & CANDIDATE_EXPANDED));
    return id;
}

/* Do both invariants hold? O(count), for DCHECK. */
static inline bool candidates_are_sound(const candidates *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        candidate at = c->entries[i], before = c->entries[i ? i - 1 : 0];
        bool ascends = before.distance < at.distance ||
                       (before.distance == at.distance && candidate_id(before) < candidate_id(at));
        if (i > 0 && !ascends) return false;
        if (i < c->next && !(at.tagged & CANDIDATE_EXPANDED)) return false;
        if (i == c->next && (at.tagged & CANDIDATE_EXPANDED)) return false;
    }
    return c->count <= c->capacity && c->next <= c->count;
}

#endif
