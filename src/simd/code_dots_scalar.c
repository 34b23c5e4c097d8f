/* code_dots_scalar.c - in plain C, which the others are held against. */
#include "simd/code_dots.h"

static inline int32_t dot(const int8_t *query, const int8_t *code, size_t dim)
{
    int32_t sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += query[i] * code[i];
    return sum;
}

void simd_code_dots_scalar(const int8_t *query, size_t dim, const int8_t *const *codes,
                           size_t count, int32_t *out)
{
    code_dots_each(query, dim, codes, count, out, dot);
}

static inline int32_t short_dot(const int8_t *query, const uint8_t *code, size_t half)
{
    int32_t sum = 0;
    for (size_t i = 0; i < half; i++)
        sum += query[i] * (code[i] & 15) + query[half + i] * (code[i] >> 4);
    return sum;
}

void simd_short_code_dots_scalar(const int8_t *query, size_t dim, const uint8_t *const *codes,
                                 size_t count, int32_t *out)
{
    short_code_dots_each(query, dim, codes, count, out, sum_of_values(query, dim), short_dot);
}
