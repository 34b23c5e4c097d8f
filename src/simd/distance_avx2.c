/* distance_avx2.c - distances for avx2. */
#include "simd/distance.h"

static float dot(const float *a, const float *b, size_t dim)
{
    float sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += a[i] * b[i];
    return sum;
}

static float squared_l2(const float *a, const float *b, size_t dim)
{
    float sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

const simd_distance simd_distance_avx2 = {dot, squared_l2};
