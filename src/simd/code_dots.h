/* code_dots.h - dot products of a code of 8 bits with many others, of 8 bits or of 4, one function per instruction set;
 * for the files of this module. Each file writes its kernel for one pair; what goes around it is the
 * same for all and is inlined from here.
 *
 * Values are -127..127: so the product of two, and the sum of two products in 16 bits, are exact
 * whichever sign is moved from one factor to the other, and a sum over 4,096 dimensions fits 32 bits. */
#ifndef KITH_SIMD_CODE_DOTS_H
#define KITH_SIMD_CODE_DOTS_H

#include "simd/simd.h"

void simd_code_dots_scalar(const int8_t *query, size_t dim, const int8_t *const *codes,
                           size_t count, int32_t *out);
void simd_code_dots_avx2(const int8_t *query, size_t dim, const int8_t *const *codes, size_t count,
                         int32_t *out);
void simd_code_dots_avx512(const int8_t *query, size_t dim, const int8_t *const *codes,
                           size_t count, int32_t *out);
void simd_code_dots_vnni(const int8_t *query, size_t dim, const int8_t *const *codes, size_t count,
                         int32_t *out);

void simd_short_code_dots_scalar(const int8_t *query, size_t dim, const uint8_t *const *codes,
                                 size_t count, int32_t *out);
void simd_short_code_dots_avx2(const int8_t *query, size_t dim, const uint8_t *const *codes,
                               size_t count, int32_t *out);
void simd_short_code_dots_avx512(const int8_t *query, size_t dim, const uint8_t *const *codes,
                                 size_t count, int32_t *out);
void simd_short_code_dots_vnni(const int8_t *query, size_t dim, const uint8_t *const *codes,
                               size_t count, int32_t *out);

typedef int32_t (*code_dot_kernel)(const int8_t *query, const int8_t *code, size_t dim);

/* Codes are scattered, and short enough to be asked for whole. */
enum { CODE_DOTS_AHEAD = 3, CODE_DOTS_LINE = 64 };

static inline __attribute__((always_inline)) void code_dots_each(const int8_t *query, size_t dim,
                                                                 const int8_t *const *codes,
                                                                 size_t count, int32_t *out,
                                                                 code_dot_kernel kernel)
{
    for (size_t i = 0; i < count; i++) {
        if (i + CODE_DOTS_AHEAD < count)
            for (size_t at = 0; at < dim; at += CODE_DOTS_LINE)
                __builtin_prefetch(codes[i + CODE_DOTS_AHEAD] + at);
        out[i] = kernel(query, codes[i], dim);
    }
}

/* Kernels of short codes multiply their halves of bytes as they are, which are 8 more than the values. */
enum { SHORT_CODE_ZERO = 8 };

typedef int32_t (*short_code_dot_kernel)(const int8_t *query, const uint8_t *code, size_t half);

/* With what stands behind it, mostly. */
static inline void prefetch_short_code(const uint8_t *code, size_t half)
{
    for (size_t at = 0; at <= half; at += CODE_DOTS_LINE)
        __builtin_prefetch(code + at);
}

/* sum_of_query: of its values */
static inline __attribute__((always_inline)) void
short_code_dots_each(const int8_t *query, size_t dim, const uint8_t *const *codes, size_t count,
                     int32_t *out, int32_t sum_of_query, short_code_dot_kernel kernel)
{
    for (size_t i = 0; i < count; i++) {
        if (i + CODE_DOTS_AHEAD < count) prefetch_short_code(codes[i + CODE_DOTS_AHEAD], dim / 2);
        out[i] = kernel(query, codes[i], dim / 2) - SHORT_CODE_ZERO * sum_of_query;
    }
}

/* In plain C; compilers use what the instruction set has. Once for many codes. */
static inline int32_t sum_of_values(const int8_t *query, size_t dim)
{
    int32_t sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += query[i];
    return sum;
}

#endif
