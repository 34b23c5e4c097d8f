/* vector_slots.h - which slot of memory each row of a vector index is in.
 *
 * Rows are numbered in the order in which they were appended and never renumbered; their vectors, their
 * nodes and their codes are in slots. The slot of a row that no search can want any more is given to
 * a later row. While none is given back, row n is in slot n.
 *
 * A slot has all rows of which it is known that they have its vector: rows_of leads to the newest of them, and `former`
 * from each to the one before it, so that they descend. Rows get to be in one slot in two ways:
 *
 *   heirs    A row that comes as another one dies, with the same vector, takes over the slot of that one
 *            (docs/decisions/094).
 *   copies   When a row is to be linked and the graph has a node with its vector, the slot of the row is merged into the
 *            slot of the node (docs/decisions/070).
 *
 * So any number of them may be live in a view, and whoever was led to a slot by the graph asks for all of them that
 * are. A row leaves its slot when no search can want it any more; the slot is unused when the last one has left.
 *
 * Threads: one thread appends, the linker merges and gives back; what both change is guarded by the lock, which is
 * held for moments, and by no search. A search asks for the slots of rows that its view has as live, which were
 * written before that was published. It may find the slot in which such a row was before it was merged: that one has the
 * vector too, and is not given back before the search has ended (readers.h). It asks for the rows of slots that it was led to by
 * links, which were written before those links, and which are not given back while it runs. A row that takes over a slot is
 * entered there when it is sure to be published, and numbers are not used again: so a row that was taken out of the list leads on to those behind
 * it, for searches that stand on it. A row that is put into the list behind one that was taken out is missed by these:
 * it was linked after they began, and they scan it (vector_index_search.c). */
#ifndef KITH_VECTOR_VECTOR_SLOTS_H
#define KITH_VECTOR_VECTOR_SLOTS_H

#include "base/bitset.h"
#include "base/status.h"
#include "vector/region.h"

#include <pthread.h>
#include <stdatomic.h>

static const uint32_t SLOT_NONE = UINT32_MAX; /* also: no row */
static const uint32_t SLOT_REPLACED = UINT32_C(1)
                                      << 31; /* of of_rows: an heir has come for the row */

typedef struct vector_slots {
    _Atomic(uint32_t) rows; /* appended; as vector_rows.count */
    region of_rows; /* _Atomic(u32) a row: its slot and 1, 0 once it has left; SLOT_REPLACED */
    region rows_of; /* _Atomic(u32) a slot: its newest row, SLOT_NONE while it is unused */
    region
        former; /* _Atomic(u32) a row: the one before it in its slot and 1; 0: none. Of one that is not settled: the row whose
                    * slot it takes over. Untouched memory where nothing is shared */
    uint32_t
        pending; /* the appender's: the first row that took over a slot and is not settled; SLOT_NONE */
    pthread_mutex_t lock;
    uint32_t count; /* slots; guarded by lock, as is what follows */
    region unused;  /* u32, with room for all slots */
    uint32_t unused_count;
    uint32_t shared;   /* rows that came into the slot of another */
    uint32_t wanted;   /* rows in slots, but for those that an heir replaced ... */
    uint32_t replaced; /* ... which are so many */
} vector_slots;

void vector_slots_init(vector_slots *s);
/* Runs alone. */
void vector_slots_done(vector_slots *s);

static inline uint32_t vector_slots_rows(const vector_slots *s)
{
    return atomic_load_explicit(&s->rows, memory_order_relaxed);
}

/* Acquire: the vector of a slot that it was merged into was written before. */
static inline uint32_t slot_of_row(const vector_slots *s, uint32_t row)
{
    const uint32_t found = atomic_load_explicit(
        (const _Atomic(uint32_t) *)region_at(&s->of_rows, row), memory_order_acquire);
    return (found & ~SLOT_REPLACED) - 1; // 0 less 1 is SLOT_NONE
}

/* Asks for what slot_of_row reads. */
static inline void slot_prefetch(const vector_slots *s, uint32_t row)
{
    __builtin_prefetch(region_at(&s->of_rows, row));
}

