/* filter_cache.c - see filter_cache.h. */
#include "db/filter_cache.h"

#include "base/size.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

void filter_cache_init(filter_cache *c)
{
    *c = (filter_cache){0};
    CHECK(pthread_mutex_init(&c->lock, NULL) == 0);
}

static void free_slot(cached_filter *slot)
{
    free(slot->text);
    bitset_free(slot->rows);
    *slot = (cached_filter){0};
}

void filter_cache_done(filter_cache *c)
{
    for (uint32_t i = 0; i < FILTER_CACHE_SLOTS; i++)
        free_slot(&c->slots[i]);
    CHECK(pthread_mutex_destroy(&c->lock) == 0);
}

static size_t bytes_of(uint32_t rows)
{
    return ((size_t)rows + 63) / 64 * sizeof(uint64_t);
}

size_t filter_cache_bytes(filter_cache *c)
{
    size_t bytes = sizeof *c;
    (void)pthread_mutex_lock(&c->lock);
    for (uint32_t i = 0; i < FILTER_CACHE_SLOTS; i++) {
        const cached_filter *slot = &c->slots[i];
        if (!slot->text) continue;
        bytes += slot->text_size + sizeof(bitset) + bytes_of(slot->rows->count);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return bytes;
}

static bitset *copy_of(const bitset *rows)
{
    bitset *copy = bitset_new(rows->count);
    if (copy) memcpy(copy->words, rows->words, bytes_of(rows->count));
    return copy;
}

static cached_filter *find_locked(filter_cache *c, view text)
{
    for (uint32_t i = 0; i < FILTER_CACHE_SLOTS; i++) {
        cached_filter *slot = &c->slots[i];
        if (slot->text && view_equal((view){slot->text, slot->text_size}, text)) return slot;
    }
    return NULL;
}

bitset *filter_cache_find(filter_cache *c, view text)
{
    (void)pthread_mutex_lock(&c->lock);
    cached_filter *slot = find_locked(c, text);
    bitset *copy = slot ? copy_of(slot->rows) : NULL;
    if (slot) slot->used = ++c->clock;
    (void)pthread_mutex_unlock(&c->lock);
    return copy;
}

uint32_t *filter_cache_find_list(filter_cache *c, view text, uint32_t *count)
{
    uint32_t *listed = NULL;
    (void)pthread_mutex_lock(&c->lock);
    cached_filter *slot = find_locked(c, text);
    if (slot && slot->count <= slot->rows->count / FILTER_CACHE_LIST_SHARE)
        listed = heap_new_array(slot->count, sizeof *listed);
    if (listed) {
        for (uint32_t i = 0, row = 0; i < slot->count; i++, row++)
            listed[i] = row = bitset_next(slot->rows, row);
        *count = slot->count;
        slot->used = ++c->clock;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return listed;
}

/* The slot asked for longest ago of the first `count`, a free one before all. */
static cached_filter *oldest_locked(filter_cache *c, uint32_t count)
{
    cached_filter *oldest = &c->slots[0];
    for (uint32_t i = 1; i < count; i++)
        if (c->slots[i].used < oldest->used) oldest = &c->slots[i];
    return oldest;
}

void filter_cache_keep(filter_cache *c, view text, const bitset *rows)
{
    uint32_t count = (uint32_t)size_min(FILTER_CACHE_MAX_BYTES / size_max(bytes_of(rows->count), 1),
                                        FILTER_CACHE_SLOTS);
    if (count == 0 || text.size == 0 || text.size > FILTER_CACHE_TEXT_MAX) return;
    cached_filter made = {
        .text = malloc(text.size), .text_size = text.size, .count = bitset_popcount(rows)};
    made.rows = copy_of(rows);
    if (!made.text || !made.rows) {
        free_slot(&made);
        return;
    }
    memcpy(made.text, text.data, text.size);
    (void)pthread_mutex_lock(&c->lock);
    if (!find_locked(c, text)) {
        cached_filter *slot = oldest_locked(c, count), former = *slot;
        made.used = ++c->clock;
        *slot = made;
        made = former;
    }
    (void)pthread_mutex_unlock(&c->lock);
    free_slot(&made);
}
