/* vectors.h - the rows that every kind of index compares: padded, aligned, ready for the kernels.
 * A row holds `dim` floats and zeros up to `stride`, a multiple of a cache line, so that the
 * kernels have no tail. Under cosine a row is the unit copy of what was given. */
#ifndef KITH_VECTOR_VECTORS_H
#define KITH_VECTOR_VECTORS_H

#include "base/status.h"
#include "vector/region.h"

#include <kith/types.h>
#include <stdint.h>

enum { VECTORS_MAX_ROWS = 0x7fffffff };

typedef struct vectors {
    kith_metric metric;
    uint32_t dim, stride;
    uint32_t count;
    region memory;
} vectors;

void vectors_init(vectors *v, kith_metric metric, uint32_t dim);
void vectors_done(vectors *v);

/* Room for `count` rows in all. KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT: nothing changed. */
KITH_CHECKED kith_status vectors_reserve(vectors *v, uint32_t count, kith_error *err);
/* Room must have been reserved. vector [dim] */
void vectors_append(vectors *v, const float *vector);

static inline float *vectors_row(const vectors *v, uint32_t row)
{
    return (float *)v->memory.base + (size_t)row * v->stride;
}

/* vector [dim] as a row is kept: padded, and unit length under cosine. out [stride] */
void vectors_prepare(const vectors *v, const float *vector, float *out);
/* Distances of `prepared` [stride] to rows ids[0..count); finite whatever the floats are. */
void vectors_distances(const vectors *v, const float *prepared, const uint32_t *ids, size_t count,
                       float *out);
float vectors_distance(const vectors *v, const float *prepared, uint32_t row);

#endif
