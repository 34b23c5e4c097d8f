/* filter_cache.h - which rows filters matched, kept for the next search with the same one.
 *
 * A filter looks at the field of every row, which for a hundred thousand rows takes longer than the
 * search among those that match; and mostly the same few are asked for again and again, a tenant's,
 * a type's. So a snapshot keeps the bitmaps of the last FILTER_CACHE_SLOTS filters, by their text, up to
 * FILTER_CACHE_MAX_BYTES. It never changes, and so they stay right as long as it; the next one begins
 * without any. Where few rows match, their list is made of it, from the first time on that they are asked for again, and
 * kept by list_cache.h. The memory is counted as the index's, and ends with the snapshot. */
#ifndef KITH_DB_FILTER_CACHE_H
#define KITH_DB_FILTER_CACHE_H

#include "base/bitset.h"
#include "base/view.h"

#include <pthread.h>

enum {
    FILTER_CACHE_SLOTS = 32,
    FILTER_CACHE_MAX_BYTES = 4 << 20, /* of bitmaps; more rows have fewer slots, or none */
    FILTER_CACHE_TEXT_MAX = 4096,     /* bytes of a filter that is kept */
    FILTER_CACHE_LIST_SHARE =
        8 /* a list is of no more than one row in so many: 4 times the bitmap */
};

typedef struct cached_filter {
    char *text; /* NULL: the slot is free */
    size_t text_size;
    bitset *rows;
    uint32_t count; /* of the rows that match */
    uint64_t used;  /* the clock when it was asked for last */
} cached_filter;

/* Any thread. */
typedef struct filter_cache {
    pthread_mutex_t lock; /* guards the rest, for moments */
    cached_filter slots[FILTER_CACHE_SLOTS];
    uint64_t clock;
} filter_cache;

void filter_cache_init(filter_cache *c);
void filter_cache_done(filter_cache *c);
/* Memory that it takes. */
size_t filter_cache_bytes(filter_cache *c);

/* A copy of the bitmap that was kept for this text, which the caller frees; NULL: there is none. */
bitset *filter_cache_find(filter_cache *c, view text);
/* The same as a list, ascending, which the caller frees: uint32_t[*count]. NULL: there is none, or it would be too long;
 * *count is untouched then. */
uint32_t *filter_cache_find_list(filter_cache *c, view text, uint32_t *count);
/* Keeps a copy in place of the one that was asked for longest ago; nothing where there is no room,
 * or no memory. */
void filter_cache_keep(filter_cache *c, view text, const bitset *rows);

#endif
