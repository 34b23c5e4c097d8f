/* columns_private.h - the columns as they lie in memory, for the files that write, match and store
 * them. A column is a sorted run of blocks; a block holds the values of 64 neighbouring rows, one
 * bit a row in each mask, so that matching a block yields one word of the result. Where no row has
 * the field there is no block: a field that few rows have costs little, however many rows there
 * are. */
#ifndef KITH_FIELDS_COLUMNS_PRIVATE_H
#define KITH_FIELDS_COLUMNS_PRIVATE_H

#include "fields/filter.h"
#include "fields/interned.h"

enum { BLOCK_ROWS = 64 };

typedef union column_number {
    int64_t integer;
    double number;
} column_number;

/* Invariant: a row is in at most one of strings, integers, doubles, bools; truths is part of bools.
 */
typedef struct column_block {
    uint32_t word; /* rows word * 64 and on */
    uint64_t strings, integers, doubles, bools, truths;
    uint32_t *texts;        /* [BLOCK_ROWS] interned; NULL until the block has a string */
    column_number *numbers; /* [BLOCK_ROWS]; NULL until the block has a number */
} column_block;

typedef struct column {
    column_block *blocks; /* ascending by word */
    uint32_t count, capacity;
    uint64_t values; /* rows that have one */
} column;

struct columns {
    interned fields; /* field number n is columns[n - 1] */
    interned texts;
    column *columns;
    uint32_t capacity;
    uint64_t rows; /* past the last row that was ever set */
};

static inline uint64_t block_present(const column_block *b)
{
    return b->strings | b->integers | b->doubles | b->bools;
}

/* The column of `field`, made when there is none; NULL: out of memory. */
column *columns_add_field(columns *c, view field);
/* The block of `word`, made when there is none; NULL: out of memory. */
column_block *column_add_block(column *col, uint32_t word);
/* Room for strings or numbers in a block. */
KITH_CHECKED bool column_block_add_texts(column_block *b);
KITH_CHECKED bool column_block_add_numbers(column_block *b);

#endif
