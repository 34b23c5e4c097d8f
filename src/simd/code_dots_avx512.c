/* code_dots_avx512.c - 64 products at once, without the instructions of VNNI; code_dots_avx2.c says
 * how. */
#include "simd/code_dots.h"

#include <immintrin.h>

static inline __m512i products(__m512i query, __m512i code)
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i moved = _mm512_mask_sub_epi8(code, _mm512_movepi8_mask(query), zero, code);
    return _mm512_madd_epi16(_mm512_maddubs_epi16(_mm512_abs_epi8(query), moved),
                             _mm512_set1_epi16(1));
}

static inline int32_t dot(const int8_t *query, const int8_t *code, size_t dim)
{
    __m512i sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= dim; i += 64)
        sum = _mm512_add_epi32(
            sum, products(_mm512_loadu_si512(query + i), _mm512_loadu_si512(code + i)));
    if (i < dim) {
        __mmask64 rest = (UINT64_C(1) << (dim - i)) - 1;
        sum = _mm512_add_epi32(sum, products(_mm512_maskz_loadu_epi8(rest, query + i),
                                             _mm512_maskz_loadu_epi8(rest, code + i)));
    }
    return _mm512_reduce_add_epi32(sum);
}

void simd_code_dots_avx512(const int8_t *query, size_t dim, const int8_t *const *codes,
                           size_t count, int32_t *out)
{
    code_dots_each(query, dim, codes, count, out, dot);
}

static inline __m512i short_products(__m512i code, __m512i low, __m512i high)
{
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i pairs = _mm512_maddubs_epi16(_mm512_and_si512(code, nibble), low);
    __m512i others =
        _mm512_maddubs_epi16(_mm512_and_si512(_mm512_srli_epi16(code, 4), nibble), high);
    return _mm512_madd_epi16(_mm512_add_epi16(pairs, others), _mm512_set1_epi16(1));
}

static inline int32_t short_dot(const int8_t *query, const uint8_t *code, size_t half)
{
    __m512i sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= half; i += 64)
        sum = _mm512_add_epi32(sum, short_products(_mm512_loadu_si512(code + i),
                                                   _mm512_loadu_si512(query + i),
                                                   _mm512_loadu_si512(query + half + i)));
    if (i < half) {
        __mmask64 rest = (UINT64_C(1) << (half - i)) - 1;
        sum =
            _mm512_add_epi32(sum, short_products(_mm512_maskz_loadu_epi8(rest, code + i),
                                                 _mm512_maskz_loadu_epi8(rest, query + i),
                                                 _mm512_maskz_loadu_epi8(rest, query + half + i)));
    }
    return _mm512_reduce_add_epi32(sum);
}

void simd_short_code_dots_avx512(const int8_t *query, size_t dim, const uint8_t *const *codes,
                                 size_t count, int32_t *out)
{
    short_code_dots_each(query, dim, codes, count, out, sum_of_values(query, dim), short_dot);
}
