/* frontier.c - see frontier.h. */
#include "vector/frontier.h"

#include "base/size.h"
#include "simd/codes.h"

#include <math.h>
#include <stdlib.h>

/* More than what is left after tightening, and FRONTIER_MORE; the more there is, the rarer is that, and the more
 * distances are compared at each step. */
static uint32_t room_for(uint32_t capacity)
{
    return capacity + capacity / 2 + 2 * FRONTIER_MORE;
}

bool frontier_reserve(frontier *f, uint32_t capacity)
{
    const uint32_t room = room_for(capacity);
    if (room <= f->reserved) return true;
    frontier made = {.reserved = room,
                     .distances = heap_new_array(room, sizeof *made.distances),
                     .ids = heap_new_array(room, sizeof *made.ids),
                     .gone = heap_new_array(room, sizeof *made.gone)};
    if (!made.distances || !made.ids || !made.gone) {
        frontier_done(&made);
        return false;
    }
    frontier_done(f);
    *f = made;
    return true;
}

void frontier_done(frontier *f)
{
    free(f->distances);
    free(f->ids);
    free(f->gone);
    *f = (frontier){0};
}

size_t frontier_bytes(const frontier *f)
{
    return f->reserved * (sizeof *f->distances + sizeof *f->ids + sizeof *f->gone);
}

void frontier_begin(frontier *f, uint32_t capacity)
{
    DCHECK(capacity > 0 && room_for(capacity) <= f->reserved);
    f->room = room_for(capacity);
    f->count = f->gone_count = 0;
    f->capacity = capacity;
    f->bound = INFINITY;
}

static size_t count_within(const frontier *f, float most)
{
    const simd_codes *codes = simd()->codes;
    return codes->count_within(f->distances, f->count, most) +
           codes->count_within(f->gone, f->gone_count, most);
}

/* Two distances: below `least` many are within the first, and `least` and more within the second; at most `most` there,
 * unless there is no number between the two. */
typedef struct split {
    float below, within;
    size_t below_count;
} split;

static void widen(const float *distances, uint32_t count, float *low, float *high)
{
    for (uint32_t i = 0; i < count; i++) {
        *low = distances[i] < *low ? distances[i] : *low;
        *high = distances[i] > *high ? distances[i] : *high;
    }
}

/* There are `least` and more. By halves: of a hundred distances five or ten. */
static split find_split(const frontier *f, size_t least, size_t most)
{
    float low = INFINITY, high = -INFINITY;
    widen(f->distances, f->count, &low, &high);
    widen(f->gone, f->gone_count, &low, &high);
    const size_t nearest = count_within(f, low);
    if (nearest >= least) return (split){nextafterf(low, -INFINITY), low, 0};
    split s = {low, high, nearest}; // not a float below `low`, which may be the last one
    for (;;) {
        const float middle = s.below / 2 + s.within / 2;
        if (!(s.below < middle && middle < s.within)) return s;
        const size_t count = count_within(f, middle);
        if (count < least) {
            s.below = middle;
            s.below_count = count;
        } else {
            s.within = middle;
            if (count <= most) return s;
        }
    }
}

/* Is it kept? Of those between, which may be equal and many, as many as there is room for. */
static inline bool is_kept(const split *s, float distance, size_t *left)
{
    const bool is_between = (distance > s->below) & (distance <= s->within) & (*left > 0);
    *left -= is_between;
    return (distance <= s->below) | is_between;
}

void frontier_tighten(frontier *f)
{
    const size_t most = (size_t)f->capacity + f->capacity / 8;
    if ((size_t)f->count + f->gone_count <= most) return;
    const split s = find_split(f, f->capacity, most);
    size_t left = most - s.below_count;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->gone_count; i++) {
        f->gone[kept] = f->gone[i];
        kept += is_kept(&s, f->gone[i], &left);
    }
    f->gone_count = kept;
    kept = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        const float distance = f->distances[i];
        f->distances[kept] = distance;
        f->ids[kept] = f->ids[i];
        kept += is_kept(&s, distance, &left);
    }
    f->count = kept;
    f->bound = s.within;
}

bool frontier_take(frontier *f, uint32_t *id, float *distance)
{
    const simd_codes *codes = simd()->codes;
    if (f->count == 0) return false;
    const size_t at = codes->nearest(f->distances, f->count);
    const float nearest = f->distances[at];
    if (f->gone_count >= f->capacity &&
        codes->count_within(f->gone, f->gone_count, nearest) >= f->capacity)
        return false;
    *id = f->ids[at];
    *distance = nearest;
    f->count--;
    f->distances[at] = f->distances[f->count];
    f->ids[at] = f->ids[f->count];
    f->gone[f->gone_count++] = nearest;
    if (f->gone_count == f->room) frontier_tighten(f);
    return true;
}

float frontier_distance_of(const frontier *f, uint32_t rank)
{
    if ((size_t)f->count + f->gone_count < rank) return INFINITY;
    return find_split(f, rank, rank).within;
}
