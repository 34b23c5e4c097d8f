/* codes_avx2.c - the kernels over codes in registers of 32 bytes; codes.h has the layouts. */
#include "simd/codes.h"

#include <immintrin.h>
#include <string.h>

/* Sums of the table's bytes, as two sets of 16-bit lanes for each half of the codes' bytes: all
 * bytes as they lie, the odd ones then counting 256 fold, and the odd ones alone. What the former
 * lose above 65,536 does not matter, since the latter are subtracted in the same arithmetic; of one
 * byte the sum is exact for 260 groups (252 * 260 < 65,536). */
enum { EXACT_GROUPS = 256 };

static inline __m128i fold(__m256i sum)
{
    return _mm_add_epi16(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}

/* Adds the sums of vectors first..first + 16, even bytes before odd ones, to sums [16]. */
static inline void add_sums(__m256i all, __m256i odd, __m256i sums[2])
{
    __m128i high = fold(odd);
    __m128i low = _mm_sub_epi16(fold(all), _mm_slli_epi16(high, 8));
    sums[0] = _mm256_add_epi32(sums[0], _mm256_cvtepu16_epi32(low));
    sums[1] = _mm256_add_epi32(sums[1], _mm256_cvtepu16_epi32(high));
}

static inline void sum_block(const uint8_t *signs, const uint8_t *ahead, const uint8_t *table,
                             size_t groups, __m256i sums[4])
{
    const __m256i half = _mm256_set1_epi8(15);
    for (size_t done = 0; done < groups; done += EXACT_GROUPS) {
        size_t end = groups - done < EXACT_GROUPS ? groups : done + EXACT_GROUPS;
        __m256i low = _mm256_setzero_si256(), low_odd = low, high = low, high_odd = low;
        for (size_t group = done; group < end; group += 2) {
            __m256i codes = _mm256_loadu_si256((const __m256i_u *)(signs + group * 16));
            __builtin_prefetch(ahead + group * 16, 0, CODES_SECOND_LEVEL);
            __m256i values = _mm256_loadu_si256((const __m256i_u *)(table + group * 16));
            __m256i a = _mm256_shuffle_epi8(values, _mm256_and_si256(codes, half));
            __m256i b =
                _mm256_shuffle_epi8(values, _mm256_and_si256(_mm256_srli_epi16(codes, 4), half));
            low = _mm256_add_epi16(low, a);
            low_odd = _mm256_add_epi16(low_odd, _mm256_srli_epi16(a, 8));
            high = _mm256_add_epi16(high, b);
            high_odd = _mm256_add_epi16(high_odd, _mm256_srli_epi16(b, 8));
        }
        add_sums(low, low_odd, sums);
        add_sums(high, high_odd, sums + 2);
    }
}

static uint32_t estimate(const codes_block *block, const uint8_t *table, size_t dim, float bound,
                         float *out)
{
    __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                       _mm256_setzero_si256()};
    uint32_t below = 0;
    sum_block(block->signs, block->ahead, table, dim / CODES_GROUP, sums);
    const __m256 slope = _mm256_set1_ps(block->slope), offset = _mm256_set1_ps(block->offset);
    const __m256 scale = _mm256_set1_ps(block->scale), base = _mm256_set1_ps(block->base);
    for (uint32_t part = 0; part < 4; part++) {
        __m256 add = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)(block->add + part * 8)));
        __m256 rescale =
            _mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)(block->rescale + part * 8)));
        __m256 product = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[part]), slope, offset);
        __m256 distance = _mm256_fmadd_ps(_mm256_fmadd_ps(rescale, product, add), scale, base);
        _mm256_storeu_ps(out + part * 8, distance);
        __m256 is_below = _mm256_cmp_ps(distance, _mm256_set1_ps(bound), _CMP_LT_OQ);
        below |= (uint32_t)_mm256_movemask_ps(is_below) << part * 8;
    }
    return below;
}

