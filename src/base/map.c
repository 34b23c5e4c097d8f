/* map.c - entries in order of insertion, found through a power-of-two table of their numbers.
 *
 * `entries` is appended to; an entry's number is its index there. `slots` maps a hash to numbers by
 * linear probing: a key is looked for from slot (hash mod slot_count) on until a SLOT_EMPTY.
 *
 * A removed entry stays in `entries` with a NULL key, and its slot becomes SLOT_REMOVED, not
 * SLOT_EMPTY: a key that was placed behind it would no longer be found otherwise. Such slots are
 * reused by place(), the entries only by a rebuild, which comes when `entries` is full: it drops
 * the removed ones, and doubles the table when the live ones alone need it. So removing needs no
 * memory, and n operations cost O(n) whatever their order.
 *
 * Invariants, which map_check() verifies:
 *   1. slot_count is a power of two, and entry_capacity at most half of it. Each entry, live or
 *      removed, takes at most one slot: half of the slots are SLOT_EMPTY, and every probe ends.
 *   2. Every live entry is found by its own key, and `live` is their number.
 *   3. Exactly the live entries' numbers stand in the slots. */
#include "base/map.h"

#include "base/hash.h"
#include "base/size.h"

#include <stdlib.h>

enum { SLOT_EMPTY = 0, SLOT_REMOVED = 1, SLOT_FIRST = 2, FIRST_SLOTS = 16 };

typedef struct map_entry {
    char *key; /* NULL: removed */
    size_t key_size;
    uint64_t hash, value;
} map_entry;

struct map {
    map_entry *entries;
    uint32_t *slots; /* SLOT_EMPTY, SLOT_REMOVED or SLOT_FIRST + entry number */
    uint32_t slot_count, entry_count, entry_capacity, live;
};

map *map_new(void)
{
    map *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->slots = heap_new_array(FIRST_SLOTS, sizeof *m->slots);
    m->slot_count = FIRST_SLOTS;
    if (!m->slots) {
        free(m);
        return NULL;
    }
    return m;
}

void map_free(map *m)
{
    if (!m) return;
    for (uint32_t i = 0; i < m->entry_count; i++)
        free(m->entries[i].key);
    free(m->entries);
    free(m->slots);
    free(m);
}

uint32_t map_count(const map *m)
{
    return m->live;
}

static bool entry_is(const map_entry *e, view key, uint64_t hash)
{
    return e->key && e->hash == hash && view_equal((view){e->key, e->key_size}, key);
}

/* The slot that holds `key`, or UINT32_MAX. */
static uint32_t find_slot(const map *m, view key, uint64_t hash)
{
    uint32_t mask = m->slot_count - 1;
    for (uint32_t i = (uint32_t)hash & mask; m->slots[i] != SLOT_EMPTY; i = (i + 1) & mask) {
        if (m->slots[i] >= SLOT_FIRST && entry_is(&m->entries[m->slots[i] - SLOT_FIRST], key, hash))
            return i;
    }
    return UINT32_MAX;
}

/* Takes the first slot that holds no entry: the key is known not to be in the table. */
static void place(uint32_t *slots, uint32_t slot_count, uint64_t hash, uint32_t entry)
{
    uint32_t mask = slot_count - 1, i = (uint32_t)hash & mask;
    while (slots[i] >= SLOT_FIRST)
        i = (i + 1) & mask;
    slots[i] = SLOT_FIRST + entry;
}

/* Drops removed entries and makes room for one more. */
static bool rebuild(map *m)
{
    uint32_t slot_count = FIRST_SLOTS;
    while (slot_count / 2 <= m->live + 1) {
        if (slot_count > UINT32_MAX / 4) return false;
        slot_count *= 2;
    }
    uint32_t *slots = heap_new_array(slot_count, sizeof *slots);
    map_entry *entries = heap_new_array(slot_count / 2, sizeof *entries);
    if (!slots || !entries) {
        free(slots);
        free(entries);
        return false;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->entry_count; i++) {
        if (!m->entries[i].key) continue;
        place(slots, slot_count, m->entries[i].hash, kept);
        entries[kept++] = m->entries[i];
    }
    free(m->slots);
    free(m->entries);
    *m = (map){entries, slots, slot_count, kept, slot_count / 2, m->live};
    return true;
}

kith_status map_put(map *m, view key, uint64_t value)
{
    uint64_t hash = hash64(key, 0);
    uint32_t slot = find_slot(m, key, hash);
    if (slot != UINT32_MAX) {
        m->entries[m->slots[slot] - SLOT_FIRST].value = value;
        return KITH_OK;
    }
    if (m->entry_count == m->entry_capacity && !rebuild(m)) return KITH_ERR_NO_MEMORY;
    char *copy = malloc(size_max(key.size, 1));
    if (!copy) return KITH_ERR_NO_MEMORY;
    if (key.size) memcpy(copy, key.data, key.size);
    place(m->slots, m->slot_count, hash, m->entry_count);
    m->entries[m->entry_count++] = (map_entry){copy, key.size, hash, value};
    m->live++;
    return KITH_OK;
}

bool map_get(const map *m, view key, uint64_t *value)
{
    uint32_t slot = find_slot(m, key, hash64(key, 0));
    if (slot == UINT32_MAX) return false;
    *value = m->entries[m->slots[slot] - SLOT_FIRST].value;
    return true;
}

bool map_remove(map *m, view key)
{
    uint32_t slot = find_slot(m, key, hash64(key, 0));
    if (slot == UINT32_MAX) return false;
    map_entry *e = &m->entries[m->slots[slot] - SLOT_FIRST];
    free(e->key);
    *e = (map_entry){0};
    m->slots[slot] = SLOT_REMOVED;
    m->live--;
    return true;
}

bool map_next(const map *m, size_t *cursor, view *key, uint64_t *value)
{
    while (*cursor < m->entry_count) {
        const map_entry *e = &m->entries[(*cursor)++];
        if (!e->key) continue;
        *key = (view){e->key, e->key_size};
        *value = e->value;
        return true;
    }
    return false;
}

const char *map_check(const map *m)
{
    uint32_t live = 0, numbers = 0;
    if (m->slot_count < FIRST_SLOTS || (m->slot_count & (m->slot_count - 1)) != 0)
        return "the table's size is no power of two";
    if (m->entry_count > m->entry_capacity || m->entry_capacity > m->slot_count / 2)
        return "more entries than half the table";
    for (uint32_t i = 0; i < m->slot_count; i++) {
        if (m->slots[i] < SLOT_FIRST) continue;
        uint32_t number = m->slots[i] - SLOT_FIRST;
        if (number >= m->entry_count || !m->entries[number].key)
            return "a slot holds the number of no live entry";
        numbers++;
    }
    for (uint32_t i = 0; i < m->entry_count; i++) {
        const map_entry *e = &m->entries[i];
        if (!e->key) continue;
        view key = {e->key, e->key_size};
        if (e->hash != hash64(key, 0)) return "an entry's hash is not its key's";
        uint32_t slot = find_slot(m, key, e->hash);
        if (slot == UINT32_MAX || m->slots[slot] != SLOT_FIRST + i)
            return "an entry is not found by its key";
        live++;
    }
    return live != m->live || numbers != m->live ? "the count of live entries is wrong" : NULL;
}
