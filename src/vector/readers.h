/* readers.h - how the linker finds out that no search can be reading any more what it has taken out
 * of reach.
 *
 * Two counts of running searches. A search adds itself to the one of the current side before it reads
 * anything, and takes itself off at its end. All in sequentially consistent order: so a search that is
 * on neither count when the linker looks, after it has put something out of reach, does not find that
 * when it comes. And one that was there is gone when its count has been seen at 0. The linker changes the
 * side after it has looked, so that both counts get to 0 although searches never cease; that others
 * who wait change it too does no harm. */
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
    uint32_t side = atomic_load(&r->side);
    atomic_fetch_add(&r->running[side].count, 1);
    return side;
}

static inline void readers_leave(readers *r, uint32_t side)
{
    atomic_fetch_sub(&r->running[side].count, 1);
}

/* was_zero  has that side's count been at 0 since the wait began? All false at first
 * True when every search that ran then has ended. The linker's. */
static inline bool readers_are_gone(readers *r, bool was_zero[2])
{
    for (int side = 0; side < 2; side++)
        if (atomic_load(&r->running[side].count) == 0) was_zero[side] = true;
    atomic_store(&r->side, !atomic_load(&r->side));
    return was_zero[0] && was_zero[1];
}

#endif
