/* row_heirs.h - which rows of an index in lists have their vector from an earlier row (docs/decisions/094).
 *
 * A row that comes as another one dies, with the same vector, is that one's heir: its vector is where that of the former
 * row is, or that of the row before it, and so on. The row at the beginning of such a chain has an entry in a run or a
 * place in the tail (ivf.h). When a generation is saved the live row gets an entry of its own, and chains lead on from there.
 *
 * Threads: the appender writes, any number of searches read rows that they have. What leads from a row to its former one is
 * written before the row is published, and what leads to an heir when that is sure to be. */
#ifndef KITH_VECTOR_ROW_HEIRS_H
#define KITH_VECTOR_ROW_HEIRS_H

#include "vector/region.h"

#include <stdatomic.h>

static const uint32_t ROW_NONE = UINT32_MAX;

typedef struct row_heirs {
    region
        former; /* u32 a row: the former one and 1; 0: none. Untouched memory where there are no heirs */
    region heir; /* _Atomic(u32) a row: its heir and 1; 0: none */
} row_heirs;

static inline void row_heirs_init(row_heirs *h)
{
    region_init(&h->former, sizeof(uint32_t));
    region_init(&h->heir, sizeof(_Atomic(uint32_t)));
}

static inline void row_heirs_done(row_heirs *h)
{
    region_done(&h->former);
    region_done(&h->heir);
}

/* Room for the rows 0..rows. False: out of memory. The appender's. */
static inline bool row_heirs_reserve(row_heirs *h, uint32_t rows)
{
    return region_reserve(&h->former, rows) && region_reserve(&h->heir, rows);
}

/* ROW_NONE: it has a vector of its own. */
static inline uint32_t row_heirs_former(const row_heirs *h, uint32_t row)
{
    return *(const uint32_t *)region_at(&h->former, row) - 1;
}

/* former  ROW_NONE: none. The appender's, of a row that no view has. */
static inline void row_heirs_set_former(row_heirs *h, uint32_t row, uint32_t former)
{
    *(uint32_t *)region_at(&h->former, row) = former + 1;
}

/* The row, which has a former one, is about to be published. The appender's. */
static inline void row_heirs_enter(row_heirs *h, uint32_t row)
{
    const uint32_t former = row_heirs_former(h, row);
    atomic_store_explicit((_Atomic(uint32_t) *)region_at(&h->heir, former), row + 1,
                          memory_order_release);
}

/* The last of the row's heirs, and theirs, of the rows 0..rows; the row itself when it has none. row < rows. Any thread. */
static inline uint32_t row_heirs_last(const row_heirs *h, uint32_t row, uint32_t rows)
{
    for (;;) {
        const uint32_t next = atomic_load_explicit(
            (const _Atomic(uint32_t) *)region_at(&h->heir, row), memory_order_acquire);
        if (next == 0 || next > rows) return row;
        row = next - 1;
    }
}

#endif