/* Byte b of the mask for dimension d is set where bit d of b is. */
static void fill_table(const int8_t *values, size_t dim, uint8_t *table)
{
    const __m256i number = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m256i zero = _mm256_setzero_si256();
    __m256i mask[CODES_GROUP];
    for (int d = 0; d < CODES_GROUP; d++) {
        __m256i bit = _mm256_set1_epi8((char)(1 << d));
        mask[d] = _mm256_cmpeq_epi8(_mm256_and_si256(number, bit), bit);
    }
    const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4,
                                            4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4);
    for (size_t i = 0; i < dim; i += 2 * CODES_GROUP) {
        __m256i two = _mm256_broadcastsi128_si256(_mm_loadl_epi64((const __m128i_u *)(values + i)));
        // What the negative ones of each group sum up to, as the first byte of the group's four.
        __m256i below = _mm256_sub_epi8(zero, _mm256_min_epi8(two, zero));
        below = _mm256_madd_epi16(_mm256_maddubs_epi16(below, _mm256_set1_epi8(1)),
                                  _mm256_set1_epi16(1));
        __m256i sum = _mm256_shuffle_epi8(below, spread), place = spread;
        for (int d = 0; d < CODES_GROUP; d++) {
            sum = _mm256_add_epi8(sum, _mm256_and_si256(_mm256_shuffle_epi8(two, place), mask[d]));
            place = _mm256_add_epi8(place, _mm256_set1_epi8(1));
        }
        _mm256_storeu_si256((__m256i_u *)(table + i * 4), sum);
    }
}

/* In 32-bit lanes, each of which takes 2 * 4096 / 16 products of at most 127 * CODES_DOT_MAX. */
static float dot(const int8_t *code, const int16_t *query, size_t dim)
{
    __m256i sum = _mm256_setzero_si256(), other = sum;
    size_t i = 0;
    for (; i + 32 <= dim; i += 32) {
        __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i_u *)(code + i)));
        __m256i b = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i_u *)(code + i + 16)));
        __m256i qa = _mm256_loadu_si256((const __m256i_u *)(query + i));
        __m256i qb = _mm256_loadu_si256((const __m256i_u *)(query + i + 16));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(a, qa));
        other = _mm256_add_epi32(other, _mm256_madd_epi16(b, qb));
    }
    if (i < dim) {
        __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i_u *)(code + i)));
        __m256i qa = _mm256_loadu_si256((const __m256i_u *)(query + i));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(a, qa));
    }
    int32_t lanes[16];
    int64_t total = 0;
    _mm256_storeu_si256((__m256i_u *)lanes, sum);
    _mm256_storeu_si256((__m256i_u *)(lanes + 8), other);
    for (int lane = 0; lane < 16; lane++)
        total += lanes[lane];
    return (float)total;
}

/* Strides 1, 2 and 4 within a register: a lane and its partner become their sum and difference. */
static inline __m256 transform_lanes(__m256 x)
{
    const __m256 one = _mm256_setr_ps(1, -1, 1, -1, 1, -1, 1, -1);
    const __m256 two = _mm256_setr_ps(1, 1, -1, -1, 1, 1, -1, -1);
    const __m256 four = _mm256_setr_ps(1, 1, 1, 1, -1, -1, -1, -1);
    x = _mm256_fmadd_ps(x, one, _mm256_permute_ps(x, 0xb1));
    x = _mm256_fmadd_ps(x, two, _mm256_permute_ps(x, 0x4e));
    return _mm256_fmadd_ps(x, four, _mm256_permute2f128_ps(x, x, 1));
}

/* What is `apart` floats further on and v, of each pair, become their sum and difference. */
static inline void turn(float *v, size_t apart)
{
    __m256 a = _mm256_loadu_ps(v), b = _mm256_loadu_ps(v + apart);
    _mm256_storeu_ps(v, _mm256_add_ps(a, b));
    _mm256_storeu_ps(v + apart, _mm256_sub_ps(a, b));
}

