/* interned.c - strings in one run of bytes, found through a hash table with linear probing.
 * The table is at most half full, so that a probe always ends at a free slot, soon. Nothing is ever
 * removed, so there are no deleted slots; growing fills a new table from the strings. */
#include "fields/interned.h"

#include "base/hash.h"
#include "base/size.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16, FIRST_BYTES = 256 };

void interned_done(interned *t)
{
    free(t->bytes);
    free(t->ends);
    free(t->slots);
    *t = (interned){0};
}

size_t interned_bytes(const interned *t)
{
    return t->bytes_capacity + (t->ends ? (t->capacity + 1) * sizeof *t->ends : 0) +
           t->slot_count * sizeof *t->slots;
}

view interned_text(const interned *t, uint32_t number)
{
    DCHECK(number >= 1 && number <= t->count);
    const char *bytes = t->bytes ? t->bytes : ""; // of the empty text alone none were taken
    return (view){bytes + t->ends[number - 1], t->ends[number] - t->ends[number - 1]};
}

/* The slot that holds `text`, or the free one where it belongs. */
static uint32_t find_slot(const interned *t, view text)
{
    uint32_t mask = t->slot_count - 1, i = (uint32_t)hash64(text, 0) & mask;
    while (t->slots[i] != INTERNED_NONE && !view_equal(interned_text(t, t->slots[i]), text))
        i = (i + 1) & mask;
    return i;
}

uint32_t interned_find(const interned *t, view text)
{
    return t->count ? t->slots[find_slot(t, text)] : INTERNED_NONE;
}

/* Makes room for one more number and slot. False: out of memory or too many, nothing changed. */
static bool grow_numbers(interned *t)
{
    if (t->count < t->capacity) return true;
    if (t->capacity > UINT32_MAX / 8) return false;
    uint32_t capacity = t->capacity ? t->capacity * 2 : FIRST_CAPACITY, slot_count = capacity * 2;
    uint32_t *slots = heap_new_array(slot_count, sizeof *slots);
    uint64_t *ends = slots ? heap_grow_array(t->ends, (size_t)capacity + 1, sizeof *ends) : NULL;
    if (!ends) {
        free(slots);
        return false;
    }
    ends[0] = 0;
    free(t->slots);
    t->ends = ends;
    t->capacity = capacity;
    t->slots = slots;
    t->slot_count = slot_count;
    for (uint32_t number = 1; number <= t->count; number++)
        slots[find_slot(t, interned_text(t, number))] = number;
    return true;
}

/* Makes room for `needed` bytes in all. False: out of memory, nothing changed. */
static bool grow_bytes(interned *t, size_t needed)
{
    if (needed <= t->bytes_capacity) return true;
    size_t capacity = size_max(needed, size_max(t->bytes_capacity, FIRST_BYTES / 2) * 2);
    char *grown = heap_grow_array(t->bytes, capacity, 1);
    if (!grown) return false;
    t->bytes = grown;
    t->bytes_capacity = capacity;
    return true;
}

uint32_t interned_add(interned *t, view text)
{
    uint32_t found = interned_find(t, text);
    if (found != INTERNED_NONE) return found;
    size_t end;
    if (!grow_numbers(t) || !size_add(t->ends[t->count], text.size, &end) || !grow_bytes(t, end))
        return INTERNED_NONE;
    if (text.size) memcpy(t->bytes + t->ends[t->count], text.data, text.size);
    uint32_t slot = find_slot(t, text);
    t->slots[slot] = ++t->count;
    t->ends[t->count] = end;
    return t->count;
}

kith_status interned_check(const interned *t, kith_error *err)
{
    uint32_t used = 0;
    if (t->count > t->capacity || t->slot_count != 2 * (size_t)t->capacity ||
        (t->slot_count & (t->slot_count - 1)) != 0)
        return fail(err, KITH_ERR_CORRUPT, "interned: sizes do not fit one another");
    for (uint32_t i = 0; i < t->slot_count; i++)
        used += t->slots[i] != INTERNED_NONE;
    if (used != t->count)
        return fail(err, KITH_ERR_CORRUPT, "interned: %u strings in %u slots", t->count, used);
    if (t->count > 0 && (t->ends[0] != 0 || t->ends[t->count] > t->bytes_capacity))
        return fail(err, KITH_ERR_CORRUPT, "interned: strings outside their memory");
    for (uint32_t number = 1; number <= t->count; number++)
        if (t->ends[number - 1] > t->ends[number])
            return fail(err, KITH_ERR_CORRUPT, "interned: string %u ends before it starts", number);
    for (uint32_t number = 1; number <= t->count; number++)
        if (interned_find(t, interned_text(t, number)) != number)
            return fail(err, KITH_ERR_CORRUPT, "interned: string %u is not found", number);
    return KITH_OK;
}
