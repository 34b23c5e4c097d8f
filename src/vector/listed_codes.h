/* listed_codes.h - the codes of the rows of a list, copied one behind the other.
 *
 * A scan along a list reads the signs of each of its rows, and then some of their codes of 8 bits (row_scan.h): of a
 * hundredth of the rows every one from cache lines of its own that no processor expects. Where the same list is scanned
 * again and again, a copy in its order is read from one end to the other:
 *
 *   signs    of a long list: what a scan reads of every row
 *   8 bits   of up to LISTED_BYTES_MOST rows: of so few a scan compares a third by these anyway, so it compares all,
 *            and reads no signs
 *
 * Neither changes once it was published, while its row is live, and so a copy is good for any view in which the rows are. */
#ifndef KITH_VECTOR_LISTED_CODES_H
#define KITH_VECTOR_LISTED_CODES_H

#include "vector/coder.h"
#include "vector/vector_index.h"

enum { LISTED_BYTES_MOST = 128 };

struct listed_codes {
    uint32_t count;      /* the first rows of the list, all that have codes */
    uint32_t row_bytes;  /* of each; a multiple of 16 */
    bool is_bytes;       /* codes of 8 bits, as in row_codes.h; or else a codes_row each */
    code_size largest;   /* of 8 bits: what none of the rows has more of, each by itself */
    size_t bytes;        /* of all of it */
    unsigned char *rows; /* [count * row_bytes], aligned to 64 bytes, behind this */
};

/* Have all rows of the view that are to have codes theirs? False where there are none. Any thread. */
bool listed_codes_are_whole(const vector_view *seen);

/* Bytes of a row's signs; 0: the index never has any. Any thread. */
size_t listed_codes_signs_bytes(const vector_index *ix);

/* Memory that the copy of `count` rows takes. Any thread. */
size_t listed_codes_bytes(const vector_index *ix, uint32_t count);

/* Of the first of rows[count], live rows of the view, which ascend: those that have codes. The caller frees it with free().
 * NULL: there are no codes, or out of memory. Any thread. */
listed_codes *listed_codes_new(const vector_view *seen, const uint32_t *rows, uint32_t count);

/* The code of the row at place `at` of the list, below the count. */
static inline const void *listed_codes_at(const listed_codes *s, uint32_t at)
{
    return s->rows + (size_t)at * s->row_bytes;
}

#endif
