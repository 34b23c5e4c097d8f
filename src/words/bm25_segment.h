/* bm25_segment.h - an inverted index over the words of a range of rows: one part of a corpus.
 *
 * Rows carry the numbers that they have in the whole derived index: a segment holds rows
 * first_row, first_row + 1, ..., appended in this order. Their numbers never change. The segments
 * of a collection stand next to one another, and queries go over all of them (bm25_query.h).
 *
 * A row that is replaced or deleted is removed: its postings stay where they are, and searches
 * leave it out because its bit in their `live` is clear, but from then on no statistic counts it.
 * The statistics (the number of rows, their total length, the rows in each language, and for each
 * term the rows that hold it) are those of the rows that are not removed and of nothing else, so
 * scores depend on the content and not on how it came about: docs/decisions/020. Postings of
 * removed rows leave with the next bm25_concat.
 *
 * A row's words are stemmed in the language that its text is detected to be in, and a stem means
 * something in its own language only (docs/decisions/010).
 *
 * Threads. One thread builds a segment, before any other can reach it. Once it is handed over, by
 * whatever orders the builder's writes before the others' reads (a mutex, say), nothing in it
 * changes but the statistics: one thread at a time may remove rows while any number of others
 * search, concatenate or write it. */
#ifndef KITH_WORDS_BM25_SEGMENT_H
#define KITH_WORDS_BM25_SEGMENT_H

#include "base/bitset.h"
#include "base/buffer.h"
#include "base/status.h"
#include "base/view.h"
#include "text/known_words.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct bm25_segment bm25_segment;

/* An empty segment whose first row will be first_row < UINT32_MAX. NULL: out of memory. */
bm25_segment *bm25_segment_new(uint32_t first_row);
/* No other thread uses it any more. Accepts NULL. */
void bm25_segment_free(bm25_segment *s);
/* Heap held, with an estimate for the dictionary. O(terms). */
size_t bm25_segment_bytes(const bm25_segment *s);
/* Gives its rows, none of which was removed, other numbers: the first is first_row. Exclusive.
 * first_row + its rows < UINT32_MAX */
void bm25_renumber(bm25_segment *s, uint32_t first_row);
/* Its rows are [first_row, end_row), removed ones included. */
uint32_t bm25_first_row(const bm25_segment *s);
uint32_t bm25_end_row(const bm25_segment *s);

/* Adds row number bm25_end_row(s) with the words of `text`: valid UTF-8, may be empty. The first
 * head_size bytes are title and headings, whose words count as near to all others of the row.
 * The building thread only. Errors: KITH_ERR_NO_MEMORY; KITH_ERR_LIMIT when the number would be
 * UINT32_MAX - 1, or when the postings of one word exceed 4 GiB. After either the segment may hold
 * a part of the row and is good for bm25_segment_free only. */
KITH_CHECKED kith_status bm25_append(bm25_segment *s, view text, size_t head_size, kith_error *err);

/* From now on words are looked up in `known`, and added there, which makes appending faster and
 * changes nothing else. NULL: no longer. It is borrowed until then, and nobody else's. The building
 * thread only. */
void bm25_use_known_words(bm25_segment *s, known_words *known);

/* Takes `row`, one of the segment's, out of the statistics. Cannot fail; does nothing when the row
 * is removed already. O(different terms of the row); in a segment that was read the first few rows
 * take O(terms of the segment), and the one after these O(segment). One thread at a time, beside
 * any number that use the segment otherwise. A query that is parsed meanwhile may count the row in some statistics
 * and not in others; each query's scores are those of the statistics that it was parsed with. */
void bm25_remove(bm25_segment *s, uint32_t row);
/* Was `row`, one of the segment's, removed? Exact for what was removed by the calling thread or
 * before something that orders the removal before this call. */
bool bm25_is_removed(const bm25_segment *s, uint32_t row);

/* Makes one segment of `count` >= 1 adjacent ones, in ascending order: each begins where the one
 * before it ends. A row whose bit in `live` is clear keeps its number, leaves no postings and is
 * removed in *out; a row whose bit is set is not, even when it is removed in its old segment.
 * live  bits of rows in the whole index, at least up to the last segment's end; not changed by
 *       anybody during the call
 * Other threads may use the segments meanwhile, and one may remove rows from them: what it removes
 * does not show in *out. So whoever publishes *out in the place of the segments keeps further
 * removals away, calls bm25_repeat_removals for each of the old segments, and publishes.
 * Linear in the segments' size. Any thread. Errors: KITH_ERR_NO_MEMORY; KITH_ERR_LIMIT when the
 * postings of one word exceed 4 GiB. *out is untouched then. */
KITH_CHECKED kith_status bm25_concat(const bm25_segment *const *segments, uint32_t count,
                                     const bitset *live, bm25_segment **out, kith_error *err);
/* Removes from `s` every row that is removed in `old`, whose rows are among those of `s`. Cannot
 * fail. O(rows of `old` / 64 + what bm25_remove takes). Counts as removing, in both segments. */
void bm25_repeat_removals(bm25_segment *s, const bm25_segment *old);

/* Appends the segment to `out`; the layout is at the head of bm25_file.c. Which rows are removed is
 * not written. Fails as the buffer does: out->failed is KITH_ERR_NO_MEMORY or KITH_ERR_LIMIT. */
void bm25_write(const bm25_segment *s, buffer *out);
/* Reads what bm25_write wrote; `bytes` may be freed afterwards. Any bytes are safe to read, and a
 * segment that was read passes bm25_check: all that is computed from the rows' words is computed
 * anew.
 * live  bits of rows in the whole index; rows whose bit is clear are removed in *out
 * Any thread. Errors: KITH_ERR_CORRUPT when the checksum, a size or a list does not hold, or when
 * the rows go past the bits of `live`; KITH_ERR_NO_MEMORY. *out is untouched then. */
KITH_CHECKED kith_status bm25_read(view bytes, const bitset *live, bm25_segment **out,
                                   kith_error *err);

/* Verifies dictionary, lists, lengths and statistics against one another; O(segment). No thread
 * removes rows meanwhile. Errors: KITH_ERR_CORRUPT names what is broken; KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status bm25_check(const bm25_segment *s, kith_error *err);

#endif
