/* code_dots_vnni.c - 64 products at once and their sums in one instruction, which multiplies bytes
 * without a sign by bytes with one. So 128 is added to each value of the code, and what the query's
 * values times 128 sum up to is subtracted at the end: that is the same for all codes. */
#include "simd/code_dots.h"

#include <immintrin.h>

static inline __m512i load_rest(const int8_t *at, size_t count)
{
    return _mm512_maskz_loadu_epi8((UINT64_C(1) << count) - 1, at);
}

/* Of each value of the code, as a byte without a sign that is 128 more, with the query's. */
static inline int32_t raised_dot(const int8_t *query, const int8_t *code, size_t dim)
{
    const __m512i raise = _mm512_set1_epi8((char)0x80);
    __m512i sum = _mm512_setzero_si512(), other = sum;
    size_t i = 0;
    for (; i + 128 <= dim; i += 128) {
        __m512i a = _mm512_xor_si512(_mm512_loadu_si512(code + i), raise);
        __m512i b = _mm512_xor_si512(_mm512_loadu_si512(code + i + 64), raise);
        sum = _mm512_dpbusd_epi32(sum, a, _mm512_loadu_si512(query + i));
        other = _mm512_dpbusd_epi32(other, b, _mm512_loadu_si512(query + i + 64));
    }
    for (; i + 64 <= dim; i += 64) {
        __m512i a = _mm512_xor_si512(_mm512_loadu_si512(code + i), raise);
        sum = _mm512_dpbusd_epi32(sum, a, _mm512_loadu_si512(query + i));
    }
    if (i < dim) { // what is past the end is 128 in the code, and 0 in the query
        __m512i a = _mm512_xor_si512(load_rest(code + i, dim - i), raise);
        other = _mm512_dpbusd_epi32(other, a, load_rest(query + i, dim - i));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(sum, other));
}

static int32_t sum_of(const int8_t *query, size_t dim)
{
    const __m512i one = _mm512_set1_epi8(1);
    __m512i sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= dim; i += 64)
        sum = _mm512_dpbusd_epi32(sum, one, _mm512_loadu_si512(query + i));
    if (i < dim) sum = _mm512_dpbusd_epi32(sum, one, load_rest(query + i, dim - i));
    return _mm512_reduce_add_epi32(sum);
}

void simd_code_dots_vnni(const int8_t *query, size_t dim, const int8_t *const *codes, size_t count,
                         int32_t *out)
{
    const int32_t raised = 128 * sum_of(query, dim);
    code_dots_each(query, dim, codes, count, out, raised_dot);
    for (size_t i = 0; i < count; i++)
        out[i] -= raised;
}

/* Halves of bytes have no sign as they are. The sum of what the 16 numbers are is the product. */
static inline __m512i short_products(const int8_t *query, const uint8_t *code, size_t half)
{
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i sum = _mm512_setzero_si512(), other = sum;
    size_t i = 0;
    for (; i + 64 <= half; i += 64) {
        const __m512i bytes = _mm512_loadu_si512(code + i);
        const __m512i high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), nibble);
        sum = _mm512_dpbusd_epi32(sum, _mm512_and_si512(bytes, nibble),
                                  _mm512_loadu_si512(query + i));
        other = _mm512_dpbusd_epi32(other, high, _mm512_loadu_si512(query + half + i));
    }
    if (i < half) {
        const __m512i bytes = load_rest((const int8_t *)code + i, half - i);
        const __m512i high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), nibble);
        sum = _mm512_dpbusd_epi32(sum, _mm512_and_si512(bytes, nibble),
                                  load_rest(query + i, half - i));
        other = _mm512_dpbusd_epi32(other, high, load_rest(query + half + i, half - i));
    }
    return _mm512_add_epi32(sum, other);
}

static inline __m512i add_in_turn(__m512i a, __m512i b)
{
    return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
}

/* The sums of four registers' numbers, in a third of the instructions that one after the other takes. */
static inline __m128i sums_of_four(__m512i a, __m512i b, __m512i c, __m512i d)
{
    const __m512i low = add_in_turn(a, b), high = add_in_turn(c, d);
    const __m512i four =
        _mm512_add_epi32(_mm512_unpacklo_epi64(low, high), _mm512_unpackhi_epi64(low, high));
    const __m256i half =
        _mm256_add_epi32(_mm512_castsi512_si256(four), _mm512_extracti64x4_epi64(four, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

void simd_short_code_dots_vnni(const int8_t *query, size_t dim, const uint8_t *const *codes,
                               size_t count, int32_t *out)
{
    enum { AT_ONCE = 4 };
    const size_t half = dim / 2;
    const int32_t raised = SHORT_CODE_ZERO * sum_of(query, dim);
    size_t i = 0;
    for (; i + AT_ONCE <= count; i += AT_ONCE) {
        __m512i sums[AT_ONCE];
        for (size_t j = 0; j < AT_ONCE; j++) {
            sums[j] = short_products(query, codes[i + j], half);
            if (i + j + AT_ONCE < count) prefetch_short_code(codes[i + j + AT_ONCE], half);
        }
        const __m128i four = sums_of_four(sums[0], sums[1], sums[2], sums[3]);
        _mm_storeu_si128((__m128i_u *)(out + i), _mm_sub_epi32(four, _mm_set1_epi32(raised)));
    }
    for (; i < count; i++)
        out[i] = _mm512_reduce_add_epi32(short_products(query, codes[i], half)) - raised;
}
