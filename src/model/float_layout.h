/* float_layout.h - lays matrices of floats one after another in a single block.
 *
 * The same code that places the matrices also measures them: run over a layout whose block is NULL
 * it only counts, and `used` is then the number of floats to allocate; run again over a layout with
 * a block of that size it returns the matrices' addresses. The two passes cannot disagree as long
 * as both take the same matrices in the same order.
 *
 * Every row is padded to a multiple of GEMM_PAD floats. A block that is aligned to
 * GEMM_ALIGNMENT_BYTES therefore has every matrix, and every row of it, aligned as well. */
#ifndef KITH_MODEL_FLOAT_LAYOUT_H
#define KITH_MODEL_FLOAT_LAYOUT_H

#include "base/size.h"
#include "simd/gemm.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero with `block` set to the memory, or to NULL to count. One thread at a time. */
typedef struct float_layout {
    float *block;  /* borrowed, GEMM_ALIGNMENT_BYTES-aligned; NULL: only count */
    size_t used;   /* floats taken so far */
    bool overflow; /* the count left size_t: `used`, and every later address, means nothing */
} float_layout;

/* Takes the next [rows][gemm_padded(columns)] floats. Returns their address, which is NULL while
 * counting and meaningless after an overflow. The floats are not initialised. */
static inline float *float_layout_take(float_layout *l, size_t rows, size_t columns)
{
    size_t count = 0, end = 0;
    float *matrix = l->block ? l->block + l->used : NULL;
    if (!size_mul(rows, gemm_padded(columns), &count) || !size_add(l->used, count, &end))
        l->overflow = true;
    else
        l->used = end;
    return matrix;
}

#endif
