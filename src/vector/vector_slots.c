/* vector_slots.c - taking slots and giving them back. */
#include "vector/vector_slots.h"

void vector_slots_init(vector_slots *s)
{
    *s = (vector_slots){.lock = PTHREAD_MUTEX_INITIALIZER};
    region_init(&s->of_rows, sizeof(uint32_t));
    region_init(&s->rows_of, sizeof(_Atomic(uint32_t)));
    region_init(&s->former, sizeof(uint32_t));
    region_init(&s->unused, sizeof(uint32_t));
}

void vector_slots_done(vector_slots *s)
{
    region_done(&s->of_rows);
    region_done(&s->rows_of);
    region_done(&s->former);
    region_done(&s->unused);
    (void)pthread_mutex_destroy(&s->lock);
}

static void lock(const vector_slots *s)
{
    (void)pthread_mutex_lock((pthread_mutex_t *)(uintptr_t)&s->lock);
}

static void unlock(const vector_slots *s)
{
    (void)pthread_mutex_unlock((pthread_mutex_t *)(uintptr_t)&s->lock);
}

/* Release: whoever reads it may ask for the row's former one. */
static void set_row(vector_slots *s, uint32_t slot, uint32_t row)
{
    atomic_store_explicit((_Atomic(uint32_t) *)region_at(&s->rows_of, slot), row,
                          memory_order_release);
}

static void set_former(vector_slots *s, uint32_t row, uint32_t former)
{
    *(uint32_t *)region_at(&s->former, row) = former + 1;
}

static void set_slot(vector_slots *s, uint32_t row, uint32_t slot)
{
    *(uint32_t *)region_at(&s->of_rows, row) = slot + 1;
}

uint32_t vector_slots_used(const vector_slots *s)
{
    lock(s);
    uint32_t used = s->count - s->unused_count;
    unlock(s);
    return used;
}

size_t vector_slots_bytes(const vector_slots *s)
{
    lock(s);
    size_t numbers = (size_t)s->count * 2 + s->shared;
    unlock(s);
    return (numbers + vector_slots_rows(s)) * sizeof(uint32_t);
}

static bool reserve_row(vector_slots *s)
{
    const uint32_t rows = vector_slots_rows(s) + 1;
    return region_reserve(&s->of_rows, rows) && region_reserve(&s->former, rows);
}

kith_status vector_slots_reserve(vector_slots *s, uint32_t *slot, kith_error *err)
{
    bool is_there = reserve_row(s);
    lock(s);
    uint32_t next = s->count;
    if (is_there && s->unused_count > 0)
        next = *(uint32_t *)region_at(&s->unused, s->unused_count - 1);
    else if (is_there)
        is_there = region_reserve(&s->rows_of, next + 1) && region_reserve(&s->unused, next + 1);
    unlock(s);
    if (!is_there) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", next + 1);
    *slot = next;
    return KITH_OK;
}

void vector_slots_append(vector_slots *s, uint32_t slot)
{
    uint32_t row = vector_slots_rows(s);
    lock(s);
    if (slot == s->count) {
        s->count++;
    } else {
        // The linker may have given others back meanwhile: it is not the last any more.
        uint32_t at = s->unused_count;
        while (*(uint32_t *)region_at(&s->unused, at - 1) != slot)
            at--;
        *(uint32_t *)region_at(&s->unused, at - 1) =
            *(uint32_t *)region_at(&s->unused, --s->unused_count);
    }
    unlock(s);
    set_row(s, slot, row);
    set_slot(s, row, slot);
    atomic_store_explicit(&s->rows, row + 1, memory_order_relaxed);
}

static void take_over(vector_slots *s, uint32_t row, uint32_t former)
{
    DCHECK(slot_of_row(s, former) != SLOT_NONE && former < row);
    lock(s);
    s->shared++;
    unlock(s);
    set_former(s, row, former);
    set_slot(s, row, slot_of_row(s, former));
}

kith_status vector_slots_append_sharing(vector_slots *s, uint32_t former, kith_error *err)
{
    const uint32_t row = vector_slots_rows(s);
    if (!reserve_row(s)) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", row);
    take_over(s, row, former);
    atomic_store_explicit(&s->rows, row + 1, memory_order_relaxed);
    return KITH_OK;
}

void vector_slots_share(vector_slots *s, uint32_t row, uint32_t former)
{
    const uint32_t own = slot_of_row(s, row);
    set_row(s, own, SLOT_NONE);
    vector_slots_give_back(s, own);
    take_over(s, row, former);
}

void vector_slots_settle(vector_slots *s, uint32_t first)
{
    for (uint32_t row = first; row < vector_slots_rows(s); row++)
        if (slot_former(s, row) != SLOT_NONE) set_row(s, slot_of_row(s, row), row);
}

void vector_slots_truncate(vector_slots *s, uint32_t rows)
{
    for (uint32_t row = vector_slots_rows(s); row-- > rows;) {
        if (slot_former(s, row) != SLOT_NONE) {
            set_former(s, row,
                       SLOT_NONE); // the number may be given to a row with a slot of its own
            lock(s);
            s->shared--;
            unlock(s);
            continue;
        }
        set_row(s, slot_of_row(s, row), SLOT_NONE);
        vector_slots_give_back(s, slot_of_row(s, row));
    }
    atomic_store_explicit(&s->rows, rows, memory_order_relaxed);
}

bool vector_slots_detach(vector_slots *s, uint32_t row)
{
    const uint32_t slot = slot_of_row(s, row);
    // No row shares the slot of one that was dead before it came, so a row that is the newest here stays that.
    const bool is_newest = row_of_slot(s, slot) == row;
    if (is_newest) set_row(s, slot, SLOT_NONE);
    set_slot(s, row, SLOT_NONE);
    return is_newest;
}

void vector_slots_give_back(vector_slots *s, uint32_t slot)
{
    lock(s);
    *(uint32_t *)region_at(&s->unused, s->unused_count++) = slot;
    unlock(s);
}

kith_status vector_slots_restore(vector_slots *s, uint32_t rows, uint32_t count, kith_error *err)
{
    DCHECK(region_capacity(&s->rows_of) >= count);
    if (!region_reserve(&s->of_rows, rows) || !region_reserve(&s->former, rows) ||
        !region_reserve(&s->unused, count))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", rows);
    // New elements of a region are zero: rows without a slot. A number of rows that is not right takes no
    // memory either.
    uint32_t unused = 0;
    for (uint32_t slot = 0; slot < count; slot++) {
        const uint32_t row = row_of_slot(s, slot);
        if (row != SLOT_NONE && (row >= rows || slot_of_row(s, row) != SLOT_NONE))
            return fail(err, KITH_ERR_CORRUPT, "slot %u has a row that is not there, or another's",
                        slot);
        unused += row == SLOT_NONE;
        if (row != SLOT_NONE) set_slot(s, row, slot);
    }
    for (uint32_t slot = count; s->unused_count < unused;) // so that the first are taken first
        if (row_of_slot(s, --slot) == SLOT_NONE)
            *(uint32_t *)region_at(&s->unused, s->unused_count++) = slot;
    s->count = count;
    atomic_store_explicit(&s->rows, rows, memory_order_relaxed);
    return KITH_OK;
}
