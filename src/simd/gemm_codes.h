/* gemm_codes.h - products of reduced precision: rows of activations become codes of 8 or 16 bits,
 * weights were made codes when the model was packed, and one instruction multiplies and adds two
 * or four pairs of them where float32 has one.
 *
 *   int8   activations 0..255 around a zero point and a scale of their row, weights -127..127 with
 *          a scale of their column, sums in int32. Both sides are rotated first (see below).
 *   int16  activations and weights signed, a scale of the row and one of the column, sums in int32:
 *          exact as int8, with 11 to 14 bits where that has 8. What AVX2 does as fast as exact
 *          8-bit products (docs/decisions/048).
 *   bf16   the upper half of the float32, rounded to nearest even; sums in float32.
 *
 * Integer sums are exact, and never overflow: how large a code may be is chosen so (gemm_pack).
 * So they are the same on every instruction set; what differs by rounding is only how a sum is
 * scaled and the bias added.
 *
 * Rotation: a few channels of BERT's states are many times larger than the rest, and a row's scale
 * would be theirs. x w' = (x R)(w R)' for an orthogonal R; with R a Walsh-Hadamard matrix over
 * blocks of channels, the large ones are spread evenly over their block. Worst cosine of a text of
 * MiniLM with all products in int8: 0.993 without, 0.9989 with (2,042 tokens of short texts).
 *
 * Every output row is computed by the same operations in the same order whatever the other rows
 * are, as gemm.h says. */
#ifndef KITH_SIMD_GEMM_CODES_H
#define KITH_SIMD_GEMM_CODES_H

#include "simd/gemm.h"

#include <stdbool.h>

/* From the least exact to the most. */
typedef enum gemm_precision { GEMM_INT8, GEMM_BF16, GEMM_INT16, GEMM_FLOAT32 } gemm_precision;

/* A row of codes is filled up with zeros to a multiple of so many bytes. */
enum { GEMM_CODE_ALIGNMENT = 64 };
/* Rows of the tallest block of codes. */
enum { GEMM_CODE_ROWS_MAX = 16 };
/* The deepest product: beyond it an int32 could not hold a sum of int8 products. */
enum { GEMM_DEPTH_MAX = 65536 };
/* Channels that the rotation mixes at most. */
enum { GEMM_ROTATION_MAX = 128 };

/* What a code of a row is worth: (code - zero) * scale. bf16 has 1 and 0. */
typedef struct gemm_row {
    float scale;
    int32_t zero;
} gemm_row;

/* One matrix of weights as codes. The arrays are the caller's. */
typedef struct gemm_packed {
    void *codes;   /* gemm_codes_bytes(), aligned to GEMM_CODE_ALIGNMENT: panels as [deep / group]
                      [PANEL][group], zeros in the padding; deep is gemm_deep() */
    float *scales; /* [padded columns], zeros in the padding; unused by bf16 */
    int32_t *sums; /* [padded columns]: of a column's codes, which is what a zero point of 1 adds */
    float levels;  /* the largest code of an activation: 255, or as int32 sums allow */
} gemm_packed;

/* codes[row] = the codes of a[row] */
typedef struct gemm_encode_call {
    const float *a;      /* [count][padded depth], zeros in the padding */
    const float *smooth; /* [padded depth], int8 alone: what a channel is multiplied with; the
                            weights were packed with its inverse */
    size_t a_stride;     /* floats */
    void *codes;         /* [gemm_code_bytes()], aligned: see gemm_code_at() */
    gemm_row *rows;      /* [count] */
    float *scratch;      /* [gemm_padded(depth)], aligned */
    size_t count, depth;
    float levels; /* gemm_packed.levels of the weights that they meet */
} gemm_encode_call;

/* out[rows][columns] = activation(codes * weights + bias) */
typedef struct gemm_code_call {
    const void *codes; /* by encode of the same format */
    const gemm_row *rows;
    const gemm_packed *weights;
    const float *bias; /* [padded columns], zeros in the padding */
    float *out;
    size_t out_stride; /* floats, >= padded columns */
    size_t count, columns, depth;
    gemm_activation activation;
} gemm_code_call;

