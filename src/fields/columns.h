/* columns.h - the metadata of points, a column for each field, and filters over all of them.
 *
 * A segment (`columns`) holds the values of the rows of one range, under the row numbers of the
 * whole index. One thread builds it, row after row; from then on nobody changes it. What an index
 * knows of its fields is a list of segments whose ranges follow one another (`column_segments`):
 * new rows come as a new segment at the end, and adjacent segments are joined into one from time to
 * time (columns_concat).
 *
 * A segment does not know which of its rows are still live. Whoever asks says so by a bitmap, and
 * joining segments leaves out what belongs to the others.
 *
 * A field need not have one type, nor a value in every row: each value keeps its own type.
 *
 * Threads: columns_set and columns_free are exclusive, and come before and after everybody else's
 * use of the segment; all other calls may run in any number of threads at once. */
#ifndef KITH_FIELDS_COLUMNS_H
#define KITH_FIELDS_COLUMNS_H

#include "base/bitset.h"
#include "base/buffer.h"
#include "base/metadata.h"
#include "base/status.h"
#include "fields/filter.h"

#include <stdbool.h>
#include <stdint.h>

/* One segment. */
typedef struct columns columns;

/* Segments in the order of their rows: each begins at or after the end of the one before it. Zero
 * initialised it is an index without rows. It owns nothing. */
typedef struct column_segments {
    const columns *const *segments; /* [count] */
    uint32_t count;
} column_segments;

/* ---- one segment ---- */

/* A segment whose first row is `first_row`, so far without rows; NULL: out of memory. */
columns *columns_new(uint32_t first_row);
/* Exclusive. c may be NULL. */
void columns_free(columns *c);
size_t columns_bytes(const columns *c); /* memory held; O(blocks) */

/* Gives `row` the values of `m`, which are copied; none is allowed too. Rows ascend from call to
 * call, from the first row on and below UINT32_MAX; a row that is left out has no values.
 * Exclusive.
 * Errors: KITH_ERR_NO_MEMORY; the row has a part of its values then, so that the segment is good
 * for nothing but columns_free. */
KITH_CHECKED kith_status columns_set(columns *c, uint32_t row, const metadata *m, kith_error *err);

/* The rows of the segment are first..end - 1; end is one past the last row that was set. */
uint32_t columns_first_row(const columns *c);
uint32_t columns_end_row(const columns *c);

/* Joins the segments of a list into a new one over all their rows. Values of rows whose bit in
 * `live` is clear, or that lie past its count, are left out, and with them fields and strings that
 * no other row has. The segments stay as they are. Any thread.
 * list   one segment or more
 * *out   owned by the caller
 * Errors: KITH_ERR_NO_MEMORY; *out is untouched. */
KITH_CHECKED kith_status columns_concat(const column_segments *list, const bitset *live,
                                        columns **out, kith_error *err);

/* Appends the segment to `out`; the layout is at the head of columns_file.c.
 * Fails as the buffer does: out->failed is KITH_ERR_NO_MEMORY or KITH_ERR_LIMIT. */
void columns_write(const columns *c, buffer *out);
/* Reads what columns_write wrote; `bytes` may be freed afterwards. Any bytes are safe to read, but
 * not every damage shows: that is for the checksum of whoever kept them.
 * Errors: KITH_ERR_CORRUPT when a size or a value cannot be; KITH_ERR_NO_MEMORY. *out is untouched
 * then. */
KITH_CHECKED kith_status columns_read(view bytes, columns **out, kith_error *err);

/* Verifies every column and block, and both tables of strings; O(segment). KITH_ERR_CORRUPT names
 * what is broken and the field that it is in. */
KITH_CHECKED kith_status columns_check(const columns *c, kith_error *err);

/* ---- all segments of an index ---- */

/* Sets exactly the bits of the rows below out->count that match; rows without any values, and rows
 * in no segment, are matched as empty records. What was in `out` does not matter.
 * A row that is no longer live matches by the values that it had, or as an empty record once they
 * were left out: intersect the result with the live rows before counting or searching by it.
 * f  of metadata alone (filter_reads)
 * Errors: KITH_ERR_NO_MEMORY; the bits in `out` mean nothing then. */
KITH_CHECKED kith_status columns_match(const column_segments *list, const filter *f, bitset *out,
                                       kith_error *err);

/* The rows that match, ascending, where that takes no look at any other: the filter is an equality with one number or
 * one string, and in each segment the rows of that value are in one list (column_values.h).
 * live   the rows of it alone; NULL: all, whose number is `rows`
 * *out   [*count] the caller frees it
 * False: they are to be found otherwise (columns_match): it is no such filter, there are no lists yet, elements of lists
 * are equal to the value too, more than `most` rows match, or memory is out. *out is untouched then. */
bool columns_find_listed(const column_segments *list, const filter *f, const bitset *live,
                         uint32_t rows, uint32_t most, uint32_t **out, uint32_t *count);

/* How columns_narrow gets at what is in no column. */
typedef struct columns_reader {
    void *context;
    /* Sets in `out`, which is clear, the bits of the rows whose ids are among these.
     * ids  [count] strings, ascending by their bytes */
    kith_status (*find_ids)(void *context, const metadata_value *ids, uint32_t count, bitset *out,
                            kith_error *err);
    /* Clears in `rows` the bits of those whose text the condition does not match (filter_matches),
     * and of those that are not there to be read. */
    kith_status (*test_texts)(void *context, const filter *condition, bitset *rows,
                              kith_error *err);
} columns_reader;

/* Clears in `rows` the bits of those that do not match: columns_match() for any filter. A text is
 * read only of rows that everything else in the filter leaves undecided; a text that several
 * conditions leave undecided is read once for each of them.
 * Errors: KITH_ERR_NO_MEMORY, the reader's; the bits in `rows` mean nothing then. */
KITH_CHECKED kith_status columns_narrow(const column_segments *list, const filter *f,
                                        const columns_reader *reader, bitset *rows,
                                        kith_error *err);

/* The next three look at live rows only: those whose bit in `live` is set. A field that only other
 * rows have counts as unknown. O(blocks of the field), and quick where a live row has the field. */

/* Does any live row have the field? */
bool columns_has_field(const column_segments *list, const bitset *live, view field);

/* Where a walk over fields is; start with {0}. */
typedef struct column_cursor {
    uint32_t segment, field;
} column_cursor;
/* Walks the fields that some live row has, each once, in the order in which they first came; false
 * at the end. *field is borrowed from its segment. */
bool columns_next_field(const column_segments *list, const bitset *live, column_cursor *cursor,
                        view *field);
/* Does the filter name a field that no live row has? If so *field is the first such, borrowed from
 * the filter; it is untouched otherwise. */
bool columns_lack_field(const column_segments *list, const bitset *live, const filter *f,
                        view *field);

#endif
