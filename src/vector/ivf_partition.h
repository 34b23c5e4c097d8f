/* ivf_partition.h - space cut into lists: each vector is in the list of the centroid that is nearest to it.
 *
 * Centroids are the means of a sample's clusters, by Lloyd's algorithm. A partition never changes; any thread.
 * Nearness is by squared Euclidean distance whatever the metric: under cosine, where vectors have length 1, that is the
 * same order. A query orders the lists by the metric (ivf_partition_rank). */
#ifndef KITH_VECTOR_IVF_PARTITION_H
#define KITH_VECTOR_IVF_PARTITION_H

#include "base/topk.h"
#include "os/call_limit.h"
#include "vector/vector_rows.h"

#include <stdatomic.h>

enum {
    IVF_LISTS_MAX = 65536,
    IVF_SAMPLE_OF_LIST = 32 /* rows of the sample for each list, if there are so many */
};

typedef struct ivf_partition {
    atomic_uint holders; /* freed with the last */
    uint32_t lists, stride;
    uint32_t made_for; /* rows that there were */
    float *centroids;  /* [lists][stride], aligned to 64 bytes */
} ivf_partition;

/* 2 sqrt(rows): with as many lists, comparing the centroids and reading a few lists cost about the same. */
uint32_t ivf_lists_for(uint32_t rows);

/* Room for `lists` centroids, which the caller writes; held once. NULL: out of memory. */
ivf_partition *ivf_partition_new(uint32_t lists, uint32_t stride, uint32_t made_for);
ivf_partition *ivf_partition_hold(ivf_partition *p);
/* Accepts NULL. */
void ivf_partition_release(ivf_partition *p);
size_t ivf_partition_bytes(const ivf_partition *p);

typedef struct ivf_training {
    const float *sample; /* [count][stride], in the form of vector_rows; aligned to 64 bytes */
    uint32_t count, stride;
    uint32_t lists;    /* 1..count */
    uint32_t made_for; /* rows that the sample is of */
    uint64_t seed;
} ivf_training;
/* Takes memory for a number a row of the sample and the centroids twice. Held once.
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status ivf_partition_train(const ivf_training *from, ivf_partition **out,
                                             kith_error *err);

/* The list of a vector [stride], in the form of vector_rows. */
uint32_t ivf_partition_list(const ivf_partition *p, const float *vector);
/* All lists with the distances of their centroids to a query, nearest first.
 * shape  the metric and the stride; query [stride], as vector_rows_prepare wrote it; out [lists] */
void ivf_partition_rank(const ivf_partition *p, const vector_rows *shape, const float *query,
                        hit *out);

static inline const float *ivf_centroid(const ivf_partition *p, uint32_t list)
{
    return p->centroids + (size_t)list * p->stride;
}

#endif
