/* gemm_encode.inc.h - rows of floats to codes, and sums of their products back to floats, written once
 * for every format and instruction set. The file that includes it defines what gemm_vectors.inc.h asks
 * for and
 *
 *   CODE   the C type of an activation's code
 *   ROWS   of a block of codes
 *   VEC_CODES(v)  the codes nearest to a vector's numbers; left out where GCC's conversion from integers must
 *                 do, which in GCC 12 goes number by number for 512 bits
 *   SUM    the vector that sums: of int32_t or of float
 *
 * and one of PRECISION_INT8, PRECISION_INT16 and PRECISION_BF16, which says how rows are encoded and
 * sums scaled. */
#include "simd/gemm_codes.h"
#include "simd/gemm_vectors.inc.h"

typedef int32_t ints __attribute__((vector_size(VECTOR_BYTES)));
typedef CODE codes_of_vector __attribute__((vector_size(LANES * sizeof(CODE))));

INLINE size_t code_stride(size_t depth)
{
    return gemm_code_stride(sizeof(CODE), depth);
}

/* Where in its block a row has its codes from the k-th on. */
INLINE size_t code_offset(size_t k)
{
    return gemm_code_at(ROWS, 0, 0, k * sizeof(CODE));
}

/* ---- rows to codes ---- */

#ifdef PRECISION_INT8

/* Each lane plus its partner, whose index differs in one bit, or the partner minus it where the lane
 * has that bit. Written out: computed in a loop, GCC 12 builds the tables anew for every vector. */
_Static_assert(LANES == 16, "the tables of int8's rotation have a row of lanes");
#define BUTTERFLY(v, signs, ...) (__builtin_shufflevector(v, v, __VA_ARGS__) + (v) * (signs))

