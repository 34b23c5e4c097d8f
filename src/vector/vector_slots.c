/* vector_slots.c - taking slots and giving them back. */
#include "vector/vector_slots.h"

void vector_slots_init(vector_slots *s)
{
    *s = (vector_slots){.lock = PTHREAD_MUTEX_INITIALIZER, .pending = SLOT_NONE};
    region_init(&s->of_rows, sizeof(_Atomic(uint32_t)));
    region_init(&s->rows_of, sizeof(_Atomic(uint32_t)));
    region_init(&s->former, sizeof(_Atomic(uint32_t)));
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

/* Release: so may whoever is led to the former one. */
static void set_former(vector_slots *s, uint32_t row, uint32_t former)
{
    atomic_store_explicit((_Atomic(uint32_t) *)region_at(&s->former, row), former + 1,
                          memory_order_release);
}

static _Atomic(uint32_t) *entry_of(const vector_slots *s, uint32_t row)
{
    return region_at(&s->of_rows, row);
}

static bool is_replaced(const vector_slots *s, uint32_t row)
{
    return atomic_load_explicit(entry_of(s, row), memory_order_relaxed) & SLOT_REPLACED;
}

/* slot  SLOT_NONE: it has none any more */
static void set_slot(vector_slots *s, uint32_t row, uint32_t slot)
{
    atomic_store_explicit(entry_of(s, row), slot + 1, memory_order_release);
}

uint32_t vector_slots_wanted(const vector_slots *s)
{
    lock(s);
    uint32_t wanted = s->wanted;
    unlock(s);
    return wanted;
}

uint32_t vector_slots_replaced(const vector_slots *s)
{
    lock(s);
    uint32_t replaced = s->replaced;
    unlock(s);
    return replaced;
}

uint32_t vector_slots_unused(const vector_slots *s)
{
    lock(s);
    uint32_t unused = s->unused_count;
    unlock(s);
    return unused;
}

size_t vector_slots_bytes(const vector_slots *s)
{
    lock(s);
    // Of the unused ones as many as there are: the room for others was never touched, or is little.
    size_t numbers = (size_t)s->count + s->unused_count + s->shared;
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
    s->wanted++;
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

uint32_t vector_slots_find(const vector_slots *s, uint32_t row)
{
    // The linker merges slots of rows that were published, and knows of no others that are to have them.
    while (row >= s->pending && slot_former(s, row) != SLOT_NONE)
        row = slot_former(s, row);
    return slot_of_row(s, row);
}

static void take_over(vector_slots *s, uint32_t row, uint32_t former)
{
    const uint32_t slot = vector_slots_find(s, former);
    DCHECK(slot != SLOT_NONE && former < row);
    lock(s);
    s->shared++;
    unlock(s);
    if (row < s->pending) s->pending = row;
    set_former(s, row, former);
    set_slot(s, row, slot);
}

kith_status vector_slots_append_heir(vector_slots *s, uint32_t former, kith_error *err)
{
    const uint32_t row = vector_slots_rows(s);
    if (!reserve_row(s)) return fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u vectors", row);
    take_over(s, row, former);
    lock(s);
    s->wanted++;
    unlock(s);
    atomic_store_explicit(&s->rows, row + 1, memory_order_relaxed);
    return KITH_OK;
}

void vector_slots_make_heir(vector_slots *s, uint32_t row, uint32_t former)
{
    const uint32_t own = slot_of_row(s, row);
    set_row(s, own, SLOT_NONE);
    vector_slots_give_back(s, own);
    take_over(s, row, former);
}

/* The row, which took over the slot of its former one, is the newest there. Locked. */
static void settle_locked(vector_slots *s, uint32_t row)
{
    const uint32_t former = slot_former(s, row), slot = slot_of_row(s, former);
    CHECK(slot != SLOT_NONE);
    if (!is_replaced(s, former)) {
        s->wanted--;
        s->replaced++;
    }
    (void)atomic_fetch_or_explicit(entry_of(s, former), SLOT_REPLACED, memory_order_relaxed);
    set_slot(s, row, slot);
    set_former(s, row, row_of_slot(s, slot));
    set_row(s, slot, row);
}

void vector_slots_settle(vector_slots *s, uint32_t first)
{
    if (s->pending == SLOT_NONE) return;
    DCHECK(s->pending >= first);
    for (uint32_t row = s->pending; row < vector_slots_rows(s); row++) {
        if (slot_former(s, row) == SLOT_NONE) continue;
        lock(s);
        settle_locked(s, row);
        unlock(s);
    }
    s->pending = SLOT_NONE;
}

void vector_slots_truncate(vector_slots *s, uint32_t rows)
{
    for (uint32_t row = vector_slots_rows(s); row-- > rows;) {
        const bool is_heir = slot_former(s, row) != SLOT_NONE;
        lock(s);
        s->wanted--;
        s->shared -= is_heir;
        unlock(s);
        if (is_heir) {
            set_former(s, row,
                       SLOT_NONE); // the number may be given to a row with a slot of its own
            continue;
        }
        set_row(s, slot_of_row(s, row), SLOT_NONE);
        vector_slots_give_back(s, slot_of_row(s, row));
    }
    if (rows <= s->pending) s->pending = SLOT_NONE;
    atomic_store_explicit(&s->rows, rows, memory_order_relaxed);
}

/* `row` comes behind `newer` in the slot; SLOT_NONE: it is the newest. */
static void put_behind(vector_slots *s, uint32_t slot, uint32_t newer, uint32_t row)
{
    if (newer == SLOT_NONE)
        set_row(s, slot, row);
    else
        set_former(s, newer, row);
}

void vector_slots_merge(vector_slots *s, uint32_t from, uint32_t into)
{
    lock(s);
    uint32_t newer = SLOT_NONE, older = row_of_slot(s, into);
    CHECK(from != into && older != SLOT_NONE);
    for (uint32_t row = row_of_slot(s, from), next; row != SLOT_NONE; row = next) {
        next = slot_former(s, row);
        for (; older != SLOT_NONE && older > row; older = slot_former(s, older))
            newer = older;
        const uint32_t replaced = is_replaced(s, row) ? SLOT_REPLACED : 0;
        atomic_store_explicit(entry_of(s, row), (into + 1) | replaced, memory_order_release);
        set_former(s, row, older);
        put_behind(s, into, newer, row);
        newer = row;
        s->shared++;
    }
    set_row(s, from, SLOT_NONE);
    unlock(s);
}

bool vector_slots_sweep(vector_slots *s, uint32_t slot, const bitset *live, uint32_t rows)
{
    uint32_t newer = SLOT_NONE;
    bool has_gap = false; // rows behind `newer` have left
    lock(s);
    for (uint32_t row = row_of_slot(s, slot); row != SLOT_NONE; row = slot_former(s, row)) {
        if (row < rows && !bitset_has(live, row)) {
            *(is_replaced(s, row) ? &s->replaced : &s->wanted) -= 1;
            set_slot(s, row, SLOT_NONE);
            has_gap = true;
            continue;
        }
        if (has_gap) put_behind(s, slot, newer, row);
        has_gap = false;
        newer = row;
    }
    if (has_gap) put_behind(s, slot, newer, SLOT_NONE);
    unlock(s);
    return newer == SLOT_NONE;
}

void vector_slots_give_back(vector_slots *s, uint32_t slot)
{
    lock(s);
    *(uint32_t *)region_at(&s->unused, s->unused_count++) = slot;
    unlock(s);
}

void vector_slots_renumber(vector_slots *s, const uint32_t *moved, uint32_t count)
{
    uint32_t next = 0;
    CHECK(s->pending == SLOT_NONE && s->count - s->unused_count == count);
    for (uint32_t slot = 0; slot < s->count; slot++) {
        const uint32_t newest = row_of_slot(s, slot);
        if (newest == SLOT_NONE) continue;
        CHECK(moved[slot] == next);
        for (uint32_t row = newest; row != SLOT_NONE; row = slot_former(s, row)) {
            const uint32_t replaced = is_replaced(s, row) ? SLOT_REPLACED : 0;
            atomic_store_explicit(entry_of(s, row), (next + 1) | replaced, memory_order_release);
        }
        set_row(s, next++, newest);
    }
    s->count = count;
    s->unused_count = 0;
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
    s->wanted = count - unused;
    atomic_store_explicit(&s->rows, rows, memory_order_relaxed);
    return KITH_OK;
}

kith_status vector_slots_restore_older(vector_slots *s, const uint32_t *pairs, uint32_t count,
                                       kith_error *err)
{
    uint32_t before = SLOT_NONE, newer = SLOT_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t slot = pairs[2 * (size_t)i], row = pairs[2 * (size_t)i + 1];
        if (slot >= s->count || (before != SLOT_NONE && slot < before))
            return fail(err, KITH_ERR_CORRUPT, "slot %u is not there, or out of order", slot);
        if (slot != before) newer = row_of_slot(s, slot);
        // A slot without a newest row has no older ones either; of SLOT_NONE any row is less.
        if (newer == SLOT_NONE || row >= newer || slot_of_row(s, row) != SLOT_NONE)
            return fail(err, KITH_ERR_CORRUPT,
                        "slot %u has an older row that is newer, or another's", slot);
        set_former(s, newer, row);
        set_slot(s, row, slot);
        before = slot;
        newer = row;
    }
    s->shared += count;
    s->wanted += count;
    return KITH_OK;
}

void vector_slots_check(const vector_slots *s)
{
    uint32_t in_slots = 0, with_slots = 0, wanted = 0, replaced = 0;
    for (uint32_t slot = 0; slot < s->count; slot++)
        for (uint32_t row = row_of_slot(s, slot), before = SLOT_NONE; row != SLOT_NONE;
             before = row, row = slot_former(s, row)) {
            CHECK(row < vector_slots_rows(s) && row < before && slot_of_row(s, row) == slot);
            in_slots++;
        }
    for (uint32_t row = 0; row < vector_slots_rows(s); row++) {
        const bool is_settled = row < s->pending || slot_former(s, row) == SLOT_NONE;
        if (slot_of_row(s, row) == SLOT_NONE) continue;
        with_slots += is_settled;
        *(is_replaced(s, row) ? &replaced : &wanted) += 1;
    }
    CHECK(in_slots == with_slots && wanted == s->wanted && replaced == s->replaced);
}
