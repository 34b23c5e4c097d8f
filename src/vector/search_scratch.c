/* search_scratch.c - scratches that grow to the size asked for and wait in a pool between searches.
 * Nothing in a scratch outlives a search but its memory and the visited tags, so growing throws the
 * old array away instead of copying it. */
#include "vector/search_scratch.h"

#include "base/size.h"

#include <stdlib.h>

static void scratch_free(search_scratch *s)
{
    if (!s) return;
    free(s->query);
    free(s->visited);
    frontier_done(&s->frontier);
    free(s->found.entries);
    free(s->best.entries);
    free(s->code_room);
    free(s);
}

static size_t bytes_of(const search_scratch *s)
{
    return sizeof *s + 2 * s->stride * sizeof *s->query + s->visited_rows + s->code_bytes +
           ((size_t)s->candidate_room + s->best_room) * sizeof(candidate) +
           frontier_bytes(&s->frontier);
}

static bool grow_query(search_scratch *s, uint32_t stride)
{
    if (stride <= s->stride) return true;
    float *grown = aligned_alloc(64, 2 * (size_t)stride * sizeof *grown);
    if (!grown) return false;
    free(s->query);
    s->query = grown;
    s->room = grown + stride;
    s->stride = stride;
    return true;
}

static bool grow_visited(search_scratch *s, uint32_t rows)
{
    if (rows <= s->visited_rows) return true;
    size_t room = size_max(rows, (size_t)s->visited_rows + s->visited_rows / 2);
    uint8_t *grown = heap_new_array(room, 1);
    if (!grown) return false;
    free(s->visited);
    s->visited = grown;
    s->visited_rows = (uint32_t)size_min(room, UINT32_MAX);
    s->epoch = 0; // the new bytes are 0; the next walk begins with 1
    return true;
}

static bool grow_candidates(candidates *list, uint32_t *room, uint32_t capacity)
{
    list->count = list->next = 0;
    list->capacity = capacity;
    if (capacity <= *room) return true;
    candidate *grown = heap_new_array(capacity, sizeof *grown);
    if (!grown) return false;
    free(list->entries);
    list->entries = grown;
    *room = capacity;
    return true;
}

static bool grow_code_room(search_scratch *s, size_t bytes)
{
    if (bytes <= s->code_bytes) return true;
    void *grown = aligned_alloc(64, bytes);
    if (!grown) return false;
    free(s->code_room);
    s->code_room = grown;
    s->code_bytes = bytes;
    return true;
}

void search_scratch_pool_done(search_scratch_pool *pool)
{
    for (size_t i = 0; i < SCRATCH_SLOTS; i++)
        scratch_free(atomic_exchange_explicit(&pool->slots[i], NULL, memory_order_acquire));
}

static search_scratch *take_pooled(search_scratch_pool *pool)
{
    for (size_t i = 0; i < SCRATCH_SLOTS; i++) {
        search_scratch *s = atomic_exchange_explicit(&pool->slots[i], NULL, memory_order_acquire);
        if (s) return s;
    }
    return heap_new_array(1, sizeof(search_scratch));
}

search_scratch *search_scratch_acquire(search_scratch_pool *pool, search_scratch_size size)
{
    search_scratch *s = take_pooled(pool);
    if (!s) return NULL;
    const size_t before = s->stride ? bytes_of(s) : 0; // 0: it is new
    if (!grow_query(s, size.stride) || !grow_visited(s, size.rows) ||
        !grow_candidates(&s->found, &s->candidate_room, size.candidates) ||
        (size.frontier > 0 && !frontier_reserve(&s->frontier, size.frontier)) ||
        !grow_candidates(&s->best, &s->best_room, size.best) ||
        !grow_code_room(s, size.code_bytes)) {
        scratch_free(s);
        (void)atomic_fetch_sub_explicit(&pool->bytes, before, memory_order_relaxed);
        return NULL;
    }
    (void)atomic_fetch_add_explicit(&pool->bytes, bytes_of(s) - before, memory_order_relaxed);
    s->distance_count = s->hop_count = s->estimate_count = 0;
    s->hidden = UINT32_MAX;
    s->copies_most = 0;
    return s;
}

void search_scratch_release(search_scratch_pool *pool, search_scratch *s)
{
    if (!s) return;
    for (size_t i = 0; i < SCRATCH_SLOTS; i++) {
        search_scratch *none = NULL;
        if (atomic_compare_exchange_strong_explicit(&pool->slots[i], &none, s, memory_order_release,
                                                    memory_order_relaxed))
            return;
    }
    (void)atomic_fetch_sub_explicit(&pool->bytes, bytes_of(s), memory_order_relaxed);
    scratch_free(s);
}

void search_scratch_begin_visit(search_scratch *s)
{
    if (++s->epoch == 0) {
        memset(s->visited, 0, s->visited_rows);
        s->epoch = 1;
    }
    if (s->hidden < s->visited_rows) s->visited[s->hidden] = s->epoch;
}
