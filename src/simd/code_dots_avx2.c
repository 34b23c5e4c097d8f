/* code_dots_avx2.c - 32 products at once. The instruction multiplies bytes without a sign by bytes
 * with one: the query's signs are moved to the code. */
#include "simd/code_dots.h"

#include <immintrin.h>

static inline __m256i products(__m256i query, __m256i code)
{
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(query), _mm256_sign_epi8(code, query));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

static inline __m256i load(const int8_t *at)
{
    return _mm256_loadu_si256((const __m256i_u *)at);
}

static inline __m256i load_half(const int8_t *at)
{
    return _mm256_zextsi128_si256(_mm_loadu_si128((const __m128i_u *)at));
}

static inline int32_t dot(const int8_t *query, const int8_t *code, size_t dim)
{
    __m256i sum = _mm256_setzero_si256(), other = sum;
    size_t i = 0;
    for (; i + 64 <= dim; i += 64) {
        sum = _mm256_add_epi32(sum, products(load(query + i), load(code + i)));
        other = _mm256_add_epi32(other, products(load(query + i + 32), load(code + i + 32)));
    }
    for (; i + 32 <= dim; i += 32)
        sum = _mm256_add_epi32(sum, products(load(query + i), load(code + i)));
    if (i < dim)
        other = _mm256_add_epi32(other, products(load_half(query + i), load_half(code + i)));
    sum = _mm256_add_epi32(sum, other);
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

void simd_code_dots_avx2(const int8_t *query, size_t dim, const int8_t *const *codes, size_t count,
                         int32_t *out)
{
    code_dots_each(query, dim, codes, count, out, dot);
}

/* Of 32 bytes of a short code with the query's values that stand for the low halves and for the high ones: the sums of two
 * products, and of two of these, fit 16 bits. */
static inline __m256i short_products(__m256i code, __m256i low, __m256i high)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i pairs = _mm256_maddubs_epi16(_mm256_and_si256(code, nibble), low);
    __m256i others =
        _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(code, 4), nibble), high);
    return _mm256_madd_epi16(_mm256_add_epi16(pairs, others), _mm256_set1_epi16(1));
}

static inline __m256i load_eight(const void *at)
{
    return _mm256_zextsi128_si256(_mm_loadl_epi64(at));
}

static inline int32_t short_dot(const int8_t *query, const uint8_t *code, size_t half)
{
    __m256i sum = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 32 <= half; i += 32)
        sum = _mm256_add_epi32(sum, short_products(load((const int8_t *)code + i), load(query + i),
                                                   load(query + half + i)));
    for (; i < half; i += 8)
        sum = _mm256_add_epi32(sum, short_products(load_eight(code + i), load_eight(query + i),
                                                   load_eight(query + half + i)));
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

void simd_short_code_dots_avx2(const int8_t *query, size_t dim, const uint8_t *const *codes,
                               size_t count, int32_t *out)
{
    short_code_dots_each(query, dim, codes, count, out, sum_of_values(query, dim), short_dot);
}