INLINE vec rotate_lanes(vec v)
{
    const vec signs1 = {1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1};
    const vec signs2 = {1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1};
    const vec signs4 = {1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1};
    const vec signs8 = {1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1};
    v = BUTTERFLY(v, signs1, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    v = BUTTERFLY(v, signs2, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    v = BUTTERFLY(v, signs4, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    v = BUTTERFLY(v, signs8, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    return v;
}

enum { ROTATION_VECTORS = GEMM_ROTATION_MAX / LANES };

/* Weighs and rotates GEMM_ROTATION_MAX channels. */
INLINE void rotate_block(const float *in, const float *smooth, float *out)
{
    vec v[ROTATION_VECTORS];
    UNROLL
    for (int i = 0; i < ROTATION_VECTORS; i++)
        v[i] = rotate_lanes(vec_load(in + i * LANES) * vec_load(smooth + i * LANES));
    UNROLL
    for (int half = 1; half < ROTATION_VECTORS; half *= 2) {
        UNROLL
        for (int i = 0; i < ROTATION_VECTORS; i++) {
            if (i & half) continue;
            vec a = v[i], b = v[i + half];
            v[i] = a + b;
            v[i + half] = a - b;
        }
    }
    UNROLL
    for (int i = 0; i < ROTATION_VECTORS; i++)
        vec_store(out + i * LANES, v[i]);
}

/* out[padded depth] = row * smooth rotated, times sqrt(block): the row's scale takes the factor up.
 * Zeros in the padding. */
static void rotate(const float *row, const float *smooth, size_t depth, float *out)
{
    size_t block = gemm_rotation(depth);
    if (block == GEMM_ROTATION_MAX) {
        for (size_t k = 0; k < depth; k += block)
            rotate_block(row + k, smooth + k, out + k);
        return;
    }
    for (size_t k = 0; k < gemm_padded(depth); k++)
        out[k] = k < depth ? row[k] * smooth[k] : 0;
    for (size_t half = 1; half < block; half *= 2) {
        for (size_t k = 0; k < depth; k++) {
            if (k & half) continue;
            float a = out[k], b = out[k + half];
            out[k] = a + b;
            out[k + half] = a - b;
        }
    }
}

#endif

/* The nearest integers, for |x| < 2^22; in bf16 the nearest number. */
INLINE codes_of_vector codes_of(vec x)
{
#ifdef VEC_CODES
    return (codes_of_vector)VEC_CODES(x);
#else
    const float magic = 0x1.8p23f;
    ints nearest = (ints)(bits)(x + magic) - (ints)(bits)vec_all(magic);
    return __builtin_convertvector(nearest, codes_of_vector);
#endif
}

#ifndef PRECISION_BF16

/* The scale and zero of row[padded depth], and its codes. A row of zeros has the codes 0 of any
 * scale. */
static gemm_row encode_row(const float *row, size_t padded, float levels, char *out)
{
    vec above = {0}, below = {0}; // the largest and the least, and 0
    for (size_t k = 0; k < padded; k += LANES) {
        vec v = vec_load(row + k);
        above = vec_max(above, v);
        below = vec_min(below, v);
    }
    gemm_row scale = {1, 0};
    float largest = vec_largest(above), least = -vec_largest(-below);
#ifdef PRECISION_INT8
    if (largest - least > 0) scale.scale = (largest - least) / levels;
    scale.zero = (int32_t)(-least / scale.scale + 0.5f);
    const vec lowest = {0};
#else
    float most = larger(largest, -least);
    if (most > 0) scale.scale = most / levels;
    const vec lowest = vec_all(-levels);
#endif
    const vec highest = vec_all(levels), inverse = vec_all(1 / scale.scale);
    const vec zero = vec_all((float)scale.zero);
    for (size_t k = 0; k < padded; k += LANES) {
        vec v = vec_load(row + k) * inverse + zero;
        v = vec_max(vec_min(v, highest), lowest);
        codes_of_vector codes = codes_of(v);
        memcpy(out + code_offset(k), &codes, sizeof codes);
    }
    return scale;
}

#else

static gemm_row encode_row(const float *row, size_t padded, float levels, char *out)
{
    (void)levels;
    for (size_t k = 0; k < padded; k += LANES) {
        codes_of_vector codes = codes_of(vec_load(row + k));
        memcpy(out + code_offset(k), &codes, sizeof codes);
    }
    return (gemm_row){1, 0};
}

#endif

static void encode(const gemm_encode_call *call)
{
    size_t stride = code_stride(call->depth), padded = gemm_padded(call->depth);
#ifdef PRECISION_INT8
    const float unrotated = 1 / sqrtf((float)gemm_rotation(call->depth));
#endif
    for (size_t r = 0; r < call->count; r++) {
        const float *row = call->a + r * call->a_stride;
        char *out = (char *)call->codes + gemm_code_at(ROWS, stride, r, 0);
#ifdef PRECISION_INT8
        rotate(row, call->smooth, call->depth, call->scratch);
        row = call->scratch;
#endif
        call->rows[r] = encode_row(row, padded, call->levels, out);
        if (padded * sizeof(CODE) < stride)
            memset(out + code_offset(padded), 0, stride - padded * sizeof(CODE));
#ifdef PRECISION_INT8
        call->rows[r].scale *= unrotated;
#endif
    }
}

/* ---- sums to floats ---- */

/* What a vector of columns adds to its sums, and multiplies them with. */
typedef struct column_terms {
    vec bias;
#ifndef PRECISION_BF16
    vec scale;
    ints sums;
#endif
} column_terms;

INLINE column_terms load_terms(const gemm_code_call *call, size_t column)
{
    column_terms terms = {.bias = vec_load(call->bias + column)};
#ifndef PRECISION_BF16
    terms.scale = vec_load(call->weights->scales + column);
    memcpy(&terms.sums, call->weights->sums + column, sizeof terms.sums);
#endif
    return terms;
}

/* What a row's sums in these columns stand for. */
INLINE vec scaled(SUM sum, const column_terms *terms, gemm_row row)
{
#ifdef PRECISION_BF16
    (void)row;
    return sum + terms->bias;
#else
#ifdef PRECISION_INT8
    sum -= row.zero * terms->sums;
#endif
    return __builtin_convertvector(sum, vec) * (terms->scale * row.scale) + terms->bias;
#endif
}
