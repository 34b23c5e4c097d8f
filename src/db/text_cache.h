/* text_cache.h - where the texts and the metadata of an index's rows are kept, for conditions on texts and for hits.
 *
 * A text is read from the store with its whole row, vector included, which takes 2 to 3 microseconds: of
 * a filter over all rows nearly all the time, and of a search by vector a quarter. Here it takes a tenth of that. So the
 * texts of new rows, and their metadata as the store has it, are written to a log as they come (text_log.h), and those
 * that had to be read from the store for a filter or a hit, after a start, too. A row takes 8 bytes of memory, which say
 * where they are.
 *
 * The text and the metadata of a row never change, for a point that changes gets a new row: what is kept stays
 * right as long as its row is live. What was read for a filter or a hit was read at some time after the row was
 * written, as every text of a filter is (match_points.c).
 *
 * Threads: the applier of the index's rows reserves and puts; any number may read, and add what they
 * read from the store, of rows that were published to them. */
#ifndef KITH_DB_TEXT_CACHE_H
#define KITH_DB_TEXT_CACHE_H

#include "base/view.h"
#include "db/text_log.h"
#include "vector/region.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_CACHE_ROWS = 1024,             /* that are asked for at once */
    TEXT_CACHE_READ_BYTES = 256 << 10,  /* read and written at once */
    TEXT_CACHE_TEXT_MAX_BYTES = 4 << 20 /* of a text that is kept, with its metadata */
};

/* Of a row's point. data == NULL: it has none. */
typedef struct kept_text {
    view text, metadata;
} kept_text;

typedef struct text_cache {
    text_log *log; /* borrowed, and outlives the cache; NULL: nothing is kept */
    region places; /* _Atomic(uint64_t) [rows]: text_cache.c; 0: not kept */
    uint32_t rows; /* that there is room for; the applier's */
} text_cache;

/* Keeps nothing yet. */
void text_cache_init(text_cache *c);
void text_cache_done(text_cache *c);
size_t text_cache_bytes(const text_cache *c); /* of memory; the applier's */
/* From now on texts are kept in `log`; there are `rows` rows already. Without memory for them nothing is
 * kept. Before anybody else can reach it. */
void text_cache_use(text_cache *c, text_log *log, uint32_t rows);
/* Room for the rows below `rows`. False: out of memory. The applier's, before it publishes them. */
bool text_cache_reserve(text_cache *c, uint32_t rows);
/* The row is dead. The applier's. */
void text_cache_forget(text_cache *c, uint32_t row);

/* Texts on their way in, of any rows. Start from {.cache = ...}; text_gathering_end writes what was
 * not written yet and frees it; text_gathering_done only frees it. What cannot be written, for want of
 * memory or room, is not kept. */
typedef struct text_gathering {
    text_cache *cache;
    char *bytes; /* [size] what is to be written */
    uint32_t size, capacity;
    struct gathered *texts; /* [count] whose they are */
    uint32_t count, texts_capacity;
} text_gathering;

/* row  text_cache_reserve() made room for it; what was kept of it before is not, from now on */
void text_gathering_add(text_gathering *t, uint32_t row, const kept_text *what);
void text_gathering_end(text_gathering *t);
void text_gathering_done(text_gathering *t);

typedef struct text_reading {
    const uint32_t *rows; /* [count] published ones, ascending */
    uint32_t count;
    /* Called for each row whose text is kept, in no order. `what` is borrowed for the call. False: no further one is
     * wanted. */
    bool (*visit)(void *context, uint32_t i, const kept_text *what);
    void *context;
    bool *found; /* [count] out: it was visited, or would have been */
} text_reading;
/* Reads the texts that are kept. Without memory for that none is found. Any thread. */
void text_cache_read(text_cache *c, const text_reading *r);

#endif
