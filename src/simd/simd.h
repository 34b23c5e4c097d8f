/* simd.h - kernels for each instruction set, of which the CPU's best is chosen once.
 * Each instruction set has translation units of its own, compiled with its flags; the rest of kith
 * is compiled for any CPU and calls through the table below. Results of one level are bit-identical
 * from run to run and do not depend on the size of a batch; levels differ in rounding. */
#ifndef KITH_SIMD_SIMD_H
#define KITH_SIMD_SIMD_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* AMX is AVX-512 with VNNI and BF16, and the encoder's products in tiles. */
typedef enum simd_level { SIMD_SCALAR, SIMD_AVX2, SIMD_AVX512, SIMD_AMX } simd_level;

/* Distances between two float vectors of `dim` elements, any alignment, dim >= 1. Nothing past the
 * last element is read. The `_rows` forms compare one query with many rows, out[i] with rows[i]
 * [dim], bit for bit as the single forms do; they fetch ahead, which pays when rows are scattered. */
typedef struct simd_distance {
    float (*dot)(const float *a, const float *b, size_t dim);
    float (*squared_l2)(const float *a, const float *b, size_t dim);
    void (*dot_rows)(const float *query, size_t dim, const float *const *rows, size_t count,
                     float *out);
    void (*squared_l2_rows)(const float *query, size_t dim, const float *const *rows, size_t count,
                            float *out);
} simd_distance;

/* The encoder's kernels; see gemm.h. */
typedef struct simd_gemm simd_gemm;

/* The kernels of navigating by codes; see codes.h. */
typedef struct simd_codes simd_codes;

/* out[i] = the sum of query[d] * codes[i][d], exactly. query and each code [dim] of -127..127, any
 * alignment; dim a multiple of 16, at most 4096 + 16. Nothing past the last value is read. */
typedef void (*simd_code_dots)(const int8_t *query, size_t dim, const int8_t *const *codes,
                               size_t count, int32_t *out);

/* The same with codes of 4 bits: value d of codes[i] [dim / 2] is the low half of byte d, less 8, and value dim / 2 + d the
 * high half. query [dim] of -127..127. Exact for whatever bytes there are. */
typedef void (*simd_short_code_dots)(const int8_t *query, size_t dim, const uint8_t *const *codes,
                                     size_t count, int32_t *out);

typedef struct simd_kernels {
    simd_level level;
    const simd_distance *distance;
    const simd_gemm *gemm;
    const simd_codes *codes;
    simd_code_dots code_dots;
    simd_short_code_dots short_code_dots;
} simd_kernels;

/* The best level that this CPU runs. Where it has AMX, the process asks for it (amx.h). Any thread. */
simd_level simd_level_best(void);
/* "scalar", "avx2", "avx512", "amx". */
const char *simd_level_name(simd_level level);
/* KITH_ERR_INVALID for any other name; *out untouched. */
KITH_CHECKED kith_status simd_level_parse(const char *name, simd_level *out, kith_error *err);

/* Forces a level for tests and measurements; one below SIMD_AMX asks for nothing. KITH_ERR_UNSUPPORTED when
 * the CPU lacks it, or the kernel forbids it. Call it before any other thread starts. */
KITH_CHECKED kith_status simd_select(simd_level level, kith_error *err);
/* The chosen table; the best level unless simd_select was called. Any thread. */
const simd_kernels *simd(void);

#endif
