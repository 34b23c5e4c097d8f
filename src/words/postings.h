/* postings.h - the rows that hold one term, with counts and positions, compressed.
 * Rows only ever ascend, so a posting is appended where it stands for good. Blocks of
 * POSTINGS_BLOCK postings carry what lets a search pass over them unread: the last row, and the
 * largest count with the shortest length, which bound every score within.
 *
 * Two streams, so that scoring does not read positions:
 *   rows:      varint(row - row before) varint(count)   the first of a block is relative to the
 * last row of the block before positions: varint(position - position before) ...    count of them
 * for each posting; the first of a posting is absolute */
#ifndef KITH_WORDS_POSTINGS_H
#define KITH_WORDS_POSTINGS_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum { POSTINGS_BLOCK = 64 };

typedef struct postings_block {
    uint32_t last_row;
    uint32_t rows_end, positions_end; /* offsets into the streams */
    uint32_t max_count, min_length;   /* of its postings; length in words of the row's text */
} postings_block;

/* Zero-initialised is empty. */
typedef struct postings {
    uint8_t *rows, *positions;
    uint32_t rows_size, rows_capacity, positions_size, positions_capacity;
    postings_block *blocks;
    uint32_t block_count, block_capacity;
    uint32_t count; /* rows */
} postings;

void postings_done(postings *p);
size_t postings_bytes(const postings *p);
/* row > every row before; count >= 1 positions, ascending; length is the row's. KITH_ERR_NO_MEMORY,
 * KITH_ERR_LIMIT (4 GiB a stream) leave `p` as it was. */
KITH_CHECKED kith_status postings_append(postings *p, uint32_t row, uint32_t length,
                                         const uint32_t *positions, uint32_t count);
void postings_write(const postings *p, buffer *out);
/* Takes one list from the front of *rest. False when anything is out of order: untrusted bytes are
 * safe. */
bool postings_read(view *rest, uint32_t row_limit, postings *out);

enum { CURSOR_END = UINT32_MAX };

/* A place in a list. row == CURSOR_END: past the last. */
typedef struct postings_cursor {
    const postings *list;
    uint32_t row, count;
    uint32_t block;          /* of `row` */
    uint32_t next, taken;    /* offset of the next posting; postings taken in the block */
    uint32_t position_block; /* the block that `position` is in; UINT32_MAX: none read yet */
    uint32_t position,
        skipped; /* offset of the positions of posting number `skipped` of that block */
} postings_cursor;

postings_cursor postings_begin(const postings *p);
void postings_next(postings_cursor *c);
/* To the first posting with a row >= `row`; blocks before are passed over unread. Never goes back.
 */
void postings_seek(postings_cursor *c, uint32_t row);
/* The block that would hold `row`, without reading postings; NULL past the last. */
const postings_block *postings_block_of(const postings_cursor *c, uint32_t row);
/* Positions of the current posting into out[c->count]. */
void postings_positions(postings_cursor *c, uint32_t *out);

#endif
