/* frontier.h - where a search's walk may go next, and when it has gone far enough.
 *
 * A walk goes to the nearest candidate until the `capacity` nearest of all that it met were gone to. candidates.h keeps these in
 * order, which is what a walk needs when each step adds one or two. Here a step adds five on average, of which most are never
 * gone to, and putting them in their places, one guess of the processor after the other, took half of the step. So
 * candidates lie in no order: adding one is a store, and the nearest is looked for by a kernel that compares sixteen at a time.
 *
 * The distances of those that were gone to are kept, so that the end is known: with `capacity` of them no farther than the
 * nearest candidate, the `capacity` nearest were gone to.
 *
 * What is farther than the `capacity` nearest is never gone to. When the arrays are full, a distance is looked for that so many of
 * both are within, or an eighth more; the others are dropped, and what is not nearer is not wanted any more. So where a walk
 * goes is the same whenever that happens, but for which of equal distances come first. */
#ifndef KITH_VECTOR_FRONTIER_H
#define KITH_VECTOR_FRONTIER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct frontier {
    float *distances; /* [reserved] of the candidates, in no order; none is NaN ... */
    uint32_t *ids;    /* [reserved] ... and what they are of; a node may be there several times */
    float *gone;      /* [reserved] distances of those that were gone to, in no order */
    uint32_t reserved;
    /* What this walk uses of the arrays. Not all: with the room that a wider walk had before, it would compare more at each
     * step, and learn later what is too far. */
    uint32_t room;
    uint32_t count, gone_count;
    uint32_t capacity; /* at least 1 */
    float bound;       /* only what is nearer is wanted */
} frontier;

/* Gives it room for walks of that capacity, 1..UINT32_MAX / 2, or more; what was in it is gone. False: out of memory. */
bool frontier_reserve(frontier *f, uint32_t capacity);
/* Zero-initialised, or after frontier_reserve. */
void frontier_done(frontier *f);
size_t frontier_bytes(const frontier *f);

/* Empties it, for a walk of that capacity, which there is room for. */
void frontier_begin(frontier *f, uint32_t capacity);
/* Drops what is not among the `capacity` nearest, or an eighth more. */
void frontier_tighten(frontier *f);
/* Takes the nearest candidate out, the first of equal ones: *id, which is *distance away. False: the
 * `capacity` nearest were taken, or there is none. */
bool frontier_take(frontier *f, uint32_t *id, float *distance);
/* The distance that `rank` of all that are kept are within, 1 <= rank; INFINITY when there are fewer. */
float frontier_distance_of(const frontier *f, uint32_t rank);

/* Before `more` are added at once, at most 32 (FRONTIER_MORE). */
enum { FRONTIER_MORE = 32 };
static inline void frontier_make_room(frontier *f)
{
    if (f->room - f->count < FRONTIER_MORE) frontier_tighten(f);
}

/* There must be room. */
static inline void frontier_add(frontier *f, float distance, uint32_t id)
{
    DCHECK(f->count < f->room);
    f->distances[f->count] = distance;
    f->ids[f->count++] = id;
}

#endif
