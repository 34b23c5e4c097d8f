/* pooling.h - from the states of a text's tokens to its one vector. */
#ifndef KITH_MODEL_POOLING_H
#define KITH_MODEL_POOLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum pooling_mode { POOLING_MEAN, POOLING_CLS } pooling_mode;

/* "mean", "cls". */
const char *pooling_name(pooling_mode mode);

/* states [tokens][stride], tokens >= 1; out [dim]. Any thread. */
void pool_states(pooling_mode mode, const float *states, size_t stride, size_t tokens, size_t dim,
                 float *out);
/* To unit length; a vector shorter than 1e-12 is divided by that (as sentence-transformers). */
void normalise(float *v, size_t dim);

#endif
