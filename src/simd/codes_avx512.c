/* codes_avx512.c - the kernels over codes in registers of 64 bytes; codes.h has the layouts, and
 * codes_avx2.c says how the sums come about. */
#include "simd/codes.h"

#include <immintrin.h>
#include <string.h>

enum { EXACT_GROUPS = 256 };

static inline __m256i fold(__m512i sum)
{
    __m256i half = _mm256_add_epi16(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
    return _mm256_castsi128_si256(
        _mm_add_epi16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}

/* The sums of 16 vectors, even bytes before odd ones. */
static inline __m512i finish_sums(__m512i all, __m512i odd)
{
    __m256i high = fold(odd);
    __m256i low = _mm256_sub_epi16(fold(all), _mm256_slli_epi16(high, 8));
    return _mm512_cvtepu16_epi32(_mm256_inserti128_si256(low, _mm256_castsi256_si128(high), 1));
}

static inline void sum_block(const uint8_t *signs, const uint8_t *ahead, const uint8_t *table,
                             size_t groups, __m512i sums[2])
{
    const __m512i half = _mm512_set1_epi8(15);
    for (size_t done = 0; done < groups; done += EXACT_GROUPS) {
        size_t end = groups - done < EXACT_GROUPS ? groups : done + EXACT_GROUPS;
        __m512i low = _mm512_setzero_si512(), low_odd = low, high = low, high_odd = low;
        for (size_t group = done; group < end; group += 4) {
            __m512i codes = _mm512_loadu_si512(signs + group * 16);
            __builtin_prefetch(ahead + group * 16, 0, CODES_SECOND_LEVEL);
            __m512i values = _mm512_loadu_si512(table + group * 16);
            __m512i a = _mm512_shuffle_epi8(values, _mm512_and_si512(codes, half));
            __m512i b =
                _mm512_shuffle_epi8(values, _mm512_and_si512(_mm512_srli_epi16(codes, 4), half));
            low = _mm512_add_epi16(low, a);
            low_odd = _mm512_add_epi16(low_odd, _mm512_srli_epi16(a, 8));
            high = _mm512_add_epi16(high, b);
            high_odd = _mm512_add_epi16(high_odd, _mm512_srli_epi16(b, 8));
        }
        sums[0] = _mm512_add_epi32(sums[0], finish_sums(low, low_odd));
        sums[1] = _mm512_add_epi32(sums[1], finish_sums(high, high_odd));
    }
}

static uint32_t estimate(const codes_block *block, const uint8_t *table, size_t dim, float bound,
                         float *out)
{
    __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    uint32_t below = 0;
    sum_block(block->signs, block->ahead, table, dim / CODES_GROUP, sums);
    const __m512 slope = _mm512_set1_ps(block->slope), offset = _mm512_set1_ps(block->offset);
    const __m512 scale = _mm512_set1_ps(block->scale), base = _mm512_set1_ps(block->base);
    for (uint32_t part = 0; part < 2; part++) {
        __m512 add =
            _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i_u *)(block->add + part * 16)));
        __m512 rescale =
            _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i_u *)(block->rescale + part * 16)));
        __m512 product = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[part]), slope, offset);
        __m512 distance = _mm512_fmadd_ps(_mm512_fmadd_ps(rescale, product, add), scale, base);
        _mm512_storeu_ps(out + part * 16, distance);
        below |= (uint32_t)_mm512_cmp_ps_mask(distance, _mm512_set1_ps(bound), _CMP_LT_OQ)
                 << part * 16;
    }
    return below;
}