static void rotate(float *v, const float *factors, size_t dim, size_t first, size_t width)
{
    for (size_t i = 0; i < dim; i += 8)
        _mm256_storeu_ps(v + i,
                         _mm256_mul_ps(_mm256_loadu_ps(v + i), _mm256_loadu_ps(factors + i)));
    float *part = v + first;
    for (size_t i = 0; i < width; i += 16) {
        __m256 a = transform_lanes(_mm256_loadu_ps(part + i));
        __m256 b = transform_lanes(_mm256_loadu_ps(part + i + 8));
        _mm256_storeu_ps(part + i, _mm256_add_ps(a, b));
        _mm256_storeu_ps(part + i + 8, _mm256_sub_ps(a, b));
    }
    for (size_t half = 16; half < width; half *= 2)
        for (size_t i = 0; i < width; i += 2 * half)
            for (size_t j = i; j < i + half; j += 8)
                turn(part + j, half);
    for (size_t i = 0; width < dim && i < dim / 2; i += 8)
        turn(v + i, dim / 2);
}

static inline __m256i rounded(const float *v, __m256 scale)
{
    const __m256 sign = _mm256_set1_ps(-0.0F), half = _mm256_set1_ps(0.5F);
    const __m256 value = _mm256_mul_ps(_mm256_loadu_ps(v), scale);
    return _mm256_cvttps_epi32(
        _mm256_add_ps(value, _mm256_or_ps(half, _mm256_and_ps(sign, value))));
}

static inline int32_t total_int(__m256i sum)
{
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1)));
}

static codes_sums quantise(const float *v, size_t dim, float fine, float coarse, int16_t *values,
                           int8_t *coarse_values)
{
    const __m256 by_fine = _mm256_set1_ps(fine), by_coarse = _mm256_set1_ps(coarse);
    const __m256i zero = _mm256_setzero_si256();
    __m256i all = zero, negative = zero;
    for (size_t i = 0; i < dim; i += 16) {
        const __m256i low = rounded(v + i, by_coarse), high = rounded(v + i + 8, by_coarse);
        // Packing works within halves of a register: the quarters are put in order after it.
        const __m256i fine_values = _mm256_permute4x64_epi64(
            _mm256_packs_epi32(rounded(v + i, by_fine), rounded(v + i + 8, by_fine)), 0xd8);
        const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
        _mm256_storeu_si256((__m256i_u *)(values + i), fine_values);
        _mm_storeu_si128(
            (__m128i_u *)(coarse_values + i),
            _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
        all = _mm256_add_epi32(all, _mm256_add_epi32(low, high));
        negative = _mm256_add_epi32(
            negative, _mm256_add_epi32(_mm256_min_epi32(low, zero), _mm256_min_epi32(high, zero)));
    }
    return (codes_sums){total_int(all), total_int(negative)};
}

static inline float total(__m256 sum)
{
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

static inline __m256 load_code(const int8_t *code)
{
    __m128i bytes = _mm_loadl_epi64((const __m128i_u *)code);
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

static codes_residual residual(const int8_t *parent, float parent_step, const int8_t *child,
                               float child_step, size_t dim, uint16_t *bits)
{
    const __m256 from_step = _mm256_set1_ps(parent_step), to_step = _mm256_set1_ps(child_step);
    const __m256 sign = _mm256_set1_ps(-0.0F), zero = _mm256_setzero_ps();
    __m256 square = zero, length = zero, along = zero;
    for (size_t i = 0; i < dim; i += 8) {
        __m256 from = _mm256_mul_ps(from_step, load_code(parent + i));
        __m256 r = _mm256_sub_ps(_mm256_mul_ps(to_step, load_code(child + i)), from);
        __m256 above = _mm256_cmp_ps(r, zero, _CMP_GT_OQ);
        uint32_t mask = (uint32_t)_mm256_movemask_ps(above);
        bits[i / 16] = (uint16_t)(i % 16 ? bits[i / 16] | mask << 8 : mask);
        square = _mm256_fmadd_ps(r, r, square);
        length = _mm256_add_ps(length, _mm256_andnot_ps(sign, r));
        along = _mm256_add_ps(along, _mm256_xor_ps(from, _mm256_andnot_ps(above, sign)));
    }
    return (codes_residual){total(square), total(length), total(along)};
}

static inline int32_t add_lanes(__m256i sum)
{
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

/* The values of the dimensions whose bits are set; bit i of `bits` is that of byte i. */
static inline __m256i values_at(__m256i values, uint32_t bits)
{
    const __m256i spread =
        _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201);
    __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int32_t)bits), spread);
    return _mm256_and_si256(values, _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit));
}

