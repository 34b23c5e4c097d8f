/* histogram.c - see histogram.h.
 *
 * A duration's bucket is read off its bits: the place of its highest bit is the octave, and the
 * STEP_BITS bits after it are the step within the octave.
 *
 *   bucket                          durations in ns, from ... up to but without ...
 *   0                               0                              2^10
 *   1 + 16 * (octave - 10) + step   (16 + step) * 2^(octave - 4)   (17 + step) * 2^(octave - 4)
 *
 * This is the layout of HdrHistogram with 4 significant bits. */
#include "metrics/histogram.h"

#include "base/status.h"

#include <math.h>
#include <stddef.h>

enum { STEP_BITS = 4 };
_Static_assert(1 << STEP_BITS == HISTOGRAM_STEPS, "the steps are the bits after the highest");

uint32_t histogram_bucket(uint64_t ns)
{
    if (ns >> HISTOGRAM_FIRST_OCTAVE == 0) return 0;
    uint32_t octave = 63 - (uint32_t)__builtin_clzll(ns);
    uint32_t step = (uint32_t)(ns >> (octave - STEP_BITS)) & (HISTOGRAM_STEPS - 1);
    uint32_t bucket = 1 + (octave - HISTOGRAM_FIRST_OCTAVE) * HISTOGRAM_STEPS + step;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

uint64_t histogram_floor_ns(uint32_t bucket)
{
    CHECK(bucket <= HISTOGRAM_BUCKETS);
    if (bucket == 0) return 0;
    uint32_t octave = HISTOGRAM_FIRST_OCTAVE + (bucket - 1) / HISTOGRAM_STEPS;
    uint64_t step = (bucket - 1) % HISTOGRAM_STEPS;
    return (HISTOGRAM_STEPS + step) << (octave - STEP_BITS);
}

void histogram_record(histogram *h, int64_t ns)
{
    uint64_t time = ns > 0 ? (uint64_t)ns : 0;
    atomic_fetch_add_explicit(&h->counts[histogram_bucket(time)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum_ns, time, memory_order_relaxed);
}

void histogram_add(histogram *h, uint32_t bucket, uint64_t count)
{
    CHECK(bucket < HISTOGRAM_BUCKETS);
    atomic_fetch_add_explicit(&h->counts[bucket], count, memory_order_relaxed);
}

uint64_t histogram_read(const histogram *h, uint64_t counts[HISTOGRAM_BUCKETS])
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        counts[i] = atomic_load_explicit(&h->counts[i], memory_order_relaxed);
        total += counts[i];
    }
    return total;
}

double histogram_percentile_ns(const uint64_t counts[HISTOGRAM_BUCKETS], double share)
{
    CHECK(share >= 0 && share <= 1);
    uint64_t total = 0, seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += counts[i];
    if (total == 0) return 0;
    uint64_t rank = (uint64_t)ceil(share * (double)total);
    if (rank == 0) rank = 1;
    uint32_t bucket = 0;
    for (; bucket < HISTOGRAM_BUCKETS - 1; bucket++) {
        seen += counts[bucket];
        if (seen >= rank) break;
    }
    return ((double)histogram_floor_ns(bucket) + (double)histogram_floor_ns(bucket + 1)) / 2;
}

const char *histogram_check(const histogram *h)
{
    // Doubles: the bounds are compared with some room for their rounding, and cannot overflow.
    double least = 0, most = 0;
    double sum = (double)atomic_load_explicit(&h->sum_ns, memory_order_relaxed);
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        double count = (double)atomic_load_explicit(&h->counts[i], memory_order_relaxed);
        least += count * (double)histogram_floor_ns(i);
        most += count * (double)histogram_floor_ns(i + 1);
        if (i == HISTOGRAM_BUCKETS - 1 && count > 0) most = INFINITY;
    }
    if (sum < least * (1 - 1e-9)) return "the sum is less than the durations in the buckets have";
    if (sum > most * (1 + 1e-9)) return "the sum is more than the durations in the buckets have";
    return NULL;
}
