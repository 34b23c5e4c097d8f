/* text_cache.c - texts in blocks. A block is never changed: adding to it makes another one, and who
 * still looks at the old one holds it. */
#include "db/text_cache.h"

#include "base/size.h"
#include "base/status.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORDS = TEXT_CACHE_ROWS / 64,
    FIRST_BYTES = 64 << 10,
    FIRST_BLOCKS = 16,
    BLOCK_MAX_BYTES = 1 << 30 /* so that the ends of texts fit */
};

struct text_block {
    atomic_uint holders;
    uint64_t kept[WORDS];           /* bit i: the text of row i is here */
    uint64_t without_text[WORDS];   /* and it has none */
    uint32_t ends[TEXT_CACHE_ROWS]; /* where the text of row i ends in bytes */
    char bytes[];
};

void text_cache_init(text_cache *c)
{
    *c = (text_cache){.max_bytes = TEXT_CACHE_MAX_BYTES};
    CHECK(pthread_mutex_init(&c->lock, NULL) == 0);
}

void text_cache_done(text_cache *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        text_block_release(c->blocks[i]);
    free(c->blocks);
    CHECK(pthread_mutex_destroy(&c->lock) == 0);
}

size_t text_cache_bytes(text_cache *c)
{
    CHECK(pthread_mutex_lock(&c->lock) == 0);
    const size_t bytes = c->bytes + c->count * sizeof(text_block *);
    CHECK(pthread_mutex_unlock(&c->lock) == 0);
    return bytes;
}

text_block *text_cache_hold(text_cache *c, uint32_t number)
{
    CHECK(pthread_mutex_lock(&c->lock) == 0);
    text_block *b = number < c->count ? c->blocks[number] : NULL;
    // Relaxed: the cache holds it, under the lock.
    if (b) (void)atomic_fetch_add_explicit(&b->holders, 1, memory_order_relaxed);
    CHECK(pthread_mutex_unlock(&c->lock) == 0);
    return b;
}

void text_block_release(text_block *b)
{
    // Whoever frees must come after all that the other holders did: release theirs, acquire here.
    if (b && atomic_fetch_sub_explicit(&b->holders, 1, memory_order_acq_rel) == 1) free(b);
}

static bool has_bit(const uint64_t *bits, uint32_t row)
{
    return bits[row / 64] >> (row % 64) & 1;
}

static void set_bit(uint64_t *bits, uint32_t row)
{
    bits[row / 64] |= UINT64_C(1) << (row % 64);
}

static uint32_t start_of(const uint32_t *ends, uint32_t row)
{
    return row ? ends[row - 1] : 0;
}

bool text_block_find(const text_block *b, uint32_t row, view *out)
{
    if (!b || !has_bit(b->kept, row)) return false;
    const uint32_t start = start_of(b->ends, row);
    *out = (view){b->bytes + start, b->ends[row] - start};
    if (has_bit(b->without_text, row)) *out = (view){NULL, 0};
    return true;
}

/* ---- adding ---- */

static bool reserve_bytes(text_gathering *t, size_t size)
{
    if (size <= t->capacity - t->size) return true;
    const size_t capacity =
        size_max(t->size + size, size_max(2 * (size_t)t->capacity, FIRST_BYTES));
    if (capacity > BLOCK_MAX_BYTES) return false;
    char *grown = heap_grow_array(t->bytes, capacity, 1);
    if (!grown) return false;
    t->bytes = grown;
    t->capacity = (uint32_t)capacity;
    return true;
}

void text_gathering_add(text_gathering *t, uint32_t row, view text)
{
    CHECK(row >= t->next && row < TEXT_CACHE_ROWS);
    if (t->failed || !reserve_bytes(t, text.size)) {
        t->failed = true;
        return;
    }
    for (; t->next < row; t->next++)
        t->ends[t->next] = t->size;
    if (text.size) memcpy(t->bytes + t->size, text.data, text.size);
    t->size += (uint32_t)text.size;
    t->ends[t->next++] = t->size;
    set_bit(t->kept, row);
    if (!text.data) set_bit(t->without_text, row);
}

void text_gathering_done(text_gathering *t)
{
    free(t->bytes);
}

static size_t bytes_of(const text_block *b)
{
    return b ? sizeof *b + b->ends[TEXT_CACHE_ROWS - 1] : 0;
}

/* What the two have together; NULL: out of memory. `old` may be NULL. */
static text_block *join(const text_block *old, const text_gathering *t)
{
    const size_t old_size = old ? old->ends[TEXT_CACHE_ROWS - 1] : 0;
    text_block *made = malloc(sizeof *made + old_size + t->size);
    uint32_t size = 0;
    if (!made) return NULL;
    atomic_init(&made->holders, 1);
    for (uint32_t i = 0; i < WORDS; i++) {
        made->kept[i] = (old ? old->kept[i] : 0) | t->kept[i];
        made->without_text[i] =
            (old ? old->without_text[i] : 0) | (t->without_text[i] & ~(old ? old->kept[i] : 0));
    }
    for (uint32_t row = 0; row < TEXT_CACHE_ROWS; row++) {
        const bool is_old = old && has_bit(old->kept, row);
        const uint32_t *ends = is_old ? old->ends : t->ends;
        const uint32_t start = start_of(ends, row), length = ends[row] - start;
        if (length) memcpy(made->bytes + size, (is_old ? old->bytes : t->bytes) + start, length);
        size += length;
        made->ends[row] = size;
    }
    return made;
}

static bool reserve_blocks(text_cache *c, uint32_t number)
{
    if (number < c->count) return true;
    const uint32_t count =
        (uint32_t)size_max(number + 1, size_max(2 * (size_t)c->count, FIRST_BLOCKS));
    text_block **grown = heap_grow_array(c->blocks, count, sizeof(text_block *));
    if (!grown) return false;
    memset(grown + c->count, 0, (count - c->count) * sizeof(text_block *));
    c->blocks = grown;
    c->count = count;
    return true;
}

/* The bytes of texts that the block has already are counted twice here, which matters only where
 * there is hardly any room left. */
static void keep_locked(const text_gathering *t, text_cache *c, uint32_t number)
{
    if (c->bytes + t->size + sizeof(text_block) > c->max_bytes) return;
    text_block *made = reserve_blocks(c, number) ? join(c->blocks[number], t) : NULL;
    if (!made) return;
    c->bytes = c->bytes - bytes_of(c->blocks[number]) + bytes_of(made);
    text_block_release(c->blocks[number]);
    c->blocks[number] = made;
}

void text_gathering_end(text_gathering *t, text_cache *c, uint32_t number)
{
    if (t->next == 0) return;
    for (; t->next < TEXT_CACHE_ROWS; t->next++)
        t->ends[t->next] = t->size;
    CHECK(pthread_mutex_lock(&c->lock) == 0);
    keep_locked(t, c, number);
    CHECK(pthread_mutex_unlock(&c->lock) == 0);
}
