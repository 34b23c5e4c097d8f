/* readers.h - how the linker finds out that no search can be reading any more what it has taken out
 * of reach.
 *
 * Two counts of running searches. A search adds itself to the one of the current side before it reads
 * anything, and takes itself off at its end. The linker puts something out of reach, by stores with release
 * order, and then looks at both counts.
 *
 *   A search that the linker did not see does not find it. Both change the same count by one operation that reads and
 *   writes it: the search adds 1, the linker adds 0. One of the two comes first. If it is the search's, the
 *   linker sees it. If it is the linker's, the search reads what the linker wrote, or what others made of that,
 *   and so acquires all that the linker has stored before. A load in the place of that addition would not do, on no
 *   processor: it may be done before the stores before it are seen by others.
 *   A search that it did see has ended when its count has been seen at 0: the search takes itself off with release
 *   order, after its last read, and the linker acquires that.
 *
 * The linker changes the side after it has looked, so that both counts get to 0 although searches never cease. Which side
 * a search is on, and that others who wait change it too, does no harm. */
#ifndef KITH_VECTOR_READERS_H
#define KITH_VECTOR_READERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct readers {
    _Alignas(64) _Atomic(uint32_t) side;
    struct {
        _Alignas(64) _Atomic(uint32_t) count;
    } running[2];
} readers;

/* Around everything that a search reads. Returns what readers_leave takes. Any thread. */
static inline uint32_t readers_enter(readers *r)
{
    uint32_t side = atomic_load_explicit(&r->side, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&r->running[side].count, 1, memory_order_acq_rel);
    return side;
}

static inline void readers_leave(readers *r, uint32_t side)
{
    (void)atomic_fetch_sub_explicit(&r->running[side].count, 1, memory_order_acq_rel);
}

/* was_zero  has that side's count been at 0 since the wait began? All false at first
 * True when every search that ran then has ended. The linker's. */
static inline bool readers_are_gone(readers *r, bool was_zero[2])
{
    for (int side = 0; side < 2; side++)
        if (atomic_fetch_add_explicit(&r->running[side].count, 0, memory_order_acq_rel) == 0)
            was_zero[side] = true;
    const uint32_t side = atomic_load_explicit(&r->side, memory_order_relaxed);
    atomic_store_explicit(&r->side, !side, memory_order_relaxed);
    return was_zero[0] && was_zero[1];
}

#endif
