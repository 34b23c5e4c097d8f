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
