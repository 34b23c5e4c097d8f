/* codes.h - kernels over the codes that a search navigates by: one table per instruction set.
 *
 * Vectors are those of the coded domain (vector/coder.h): rotated, and padded with zeros to `dim`, a
 * multiple of CODES_STEP.
 *
 * Sign codes. A block holds CODES_BLOCK vectors, one bit a dimension, so that one shuffle looks up
 * four dimensions of sixteen vectors (FastScan; Andre, Kermarrec & Le Scouarnec 2015). Four
 * dimensions, a group, take 16 bytes, group after group. In them vector j has the low half of its
 * byte when j < 16, else the high one; vectors 0..7 and 16..23 have the even bytes in order, vectors
 * 8..15 and 24..31 the odd ones: so the 16-bit lanes into which bytes are summed end in the order of
 * the vectors. Bit i of the half is dimension i of the group.
 *
 * A table has for each group 16 bytes: entry b is the sum of the query's values, whole numbers, at
 * the bits that are set in b, less the sum of the group's negative values, so that none is below 0. The
 * values are -CODES_QUERY_MAX..CODES_QUERY_MAX, so that an entry fits a byte. */
#ifndef KITH_SIMD_CODES_H
#define KITH_SIMD_CODES_H

#include "simd/simd.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CODES_BLOCK = 32,     /* vectors of a block */
    CODES_STEP = 16,      /* dimensions come in multiples of it */
    CODES_GROUP = 4,      /* dimensions of a group */
    CODES_QUERY_MAX = 63, /* of the values of a table */
    CODES_DOT_MAX = 16383 /* of a query's values in `dot`: 4096 products of it by 127 stay exact */
};

/* What turns the sums of a block into distances:
 * base + scale * (add[j] + rescale[j] * (slope * sum + offset)) */
typedef struct codes_block {
    const uint8_t *signs; /* [CODES_BLOCK * dim / 8], aligned to 16 bytes */
    /* As many bytes, which are asked for meanwhile, into the second level of the cache; `signs` itself: nothing is. */
    const uint8_t *ahead;
    const uint16_t *add, *rescale; /* [CODES_BLOCK] of half precision, aligned to 32 bytes */
    float base, scale;             /* the block's */
    float slope, offset;           /* the query's */
} codes_block;

/* The sign code of a vector by itself: what its distance may be is taken to be
 * base + add + rescale * (slope * sum + offset), less and more open * error,
 * the sum being that of the query's values whose bits are set. 16 bytes and more of it can be read. */
typedef struct codes_row {
    float add, rescale, error;
    uint8_t signs[]; /* [dim / 8] bit d % 8 of byte d / 8 is that of dimension d */
} codes_row;

typedef struct codes_row_query {
    const int8_t *values; /* [dim], above -128 */
    size_t dim;
    float base, slope, offset;
    float open; /* times a row's error: what is left open */
} codes_row_query;

/* What a sign code of child less parent is made of; r is that difference. */
typedef struct codes_residual {
    float square; /* sum of r[i]^2 */
    float length; /* sum of |r[i]| */
    float along;  /* sum of parent[i] * sign(r[i]), the sign of 0 being negative */
} codes_residual;

/* Of the coarse values of a query. */
typedef struct codes_sums {
    int32_t all, negative; /* of those below 0 */
} codes_sums;

struct simd_codes {
    /* out[j] = the distance of vector j of the block; bit j of the result: it is below `bound`.
     * table [16 * dim / CODES_GROUP], aligned to 16 bytes; out [CODES_BLOCK] */
    uint32_t (*estimate)(const codes_block *block, const uint8_t *table, size_t dim, float bound,
                         float *out);
    /* The table of values[dim]. */
    void (*fill_table)(const int8_t *values, size_t dim, uint8_t *table);
    /* Sum of code[i] * query[i]; |query[i]| <= CODES_DOT_MAX, code[i] > -128; any alignment. */
    float (*dot)(const int8_t *code, const int16_t *query, size_t dim);
    /* A round of a rotation: multiplies v[dim] by factors[dim], transforms the `width` floats from `first` on by Walsh and
     * Hadamard, unscaled, and, where that is not all, turns the halves against each other: their sum and difference take their
     * places. width is a power of 2, at least CODES_STEP; first and dim are multiples of CODES_STEP. */
    void (*rotate)(float *v, const float *factors, size_t dim, size_t first, size_t width);
    /* values[i] = v[i] * fine and coarse_values[i] = v[i] * coarse, each rounded, halves away from zero. All arrays [dim],
     * a multiple of CODES_STEP; the products are at most CODES_DOT_MAX and CODES_QUERY_MAX, or a half more, either way. */
    codes_sums (*quantise)(const float *v, size_t dim, float fine, float coarse, int16_t *values,
                           int8_t *coarse_values);
    /* Of child_step * child[i] - parent_step * parent[i]: the signs, bit i % 16 of bits[i / 16] being
     * set where it is above 0, and the sums. */
    codes_residual (*residual)(const int8_t *parent, float parent_step, const int8_t *child,
                               float child_step, size_t dim, uint16_t *bits);
    /* least[i], most[i] = the distance that row i may have; see codes_row. The rows that follow are asked for
     * meanwhile. */
    void (*estimate_rows)(const codes_row_query *query, const codes_row *const *rows, size_t count,
                          float *least, float *most);
    /* The place of the smallest of distances[count], the first of equal ones; count >= 1, and none is NaN. */
    size_t (*nearest)(const float *distances, size_t count);
    /* How many of distances[count] are at most `most`. */
    size_t (*count_within)(const float *distances, size_t count, float most);
};

enum { CODES_SECOND_LEVEL = 2 /* of the cache, to __builtin_prefetch */ };

enum { CODES_ROWS_AHEAD = 32 /* rows that are asked for before they are estimated */ };

/* Asks for rows[i], if there is one. */
static inline void codes_prefetch_row(const codes_row *const *rows, size_t i, size_t count,
                                      size_t dim)
{
    enum { LINE = 64 };
    if (i >= count) return;
    const char *row = (const char *)rows[i];
    for (size_t at = 0; at < sizeof(codes_row) + dim / 8; at += LINE)
        __builtin_prefetch(row + at);
}

/* ---- in plain C, for all levels ---- */

/* Half precision, rounded to nearest; what is too large becomes the largest half, NaN too. */
uint16_t half_of_float(float value);
float float_of_half(uint16_t half);

/* What the distance of a row may be whose sum is known. */
void codes_row_range(const codes_row_query *q, const codes_row *row, int32_t sum, float *least,
                     float *most);

/* Halves away from zero. |value| < 2^31. Without a branch: the sign of a coordinate is as good as random. */
static inline int32_t codes_rounded(float value)
{
    return (int32_t)(value + copysignf(0.5F, value));
}

/* Makes bits[dim / 16] vector j of the block whose signs are `signs`. */
void codes_put_signs(uint8_t *signs, uint32_t j, const uint16_t *bits, size_t dim);

/* Where vector j of a block has its half of a byte in each group. */
static inline uint32_t codes_byte(uint32_t j)
{
    uint32_t v = j % 16;
    return v < 8 ? 2 * v : 2 * (v - 8) + 1;
}

extern const simd_codes simd_codes_scalar, simd_codes_avx2, simd_codes_avx512;

#endif
