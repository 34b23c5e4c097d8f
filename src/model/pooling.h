/* pooling.h - from the states of a text's tokens to the text's one vector. */
#ifndef KITH_MODEL_POOLING_H
#define KITH_MODEL_POOLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum pooling_mode {
    POOLING_MEAN, /* the mean of all states, those of [CLS] and [SEP] too */
    POOLING_CLS   /* the first state, that of [CLS] */
} pooling_mode;

/* "mean" or "cls". They are part of the fingerprints that collections are pinned to. */
const char *pooling_name(pooling_mode mode);

/* Pools the states of one text.
 * states  [tokens][stride] floats, of which the first dim of a row are used; tokens >= 1
 * out     [dim]
 * Sums in the order of the tokens, in float: the bits are the same each time. Any thread.
 * Source: Reimers & Gurevych 2019; sentence-transformers, models.Pooling. */
void pool_states(pooling_mode mode, const float *states, size_t stride, size_t tokens, size_t dim,
                 float *out);
/* Scales v[dim] to unit length, in place. A vector shorter than 1e-12 is divided by 1e-12 instead,
 * as torch.nn.functional.normalize does, so that zeros stay zeros. Any thread. */
void normalise(float *v, size_t dim);
/* False of a vector that normalise does not bring to unit length. Any thread. */
bool has_direction(const float *v, size_t dim);

#endif