/* The next older row in the same slot; SLOT_NONE: none. Of a row that has a slot, or that a search was led to. */
static inline uint32_t slot_former(const vector_slots *s, uint32_t row)
{
    return atomic_load_explicit((const _Atomic(uint32_t) *)region_at(&s->former, row),
                                memory_order_acquire) -
           1;
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

/* Rows in slots, but for those that were replaced by an heir, which has their memory. Any thread. */
uint32_t vector_slots_wanted(const vector_slots *s);
/* Those: they are dead, and searches that are led to their slots pass over them. Any thread. */
uint32_t vector_slots_replaced(const vector_slots *s);
/* Memory. Any thread. */
size_t vector_slots_bytes(const vector_slots *s);

/* The slot for the next row; vector_slots_append enters it, or else nothing has changed. The appender's.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status vector_slots_reserve(vector_slots *s, uint32_t *slot, kith_error *err);
void vector_slots_append(vector_slots *s, uint32_t slot);
/* The next row takes over the slot of `former`, which is live in no view that will have the next row.
 * The appender's. Errors: KITH_ERR_NO_MEMORY; nothing has changed. */
KITH_CHECKED kith_status vector_slots_append_heir(vector_slots *s, uint32_t former,
                                                  kith_error *err);
/* The same for `row`, which no view has and which was appended with a slot of its own: that is unused again. */
void vector_slots_make_heir(vector_slots *s, uint32_t row, uint32_t former);
/* As slot_of_row, also of a row that is not settled. The appender's. */
uint32_t vector_slots_find(const vector_slots *s, uint32_t row);
/* The rows from `first` on, which are about to be published, are entered in the slots that they take over. The appender's. */
void vector_slots_settle(vector_slots *s, uint32_t first);
/* Takes back the rows from `rows` on, which were not settled; their slots are unused, or the former rows'. The appender's. */
void vector_slots_truncate(vector_slots *s, uint32_t rows);
/* The rows of slot `from`, to which no link leads, are in `into` from now on, which has the same vector; `from` is to be given back when
 * no search can be reading it. The linker's. O(rows of `from`, and newer ones of `into`). */
void vector_slots_merge(vector_slots *s, uint32_t from, uint32_t into);
/* The rows of the slot among 0..rows that are not live leave it. True: none is left, and the slot is to be given back.
 * live  [rows] bits
 * The linker's. O(rows of the slot). */
bool vector_slots_sweep(vector_slots *s, uint32_t slot, const bitset *live, uint32_t rows);
/* The slot, which has no rows, is unused. The linker's. */
void vector_slots_give_back(vector_slots *s, uint32_t slot);

/* Slots that no row has. Any thread; beside the appender and the linker a number that was true a moment ago. */
uint32_t vector_slots_unused(const vector_slots *s);
/* Gives the slots that rows have other numbers: slot n becomes moved[n], those without rows SLOT_NONE, the others 0..count in
 * their order; no slot is unused then. moved [slots]. Nobody else reads or changes them, and no row waits to be settled. */
void vector_slots_renumber(vector_slots *s, const uint32_t *moved, uint32_t count);

/* Makes `count` slots of `rows` rows; `s` is fresh from vector_slots_init, but that s->rows_of was read:
 * [count] rows, SLOT_NONE where there is none. Errors: KITH_ERR_CORRUPT when a row is out of range or in two
 * slots; KITH_ERR_NO_MEMORY; it is then good for vector_slots_done only. */
KITH_CHECKED kith_status vector_slots_restore(vector_slots *s, uint32_t rows, uint32_t count,
                                              kith_error *err);
/* After that: older rows of slots, by slots, the rows of each descending. pairs [2 * count]: slot and row in turn.
 * Errors: KITH_ERR_CORRUPT when they are none of these; then as above. */
KITH_CHECKED kith_status vector_slots_restore_older(vector_slots *s, const uint32_t *pairs,
                                                    uint32_t count, kith_error *err);
/* Aborts unless each row that has a slot is in that one's list, and no others. Neither beside the appender nor the
 * linker; for tests. */
void vector_slots_check(const vector_slots *s);

#endif
