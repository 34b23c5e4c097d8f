/* codes_scalar.c - the kernels over codes in plain C, which the others are held against, and what is
 * the same on every level. */
#include "simd/codes.h"

#include <math.h>
#include <string.h>

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t half_of_float(float value)
{
    const uint16_t largest = 0x7bff;
    const uint16_t sign = (uint16_t)(bits_of(value) >> 16 & 0x8000);
    float size = fabsf(value);
    if (!(size < 65520)) return sign | largest;
    // Below the smallest normal half the steps are 2^-24: adding 0.5 leaves so many in the low bits.
    if (size < 0x1p-14F) return sign | (uint16_t)(bits_of(size + 0.5F) - bits_of(0.5F));
    uint32_t bits = bits_of(size);
    bits += 0xfff + (bits >> 13 & 1); // to nearest, ties to even
    return sign | (uint16_t)((bits >> 13) - ((127 - 15) << 10));
}

float float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31;
    uint32_t fraction = half & 0x3ff;
    if (exponent == 0) return float_of(sign | bits_of((float)fraction * 0x1p-24F));
    if (exponent == 31) return float_of(sign | 0x7f800000 | fraction << 13);
    return float_of(sign | (exponent + (127 - 15)) << 23 | fraction << 13);
}

void codes_put_signs(uint8_t *signs, uint32_t j, const uint16_t *bits, size_t dim)
{
    const uint32_t shift = j < 16 ? 0 : 4;
    const uint8_t kept = (uint8_t)(0xf0 >> shift);
    uint8_t *at = signs + codes_byte(j);
    for (size_t group = 0; group < dim / CODES_GROUP; group++, at += 16)
        *at = (uint8_t)((*at & kept) | (bits[group / 4] >> group % 4 * 4 & 15) << shift);
}

static uint32_t estimate(const codes_block *block, const uint8_t *table, size_t dim, float bound,
                         float *out)
{
    uint32_t below = 0;
    for (uint32_t j = 0; j < CODES_BLOCK; j++) {
        const uint8_t *at = block->signs + codes_byte(j);
        uint32_t sum = 0, shift = j < 16 ? 0 : 4;
        for (size_t group = 0; group < dim / CODES_GROUP; group++)
            sum += table[group * 16 + (at[group * 16] >> shift & 15)];
        float add = float_of_half(block->add[j]), rescale = float_of_half(block->rescale[j]);
        float product = fmaf((float)sum, block->slope, block->offset);
        out[j] = fmaf(fmaf(rescale, product, add), block->scale, block->base);
        below |= (uint32_t)(out[j] < bound) << j;
    }
    return below;
}

static void fill_table(const int8_t *values, size_t dim, uint8_t *table)
{
    for (size_t group = 0; group < dim / CODES_GROUP; group++, values += CODES_GROUP, table += 16)
        for (uint32_t b = 0; b < 16; b++) {
            int32_t entry = 0;
            for (uint32_t d = 0; d < CODES_GROUP; d++)
                entry += (int32_t)(b >> d & 1) * values[d] - (values[d] < 0 ? values[d] : 0);
            table[b] = (uint8_t)entry;
        }
}

static float dot(const int8_t *code, const int16_t *query, size_t dim)
{
    int64_t sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += (int32_t)code[i] * query[i];
    return (float)sum;
}

static void rotate(float *v, const float *factors, size_t dim, size_t first, size_t width)
{
    for (size_t i = 0; i < dim; i++)
        v[i] *= factors[i];
    for (size_t half = 1; half < width; half *= 2)
        for (size_t i = first; i < first + width; i += 2 * half)
            for (size_t j = i; j < i + half; j++) {
                float a = v[j], b = v[j + half];
                v[j] = a + b;
                v[j + half] = a - b;
            }
    for (size_t i = 0; width < dim && i < dim / 2; i++) {
        float a = v[i], b = v[i + dim / 2];
        v[i] = a + b;
        v[i + dim / 2] = a - b;
    }
}

static codes_sums quantise(const float *v, size_t dim, float fine, float coarse, int16_t *values,
                           int8_t *coarse_values)
{
    codes_sums sums = {0};
    for (size_t i = 0; i < dim; i++) {
        const int32_t value = codes_rounded(v[i] * coarse);
        values[i] = (int16_t)codes_rounded(v[i] * fine);
        coarse_values[i] = (int8_t)value;
        sums.all += value;
        sums.negative += value < 0 ? value : 0;
    }
    return sums;
}

static codes_residual residual(const int8_t *parent, float parent_step, const int8_t *child,
                               float child_step, size_t dim, uint16_t *bits)
{
    codes_residual sums = {0};
    memset(bits, 0, dim / 8);
    for (size_t i = 0; i < dim; i++) {
        float from = parent_step * (float)parent[i];
        float r = child_step * (float)child[i] - from;
        if (r > 0) bits[i / 16] = (uint16_t)(bits[i / 16] | 1U << i % 16);
        sums.square += r * r;
        sums.length += fabsf(r);
        sums.along += r > 0 ? from : -from;
    }
    return sums;
}

void codes_row_range(const codes_row_query *q, const codes_row *row, int32_t sum, float *least,
                     float *most)
{
    const float product = q->slope * (float)sum + q->offset;
    const float distance = q->base + row->add + row->rescale * product;
    *least = distance - q->open * row->error;
    *most = distance + q->open * row->error;
}

static void estimate_rows(const codes_row_query *q, const codes_row *const *rows, size_t count,
                          float *least, float *most)
{
    for (size_t i = 0; i < count; i++) {
        int32_t sum = 0;
        codes_prefetch_row(rows, i + CODES_ROWS_AHEAD, count, q->dim);
        for (size_t d = 0; d < q->dim; d++)
            sum += q->values[d] & -(rows[i]->signs[d / 8] >> d % 8 & 1);
        codes_row_range(q, rows[i], sum, &least[i], &most[i]);
    }
}

static size_t nearest(const float *distances, size_t count)
{
    size_t found = 0;
    for (size_t i = 1; i < count; i++)
        found = distances[i] < distances[found] ? i : found;
    return found;
}

static size_t count_within(const float *distances, size_t count, float most)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += distances[i] <= most;
    return found;
}

const simd_codes simd_codes_scalar = {estimate, fill_table,    dot,     rotate,      quantise,
                                      residual, estimate_rows, nearest, count_within};