/* Byte b of the mask for dimension d is set where bit d of b is. */
static void fill_table(const int8_t *values, size_t dim, uint8_t *table)
{
    const __m512i number =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m512i zero = _mm512_setzero_si512();
    const __m512i spread = _mm512_shuffle_epi8(_mm512_setr_epi64(0, 0, 4, 4, 8, 8, 12, 12), zero);
    __mmask64 mask[CODES_GROUP];
    for (int d = 0; d < CODES_GROUP; d++)
        mask[d] = _mm512_test_epi8_mask(number, _mm512_set1_epi8((char)(1 << d)));
    for (size_t i = 0; i < dim; i += 4 * CODES_GROUP) {
        __m512i four = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i_u *)(values + i)));
        // What the negative ones of each group sum up to, as the first byte of the group's four.
        __m512i below = _mm512_sub_epi8(zero, _mm512_min_epi8(four, zero));
        below = _mm512_madd_epi16(_mm512_maddubs_epi16(below, _mm512_set1_epi8(1)),
                                  _mm512_set1_epi16(1));
        __m512i sum = _mm512_shuffle_epi8(below, spread), place = spread;
        for (int d = 0; d < CODES_GROUP; d++) {
            sum = _mm512_add_epi8(sum, _mm512_maskz_shuffle_epi8(mask[d], four, place));
            place = _mm512_add_epi8(place, _mm512_set1_epi8(1));
        }
        _mm512_storeu_si512(table + i * 4, sum);
    }
}

/* In 32-bit lanes, each of which takes 2 * 4096 / 32 products of at most 127 * CODES_DOT_MAX. */
static float dot(const int8_t *code, const int16_t *query, size_t dim)
{
    __m512i sum = _mm512_setzero_si512(), other = sum;
    size_t i = 0;
    for (; i + 64 <= dim; i += 64) {
        __m512i a = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i_u *)(code + i)));
        __m512i b = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i_u *)(code + i + 32)));
        sum = _mm512_add_epi32(sum, _mm512_madd_epi16(a, _mm512_loadu_si512(query + i)));
        other = _mm512_add_epi32(other, _mm512_madd_epi16(b, _mm512_loadu_si512(query + i + 32)));
    }
    for (; i < dim; i += CODES_STEP) {
        __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i_u *)(code + i)));
        __m256i q = _mm256_loadu_si256((const __m256i_u *)(query + i));
        other = _mm512_add_epi32(other, _mm512_zextsi256_si512(_mm256_madd_epi16(a, q)));
    }
    __m512i low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(sum));
    __m512i high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(sum, 1));
    low = _mm512_add_epi64(low, _mm512_cvtepi32_epi64(_mm512_castsi512_si256(other)));
    high = _mm512_add_epi64(high, _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(other, 1)));
    return (float)_mm512_reduce_add_epi64(_mm512_add_epi64(low, high));
}

/* Strides 1, 2, 4 and 8 within a register: a lane and its partner become their sum and difference.
 */
static inline __m512 transform_lanes(__m512 x)
{
    x = _mm512_mask_sub_ps(_mm512_add_ps(x, _mm512_permute_ps(x, 0xb1)), 0xaaaa,
                           _mm512_permute_ps(x, 0xb1), x);
    x = _mm512_mask_sub_ps(_mm512_add_ps(x, _mm512_permute_ps(x, 0x4e)), 0xcccc,
                           _mm512_permute_ps(x, 0x4e), x);
    __m512 four = _mm512_shuffle_f32x4(x, x, 0xb1);
    x = _mm512_mask_sub_ps(_mm512_add_ps(x, four), 0xf0f0, four, x);
    __m512 eight = _mm512_shuffle_f32x4(x, x, 0x4e);
    return _mm512_mask_sub_ps(_mm512_add_ps(x, eight), 0xff00, eight, x);
}

/* What is `apart` floats further on and v, of each pair, become their sum and difference. */
static inline void turn(float *v, size_t apart, __mmask16 which)
{
    __m512 a = _mm512_maskz_loadu_ps(which, v), b = _mm512_maskz_loadu_ps(which, v + apart);
    _mm512_mask_storeu_ps(v, which, _mm512_add_ps(a, b));
    _mm512_mask_storeu_ps(v + apart, which, _mm512_sub_ps(a, b));
}

static void rotate(float *v, const float *factors, size_t dim, size_t first, size_t width)
{
    enum { ALL = 0xffff, LOWER_HALF = 0xff };
    for (size_t i = 0; i < dim; i += 16)
        _mm512_storeu_ps(v + i,
                         _mm512_mul_ps(_mm512_loadu_ps(v + i), _mm512_loadu_ps(factors + i)));
    float *part = v + first;
    for (size_t i = 0; i < width; i += 16)
        _mm512_storeu_ps(part + i, transform_lanes(_mm512_loadu_ps(part + i)));
    for (size_t half = 16; half < width; half *= 2)
        for (size_t i = 0; i < width; i += 2 * half)
            for (size_t j = i; j < i + half; j += 16)
                turn(part + j, half, ALL);
    if (width == dim) return;
    size_t i = 0;
    for (; i + 16 <= dim / 2; i += 16)
        turn(v + i, dim / 2, ALL);
    if (i < dim / 2) turn(v + i, dim / 2, LOWER_HALF);
}

