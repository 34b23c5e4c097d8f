/* segment.h - words and fields of a range of rows: built by one thread, then handed to all.
 *
 * Each refresh that adds rows adds a segment for them. Adjacent segments are made into one from
 * time to time, since a query asks each of them (segment_concat, upkeep_join.c). Nothing in a segment
 * changes once it is published, but for what bm25_remove counts out of the statistics. */
#ifndef KITH_DB_SEGMENT_H
#define KITH_DB_SEGMENT_H

#include "base/bitset.h"
#include "base/metadata.h"
#include "base/status.h"
#include "base/view.h"
#include "fields/columns.h"
#include "words/bm25_segment.h"

#include <stdatomic.h>
#include <stdint.h>

typedef struct segment {
    atomic_uint holders;         /* freed with the last */
    uint32_t first_row, end_row; /* of the whole index; both parts have these rows, but `fields` may
                                    end earlier, where the last rows have no metadata */
    bm25_segment *words;
    columns *fields;
} segment;

/* Without rows, held once. NULL: out of memory. */
segment *segment_new(uint32_t first_row);
/* Any thread that holds it, or is kept from losing it. Gives back what it was given. */
segment *segment_hold(segment *s);
/* Frees it with its last holder. Accepts NULL. Any thread. */
void segment_release(segment *s);
size_t segment_bytes(const segment *s);

/* Adds row s->end_row. The building thread's.
 * fields   the point's metadata, parsed
 * content  its text; may be empty
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT (the words of one term take too much room); the
 * segment is then good for segment_release only. */
KITH_CHECKED kith_status segment_append(segment *s, const metadata *fields, view content,
                                        kith_error *err);

/* The same in two steps: the fields row by row, the words of all rows at the end.
 * words  of as many rows; they belong to the segment from now on */
KITH_CHECKED kith_status segment_append_fields(segment *s, const metadata *fields, kith_error *err);
void segment_take_words(segment *s, bm25_segment *words);
/* Adds what segment_append adds to the words of a segment to words that belong to none yet. */
KITH_CHECKED kith_status segment_words_append(bm25_segment *words, const metadata *fields,
                                              view content, kith_error *err);

/* Makes one segment of list[count], count >= 1, which are adjacent and ascend. Words and values of
 * rows that are not in `live` are left out; the rows keep their numbers.
 * live  bits of all rows of the index, at least up to the last segment's end
 * Other threads may use the segments meanwhile, and the applier may remove rows from them: see
 * segment_repeat_removals. *out is held once.
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT; *out is untouched then. */
KITH_CHECKED kith_status segment_concat(segment *const *list, uint32_t count, const bitset *live,
                                        segment **out, kith_error *err);
/* Before `joined` takes the place of list[count] of which it was made: removes from it what was
 * removed from them meanwhile. The applier's. */
void segment_repeat_removals(segment *joined, segment *const *list, uint32_t count);

/* Do both parts hold, and have the same rows? For tests; not beside the applier.
 * Errors: KITH_ERR_CORRUPT names what is broken; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status segment_check(const segment *s, kith_error *err);

#endif
