/* text_cache.h - texts of points that conditions on texts have read, kept to be looked at again.
 *
 * A text is read from the store with its whole row, vector included, which takes 2 microseconds: of
 * a filter over all rows nearly all the time. Looking at a text in memory takes a tenth of that. So
 * what was read once for a filter is kept beside the index's rows, up to TEXT_CACHE_MAX_BYTES; rows
 * beyond it are read each time. Who never asks for texts pays nothing, and the first question
 * after a start reads everything. The memory counts as the index's.
 *
 * The text of a row never changes, for a point that changes gets a new row: what is kept stays
 * right as long as its row is live. It was read at some time after the row was written, as every
 * text of a filter is (match_points.c). */
#ifndef KITH_DB_TEXT_CACHE_H
#define KITH_DB_TEXT_CACHE_H

#include "base/view.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_CACHE_ROWS = 1024, /* of a block: texts are added and asked for a block at a time */
    TEXT_CACHE_MAX_BYTES = 64 << 20
};

/* The texts of some rows of a block; never changes. */
typedef struct text_block text_block;

/* Of the rows of an index. Any thread. */
typedef struct text_cache {
    pthread_mutex_t lock; /* guards the rest, for moments, or while one block is copied */
    text_block **blocks;  /* [count], each held; NULL: no text of the block was read */
    uint32_t count;
    size_t bytes;     /* of all blocks */
    size_t max_bytes; /* TEXT_CACHE_MAX_BYTES, but in tests */
} text_cache;

void text_cache_init(text_cache *c);
void text_cache_done(text_cache *c);
size_t text_cache_bytes(text_cache *c);

/* What is kept of rows TEXT_CACHE_ROWS * number and the following; NULL: nothing. Release it. */
text_block *text_cache_hold(text_cache *c, uint32_t number);
/* Accepts NULL. */
void text_block_release(text_block *b);
/* Is the text of a row of the block kept? `b` may be NULL. *out has data NULL when the point has no
 * text. */
bool text_block_find(const text_block *b, uint32_t row_of_block, view *out);

/* Texts of one block on their way in, one row after the other, ascending. Start from zero; end with
 * text_gathering_done. Without memory the rest of the block is not kept. */
typedef struct text_gathering {
    uint32_t ends[TEXT_CACHE_ROWS]; /* of the rows before `next` */
    uint64_t kept[TEXT_CACHE_ROWS / 64], without_text[TEXT_CACHE_ROWS / 64];
    uint32_t next; /* the row behind the last one that was added */
    char *bytes;
    uint32_t size, capacity;
    bool failed;
} text_gathering;

/* text  data == NULL: the point has none */
void text_gathering_add(text_gathering *t, uint32_t row_of_block, view text);
/* Keeps them with the block, unless there is no room; what the block has already stays. */
void text_gathering_end(text_gathering *t, text_cache *c, uint32_t number);
void text_gathering_done(text_gathering *t);

#endif
