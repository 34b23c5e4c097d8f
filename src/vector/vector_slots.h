/* vector_slots.h - which slot of memory each row of a vector index is in.
 *
 * Rows are numbered in the order in which they were appended and never renumbered; their vectors, their
 * nodes and their codes are in slots. The slot of a row that no search can want any more is given to
 * a later row. While none is given back, row n is in slot n.
 *
 * A slot may have several rows. A row that comes as another one dies, with the same vector, shares the slot of that one
 * (docs/decisions/094): rows_of leads to the newest of them, and `former` from each to the one before it. Of
 * these rows a view has one as live at most: the newest that it has at all, since a row dies in the change in which
 * the next one comes. So whoever was led to a slot asks for the newest of its rows below those of his view.
 *
 * Threads: one thread appends, the linker gives back; what both change is guarded by the lock, which
 * is held for moments, and by no search. A search asks for the slots of rows that its view has as live,
 * which were written before that was published, and are not given back while a view has them. It asks for
 * the rows of slots that it was led to by links, which were written before those links, and which are
 * not given back while it runs (readers.h). A row that shares a slot is entered there, with release order, when it is
 * sure to be published: so what leads from it to the former row is never changed where a search can see it. */
#ifndef KITH_VECTOR_VECTOR_SLOTS_H
#define KITH_VECTOR_VECTOR_SLOTS_H

#include "base/status.h"
#include "vector/region.h"

#include <pthread.h>
#include <stdatomic.h>

static const uint32_t SLOT_NONE = UINT32_MAX; /* also: no row */

typedef struct vector_slots {
    _Atomic(uint32_t) rows; /* appended; as vector_rows.count */
    region of_rows;         /* u32 a row: its slot and 1, 0 once it was given back */
    region rows_of;         /* _Atomic(u32) a slot: its newest row, SLOT_NONE while it is unused */
    region
        former; /* u32 a row: the one that it took the slot over from and 1; 0: it has a slot of its own. Untouched
                    * memory where nothing is shared */
    pthread_mutex_t lock;
    uint32_t count; /* slots; guarded by lock, as are those that are unused */
    region unused;  /* u32, with room for all slots */
    uint32_t unused_count;
    uint32_t shared; /* rows that took a slot over; guarded by lock */
} vector_slots;

void vector_slots_init(vector_slots *s);
/* Runs alone. */
void vector_slots_done(vector_slots *s);

static inline uint32_t vector_slots_rows(const vector_slots *s)
{
    return atomic_load_explicit(&s->rows, memory_order_relaxed);
}

static inline uint32_t slot_of_row(const vector_slots *s, uint32_t row)
{
    return *(const uint32_t *)region_at(&s->of_rows, row) - 1; // 0 less 1 is SLOT_NONE
}

/* Asks for what slot_of_row reads. */
static inline void slot_prefetch(const vector_slots *s, uint32_t row)
{
    __builtin_prefetch(region_at(&s->of_rows, row));
}

/* The row before it in the same slot; SLOT_NONE: none. Of a row that has a slot, or that row_of_slot gave. */
static inline uint32_t slot_former(const vector_slots *s, uint32_t row)
{
    return *(const uint32_t *)region_at(&s->former, row) - 1;
}

/* The newest row in it. */
static inline uint32_t row_of_slot(const vector_slots *s, uint32_t slot)
{
    return atomic_load_explicit((const _Atomic(uint32_t) *)region_at(&s->rows_of, slot),
                                memory_order_acquire);
}

/* Asks for what row_of_slot reads. */
static inline void slot_prefetch_row(const vector_slots *s, uint32_t slot)
{
    __builtin_prefetch(region_at(&s->rows_of, slot));
}

/* The newest row in it of the rows 0..end; SLOT_NONE: none. */
static inline uint32_t row_of_slot_below(const vector_slots *s, uint32_t slot, uint32_t end)
{
    uint32_t row = row_of_slot(s, slot);
    while (row >= end && row != SLOT_NONE)
        row = slot_former(s, row);
    return row;
}

/* Slots that rows are in. Any thread. */
uint32_t vector_slots_used(const vector_slots *s);
/* Memory. Any thread. */
size_t vector_slots_bytes(const vector_slots *s);

/* The slot for the next row; vector_slots_append enters it, or else nothing has changed. The appender's.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status vector_slots_reserve(vector_slots *s, uint32_t *slot, kith_error *err);
void vector_slots_append(vector_slots *s, uint32_t slot);
/* The next row shares the slot of `former`, which is the newest row in it and live in no view that will have the next row.
 * The appender's. Errors: KITH_ERR_NO_MEMORY; nothing has changed. */
KITH_CHECKED kith_status vector_slots_append_sharing(vector_slots *s, uint32_t former,
                                                     kith_error *err);
/* The same for `row`, which no view has and which was appended with a slot of its own: that is unused again. */
void vector_slots_share(vector_slots *s, uint32_t row, uint32_t former);
/* The rows from `first` on, which are about to be published, are entered in the slots that they share. The appender's. */
void vector_slots_settle(vector_slots *s, uint32_t first);
/* Takes back the rows from `rows` on, which were not settled; their slots are unused, or the former rows'. The appender's. */
void vector_slots_truncate(vector_slots *s, uint32_t rows);
/* The row has no slot any more. True: nor has any other, and the slot is to be given back. The linker's. */
bool vector_slots_detach(vector_slots *s, uint32_t row);
/* The slot, whose row was detached, is unused. The linker's. */
void vector_slots_give_back(vector_slots *s, uint32_t slot);

/* Makes `count` slots of `rows` rows; `s` is fresh from vector_slots_init, but that s->rows_of was read:
 * [count] rows, SLOT_NONE where there is none. Errors: KITH_ERR_CORRUPT when a row is out of range or in two
 * slots; KITH_ERR_NO_MEMORY; it is then good for vector_slots_done only. */
KITH_CHECKED kith_status vector_slots_restore(vector_slots *s, uint32_t rows, uint32_t count,
                                              kith_error *err);

#endif
