/* flat_codes.h - the rows once more as sign codes, in the order of their numbers: what a scan compares
 * in place of vectors.
 *
 * A scan over vectors reads 4 bytes a dimension of each row. Most of the rows are far from the query,
 * and one bit a dimension shows that. So 32 rows, a block, are estimated by one kernel (simd/codes.h)
 * from the signs of their codes of 8 bits (row_codes.h), and only those rows are compared by
 * their vectors whose distance may be below that of the k-th best so far, as far as `errors`
 * standard deviations of the estimate go. The hits and their distances are those of the vectors; what
 * can go wrong is that a row is left out whose estimate errs by more than that.
 *
 * A block, of 32 rows:
 *
 *   bytes       what
 *   4 * dim     u8   sign codes
 *   64, 64      f16  add, rescale (codes_block), as in coded_graph.h with the centre as the parent
 *   64          f16  error: the standard deviation of the estimate, for a query at distance 1 from
 *               the centre (under inner product: of length 1); a length, stored as rescale. Infinity where
 *               add or rescale is more than a half holds: the row is compared by its vector, whatever is estimated
 *   64          f32  the largest of the errors; the rest is unused
 *
 * The estimate of <q, r>, r being a row less the centre and x its signs as halves, is
 * <q, x> <r, r> / <r, x>. Rotated at random, its standard deviation is
 * |q| |r| sqrt((1 - c^2) / c^2) / sqrt(dim), with c = <r, x> / (|r| |x|) (Gao & Long 2024, "RaBitQ").
 *
 * Beside its place in a block each row has a record of its own (codes_row), of the same signs: where few rows match, and
 * those apart from each other, one cache line is read for one that matches in place of a block of 32
 * (row_scan.h). Its factors are in the unit of the vectors, and of the query less the centre; under inner product too,
 * so that `add` is the product of row and centre, negative.
 *
 * By rows, not by slots, unlike vectors and codes of 8 bits (vector_slots.h): filters are bitmaps over rows, and
 * what is published never changes. So a code is made while the slot of its row holds it; a row that was
 * removed before has none, and its place says nothing: no view has the row as live, so no scan looks at it.
 * What dead rows have stays until the index is built anew.
 *
 * Threads: one thread, the linker, adds blocks, whole ones only: so nobody reads a byte that is
 * still to change. Any number of searches read those below the count. */
#ifndef KITH_VECTOR_FLAT_CODES_H
#define KITH_VECTOR_FLAT_CODES_H

#include "base/topk.h"
#include "os/call_limit.h"
#include "vector/flat_search.h"
#include "vector/row_codes.h"
#include "vector/vector_slots.h"

#include <stdatomic.h>
#include <stdint.h>

typedef struct flat_codes {
    const row_codes *codes;  /* that the signs are taken from; not owned */
    size_t block_bytes;      /* a multiple of 64 */
    float unit;              /* 0 while there are no blocks, then fixed */
    _Atomic(uint32_t) count; /* rows that have codes; a multiple of CODES_BLOCK */
    region blocks;
    region rows; /* codes_row */
} flat_codes;

/* Of the rows ids[count], which ascend and are below the count. Any thread. */
static inline void flat_codes_rows(const flat_codes *f, const uint32_t *ids, uint32_t count,
                                   const codes_row **out)
{
    for (uint32_t i = 0; i < count;) {
        const uint32_t chunk = region_chunk(ids[i]), end = region_chunk_start(chunk + 1);
        const uintptr_t origin = f->rows.origin[chunk];
        for (; i < count && ids[i] < end; i++)
            out[i] = (const codes_row *)(origin + (size_t)ids[i] * f->rows.element_bytes);
    }
}

/* No rows. Takes no memory. codes: stay where they are; of dim 0, nothing is to be coded here. */
void flat_codes_init(flat_codes *f, const row_codes *codes);
/* Runs alone. */
void flat_codes_done(flat_codes *f);
/* Takes back the memory of all codes, which nobody reads any more. The linker's. */
void flat_codes_drop(flat_codes *f);

/* Rows that a scan may estimate. Never falls. Any thread. */
static inline uint32_t flat_codes_count(const flat_codes *f)
{
    return atomic_load_explicit(&f->count, memory_order_acquire);
}

/* Memory that the codes take. Any thread. */
size_t flat_codes_bytes(const flat_codes *f);

/* Bytes of a row, in its block and by itself. */
size_t flat_codes_row_bytes(const flat_codes *f);

/* Codes the rows that have none, of 0..count, as far as they fill blocks; all of them that are in a slot
 * have codes of 8 bits, and there are some of these. The linker's.
 * Errors: KITH_ERR_NO_MEMORY: what was coded stays coded; to be called again. */
KITH_CHECKED kith_status flat_codes_update(flat_codes *f, const vector_slots *slots, uint32_t count,
                                           kith_error *err);

/* What a scan did. */
typedef struct flat_codes_counters {
    uint64_t blocks;   /* that were estimated */
    uint64_t compared; /* rows that were compared by their vectors */
} flat_codes_counters;

/* Offers the rows of the range that may be among the k nearest, with their distances, to `best`.
 * range   of rows that have codes: range->end <= flat_codes_count, and is a multiple of CODES_BLOCK,
 *         as is range->first
 * errors  standard deviations of an estimate that are left open; above 0
 * s       the caller's own scratch, with the query as vector_rows_prepare wrote it and room for the
 *         codes of it: ids, rows, distances, distance_count and estimate_count are used
 * limit   checked from time to time; NULL: none
 * Any thread. Errors: KITH_ERR_CANCELLED, KITH_ERR_TIMEOUT; `best` has some of the rows then. */
KITH_CHECKED kith_status flat_codes_search(const flat_codes *f, const vector_rows *rows,
                                           const scan_range *range, float errors, topk *best,
                                           search_scratch *s, const call_limit *limit,
                                           kith_error *err);

#endif
