/* recall_sampler.c - see recall_sampler.h. */
#include "db/recall_sampler.h"

#include "base/size.h"
#include "os/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct recall_sample {
    snapshot *seen;   /* held */
    float *vector;    /* [dim] */
    bitset *matching; /* NULL: all */
    float *distances; /* [count] of the hits */
    uint32_t dim, k, count;
} recall_sample;

static void sample_free(recall_sample *s)
{
    if (!s) return;
    snapshot_release(s->seen);
    free(s->vector);
    bitset_free(s->matching);
    free(s->distances);
    free(s);
}

void recall_sampler_init(recall_sampler *r, uint32_t every)
{
    *r = (recall_sampler){.every = every, .share = SAMPLER_SHARE, .saved_ns = clock_monotonic_ns()};
    CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
}

void recall_sampler_drop(recall_sampler *r)
{
    for (;;) {
        recall_sample *s = NULL;
        (void)pthread_mutex_lock(&r->lock);
        if (r->pending_count > 0) s = r->pending[--r->pending_count];
        (void)pthread_mutex_unlock(&r->lock);
        if (!s) return;
        sample_free(s);
    }
}

void recall_sampler_done(recall_sampler *r)
{
    recall_sampler_drop(r);
    free(r->queries);
    CHECK(pthread_mutex_destroy(&r->lock) == 0);
}

/* Which of them by chance, so that no order in which searches come has a say. */
bool recall_sampler_wants(recall_sampler *r)
{
    uint64_t z = atomic_fetch_add_explicit(&r->searches, 1, memory_order_relaxed);
    if (r->every == 0) return false;
    z = (z + (uint64_t)(uintptr_t)r) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    if ((z ^ (z >> 31)) % r->every != 0) return false;
    return clock_monotonic_ns() >= atomic_load_explicit(&r->not_before, memory_order_relaxed);
}

/* ---- taking ---- */

static void count_locked(recall_sampler *r, int64_t since_ms, double recall)
{
    if (r->since_ms != since_ms) r->counted = (recall_counts){0};
    r->since_ms = since_ms;
    r->counted.searches++;
    r->counted.found += (uint64_t)llround(recall * RECALL_MILLIONTHS);
    r->counted.squares += (uint64_t)llround(recall * recall * RECALL_MILLIONTHS);
}

static void keep_query_locked(recall_sampler *r, const float *vector, uint32_t dim)
{
    if (!r->queries) {
        r->queries = heap_new_array((size_t)SAMPLER_QUERIES * dim, sizeof *r->queries);
        r->dim = dim;
    }
    if (!r->queries || r->dim != dim) return;
    memcpy(r->queries + (size_t)(r->query_count % SAMPLER_QUERIES) * dim, vector,
           dim * sizeof *vector);
    r->query_count++;
}

static recall_sample *sample_new(const recall_answer *a, uint32_t dim)
{
    recall_sample *s = heap_new_array(1, sizeof *s);
    if (!s) return NULL;
    // A hold only counts; the snapshot is not changed by it otherwise.
    *s = (recall_sample){.seen = snapshot_hold((snapshot *)(uintptr_t)a->seen),
                         .vector = heap_new_array(dim, sizeof(float)),
                         .distances = heap_new_array(a->count, sizeof(float)),
                         .dim = dim,
                         .k = a->k,
                         .count = a->count};
    if (a->matching) s->matching = bitset_new(a->matching->count);
    if (!s->vector || !s->distances || (a->matching && !s->matching)) {
        sample_free(s);
        return NULL;
    }
    memcpy(s->vector, a->vector, dim * sizeof(float));
    for (uint32_t i = 0; i < a->count; i++)
        s->distances[i] = a->hits[i].distance;
    if (a->matching) bitset_or(s->matching, a->matching);
    return s;
}

