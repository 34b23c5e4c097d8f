/* row_scan.h - a scan of the rows' codes one by one: where few rows match, and those apart from each other.
 *
 * Sign codes come in blocks of 32 rows, all of which are read for one that matches (flat_codes.h). Here each row that
 * matches is read by itself, in three steps, of which each leaves a tenth of the rows and less to the next:
 *
 *   signs    one cache line, mostly: rows farther than the k-th best so far, as far as `errors` standard deviations of
 *            the estimate go, are left out
 *   8 bits   a quarter of the bytes of a vector, right to a few thousandths: the nearest of these are kept
 *   vector   of the k nearest, and of those that the error of 8 bits leaves open: k and one or two more
 *
 * Where there are no signs (vectors on a disk), the codes of 8 bits of all rows are compared.
 *
 * Hits and distances are those of the vectors; what can go wrong is that a row is left out whose estimate errs by more
 * than the errors that are left open. */
#ifndef KITH_VECTOR_ROW_SCAN_H
#define KITH_VECTOR_ROW_SCAN_H

#include "base/topk.h"
#include "os/call_limit.h"
#include "vector/flat_codes.h"
#include "vector/flat_search.h"

enum {
    ROW_SCAN_K_MAX = 256, /* more hits are better found otherwise: the nearest are kept in order */
    ROW_SCAN_WAITING = 2 * SCRATCH_BATCH /* rows that signs leave open, before they are compared */
};

/* Offers the nearest of the rows of the range to `best`, with their distances: best->k of them, and a few more.
 * Where the codes of 8 bits leave more rows open than are kept, the vectors of all are compared instead.
 * signs   of the same rows; NULL: there are none
 * range   of rows that have codes, and signs where there are any
 * errors  standard deviations of an estimate by signs that are left open; above 0
 * best    with k of 1 to ROW_SCAN_K_MAX
 * s       the caller's own scratch, with the query as vector_rows_prepare wrote it, room for its codes, and for
 *         more than k in s->best; ids, rows, distances, best, and the counters are used
 * limit   checked from time to time; NULL: none
 * Any thread. Errors: KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT; `best` has some of the rows then. */
KITH_CHECKED kith_status row_scan(const row_codes *codes, const flat_codes *signs,
                                  const scan_range *range, float errors, topk *best,
                                  search_scratch *s, const call_limit *limit, kith_error *err);

#endif