static inline __m512i rounded(__m512 value)
{
    const __m512i sign = _mm512_set1_epi32(INT32_MIN);
    const __m512i half = _mm512_castps_si512(_mm512_set1_ps(0.5F));
    const __m512i signed_half =
        _mm512_or_si512(half, _mm512_and_si512(sign, _mm512_castps_si512(value)));
    return _mm512_cvttps_epi32(_mm512_add_ps(value, _mm512_castsi512_ps(signed_half)));
}

static codes_sums quantise(const float *v, size_t dim, float fine, float coarse, int16_t *values,
                           int8_t *coarse_values)
{
    const __m512 by_fine = _mm512_set1_ps(fine), by_coarse = _mm512_set1_ps(coarse);
    const __m512i zero = _mm512_setzero_si512();
    __m512i all = zero, negative = zero;
    for (size_t i = 0; i < dim; i += 16) {
        const __m512 at = _mm512_loadu_ps(v + i);
        const __m512i value = rounded(_mm512_mul_ps(at, by_coarse));
        _mm256_storeu_si256((__m256i_u *)(values + i),
                            _mm512_cvtepi32_epi16(rounded(_mm512_mul_ps(at, by_fine))));
        _mm_storeu_si128((__m128i_u *)(coarse_values + i), _mm512_cvtepi32_epi8(value));
        all = _mm512_add_epi32(all, value);
        negative = _mm512_add_epi32(negative, _mm512_min_epi32(value, zero));
    }
    return (codes_sums){_mm512_reduce_add_epi32(all), _mm512_reduce_add_epi32(negative)};
}

static inline __m512 load_code(const int8_t *code)
{
    __m128i bytes = _mm_loadu_si128((const __m128i_u *)code);
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
}

static codes_residual residual(const int8_t *parent, float parent_step, const int8_t *child,
                               float child_step, size_t dim, uint16_t *bits)
{
    const __m512 from_step = _mm512_set1_ps(parent_step), to_step = _mm512_set1_ps(child_step);
    const __m512 zero = _mm512_setzero_ps();
    __m512 square = zero, length = zero, along = zero;
    for (size_t i = 0; i < dim; i += 16) {
        __m512 from = _mm512_mul_ps(from_step, load_code(parent + i));
        __m512 r = _mm512_sub_ps(_mm512_mul_ps(to_step, load_code(child + i)), from);
        __mmask16 above = _mm512_cmp_ps_mask(r, zero, _CMP_GT_OQ);
        bits[i / 16] = (uint16_t)above;
        square = _mm512_fmadd_ps(r, r, square);
        length = _mm512_add_ps(length, _mm512_abs_ps(r));
        along = _mm512_add_ps(along, _mm512_mask_sub_ps(from, (__mmask16)~above, zero, from));
    }
    return (codes_residual){_mm512_reduce_add_ps(square), _mm512_reduce_add_ps(length),
                            _mm512_reduce_add_ps(along)};
}

/* What the values of a row's bits sum up to, in 16 parts. Its bits are masks for the values of 64 dimensions. In 16-bit
 * lanes, each of which takes 2 * 4096 / 64 values of at most 127. */
static inline __m512i sum_row(const int8_t *values, size_t dim, const uint8_t *signs)
{
    const __m512i one = _mm512_set1_epi8(1);
    __m512i sum = _mm512_setzero_si512();
    size_t d = 0;
    for (; d + 64 <= dim; d += 64) {
        uint64_t set;
        memcpy(&set, signs + d / 8, sizeof set);
        sum = _mm512_add_epi16(sum,
                               _mm512_maddubs_epi16(one, _mm512_maskz_loadu_epi8(set, values + d)));
    }
    if (d < dim) {
        uint64_t set = 0;
        memcpy(&set, signs + d / 8, (dim - d) / 8);
        sum = _mm512_add_epi16(sum,
                               _mm512_maddubs_epi16(one, _mm512_maskz_loadu_epi8(set, values + d)));
    }
    return _mm512_madd_epi16(sum, _mm512_set1_epi16(1));
}

