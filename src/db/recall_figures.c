/* recall_figures.c - see recall_figures.h. */
#include "db/recall_figures.h"

#include "base/size.h"
#include "db/recall_sampler.h"
#include "os/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COUNTERS = 3, NAME_BYTES = 96 };
static const char *const parts[COUNTERS] = {"searches", "found", "squares"};

static uint64_t *part_of(recall_counts *c, int i)
{
    return i == 0 ? &c->searches : i == 1 ? &c->found : &c->squares;
}

bool recall_sampler_is_old(recall_sampler *r)
{
    const int64_t minute_ns = INT64_C(60) * 1000 * 1000 * 1000;
    (void)pthread_mutex_lock(&r->lock);
    const bool result = clock_monotonic_ns() - r->saved_ns >= minute_ns;
    (void)pthread_mutex_unlock(&r->lock);
    return result;
}

void recall_sampler_save(recall_sampler *r, store *s, uint64_t collection)
{
    char prefix[STORE_COUNTER_PREFIX_BYTES], index[NAME_BYTES - 8], names[COUNTERS][NAME_BYTES];
    store_counter counters[COUNTERS];
    (void)pthread_mutex_lock(&r->lock);
    recall_counts counted = r->counted;
    const int64_t since_ms = r->since_ms;
    r->counted = (recall_counts){0};
    r->saved_ns = clock_monotonic_ns();
    (void)pthread_mutex_unlock(&r->lock);
    if (counted.searches == 0) return;
    store_counter_prefix(collection, prefix);
    // Times of as many digits for centuries: the order of names is that of times.
    (void)snprintf(index, sizeof index, "%s%013lld.", prefix, (long long)since_ms);
    for (int i = 0; i < COUNTERS; i++) {
        (void)snprintf(names[i], NAME_BYTES, "%s%s", index, parts[i]);
        counters[i] = (store_counter){view_of(names[i]), *part_of(&counted, i), false};
    }
    // What is lost, when it cannot be written, are a few samples.
    store_post_collection_counters(s, collection, view_of(index), counters, COUNTERS);
}

/* Adds a counter of the collection to *sum when it is of the newest index of those seen so far. */
static void add_counter(const store_counter *from, const char *prefix, int64_t *since_ms,
                        recall_counts *sum)
{
    long long since = 0;
    char part[16] = "", name[NAME_BYTES];
    if (from->name.size >= NAME_BYTES) return;
    memcpy(name, from->name.data, from->name.size);
    name[from->name.size] = '\0';
    if (sscanf(name + strlen(prefix), "%lld.%15s", &since, part) != 2 || since < *since_ms) return;
    if (since > *since_ms) *sum = (recall_counts){0};
    *since_ms = since;
    for (int i = 0; i < COUNTERS; i++)
        if (strcmp(part, parts[i]) == 0) *part_of(sum, i) += from->value;
}

/* Wilson's interval for a share, of as many trials as the variance between searches is worth: hits of one
 * search are not independent of each other. */
static void set_interval(recall_figures *f, const recall_counts *c)
{
    const double z = 1.96, n = (double)c->searches;
    const double mean = (double)c->found / RECALL_MILLIONTHS / n;
    const double variance = fmax((double)c->squares / RECALL_MILLIONTHS / n - mean * mean, 0);
    const double most = mean * (1 - mean);
    const double trials = variance > 0 && most > variance ? n * most / variance : n;
    const double square = z * z / trials, centre = (mean + square / 2) / (1 + square);
    const double half = z * sqrt(most / trials + square / trials / 4) / (1 + square);
    f->searches = c->searches;
    f->recall = mean;
    f->low = fmax(centre - half, 0);
    f->high = fmin(centre + half, 1);
}

/* The first counter whose name is not before `prefix`: they are in order of name. */
static uint32_t find_first(const store_counter *counters, uint32_t count, view prefix)
{
    uint32_t low = 0;
    while (count > 0) {
        const uint32_t half = count / 2;
        const view name = counters[low + half].name;
        const size_t shared = size_min(name.size, prefix.size);
        const int order = shared ? memcmp(name.data, prefix.data, shared) : 0;
        const bool is_before = order < 0 || (order == 0 && name.size < prefix.size);
        low = is_before ? low + half + 1 : low;
        count = is_before ? count - half - 1 : half;
    }
    return low;
}

recall_figures recall_figures_of(recall_sampler *r, const store_counter *counters, uint32_t count,
                                 uint64_t collection)
{
    char prefix[STORE_COUNTER_PREFIX_BYTES];
    recall_counts sum = {0};
    int64_t since_ms = 0;
    store_counter_prefix(collection, prefix);
    for (uint32_t i = find_first(counters, count, view_of(prefix));
         i < count && view_starts_with(counters[i].name, view_of(prefix)); i++)
        add_counter(&counters[i], prefix, &since_ms, &sum);
    if (r) {
        (void)pthread_mutex_lock(&r->lock);
        if (r->counted.searches > 0 && r->since_ms >= since_ms) {
            if (r->since_ms > since_ms) sum = (recall_counts){0};
            since_ms = r->since_ms;
            for (int i = 0; i < COUNTERS; i++)
                *part_of(&sum, i) += *part_of(&r->counted, i);
        }
        (void)pthread_mutex_unlock(&r->lock);
    }
    recall_figures figures = {.since_ms = since_ms};
    if (sum.searches > 0) set_interval(&figures, &sum);
    return figures;
}
