/* gemm_codes.c - weights as codes, and which formats a CPU has.
 * Packing happens once for a model, whose packed weights are then kept, so it is plain C for every
 * instruction set: only the width of a panel differs. */
#include "simd/gemm_codes.h"

#include <math.h>
#include <string.h>

/* An orthogonal transform, its own inverse: blocks of `block` neighbours times a Walsh-Hadamard
 * matrix in natural order, divided by sqrt(block). The encoders do the same in vectors. */
static void rotate(float *row, size_t depth)
{
    size_t block = gemm_rotation(depth);
    float scale = 1 / sqrtf((float)block);
    for (size_t half = 1; half < block; half *= 2) {
        for (size_t k = 0; k < depth; k++) {
            if (k & half) continue;
            float a = row[k], b = row[k + half];
            row[k] = a + b;
            row[k + half] = a - b;
        }
    }
    for (size_t k = 0; k < depth; k++)
        row[k] *= scale;
}

static float largest_of(const float *row, size_t depth)
{
    float largest = 0;
    for (size_t k = 0; k < depth; k++)
        largest = fmaxf(largest, fabsf(row[k]));
    return largest;
}

/* Nearest integer, for |x| < 2^22: an addition, where rintf would be a call for each weight. */
static float round_of(float x)
{
    const float magic = 0x1.8p23f;
    return (x + magic) - magic;
}

static float code_of(float x, float inverse, float levels)
{
    float q = round_of(x * inverse);
    return q > levels ? levels : q < -levels ? -levels : q;
}

/* The scale whose codes of -levels..levels have the least squared error. A few large weights may
 * be cut off so that the many small ones have finer steps: with 8 bits that takes a sixth off the
 * error. */
static float best_scale(const float *row, size_t depth, float levels)
{
    float full = largest_of(row, depth) / levels, best = full;
    double least = INFINITY;
    for (int percent = 100; percent >= 75 && full > 0; percent -= 5) {
        float scale = full * (float)percent / 100;
        double error = 0;
        for (size_t k = 0; k < depth; k++) {
            double off = (double)(code_of(row[k], 1 / scale, levels) * scale) - row[k];
            error += off * off;
        }
        if (error >= least) continue;
        least = error;
        best = scale;
    }
    return best;
}

/* Round to nearest, ties to even, as the instruction does. Weights are finite. */
static uint16_t bf16_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* Where the code of (column, depth k) stands among all codes of the matrix. */
static size_t place_of(const gemm_format *f, size_t padded, size_t depth, size_t column, size_t k)
{
    size_t first = column / f->panel * f->panel;
    size_t width = padded - first < f->panel ? padded - first : f->panel;
    return first * gemm_deep(f, depth) + (k / f->group * width + column - first) * f->group +
           k % f->group;
}

static void put_integers(const gemm_format *f, float levels, const float *row, size_t depth,
                         size_t column, size_t padded, gemm_packed *out)
{
    float scale = best_scale(row, depth, levels);
    int32_t sum = 0;
    for (size_t k = 0; k < depth && scale > 0; k++) {
        int32_t code = (int32_t)code_of(row[k], 1 / scale, levels);
        size_t at = place_of(f, padded, depth, column, k);
        if (f->code_bytes == 1)
            ((int8_t *)out->codes)[at] = (int8_t)code;
        else
            ((int16_t *)out->codes)[at] = (int16_t)code;
        sum += code;
    }
    out->scales[column] = scale;
    out->sums[column] = sum;
}

enum { INT8_WEIGHT_MAX = 127, INT8_ROW_MAX = 255, INT16_MAX_CODE = 32767 };

/* The largest code of an int16 weight. The square root of what an int32 holds, over the depth,
 * would allow an activation to be as large; real weights are far below their largest, so the
 * activations get the room that their sums leave (int16_levels). */
static float int16_weight_max(size_t depth)
{
    float most = floorf(sqrtf((float)INT32_MAX / (float)depth));
    return most < INT16_MAX_CODE ? most : INT16_MAX_CODE;
}

/* The largest activation with which no column's sum of |weight| * activation leaves an int32. */
static float int16_levels(const gemm_format *f, size_t columns, size_t depth,
                          const gemm_packed *packed)
{
    int64_t largest = 1;
    size_t padded = gemm_padded(columns);
    for (size_t n = 0; n < columns; n++) {
        int64_t sum = 0;
        for (size_t k = 0; k < depth; k++) {
            int32_t code = ((const int16_t *)packed->codes)[place_of(f, padded, depth, n, k)];
            sum += code < 0 ? -code : code;
        }
        largest = sum > largest ? sum : largest;
    }
    int64_t levels = INT32_MAX / largest;
    return (float)(levels < INT16_MAX_CODE ? levels : INT16_MAX_CODE);
}

void gemm_pack(const gemm_format *f, const float *weights, size_t columns, size_t depth,
               float *scratch, gemm_packed *out)
{
    size_t padded = gemm_padded(columns);
    float levels = f->precision == GEMM_INT8 ? INT8_WEIGHT_MAX : int16_weight_max(depth);
    memset(out->codes, 0, gemm_codes_bytes(f, columns, depth));
    memset(out->scales, 0, padded * sizeof *out->scales);
    memset(out->sums, 0, padded * sizeof *out->sums);
    for (size_t n = 0; n < columns; n++) {
        memcpy(scratch, weights + n * depth, depth * sizeof *scratch);
        if (f->precision == GEMM_INT8) rotate(scratch, depth);
        if (f->precision != GEMM_BF16) {
            put_integers(f, levels, scratch, depth, n, padded, out);
            continue;
        }
        for (size_t k = 0; k < depth; k++)
            ((uint16_t *)out->codes)[place_of(f, padded, depth, n, k)] = bf16_of(scratch[k]);
    }
    out->levels = INT8_ROW_MAX;
    if (f->precision == GEMM_INT16) out->levels = int16_levels(f, columns, depth, out);
}

#if defined(__x86_64__)
static const gemm_format *avx512_format(gemm_precision precision)
{
    bool vnni = __builtin_cpu_supports("avx512vnni");
    if (precision == GEMM_INT8 && vnni) return &gemm_int8_avx512;
    if (precision == GEMM_INT16 && vnni) return &gemm_int16_avx512;
    if (precision == GEMM_INT16) return &gemm_int16_avx2;
    if (precision == GEMM_BF16 && __builtin_cpu_supports("avx512bf16")) return &gemm_bf16_avx512;
    return NULL;
}
#endif

const gemm_format *gemm_format_of(simd_level level, gemm_precision precision)
{
#if defined(__x86_64__)
    if (level == SIMD_AMX && precision == GEMM_INT8) return &gemm_int8_amx;
    if (level == SIMD_AMX && precision == GEMM_BF16) return &gemm_bf16_amx;
    if (level >= SIMD_AVX512) return avx512_format(precision);
    if (level == SIMD_AVX2 && precision == GEMM_INT16) return &gemm_int16_avx2;
#endif
    return precision == GEMM_INT16 ? &gemm_int16_scalar : NULL;
}

const gemm_format *gemm_fast_format_of(simd_level level, gemm_precision precision)
{
#if defined(__x86_64__)
    if (precision == GEMM_BF16 && level < SIMD_AMX && __builtin_cpu_is("intel")) return NULL;
#endif
    return gemm_format_of(level, precision);
}

const char *gemm_precision_name(gemm_precision precision)
{
    static const char *const names[] = {"int8", "bf16", "int16", "f32"};
    return names[precision];
}
