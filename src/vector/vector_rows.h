/* vector_rows.h - the rows that every kind of search compares: padded, aligned, ready for the
 * kernels. A row holds `dim` floats and zeros up to `stride`, the next multiple of a cache line, so
 * that every row starts on a line and the kernels need no tail loop; the zeros add nothing to a dot
 * product or to a squared distance. Under cosine the vector is stored scaled to length 1, which
 * makes cosine distance 1 - dot product.
 *
 * Rows that are cold (cold_rows.h) are on a disk, and read into a room of the caller's when they are wanted. They become so
 * once and for all, beside readers.
 *
 * Threads: one thread at a time appends and truncates. Any number may meanwhile read rows that were
 * published to them (region.h); rows never move, and change only when nobody can be reading them
 * (vector_slots.h). */
#ifndef KITH_VECTOR_VECTOR_ROWS_H
#define KITH_VECTOR_VECTOR_ROWS_H

#include "base/status.h"
#include "vector/cold_rows.h"
#include "vector/lazy_part.h"
#include "vector/region.h"

#include <kith/types.h>
#include <stdatomic.h>
#include <stdint.h>

/* The top bit of a row id is used as a tag, by the graph's links and by a search's candidates. */
enum { VECTOR_ROWS_MAX = 0x7fffffff };

typedef struct vector_rows {
    kith_metric metric;
    uint32_t dim, stride; /* floats; stride is `dim` rounded up to a multiple of 16 */
    /* Rows that were appended. Relaxed order is enough: whoever may read a row learnt of it from
     * its publication and not from here. */
    _Atomic(uint32_t) count;
    region memory;   /* f32[stride] each */
    lazy_array lazy; /* those that are read when they are wanted */
    _Atomic(cold_rows *)
        cold; /* owned; NULL: they are in memory. Else `memory` is for who began before, or empty */
} vector_rows;

/* No rows of `dim` floats; takes no memory. dim 1..KITH_DIMENSION_MAX */
void vector_rows_init(vector_rows *v, kith_metric metric, uint32_t dim);
void vector_rows_done(vector_rows *v);

/* Any thread. */
static inline uint32_t vector_rows_count(const vector_rows *v)
{
    return atomic_load_explicit(&v->count, memory_order_relaxed);
}

/* Makes room for `count` rows in all. The appending thread's.
 * Errors: KITH_ERR_LIMIT when count > VECTOR_ROWS_MAX; KITH_ERR_NO_MEMORY. Nothing changed then. */
KITH_CHECKED kith_status vector_rows_reserve(vector_rows *v, uint32_t count, kith_error *err);

/* Stores `vector` [dim] as the next row. The appending thread's; room must have been reserved. */
void vector_rows_append(vector_rows *v, const float *vector);
/* The same as row `row` <= count, in whose place there is none that anybody reads. */
void vector_rows_put(vector_rows *v, uint32_t row, const float *vector);
/* Takes back the rows from `count` on, which nobody was shown. The appending thread's. */
void vector_rows_truncate(vector_rows *v, uint32_t count);

/* Of rows in memory, which nobody else reads: row n becomes moved[n], or is dropped where that is UINT32_MAX, and the others are
 * 0..count in their order. Memory of what is dropped is given back; meanwhile both are there. moved [rows]
 * Errors: KITH_ERR_NO_MEMORY; nothing has changed. */
KITH_CHECKED kith_status vector_rows_pack(vector_rows *v, const uint32_t *moved, uint32_t count,
                                          kith_error *err);

/* NULL: the rows are in memory. */
static inline cold_rows *vector_rows_cold(const vector_rows *v)
{
    return atomic_load_explicit(&v->cold, memory_order_acquire);
}

/* The row of those in memory as it is stored, [stride] floats; valid until vector_rows_done. */
static inline float *vector_rows_at(const vector_rows *v, uint32_t row)
{
    lazy_need(&v->lazy, row);
    return region_at(&v->memory, row);
}

/* The row, wherever it is: in memory, or read to `room` [stride], aligned to 64 bytes. Of cold rows good for as long as
 * cold_rows.h says. */
const float *vector_rows_read(const vector_rows *v, uint32_t row, float *room);

/* Writes `vector` [dim] in the form of a row to `out` [stride]: padded with zeros and, under
 * cosine, scaled to length 1 (a zero vector stays zero). The two must not overlap. */
void vector_rows_prepare(const vector_rows *v, const float *vector, float *out);

/* out[i] = distance from `prepared` [stride], a row or the output of vector_rows_prepare, to row
 * ids[i]; ids and out [count], count may be 0. Smaller is nearer: the squared Euclidean distance,
 * or 1 - dot product under cosine and inner product. Sums that overflow, and NaN, come out as
 * +-FLT_MAX, so that distances always have an order. */
void vector_rows_distances(const vector_rows *v, const float *prepared, const uint32_t *ids,
                           size_t count, float *out);
/* The same for rows whose addresses the caller has: rows [count]. */
void vector_rows_compare(const vector_rows *v, const float *prepared, const float *const *rows,
                         size_t count, float *out);
/* The same for one row. */
float vector_rows_distance(const vector_rows *v, const float *prepared, uint32_t row);

/* Have the two rows equal vectors? */
bool vector_rows_are_equal(const vector_rows *v, uint32_t a, uint32_t b);

/* Verifies the shape of the rows: the stride, room for `count` rows, finite floats, zero padding.
 * Not that rows have length 1 under cosine: an index file is believed in that. O(count * stride).
 * Not beside an append. KITH_ERR_CORRUPT names the first row that is wrong. */
KITH_CHECKED kith_status vector_rows_check(const vector_rows *v, kith_error *err);

#endif
