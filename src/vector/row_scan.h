/* row_scan.h - a scan of the rows' codes of 8 bits: where few rows match, and those apart from each other.
 *
 * Sign codes come in blocks of 32 rows, all of which are read for one that matches (flat_codes.h). A code of 8
 * bits is read by itself: a quarter of the bytes of a vector, from one address. Its distance is right to a few
 * thousandths, so of all rows only the k nearest, and those that the error leaves open, are compared by
 * their vectors at the end: k and one or two more. Hits and distances are those of the vectors. */
#ifndef KITH_VECTOR_ROW_SCAN_H
#define KITH_VECTOR_ROW_SCAN_H

#include "base/topk.h"
#include "os/call_limit.h"
#include "vector/flat_search.h"
#include "vector/row_codes.h"

enum {
    ROW_SCAN_K_MAX = 256 /* more hits are better found otherwise: the nearest are kept in order */
};

/* Offers the nearest of the rows of the range to `best`, with their distances: best->k of them, and a few more.
 * Where the codes leave more rows open than are kept, the vectors of all are compared instead.
 * range   of rows that have codes of 8 bits
 * best    with k of 1 to ROW_SCAN_K_MAX
 * s       the caller's own scratch, with the query as vector_rows_prepare wrote it, room for its codes, and for
 *         more than k in s->best; ids, rows, distances, best, and the counters are used
 * limit   checked from time to time; NULL: none
 * Any thread. Errors: KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT; `best` has some of the rows then. */
KITH_CHECKED kith_status row_scan(const row_codes *codes, const scan_range *range, topk *best,
                                  search_scratch *s, const call_limit *limit, kith_error *err);

#endif