/* One format on one instruction set. */
typedef struct gemm_format {
    gemm_precision precision;
    size_t code_bytes; /* 1 or 2 */
    size_t group;      /* codes that one instruction adds up: 4 or 2 */
    size_t step;       /* panels are filled up with zeros to a depth of a multiple of it */
    size_t panel;      /* columns of a full panel */
    size_t rows;       /* of a block of codes: 1, or GEMM_CODE_ROWS_MAX */
    void (*encode)(const gemm_encode_call *call);
    void (*multiply)(const gemm_code_call *call);
    /* Attention with its two products in this format; NULL: it is no faster than float32's. */
    void (*attend)(const gemm_attention_call *call);
} gemm_format;

/* Bytes of one row of codes of `code_bytes` each. */
static inline size_t gemm_code_stride(size_t code_bytes, size_t depth)
{
    size_t bytes = depth * code_bytes;
    return (bytes + GEMM_CODE_ALIGNMENT - 1) / GEMM_CODE_ALIGNMENT * GEMM_CODE_ALIGNMENT;
}

/* Bytes of the codes of `rows` rows: whole blocks. The rows that fill the last one up need no codes. */
static inline size_t gemm_code_bytes(const gemm_format *f, size_t rows, size_t depth)
{
    return (rows + f->rows - 1) / f->rows * f->rows * gemm_code_stride(f->code_bytes, depth);
}

/* Where byte `byte` of a row's codes stands. Blocks of rows follow each other; in one, the first
 * GEMM_CODE_ALIGNMENT bytes of all its rows, then their next. So what a kernel reads of a block is read from front
 * to back, which the CPU fetches ahead: products in tiles take two thirds of the time that rows one after the
 * other take. */
static inline size_t gemm_code_at(size_t block_rows, size_t stride, size_t row, size_t byte)
{
    return row / block_rows * block_rows * stride +
           byte / GEMM_CODE_ALIGNMENT * block_rows * GEMM_CODE_ALIGNMENT +
           row % block_rows * GEMM_CODE_ALIGNMENT + byte % GEMM_CODE_ALIGNMENT;
}

/* The depth of a packed panel. */
static inline size_t gemm_deep(const gemm_format *f, size_t depth)
{
    return (depth + f->step - 1) / f->step * f->step;
}

/* Bytes of gemm_packed.codes; columns and depth such that it fits. */
static inline size_t gemm_codes_bytes(const gemm_format *f, size_t columns, size_t depth)
{
    return gemm_padded(columns) * gemm_deep(f, depth) * f->code_bytes;
}

/* How many neighbouring channels a row of this depth has mixed: the largest power of two up to
 * GEMM_ROTATION_MAX that divides it. */
static inline size_t gemm_rotation(size_t depth)
{
    size_t block = depth & -depth;
    return block < GEMM_ROTATION_MAX ? block : GEMM_ROTATION_MAX;
}

/* Packs weights [columns][depth], as published, for `f`.
 * depth    1..GEMM_DEPTH_MAX
 * scratch  [depth] floats
 * out      its arrays are written, and levels
 * Any thread. */
void gemm_pack(const gemm_format *f, const float *weights, size_t columns, size_t depth,
               float *scratch, gemm_packed *out);

/* The format of a precision for the kernels of `level` on this CPU; NULL when it has none, as for
 * GEMM_FLOAT32, whose products are simd_gemm's. */
const gemm_format *gemm_format_of(simd_level level, gemm_precision precision);
/* The same, but NULL also where products in float32 are as fast: bf16 without AMX on Intel's CPUs, which
 * start one vdpbf16ps a cycle but two multiply-adds of float32 (and two vpdpwssd, for int16). */
const gemm_format *gemm_fast_format_of(simd_level level, gemm_precision precision);
/* "int8", "bf16", "int16", "f32". */
const char *gemm_precision_name(gemm_precision precision);

/* Attention of gemm_bf16_amx. */
void gemm_attend_amx(const gemm_attention_call *call);

extern const gemm_format gemm_int8_amx, gemm_bf16_amx, gemm_int8_avx512, gemm_bf16_avx512,
    gemm_int16_avx512, gemm_int16_avx2, gemm_int16_scalar;

#endif
