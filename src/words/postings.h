/* postings.h - the rows that hold one term, with counts and positions, compressed.
 *
 * A posting is one row: how often the term occurs in it (the term frequency) and at which
 * positions. Rows are counted from the first row of the segment. They are only ever appended, in
 * ascending order, and never taken out: a removed row is filtered out by whoever reads the list,
 * and left out when lists are joined. So a list is written at its end only, and can be stored as
 * differences.
 *
 * POSTINGS_BLOCK postings make a block. Of each block the last row, and the largest count with the
 * shortest length of its rows are kept apart: the first lets a seek pass over a block without
 * decoding it, the other two bound the score of every row within (bm25_search.c).
 *
 * Encoding, in varints (varint.h). There are two streams, so that scoring, which needs no
 * positions, does not read them:
 *
 *   rows        for each posting
 *                 varint  row - row before    the row before is the previous posting's, also that
 *                                             of the block before; 0 for the very first
 *                 varint  count               of positions, at least 1
 *   positions   for each posting, `count` times
 *                 varint  position - position before    0 before the first of each posting
 *
 * Differences between rows of a list, and between positions of a posting, are at least 1, but for
 * the first. Threads: any number may read a list, each with cursors of its own; appending excludes
 * them all, and moves the streams. */
#ifndef KITH_WORDS_POSTINGS_H
#define KITH_WORDS_POSTINGS_H

#include "base/bitset.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { POSTINGS_BLOCK = 64 /* postings of a block; only the last block has fewer */ };

typedef struct postings_block {
    uint32_t last_row;
    uint32_t rows_end, positions_end; /* where the block ends: byte offsets into the streams */
    uint32_t max_count;               /* the largest count of its postings */
    uint32_t min_length;              /* the shortest of its rows' texts, in words */
} postings_block;

/* Zero-initialised is empty. */
typedef struct postings {
    uint8_t *rows, *positions;                                             /* the streams */
    uint32_t rows_size, rows_capacity, positions_size, positions_capacity; /* bytes */
    postings_block *blocks;
    uint32_t block_count, block_capacity;
    uint32_t count; /* postings, that is, rows that hold the term */
} postings;

void postings_done(postings *p);
/* Memory held, the reserve included. */
size_t postings_bytes(const postings *p);

/* Appends a posting.
 * row        greater than every row in the list
 * length     words of the row's text, for the bounds
 * positions  [count] strictly ascending, count >= 1
 * Exclusive.
 * Errors: KITH_ERR_LIMIT when a stream would exceed 4 GiB; KITH_ERR_NO_MEMORY. The list is as it
 * was then. */
KITH_CHECKED kith_status postings_append(postings *p, uint32_t row, uint32_t length,
                                         const uint32_t *positions, uint32_t count);

/* A list of a segment, and which of its rows are wanted. */
typedef struct postings_part {
    const postings *list;
    uint32_t first_row; /* of its segment, in the whole index */
    const bitset *live; /* bits of rows in the whole index */
} postings_part;

/* Is any row of the part live? */
bool postings_has_live(const postings_part *part);
/* Appends the postings of the part's live rows to `p`, a list of a segment whose first row is
 * first_row.
 * lengths  words of each row of that segment, by row - first_row
 * Rows must be greater than every row in the list. Exclusive to `p`.
 * Errors: KITH_ERR_LIMIT when a stream would exceed 4 GiB; KITH_ERR_NO_MEMORY. The list then holds
 * a part of the postings. */
KITH_CHECKED kith_status postings_append_list(postings *p, uint32_t first_row,
                                              const postings_part *part, const uint32_t *lengths);
/* Does the list hold `row`? */
bool postings_has(const postings *p, uint32_t row);
/* Gives back the memory kept in reserve for further postings. Exclusive. */
void postings_trim(postings *p);

/* Appends the list to `out`; the layout is in postings.c. Fails as the buffer does (out->failed).
 */
void postings_write(const postings *p, buffer *out);
/* What a list's rows are held against: those of its segment. */
typedef struct postings_rows {
    const uint32_t *lengths;         /* [count] words of each row */
    const uint8_t *languages;        /* [count] */
    const _Atomic uint64_t *removed; /* [ceil(count / 64)] bits */
    uint32_t count;
} postings_rows;

/* Reads one list from the front of *rest and moves *rest past it. Any bytes are safe.
 * language  of the list's term
 * holders   the rows in the list that are not removed
 * Errors: KITH_ERR_CORRUPT when bytes are missing, the list is empty, a row is none of rows->count
 * or is in another language, or anything does not ascend; KITH_ERR_NO_MEMORY. *out is untouched
 * then, and *rest may have moved. */
KITH_CHECKED kith_status postings_read(view *rest, const postings_rows *rows, uint8_t language,
                                       postings *out, uint32_t *holders);

/* Verifies that the streams decode to exactly `count` postings of rows in that language, all
 * ascending, that every block describes its postings, and that `holders` of the rows are not
 * removed. Errors: KITH_ERR_CORRUPT names what is broken; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status postings_check(const postings *p, const postings_rows *rows,
                                        uint8_t language, uint32_t holders, kith_error *err);

enum { CURSOR_END = UINT32_MAX };

/* A place in a list, which must not change meanwhile. */
typedef struct postings_cursor {
    const postings *list;
    uint32_t row;   /* of the current posting; CURSOR_END: past the last */
    uint32_t count; /* its positions */
    uint32_t block; /* the block that it is in */
    uint32_t next;  /* offset in the rows stream of the posting after it */
    uint32_t taken; /* postings of the block that were decoded, the current one included */
    /* Where reading positions stopped last, so that rows in ascending order need one pass: */
    uint32_t position_block; /* the block of `position`; UINT32_MAX: none was read yet */
    uint32_t position;       /* offset of the positions of posting number `skipped` of that block */
    uint32_t skipped;
} postings_cursor;

/* A cursor at the first posting; at CURSOR_END when there is none. */
postings_cursor postings_begin(const postings *p);
/* Moves to the posting after; stays at CURSOR_END. */
void postings_next(postings_cursor *c);
/* Moves forward to the first posting with a row >= `row`, or to CURSOR_END; stays when it is there
 * already. Blocks in between are passed over without decoding them. */
void postings_seek(postings_cursor *c, uint32_t row);
/* The first block, from the cursor's on, that ends at `row` or later: the only one that may hold
 * `row`. No posting is decoded. NULL: the list ends before `row`. */
const postings_block *postings_block_of(const postings_cursor *c, uint32_t row);
/* Writes the positions of the current posting, ascending, to out [c->count]. */
void postings_positions(postings_cursor *c, uint32_t *out);

#endif
