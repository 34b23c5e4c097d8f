/* list_cache.h - the rows that filters match, as lists that searches share, with the codes of these rows.
 *
 * Where few rows match, a search goes along a list of them and reads the code of each (vector/row_scan.h), from wherever it
 * lies among those of all rows: nearly all of such a search is waiting for memory. Mostly the same filters come again and
 * again, a tenant's, a type's. So a snapshot keeps the lists of those that it is asked for a second time, by their text, and
 * with each the codes of its rows once more, one behind the other, which a processor reads ahead of their use
 * (vector/listed_codes.h). Searches hold a list, and copy nothing. Of a filter that came once a hash is kept.
 *
 * A snapshot never changes, nor does the code of a live row, so lists stay right as long as it; the next one begins
 * without any. They take no more memory than LIST_CACHE_BYTES, or what one list of all rows would with their signs twice:
 * that is counted as the index's. What was not asked for lately makes room; but only for one newcomer in
 * LIST_CACHE_NEWCOMERS, so that more filters in turn than there is room for do not cost each of them the making of a list
 * that is gone before it is used. */
#ifndef KITH_DB_LIST_CACHE_H
#define KITH_DB_LIST_CACHE_H

#include "base/map.h"
#include "base/view.h"
#include "vector/listed_codes.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    LIST_CACHE_BYTES = 64 << 10,
    LIST_CACHE_LISTS = 1024,    /* at once */
    LIST_CACHE_TEXT_MAX = 4096, /* bytes of a filter whose list is kept */
    LIST_CACHE_NEWCOMERS = 8,   /* of which one is kept, where there is no room */
    LIST_CACHE_SEEN = 1024      /* hashes of filters that came; a power of 2 */
};

/* A list that searches hold. Never changes. */
typedef struct row_list {
    atomic_uint holders; /* freed with the last */
    uint32_t count;      /* of rows */
    uint32_t *rows;      /* [count] ascending */
    listed_codes *codes; /* of these; NULL: none */
} row_list;

/* Takes over rows[count], a heap array, also when it fails; held once, without codes. NULL: out of memory. */
row_list *row_list_new(uint32_t *rows, uint32_t count);
/* Accepts NULL. Any thread. */
void row_list_release(row_list *list);

typedef struct cached_list {
    char *text;
    size_t text_size;
    row_list *list; /* held */
    bool was_used;  /* since eviction looked at it */
} cached_list;

/* Any thread. */
typedef struct list_cache {
    pthread_mutex_t lock; /* guards the rest, for moments */
    map *places;          /* of texts; NULL: there is no list */
    cached_list *lists;   /* [count] */
    uint32_t count, room;
    uint32_t hand;      /* where eviction goes on */
    uint32_t newcomers; /* that found no room */
    size_t bytes;       /* of all lists */
    uint32_t *seen;     /* [LIST_CACHE_SEEN]; NULL: no filter came yet */
} list_cache;

void list_cache_init(list_cache *c);
void list_cache_done(list_cache *c);
/* Memory that it takes. */
size_t list_cache_bytes(list_cache *c);

/* The list that was kept for this text, held for the caller; NULL: there is none, or it came without codes, which there
 * are now.
 * vectors  the view that the list is of, the same each time */
row_list *list_cache_find(list_cache *c, view text, const vector_view *vectors);
/* Keeps the caller's list, which nobody else has, when the text comes for the second time, and gives it its codes; nothing where there is
 * no room, or no memory. `vectors` as above. */
void list_cache_keep(list_cache *c, view text, row_list *list, const vector_view *vectors);

#endif
