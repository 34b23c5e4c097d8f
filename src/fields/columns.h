/* columns.h - the metadata of many rows, a column for each field, and filters over all of them.
 * A field need not have one type, nor a value in every row: each value keeps its own type. Strings
 * are interned: stored once, under a number. A string that no row has any more stays until the
 * columns are written and read again.
 *
 * Threads: columns_set and columns_clear are exclusive; all other calls may run in any number of
 * threads at once, none of them beside an exclusive one. */
#ifndef KITH_FIELDS_COLUMNS_H
#define KITH_FIELDS_COLUMNS_H

#include "base/bitset.h"
#include "base/buffer.h"
#include "base/metadata.h"
#include "base/status.h"
#include "fields/filter.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct columns columns;

/* No rows and no fields; NULL: out of memory. */
columns *columns_new(void);
/* Exclusive. c may be NULL. */
void columns_free(columns *c);
size_t columns_bytes(const columns *c); /* memory held; O(blocks) */

/* Replaces all values of `row` by those of `m`, which is copied. Rows that were never set have no
 * values. Exclusive.
 * Errors: KITH_ERR_NO_MEMORY; the row has no values then, not even its old ones. */
KITH_CHECKED kith_status columns_set(columns *c, uint32_t row, const metadata *m, kith_error *err);
/* Takes all values of `row` away; it need not have any. Exclusive. */
void columns_clear(columns *c, uint32_t row);

/* No row at or past this number has values; rows before it may have none either. */
uint64_t columns_rows(const columns *c);
/* Has the row no values at all? */
bool columns_row_is_empty(const columns *c, uint32_t row);
/* Does any row have the field? */
bool columns_has_field(const columns *c, view field);
/* Walks the fields that some row has, in the order in which they first came: start with
 * *cursor = 0; false at the end. *field is borrowed until the next columns_set. */
bool columns_next_field(const columns *c, uint32_t *cursor, view *field);
/* Does the filter name a field that no row has? If so *field is the first such, borrowed from the
 * filter; it is untouched otherwise. */
bool columns_lack_field(const columns *c, const filter *f, view *field);

/* Sets exactly the bits of the rows below out->count that match; rows without any values are
 * matched as empty records. What was in `out` does not matter. Errors: KITH_ERR_NO_MEMORY; the bits
 * in `out` mean nothing then. */
KITH_CHECKED kith_status columns_match(const columns *c, const filter *f, bitset *out,
                                       kith_error *err);

/* Appends the columns to `out`; the layout is at the head of columns_file.c.
 * Fails as the buffer does: out->failed is KITH_ERR_NO_MEMORY or KITH_ERR_LIMIT. */
void columns_write(const columns *c, buffer *out);
/* Reads what columns_write wrote; `bytes` may be freed afterwards. Any bytes are safe to read.
 * Errors: KITH_ERR_CORRUPT when the checksum, a size or a value does not hold; KITH_ERR_NO_MEMORY.
 * *out is untouched then. */
KITH_CHECKED kith_status columns_read(view bytes, columns **out, kith_error *err);

/* Verifies every column and block, and both tables of strings; O(columns). KITH_ERR_CORRUPT names
 * what is broken and the field that it is in. */
KITH_CHECKED kith_status columns_check(const columns *c, kith_error *err);

#endif
