/* row_map.c - linear probing at half load.
 * There is no removal, which linear probing would make hard: the key of a deleted point stays and
 * leads to its tombstone (derived.c). So a probe that meets an empty slot has seen all there is. */
#include "db/row_map.h"

#include "base/size.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

static uint32_t first_slot(uint64_t key, uint32_t slots)
{
    return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (slots - 1);
}

/* The slot that holds `key`, or the empty one where it would go. Ends because half are empty. */
static uint32_t find(const row_map *m, uint64_t key)
{
    uint32_t i = first_slot(key, m->slots);
    while (m->keys[i] != 0 && m->keys[i] != key)
        i = (i + 1) & (m->slots - 1);
    return i;
}

void row_map_done(row_map *m)
{
    free(m->keys);
    free(m->rows);
    *m = (row_map){0};
}

size_t row_map_bytes(const row_map *m)
{
    return m->slots * (sizeof *m->keys + sizeof *m->rows);
}

static bool grow(row_map *m, uint32_t slots)
{
    row_map larger = {.slots = slots, .count = m->count};
    larger.keys = heap_new_array(larger.slots, sizeof *larger.keys);
    larger.rows = heap_new_array(larger.slots, sizeof *larger.rows);
    if (!larger.keys || !larger.rows) {
        row_map_done(&larger);
        return false;
    }
    for (uint32_t i = 0; i < m->slots; i++) {
        if (m->keys[i] == 0) continue;
        uint32_t slot = find(&larger, m->keys[i]);
        larger.keys[slot] = m->keys[i];
        larger.rows[slot] = m->rows[i];
    }
    row_map_done(m);
    *m = larger;
    return true;
}

kith_status row_map_reserve(row_map *m, uint32_t more)
{
    uint64_t slots = m->slots ? m->slots : FIRST_SLOTS;
    while (slots / 2 < (uint64_t)m->count + more)
        slots *= 2;
    if (slots == m->slots) return KITH_OK;
    if (slots > UINT32_MAX / 4 + 1 || !grow(m, (uint32_t)slots)) return KITH_ERR_NO_MEMORY;
    return KITH_OK;
}

kith_status row_map_put(row_map *m, uint64_t key, uint32_t row)
{
    CHECK(key != 0);
    if (row_map_reserve(m, 1) != KITH_OK) return KITH_ERR_NO_MEMORY;
    uint32_t slot = find(m, key);
    m->count += m->keys[slot] == 0;
    m->keys[slot] = key;
    m->rows[slot] = row;
    return KITH_OK;
}

void row_map_merge(row_map *m, const row_map *from)
{
    for (uint32_t i = 0; i < from->slots; i++) {
        if (from->keys[i] == 0) continue;
        kith_status status = row_map_put(m, from->keys[i], from->rows[i]);
        CHECK(status == KITH_OK);
    }
}

bool row_map_get(const row_map *m, uint64_t key, uint32_t *row)
{
    if (m->slots == 0) return false;
    uint32_t slot = find(m, key);
    if (m->keys[slot] == 0) return false;
    *row = m->rows[slot];
    return true;
}

kith_status row_map_check(const row_map *m, kith_error *err)
{
    uint32_t used = 0;
    if ((m->slots & (m->slots - 1)) != 0)
        return fail(err, KITH_ERR_CORRUPT, "row map: %u slots, not a power of two", m->slots);
    if (m->count > m->slots / 2)
        return fail(err, KITH_ERR_CORRUPT, "row map: %u keys in %u slots", m->count, m->slots);
    for (uint32_t i = 0; i < m->slots; i++) {
        if (m->keys[i] == 0) continue;
        used++;
        // Also finds a key that is there twice: the second lies where no probe ends.
        if (find(m, m->keys[i]) != i)
            return fail(err, KITH_ERR_CORRUPT, "row map: the key in slot %u is not found there", i);
    }
    if (used != m->count)
        return fail(err, KITH_ERR_CORRUPT, "row map: %u keys are counted, %u are there", m->count,
                    used);
    return KITH_OK;
}