bool recall_sampler_take(recall_sampler *r, const recall_answer *a)
{
    const uint32_t dim = vector_index_describe(a->seen->index)->dim;
    const bool is_known = a->is_exact || a->count == 0;
    if (a->k > SAMPLER_K_MAX) return false;
    recall_sample *s = is_known ? NULL : sample_new(a, dim);
    (void)pthread_mutex_lock(&r->lock);
    const bool is_kept = s && r->pending_count < SAMPLER_PENDING;
    keep_query_locked(r, a->vector, dim);
    if (is_known) count_locked(r, a->seen->derived->recall.since_ms, 1);
    if (is_kept) r->pending[r->pending_count++] = s;
    (void)pthread_mutex_unlock(&r->lock);
    if (!is_kept) sample_free(s);
    return is_kept;
}

/* ---- comparing ---- */

bool recall_sampler_has_pending(recall_sampler *r)
{
    (void)pthread_mutex_lock(&r->lock);
    const bool result = r->pending_count > 0;
    (void)pthread_mutex_unlock(&r->lock);
    return result;
}

/* The share of the k nearest that the search found: ties count. */
static kith_status share_found(const recall_sample *s, const call_limit *limit, double *out)
{
    const vector_view rows = snapshot_vectors(s->seen);
    const vector_search search = {.k = s->k, .exact = true, .filter = s->matching, .limit = limit};
    uint32_t count = 0, found = 0;
    hit *exact = heap_new_array(s->k, sizeof *exact);
    if (!exact) return KITH_ERR_NO_MEMORY;
    kith_status status = vector_index_search(&rows, s->vector, &search, exact, &count, NULL, NULL);
    if (status == KITH_OK && count > 0) {
        for (uint32_t i = 0; i < s->count; i++)
            found += s->distances[i] <= exact[count - 1].distance;
        *out = (double)size_min(found, count) / count;
    }
    free(exact);
    return status;
}

void recall_sampler_compare(recall_sampler *r, const call_limit *limit)
{
    recall_sample *s = NULL;
    double recall = 1;
    (void)pthread_mutex_lock(&r->lock);
    if (r->pending_count > 0) s = r->pending[--r->pending_count];
    (void)pthread_mutex_unlock(&r->lock);
    if (!s) return;
    const int64_t start = clock_monotonic_ns();
    kith_status status = share_found(s, limit, &recall);
    const int64_t end = clock_monotonic_ns();
    atomic_store_explicit(&r->not_before, end + (end - start) * r->share, memory_order_relaxed);
    (void)pthread_mutex_lock(&r->lock);
    if (status == KITH_OK) count_locked(r, s->seen->derived->recall.since_ms, recall);
    (void)pthread_mutex_unlock(&r->lock);
    sample_free(s);
}

size_t recall_sampler_bytes(recall_sampler *r)
{
    (void)pthread_mutex_lock(&r->lock);
    const size_t bytes = r->queries ? (size_t)SAMPLER_QUERIES * r->dim * sizeof *r->queries : 0;
    (void)pthread_mutex_unlock(&r->lock);
    return bytes;
}

bool recall_sampler_has_queries(recall_sampler *r)
{
    (void)pthread_mutex_lock(&r->lock);
    const bool result = r->query_count >= size_max(SAMPLER_QUERIES, 2 * r->query_used);
    (void)pthread_mutex_unlock(&r->lock);
    return result;
}

float *recall_sampler_queries(recall_sampler *r, uint32_t dim, uint32_t *count)
{
    const size_t floats = (size_t)SAMPLER_QUERIES * dim;
    float *copy = heap_new_array(floats, sizeof *copy);
    (void)pthread_mutex_lock(&r->lock);
    const bool is_fit = copy && r->query_count >= SAMPLER_QUERIES && r->dim == dim;
    if (is_fit) memcpy(copy, r->queries, floats * sizeof *copy);
    r->query_used = r->query_count; // also when it fails, or it would be tried again at once
    (void)pthread_mutex_unlock(&r->lock);
    if (is_fit) {
        *count = SAMPLER_QUERIES;
        return copy;
    }
    free(copy);
    return NULL;
}
