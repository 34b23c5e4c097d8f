/* pooling.c - mean and [CLS] pooling, and unit length.
 * Every sum is over one text's own states in the order of its tokens, on one thread: a vector does
 * not depend on the texts beside it in a batch. */
#include "model/pooling.h"

#include <math.h>
#include <string.h>

const char *pooling_name(pooling_mode mode)
{
    return mode == POOLING_CLS ? "cls" : "mean";
}

void pool_states(pooling_mode mode, const float *states, size_t stride, size_t tokens, size_t dim,
                 float *out)
{
    memcpy(out, states, dim * sizeof *out);
    if (mode == POOLING_CLS) return;
    for (size_t t = 1; t < tokens; t++) {
        const float *state = states + t * stride;
        for (size_t i = 0; i < dim; i++)
            out[i] += state[i];
    }
    for (size_t i = 0; i < dim; i++)
        out[i] /= (float)tokens;
}

static const double least_length = 1e-12;

static double length_of(const float *v, size_t dim)
{
    double squares = 0;
    for (size_t i = 0; i < dim; i++)
        squares += (double)v[i] * v[i];
    return sqrt(squares);
}

void normalise(float *v, size_t dim)
{
    double length = fmax(length_of(v, dim), least_length);
    for (size_t i = 0; i < dim; i++)
        v[i] = (float)(v[i] / length);
}

bool has_direction(const float *v, size_t dim)
{
    return !(length_of(v, dim) < least_length); // numbers that are not finite are another fault
}
