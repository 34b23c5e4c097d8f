/* distance_scalar.c - distances for scalar. */
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

const simd_distance simd_distance_scalar = {dot, squared_l2};
