/* ivf_partition.c - see ivf_partition.h. */
#include "vector/ivf_partition.h"

#include "base/holders.h"
#include "base/rng.h"
#include "base/size.h"
#include "simd/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 8, /* of Lloyd's algorithm; more move the centroids little */
    BLOCK = 128 /* centroids that are compared in one call of the kernel */
};

uint32_t ivf_lists_for(uint32_t rows)
{
    const double lists = 2 * sqrt(rows);
    return (uint32_t)fmin(fmax(lists, 1), IVF_LISTS_MAX);
}

ivf_partition *ivf_partition_new(uint32_t lists, uint32_t stride, uint32_t made_for)
{
    enum { LINE = 64 };
    size_t floats, bytes;
    ivf_partition *p = heap_new_array(1, sizeof *p);
    if (!p) return NULL;
    *p = (ivf_partition){.lists = lists, .stride = stride, .made_for = made_for};
    atomic_init(&p->holders, 1);
    if (size_mul(lists, stride, &floats) && size_mul(floats, sizeof(float), &bytes))
        p->centroids = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
    if (!p->centroids) {
        free(p);
        return NULL;
    }
    memset(p->centroids, 0, bytes);
    return p;
}

ivf_partition *ivf_partition_hold(ivf_partition *p)
{
    holders_add(&p->holders);
    return p;
}

void ivf_partition_release(ivf_partition *p)
{
    if (!p || !holders_leave(&p->holders)) return;
    free(p->centroids);
    free(p);
}

size_t ivf_partition_bytes(const ivf_partition *p)
{
    return sizeof *p + (size_t)p->lists * p->stride * sizeof(float);
}

uint32_t ivf_partition_list(const ivf_partition *p, const float *vector)
{
    const float *rows[BLOCK] = {NULL};
    float distances[BLOCK] = {0}, least = INFINITY;
    uint32_t nearest = 0;
    for (uint32_t first = 0; first < p->lists; first += BLOCK) {
        const uint32_t count = (uint32_t)size_min(p->lists - first, BLOCK);
        for (uint32_t i = 0; i < count; i++)
            rows[i] = ivf_centroid(p, first + i);
        simd()->distance->squared_l2_rows(vector, p->stride, rows, count, distances);
        for (uint32_t i = 0; i < count; i++) {
            if (!(distances[i] < least)) continue; // sums that overflow are nobody's nearest
            least = distances[i];
            nearest = first + i;
        }
    }
    return nearest;
}

static int compare_hits(const void *a, const void *b)
{
    const hit *x = a, *y = b;
    return hit_before(*x, *y) ? -1 : hit_before(*y, *x);
}

void ivf_partition_rank(const ivf_partition *p, const vector_rows *shape, const float *query,
                        hit *out)
{
    const float *rows[BLOCK] = {NULL};
    float distances[BLOCK] = {0};
    for (uint32_t first = 0; first < p->lists; first += BLOCK) {
        const uint32_t count = (uint32_t)size_min(p->lists - first, BLOCK);
        for (uint32_t i = 0; i < count; i++)
            rows[i] = ivf_centroid(p, first + i);
        vector_rows_compare(shape, query, rows, count, distances);
        for (uint32_t i = 0; i < count; i++)
            out[first + i] = (hit){distances[i], first + i};
    }
    qsort(out, p->lists, sizeof *out, compare_hits);
}

/* ---- training ---- */

typedef struct training {
    const ivf_training *from;
    ivf_partition *p;
    double *sums;     /* [lists][stride] */
    uint32_t *counts; /* [lists] */
    uint32_t *list;   /* [count] of each row of the sample */
} training;

static const float *sample_at(const training *t, uint32_t i)
{
    return t->from->sample + (size_t)i * t->from->stride;
}

static float *centroid_of(const training *t, uint32_t list)
{
    return t->p->centroids + (size_t)list * t->from->stride;
}

/* Different rows of the sample, by chance: the first of a shuffled order. t->list is used for it. */
static void choose_first(training *t)
{
    rng random = {t->from->seed};
    for (uint32_t i = 0; i < t->from->count; i++)
        t->list[i] = i;
    for (uint32_t i = 0; i < t->from->lists; i++) {
        const uint32_t other = i + rng_below(&random, t->from->count - i), chosen = t->list[other];
        t->list[other] = t->list[i];
        t->list[i] = chosen;
        memcpy(centroid_of(t, i), sample_at(t, chosen), t->from->stride * sizeof(float));
    }
}

static void assign(training *t)
{
    memset(t->counts, 0, t->from->lists * sizeof *t->counts);
    for (uint32_t i = 0; i < t->from->count; i++) {
        t->list[i] = ivf_partition_list(t->p, sample_at(t, i));
        t->counts[t->list[i]]++;
    }
}

static void average(training *t)
{
    const uint32_t stride = t->from->stride;
    memset(t->sums, 0, (size_t)t->from->lists * stride * sizeof *t->sums);
    for (uint32_t i = 0; i < t->from->count; i++) {
        double *sum = t->sums + (size_t)t->list[i] * stride;
        const float *row = sample_at(t, i);
        for (uint32_t d = 0; d < stride; d++)
            sum[d] += row[d];
    }
    for (uint32_t list = 0; list < t->from->lists; list++) {
        float *centroid = centroid_of(t, list);
        for (uint32_t d = 0; d < stride && t->counts[list] > 0; d++)
            centroid[d] = (float)(t->sums[(size_t)list * stride + d] / t->counts[list]);
    }
}

/* A list that nothing is in takes a row of one that has more than twice its share, which is cut in two by that. */
static void fill_empty(training *t)
{
    const uint32_t fair = t->from->count / t->from->lists;
    uint32_t at = 0;
    for (uint32_t list = 0; list < t->from->lists; list++) {
        if (t->counts[list] > 0) continue;
        while (at < t->from->count && t->counts[t->list[at]] <= 2 * fair + 1)
            at++;
        if (at == t->from->count) return;
        memcpy(centroid_of(t, list), sample_at(t, at), t->from->stride * sizeof(float));
        t->counts[t->list[at++]] /= 2;
    }
}

kith_status ivf_partition_train(const ivf_training *from, ivf_partition **out, kith_error *err)
{
    const size_t lists = from->lists;
    CHECK(lists >= 1 && lists <= from->count);
    training t = {.from = from,
                  .p = ivf_partition_new(from->lists, from->stride, from->made_for),
                  .sums = heap_new_array(lists * from->stride, sizeof *t.sums),
                  .counts = heap_new_array(lists, sizeof *t.counts),
                  .list = heap_new_array(from->count, sizeof *t.list)};
    kith_status status = KITH_OK;
    if (t.p && t.sums && t.counts && t.list) {
        choose_first(&t);
        for (int i = 0; i < ROUNDS; i++) {
            assign(&t);
            average(&t);
            fill_empty(&t);
        }
        *out = t.p;
        t.p = NULL; // the caller owns it now
    } else {
        status = fail(err, KITH_ERR_NO_MEMORY, "out of memory for %u centroids", from->lists);
    }
    ivf_partition_release(t.p);
    free(t.sums);
    free(t.counts);
    free(t.list);
    return status;
}
