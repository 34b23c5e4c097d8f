/* forward.h - the numbers of the lists that each row is in: the inverse of the postings.
 *
 * A row that is removed leaves the statistics of its terms, and its text is no longer at hand to
 * say which they are. So the segment keeps this. It costs 1.5 to 2 bytes for each different term
 * of a row and 8 bytes for each row; docs/decisions/020 has the measurement.
 *
 * Encoding, for each row: the numbers of its lists, ascending, each as a varint of the difference
 * from the one before it, the first from 0. One thread at a time changes it; any number read. */
#ifndef KITH_WORDS_FORWARD_H
#define KITH_WORDS_FORWARD_H

#include "base/status.h"
#include "words/postings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct forward forward;

/* Accepts NULL. */
void forward_free(forward *f);
/* Memory held, the reserve included. */
size_t forward_bytes(const forward *f);
uint32_t forward_rows(const forward *f);

/* Adds the next row, which is in lists[count], ascending and each once. Errors: KITH_ERR_NO_MEMORY;
 * *f is as it was then. */
KITH_CHECKED kith_status forward_append(forward *f, const uint32_t *lists, uint32_t count);

/* Computes rows [0, rows) from lists[list_count], whose rows are below `rows`. Rows whose bit is
 * set in `skipped` [ceil(rows / 64)] are left empty. O(postings). NULL: out of memory. */
forward *forward_build(const postings *lists, uint32_t list_count, uint32_t rows,
                       const _Atomic uint64_t *skipped);

/* A walk over the lists of one row. */
typedef struct forward_cursor {
    const uint8_t *at, *end;
    uint32_t list; /* the number read last; 0 before the first */
} forward_cursor;

/* row < forward_rows(f) */
forward_cursor forward_begin(const forward *f, uint32_t row);
/* Sets c->list to the next number; false when there is none. */
bool forward_next(forward_cursor *c);

/* Are the numbers of `row` the same in both? */
bool forward_row_equal(const forward *a, const forward *b, uint32_t row);

#endif