static int32_t sum_of_row(const int8_t *values, size_t dim, const uint8_t *signs)
{
    const __m256i one = _mm256_set1_epi8(1), pairs = _mm256_set1_epi16(1);
    __m256i sum = _mm256_setzero_si256();
    size_t d = 0;
    for (; d + 32 <= dim; d += 32) {
        uint32_t bits;
        memcpy(&bits, signs + d / 8, sizeof bits);
        __m256i set = values_at(_mm256_loadu_si256((const __m256i_u *)(values + d)), bits);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(one, set), pairs));
    }
    if (d < dim) { // 16 of them
        uint16_t bits;
        memcpy(&bits, signs + d / 8, sizeof bits);
        __m256i last = _mm256_zextsi128_si256(_mm_loadu_si128((const __m128i_u *)(values + d)));
        __m256i set = values_at(last, bits);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(one, set), pairs));
    }
    return add_lanes(sum);
}

static void estimate_rows(const codes_row_query *q, const codes_row *const *rows, size_t count,
                          float *least, float *most)
{
    for (size_t i = 0; i < count; i++) {
        codes_prefetch_row(rows, i + CODES_ROWS_AHEAD, count, q->dim);
        codes_row_range(q, rows[i], sum_of_row(q->values, q->dim, rows[i]->signs), &least[i],
                        &most[i]);
    }
}

static size_t nearest(const float *distances, size_t count)
{
    __m256 least = _mm256_set1_ps(INFINITY);
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        least = _mm256_min_ps(least, _mm256_loadu_ps(distances + i));
    __m128 half = _mm_min_ps(_mm256_castps256_ps128(least), _mm256_extractf128_ps(least, 1));
    half = _mm_min_ps(half, _mm_movehl_ps(half, half));
    float smallest = _mm_cvtss_f32(_mm_min_ss(half, _mm_movehdup_ps(half)));
    for (; i < count; i++)
        smallest = distances[i] < smallest ? distances[i] : smallest;
    const __m256 wanted = _mm256_set1_ps(smallest);
    for (i = 0; i + 8 <= count; i += 8) {
        const int same =
            _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(distances + i), wanted, _CMP_EQ_OQ));
        if (same) return i + (size_t)__builtin_ctz((unsigned)same);
    }
    while (i + 1 < count && distances[i] != smallest)
        i++;
    return i;
}

static size_t count_within(const float *distances, size_t count, float most)
{
    const __m256 bound = _mm256_set1_ps(most);
    size_t found = 0, i = 0;
    for (; i + 8 <= count; i += 8)
        found += (size_t)__builtin_popcount((unsigned)_mm256_movemask_ps(
            _mm256_cmp_ps(_mm256_loadu_ps(distances + i), bound, _CMP_LE_OQ)));
    for (; i < count; i++)
        found += distances[i] <= most;
    return found;
}

const simd_codes simd_codes_avx2 = {estimate, fill_table,    dot,     rotate,      quantise,
                                    residual, estimate_rows, nearest, count_within};