/* Sums of the lanes of each, in order. */
static inline __m128i add_lanes(__m512i a, __m512i b, __m512i c, __m512i d)
{
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* add, rescale and error, and 4 bytes of signs, of which nothing becomes of use. */
static inline __m128 load_factors(const codes_row *row)
{
    return _mm_castsi128_ps(_mm_loadu_si128((const __m128i_u *)row));
}

static inline void estimate_four(const codes_row_query *q, const codes_row *const *rows,
                                 float *least, float *most)
{
    const __m128i sum = add_lanes(
        sum_row(q->values, q->dim, rows[0]->signs), sum_row(q->values, q->dim, rows[1]->signs),
        sum_row(q->values, q->dim, rows[2]->signs), sum_row(q->values, q->dim, rows[3]->signs));
    __m128 add = load_factors(rows[0]), rescale = load_factors(rows[1]);
    __m128 error = load_factors(rows[2]), rest = load_factors(rows[3]);
    _MM_TRANSPOSE4_PS(add, rescale, error, rest);
    const __m128 product =
        _mm_fmadd_ps(_mm_cvtepi32_ps(sum), _mm_set1_ps(q->slope), _mm_set1_ps(q->offset));
    const __m128 nearest = _mm_add_ps(_mm_set1_ps(q->base), add);
    const __m128 distance = _mm_fmadd_ps(rescale, product, nearest);
    const __m128 open = _mm_set1_ps(q->open);
    _mm_storeu_ps(least, _mm_fnmadd_ps(open, error, distance));
    _mm_storeu_ps(most, _mm_fmadd_ps(open, error, distance));
}

static void estimate_rows(const codes_row_query *q, const codes_row *const *rows, size_t count,
                          float *least, float *most)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        for (size_t ahead = i; ahead < i + 4; ahead++)
            codes_prefetch_row(rows, ahead + CODES_ROWS_AHEAD, count, q->dim);
        estimate_four(q, rows + i, least + i, most + i);
    }
    for (; i < count; i++)
        codes_row_range(q, rows[i],
                        _mm512_reduce_add_epi32(sum_row(q->values, q->dim, rows[i]->signs)),
                        &least[i], &most[i]);
}

/* The lanes of the `count` floats, fewer than 16, that are left. */
static inline __mmask16 lanes_of(size_t count)
{
    return (__mmask16)((1U << count) - 1);
}

static size_t nearest(const float *distances, size_t count)
{
    const size_t whole = count / 16 * 16;
    const __mmask16 rest = lanes_of(count - whole);
    const __m512 last = _mm512_mask_loadu_ps(_mm512_set1_ps(INFINITY), rest, distances + whole);
    __m512 least = last;
    for (size_t i = 0; i < whole; i += 16)
        least = _mm512_min_ps(least, _mm512_loadu_ps(distances + i));
    const __m512 smallest = _mm512_set1_ps(_mm512_reduce_min_ps(least));
    for (size_t i = 0; i < whole; i += 16) {
        const unsigned same =
            _mm512_cmp_ps_mask(_mm512_loadu_ps(distances + i), smallest, _CMP_EQ_OQ);
        if (same) return i + (size_t)__builtin_ctz(same);
    }
    return whole + (size_t)__builtin_ctz(_mm512_cmp_ps_mask(last, smallest, _CMP_EQ_OQ));
}

static size_t count_within(const float *distances, size_t count, float most)
{
    const size_t whole = count / 16 * 16;
    const __mmask16 rest = lanes_of(count - whole);
    const __m512 bound = _mm512_set1_ps(most);
    size_t found = (size_t)__builtin_popcount(_mm512_mask_cmp_ps_mask(
        rest, _mm512_maskz_loadu_ps(rest, distances + whole), bound, _CMP_LE_OQ));
    for (size_t i = 0; i < whole; i += 16)
        found += (size_t)__builtin_popcount(
            _mm512_cmp_ps_mask(_mm512_loadu_ps(distances + i), bound, _CMP_LE_OQ));
    return found;
}

const simd_codes simd_codes_avx512 = {estimate, fill_table,    dot,     rotate,      quantise,
                                      residual, estimate_rows, nearest, count_within};
