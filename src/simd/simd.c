/* simd.c - which table of kernels serves this process. */
#include "simd/simd.h"

#include "simd/amx.h"
#include "simd/code_dots.h"
#include "simd/codes.h"
#include "simd/distance.h"
#include "simd/gemm.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

static const simd_kernels tables[] = {
    [SIMD_SCALAR] = {SIMD_SCALAR, &simd_distance_scalar, &simd_gemm_scalar, &simd_codes_scalar,
                     simd_code_dots_scalar, simd_short_code_dots_scalar},
#if defined(__x86_64__)
    [SIMD_AVX2] = {SIMD_AVX2, &simd_distance_avx2, &simd_gemm_avx2, &simd_codes_avx2,
                   simd_code_dots_avx2, simd_short_code_dots_avx2},
    [SIMD_AVX512] = {SIMD_AVX512, &simd_distance_avx512, &simd_gemm_avx512, &simd_codes_avx512,
                     simd_code_dots_avx512, simd_short_code_dots_avx512},
    [SIMD_AMX] = {SIMD_AMX, &simd_distance_avx512, &simd_gemm_avx512, &simd_codes_avx512,
                  simd_code_dots_vnni, simd_short_code_dots_vnni},
#endif
};

#if defined(__x86_64__)
/* With AVX-512 and its instructions for neural networks. */
static const simd_kernels table_vnni = {SIMD_AVX512,         &simd_distance_avx512,
                                        &simd_gemm_avx512,   &simd_codes_avx512,
                                        simd_code_dots_vnni, simd_short_code_dots_vnni};
#endif

static const simd_kernels *table_of(simd_level level)
{
#if defined(__x86_64__)
    if (level == SIMD_AVX512 && __builtin_cpu_supports("avx512vnni")) return &table_vnni;
#endif
    return &tables[level];
}

/* NULL: not chosen yet. Relaxed order suffices: the tables are constant, and choosing twice gives
 * the same one. */
static _Atomic(const simd_kernels *) chosen;

#if defined(__x86_64__)
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

static bool runs(simd_level level)
{
    switch (level) {
    case SIMD_SCALAR:
        return true;
    case SIMD_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case SIMD_AVX512:
        return has_avx512();
    case SIMD_AMX:
        return has_avx512() && __builtin_cpu_supports("avx512vnni") &&
               __builtin_cpu_supports("avx512bf16") && amx_is_usable();
    }
    return false;
}
#else
static bool runs(simd_level level)
{
    return level == SIMD_SCALAR;
}
#endif

simd_level simd_level_best(void)
{
    simd_level level = SIMD_AMX;
    while (!runs(level))
        level--;
    return level;
}

const char *simd_level_name(simd_level level)
{
    switch (level) {
    case SIMD_SCALAR:
        return "scalar";
    case SIMD_AVX2:
        return "avx2";
    case SIMD_AVX512:
        return "avx512";
    case SIMD_AMX:
        return "amx";
    }
    return "unknown";
}

kith_status simd_level_parse(const char *name, simd_level *out, kith_error *err)
{
    for (simd_level level = SIMD_SCALAR; level <= SIMD_AMX; level++) {
        if (strcmp(name, simd_level_name(level)) != 0) continue;
        *out = level;
        return KITH_OK;
    }
    return fail(err, KITH_ERR_INVALID, "unknown kernels '%.32s': scalar, avx2, avx512 or amx",
                name);
}

kith_status simd_select(simd_level level, kith_error *err)
{
    if (!runs(level))
        return fail(err, KITH_ERR_UNSUPPORTED, "this machine does not run the %s kernels",
                    simd_level_name(level));
    atomic_store_explicit(&chosen, table_of(level), memory_order_relaxed);
    return KITH_OK;
}

const simd_kernels *simd(void)
{
    const simd_kernels *kernels = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (kernels) return kernels;
    kernels = table_of(simd_level_best());
    atomic_store_explicit(&chosen, kernels, memory_order_relaxed);
    return kernels;
}
